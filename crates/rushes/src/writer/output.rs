//! What is behind the encoders of a writer: the interleaver and the muxer.

use std::fmt;

use rushes_codec::Encoder;
use rushes_container::{InterleaveOptions, Interleaver, Muxer};
use rushes_core::{Error, Frame, Packet, Result, Ticks, Timestamp, Track};

/// What is behind the encoders.
pub(super) struct Output {
    /// `None` after the sink has failed, and when the file is finished.
    muxer: Option<Box<dyn Muxer>>,
    interleaver: Interleaver,
    bytes: u64,
}

impl Output {
    pub(super) fn new(muxer: Box<dyn Muxer>, tracks: &[Track]) -> Self {
        // Chunks may come in any order across tracks: only memory bounds how long a packet waits for the other tracks.
        let mut options = InterleaveOptions::default();
        options.max_delay = Ticks::new(u64::MAX);
        Self { muxer: Some(muxer), interleaver: Interleaver::new(tracks, options), bytes: 0 }
    }

    /// Bytes of encoded data so far.
    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Encodes a frame, and writes what comes out.
    pub(super) fn encode(
        &mut self,
        encoder: &mut dyn Encoder,
        track: usize,
        frame: &Frame,
        start: Timestamp,
    ) -> Result<()> {
        if self.muxer.is_none() {
            return Err(Error::usage("the sink has failed before: nothing more is written"));
        }
        encoder.submit(frame)?;
        self.collect(encoder, track, start)
    }

    /// Ends a track.
    pub(super) fn end(
        &mut self,
        encoder: &mut dyn Encoder,
        track: usize,
        start: Timestamp,
    ) -> Result<()> {
        let result = encoder.finish().and_then(|()| self.collect(encoder, track, start));
        self.interleaver.end_track(track);
        result?;
        match &mut self.muxer {
            Some(muxer) => muxer.complete(track, encoder.parameters()),
            None => Ok(()),
        }
    }

    /// Writes what the encoder has made. What lies before `start`, the first time that was given to it, is its delay: that goes without saying
    /// before zero, but not where a track starts late.
    fn collect(&mut self, encoder: &mut dyn Encoder, track: usize, start: Timestamp) -> Result<()> {
        while let Some(mut packet) = encoder.next_packet()? {
            packet.track = track;
            if let Some(pts) = packet.pts.filter(|pts| *pts < start && start > Timestamp::ZERO) {
                let delay = start.since(pts);
                packet.trim.start = packet.duration.map_or(delay, |length| length.min(delay));
            }
            self.interleaver.push(packet)?;
        }
        self.write_ready()
    }

    fn write_ready(&mut self) -> Result<()> {
        while let Some(packet) = self.interleaver.pop() {
            self.write(&packet)?;
        }
        Ok(())
    }

    fn write(&mut self, packet: &Packet) -> Result<()> {
        let Some(muxer) = &mut self.muxer else {
            return Err(Error::usage("the sink has failed before: nothing more is written"));
        };
        self.bytes += packet.data.len() as u64;
        let result = muxer.write(packet);
        if result.is_err() {
            self.muxer = None;
        }
        result
    }

    pub(super) fn finish(&mut self) -> Result<()> {
        self.interleaver.finish();
        let written = self.write_ready();
        match self.muxer.take() {
            Some(muxer) => written.and(muxer.finish()),
            None => {
                written.and(Err(Error::usage("the sink has failed before: the file is incomplete")))
            }
        }
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Output").field("bytes", &self.bytes).finish_non_exhaustive()
    }
}
