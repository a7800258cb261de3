//! One track of a dump: its packets counted, its frames decoded, summed and let go.

use rushes::{
    DecoderOptions, Error, Frame, MediaKind, MediaParameters, Packet, PixelFormat, Timestamp,
    Track, TrackDecoder,
};
use serde::Serialize;

use super::sums::{self, PacketSums, Packets, Sound, SoundSums, Sum};
use crate::failure::one_line;

/// A track as the dump shows it. What does not apply to its kind is left out.
#[derive(Debug, Serialize)]
pub(super) struct TrackDump {
    index: usize,
    kind: &'static str,
    codec: String,
    time_base: String,
    #[serde(flatten)]
    media: Media,
    packets: Packets,
    #[serde(skip_serializing_if = "Option::is_none")]
    frames: Option<Vec<Picture>>,
    #[serde(flatten)]
    sound: Option<Sound>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Media {
    Video { width: u32, height: u32, pixel_format: Option<&'static str> },
    Audio { sample_rate: u32, channels: u16 },
    Other {},
}

#[derive(Clone, Copy, Debug, Serialize)]
struct Picture {
    pts: Option<i64>,
    md5: Sum,
}

/// Takes the packets of a track, in order.
pub(super) struct TrackSums {
    packets: PacketSums,
    decoder: Option<TrackDecoder>,
    pixel_format: Option<PixelFormat>,
    pictures: Vec<Picture>,
    sound: Option<SoundSums>,
    /// What went wrong first, in words and as it came.
    error: Option<String>,
    cause: Option<Error>,
}

impl TrackSums {
    /// A track that cannot be decoded still has its packets counted.
    pub(super) fn new(index: usize, track: &Track, options: &DecoderOptions) -> Self {
        let mut sums = Self {
            packets: PacketSums::default(),
            decoder: None,
            pixel_format: None,
            pictures: Vec::new(),
            sound: None,
            error: None,
            cause: None,
        };
        if matches!(track.kind(), MediaKind::Video | MediaKind::Audio) {
            match TrackDecoder::new(index, track, options) {
                Ok(decoder) => sums.decoder = Some(decoder),
                Err(error) => sums.note(error),
            }
        }
        sums
    }

    pub(super) fn add(&mut self, packet: &Packet) {
        self.packets.add(packet);
        let Some(decoder) = &mut self.decoder else {
            return;
        };
        if let Err(error) = decoder.submit(packet) {
            self.note(error);
        }
        self.take_frames();
    }

    /// Takes what the decoder has ready. A broken packet costs its own frames only: decoding goes on with the next.
    fn take_frames(&mut self) {
        while let Some(decoder) = &mut self.decoder {
            match decoder.next_frame() {
                Ok(Some(frame)) => self.add_frame(&frame),
                Ok(None) => return,
                Err(error) => {
                    self.note(error);
                    return;
                }
            }
        }
    }

    fn add_frame(&mut self, frame: &Frame) {
        match frame {
            Frame::Video(frame) => {
                self.pixel_format.get_or_insert(frame.format);
                let pts = frame.pts.map(Timestamp::ticks);
                self.pictures.push(Picture { pts, md5: sums::picture(frame) });
            }
            Frame::Audio(frame) => {
                let sound = self.sound.get_or_insert_with(|| SoundSums::new(frame));
                if let Err(change) = sound.add(frame) {
                    self.note(change);
                }
            }
            _ => {}
        }
    }

    /// Keeps the first error. A decoder that lacks a feature of the stream is of no more use.
    fn note(&mut self, error: Error) {
        if matches!(error, Error::Unsupported(_)) {
            self.decoder = None;
        }
        if self.error.is_none() {
            self.error = Some(one_line(&error.to_string()));
            self.cause = Some(error);
        }
    }

    /// True where something was decoded.
    pub(super) const fn is_decoded(&self) -> bool {
        self.sound.is_some() || !self.pictures.is_empty()
    }

    /// Hands out what went wrong first, if it was damage.
    pub(super) fn take_damage(&mut self) -> Option<Error> {
        self.cause.take_if(|error| matches!(error, Error::Malformed(_)))
    }

    /// Hands out what went wrong first.
    pub(super) const fn take_cause(&mut self) -> Option<Error> {
        self.cause.take()
    }

    /// Takes what the decoder still holds.
    pub(super) fn end(&mut self) {
        if let Some(decoder) = &mut self.decoder {
            if let Err(error) = decoder.finish() {
                self.note(error);
            }
            self.take_frames();
        }
    }

    pub(super) fn finish(self, index: usize, track: &Track) -> TrackDump {
        let video = track.kind() == MediaKind::Video;
        TrackDump {
            index,
            kind: track.kind().name(),
            codec: track.codec.codec.name().to_owned(),
            time_base: track.time_base.to_string(),
            media: Media::of(&track.codec.media, self.pixel_format),
            packets: self.packets.finish(),
            frames: video.then_some(self.pictures),
            sound: self.sound.map(SoundSums::finish),
            error: self.error,
        }
    }
}

impl Media {
    fn of(media: &MediaParameters, decoded: Option<PixelFormat>) -> Self {
        match media {
            MediaParameters::Video(video) => Self::Video {
                width: video.width,
                height: video.height,
                pixel_format: decoded.or(video.pixel_format).map(PixelFormat::name),
            },
            MediaParameters::Audio(audio) => {
                Self::Audio { sample_rate: audio.sample_rate, channels: audio.layout.channels() }
            }
            _ => Self::Other {},
        }
    }
}
