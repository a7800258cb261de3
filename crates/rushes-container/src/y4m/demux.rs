//! Reading YUV4MPEG2.

use rushes_core::{
    CodecId, CodecParameters, Error, Metadata, Packet, Result, Rounding, Ticks, Time, Timestamp,
    Track, VideoParameters,
};

use super::header::Header;
use crate::input::Input;
use crate::{DemuxOptions, Demuxer, SeekTo, Seeked};

/// Most bytes of a line.
const LINE_BYTES: usize = 4096;

/// What every picture starts with.
const FRAME: &[u8] = b"FRAME";

/// Reads YUV4MPEG2.
#[derive(Debug)]
pub(crate) struct Y4mDemuxer {
    input: Input,
    tracks: [Track; 1],
    metadata: Metadata,
    /// Bytes of a picture.
    picture: u64,
    /// Where the first picture's line is.
    start: u64,
    /// Number of the next picture.
    number: u64,
    /// What is said once, behind the last packet.
    failure: Option<Error>,
    ended: bool,
}

impl Y4mDemuxer {
    /// Reads the header.
    pub(crate) fn open(mut input: Input, options: &DemuxOptions) -> Result<Self> {
        options.check_none("y4m")?;
        let length = line_length(&mut input)?;
        let header = Header::read(input.peek(length)?)?;
        input.skip(length as u64 + 1)?;
        input.limits().check_picture(header.width, header.height)?;
        let picture = header.format.picture_bytes(header.width, header.height) as u64;
        input.limits().check_alloc(picture)?;
        let mut video = VideoParameters::new(header.width, header.height);
        video.pixel_format = Some(header.format);
        video.frame_rate = Some(header.rate);
        video.constant_frame_rate = true;
        video.sample_aspect = header.aspect;
        video.color.range = header.range;
        video.color.chroma_location = header.siting;
        video.reorder_depth = Some(0);
        let mut track = Track::new(
            0,
            CodecParameters::video(CodecId::RawVideo, video),
            header.rate.time_base(),
        );
        track.start = Some(Timestamp::ZERO);
        track.disposition.default = true;
        let start = input.position();
        if let Some(end) = input.length() {
            // Most lines hold nothing but the word.
            let count = end.saturating_sub(start) / (picture + FRAME.len() as u64 + 1);
            (track.duration, track.packets) = (Some(Ticks::new(count)), Some(count));
        }
        Ok(Self {
            input,
            tracks: [track],
            metadata: Metadata::new(),
            picture,
            start,
            number: 0,
            failure: None,
            ended: false,
        })
    }

    fn read_next(&mut self) -> Result<Option<Packet>> {
        if let Some(failure) = self.failure.take() {
            self.ended = true;
            return Err(failure);
        }
        if self.ended || self.input.peek(1)?.is_empty() {
            return Ok(None);
        }
        let position = self.input.position();
        self.skip_line()?;
        let found = match self.input.length() {
            Some(end) => end.saturating_sub(self.input.position()).min(self.picture),
            None => {
                let wanted = usize::try_from(self.picture).unwrap_or(usize::MAX);
                self.input.peek(wanted)?.len() as u64
            }
        };
        if found < self.picture {
            let message = format!("a picture ends after {found} of {} bytes", self.picture);
            return Err(Error::malformed(message).at(position));
        }
        let time = Timestamp::new(i64::try_from(self.number).unwrap_or(i64::MAX));
        let mut packet = Packet::new(0, self.input.read_payload(found)?)
            .with_pts(time)
            .with_dts(time)
            .with_duration(Ticks::new(1))
            .with_key(true);
        packet.position = Some(position);
        self.number += 1;
        Ok(Some(packet))
    }

    /// Passes over the line in front of a picture, whatever it says of it.
    fn skip_line(&mut self) -> Result<()> {
        let position = self.input.position();
        let start = self.input.peek(FRAME.len())?;
        if start != FRAME {
            let message = "there is no FRAME where a picture should start";
            return Err(Error::malformed(message).at(position));
        }
        let length = line_length(&mut self.input)?;
        self.input.skip(length as u64 + 1)
    }

    /// Goes to a picture. All have the same size, unless one of their lines says something.
    fn go_to(&mut self, number: u64) -> Result<()> {
        (self.failure, self.ended) = (None, false);
        let line = FRAME.len() as u64 + 1;
        let offset = number.checked_mul(self.picture + line);
        let offset = offset.and_then(|offset| offset.checked_add(self.start));
        if let Some(offset) = offset
            && self.input.length().is_some_and(|end| offset < end)
        {
            self.input.seek(offset)?;
            if self.input.peek(FRAME.len() + 1)? == b"FRAME\n" {
                self.number = number;
                return Ok(());
            }
        }
        // Lines of other lengths: all pictures are passed over.
        self.input.seek(self.start)?;
        self.number = 0;
        while self.number < number {
            self.skip_line()?;
            self.input.skip(self.picture)?;
            self.number += 1;
        }
        Ok(())
    }
}

impl Demuxer for Y4mDemuxer {
    fn format(&self) -> &'static str {
        "y4m"
    }

    fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    fn duration(&self) -> Option<Time> {
        let track = &self.tracks[0];
        track.duration.map(|length| track.time_base.time(Timestamp::ZERO.saturating_add(length)))
    }

    fn next_packet(&mut self) -> Result<Option<Packet>> {
        self.input.mark();
        let result = self.read_next();
        match &result {
            Err(error) if error.is_would_block() => self.input.rewind()?,
            Err(Error::Malformed(_) | Error::Limit(_)) => self.ended = true,
            _ => {}
        }
        result
    }

    fn seek(&mut self, to: SeekTo) -> Result<Seeked> {
        to.check(&self.input, 1)?;
        let time = to.time.to_base(self.tracks[0].time_base, Rounding::Down).ticks();
        let count = self.tracks[0].packets.unwrap_or(u64::MAX);
        let number = u64::try_from(time).unwrap_or(0).min(count.saturating_sub(1));
        self.go_to(number)?;
        let pts = i64::try_from(self.number).unwrap_or(i64::MAX);
        Ok(Seeked { track: 0, pts: Timestamp::new(pts) })
    }
}

/// Length of the line that is next, without its end.
fn line_length(input: &mut Input) -> Result<usize> {
    let position = input.position();
    let mut wanted = 1;
    loop {
        let bytes = input.peek_available(wanted)?;
        let seen = bytes.len();
        if let Some(length) = bytes.iter().take(LINE_BYTES).position(|byte| *byte == b'\n') {
            return Ok(length);
        }
        if seen < wanted || seen >= LINE_BYTES {
            return Err(Error::malformed("a line does not end").at(position));
        }
        wanted = seen + 1;
    }
}
