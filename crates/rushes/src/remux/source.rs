//! A source of a remux: a demuxer, where to start in it, and what its first packets tell of its tracks.

use std::collections::VecDeque;

use rushes_container::{Demuxer, SeekMode, SeekTo, Seeked, complete_parameters, lacks_parameters};
use rushes_core::{Chapter, Metadata, Packet, Result, Time, Track};

/// Bounds on what is read ahead to learn what tracks are.
const LOOK_AHEAD_PACKETS: usize = 512;
const LOOK_AHEAD_BYTES: usize = 32 << 20;

pub(super) struct RemuxSource {
    demuxer: Box<dyn Demuxer>,
    /// The tracks, with what the first packets told.
    tracks: Vec<Track>,
    from: Option<Time>,
    /// The time in the source where it starts; `None` before that.
    origin: Option<Time>,
    /// What was read ahead, damage included.
    ahead: VecDeque<Result<Packet>>,
}

impl RemuxSource {
    /// From the last key frame at or before `from`, or from the start.
    pub(super) fn new(demuxer: Box<dyn Demuxer>, from: Option<Time>) -> Self {
        let tracks = demuxer.tracks().to_vec();
        Self { demuxer, tracks, from, origin: None, ahead: VecDeque::new() }
    }

    pub(super) fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    pub(super) fn metadata(&self) -> &Metadata {
        self.demuxer.metadata()
    }

    pub(super) fn chapters(&self) -> &[Chapter] {
        self.demuxer.chapters()
    }

    pub(super) fn duration(&self) -> Option<Time> {
        self.demuxer.duration()
    }

    /// The time in the source where it starts.
    pub(super) fn origin(&self) -> Time {
        self.origin.unwrap_or(Time::ZERO)
    }

    /// True where the start is not that of the source.
    pub(super) const fn is_cut(&self) -> bool {
        self.from.is_some()
    }

    /// Goes where the source starts, unless it is there.
    pub(super) fn start(&mut self) -> Result<()> {
        if let (Some(time), None) = (self.from, self.origin) {
            let to = SeekTo { time, track: None, mode: SeekMode::Key };
            let Seeked { track, pts, .. } = self.demuxer.seek(to)?;
            let track = self.tracks.get(track);
            self.origin = track.map(|track| track.time_base.time(pts));
        }
        Ok(())
    }

    /// Reads until the first packets have told what the container does not say.
    pub(super) fn look_ahead(&mut self) -> Result<()> {
        self.start()?;
        let mut bytes = 0;
        while self.tracks.iter().any(|track| lacks_parameters(&track.codec))
            && self.ahead.len() < LOOK_AHEAD_PACKETS
            && bytes < LOOK_AHEAD_BYTES
        {
            let packet = match self.demuxer.next_packet() {
                Ok(Some(packet)) => packet,
                Ok(None) => break,
                Err(error) => {
                    self.ahead.push_back(Err(error));
                    break;
                }
            };
            bytes += packet.data.len();
            if let Some(track) = self.tracks.get_mut(packet.track)
                && lacks_parameters(&track.codec)
                && let Some(codec) = complete_parameters(&track.codec, &packet.data)
            {
                track.codec = codec;
            }
            self.ahead.push_back(Ok(packet));
        }
        Ok(())
    }

    /// The next packet; `None` at the end.
    pub(super) fn next_packet(&mut self) -> Result<Option<Packet>> {
        match self.ahead.pop_front() {
            Some(packet) => packet.map(Some),
            None => self.demuxer.next_packet(),
        }
    }
}
