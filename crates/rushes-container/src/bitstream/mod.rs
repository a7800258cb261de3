//! The forms that codecs' packets have in different containers, and the way from one to another.
//!
//! MP4 and Matroska store NAL units behind their lengths, AAC without ADTS headers and AV1 without temporal delimiters, and keep
//! what a decoder needs first in private data. Plain streams hold everything in line. Demuxers hand out packets as they
//! are stored; muxers bring them into the form that they store.

mod aac;
mod adts;
mod complete;
mod dolby;
mod entry;
mod keys;
mod nal;
mod obu;
mod opus;
mod order;
mod vpx;

use rushes_core::{Buffer, CodecId, CodecParameters, Error, Packet, Result, Track};

use crate::MuxOptions;
pub(crate) use adts::{AdtsHeader, AdtsWriter, header_of};

pub use complete::{complete_parameters, lacks_parameters};
pub(crate) use entry::{ENTRY_BYTES, EntryFinder, describe};
pub(crate) use keys::{PictureType, is_key, picture_type};
pub(crate) use nal::NalCodec;
pub(crate) use opus::opus_samples;
pub(crate) use order::{may_reorder, reorders};

/// The one track of a format that takes one of video, and no options.
pub(crate) fn only_video<'t>(
    format: &str,
    tracks: &'t [Track],
    options: &MuxOptions,
) -> Result<&'t Track> {
    options.check_none(format)?;
    match tracks {
        [track] if track.codec.as_video().is_some() => Ok(track),
        [_] => Err(Error::usage(format!("{format} takes 1 video track, and no other"))),
        _ => Err(Error::usage(format!("{format} takes 1 video track, not {}", tracks.len()))),
    }
}

/// Brings the packets of one track into the form that MP4 and Matroska store.
#[derive(Clone, Debug)]
pub(crate) struct StoredForm {
    codec: CodecParameters,
    change: Store,
}

/// What is done to packets that are to be stored.
#[derive(Clone, Copy, Debug)]
enum Store {
    Nothing,
    StartCodesToLengths,
    DropDelimiters,
    DropHeaders,
}

impl StoredForm {
    /// For a track with these parameters.
    ///
    /// # Errors
    /// [`Unsupported`](Error::Unsupported) where the parameters do not tell what private data needs.
    pub(crate) fn new(codec: &CodecParameters) -> Result<Self> {
        let mut codec = codec.clone();
        let change = match (NalCodec::of(&codec.codec), &codec.codec) {
            (Some(_), _) | (_, CodecId::Av1) if codec.private.is_empty() => {
                let what = format!("{} without what its decoder needs first", codec.codec);
                return Err(Error::unsupported(what, "tracks with private data"));
            }
            (Some(kind), _) if nal::has_start_codes(&codec.private) => {
                codec.private = kind.record(&codec.private)?.into();
                Store::StartCodesToLengths
            }
            (_, CodecId::Av1) => Store::DropDelimiters,
            (_, CodecId::Aac) => Store::DropHeaders,
            _ => Store::Nothing,
        };
        Ok(Self { codec, change })
    }

    /// The parameters, with private data as it is stored.
    pub(crate) const fn codec(&self) -> &CodecParameters {
        &self.codec
    }

    /// The bytes of a packet as they are stored; the same buffer where nothing changes. Parameter sets inside of
    /// packets stay there: they may differ from those in private data.
    ///
    /// # Errors
    /// [`Malformed`](Error::Malformed) where the packet is not in the form that the parameters say.
    pub(crate) fn packet(&self, data: &Buffer) -> Result<Buffer> {
        match self.change {
            Store::Nothing => Ok(data.clone()),
            Store::StartCodesToLengths => nal::to_lengths(data).map(Buffer::from),
            Store::DropDelimiters => obu::without_delimiters(data),
            Store::DropHeaders => adts::without_header(data),
        }
    }
}

/// Brings the packets of one track into the form of plain streams: everything in line, NAL units behind start codes.
#[derive(Clone, Debug)]
pub(crate) struct PlainForm {
    change: Inline,
    /// A packet was given out.
    started: bool,
}

/// What is done to packets that leave private data behind.
#[derive(Clone, Debug)]
enum Inline {
    Nothing,
    Nals(nal::Inliner),
    /// With the units in front of the first temporal unit, unless it has its own.
    Units(Buffer),
}

impl PlainForm {
    /// For a track with these parameters.
    ///
    /// # Errors
    /// [`Malformed`](Error::Malformed) where private data is broken.
    pub(crate) fn new(codec: &CodecParameters) -> Result<Self> {
        let change = match (NalCodec::of(&codec.codec), &codec.codec) {
            (Some(kind), _) => Inline::Nals(nal::Inliner::new(kind, &codec.private)?),
            (_, CodecId::Av1) => Inline::Units(obu::configuration(&codec.private)?),
            _ => Inline::Nothing,
        };
        Ok(Self { change, started: false })
    }

    /// The bytes of a packet in line, those of private data before key frames that lack them.
    ///
    /// # Errors
    /// [`Malformed`](Error::Malformed) where the packet is not in the form that the parameters say.
    pub(crate) fn packet(&mut self, packet: &Packet) -> Result<Buffer> {
        let entry = packet.key || !self.started;
        let data = match &self.change {
            Inline::Nothing => packet.data.clone(),
            Inline::Nals(inliner) => inliner.packet(&packet.data, entry)?,
            Inline::Units(units) => obu::temporal_unit(&packet.data, units, entry)?,
        };
        self.started = true;
        Ok(data)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use rushes_core::VideoParameters;

    pub(crate) use super::nal::tests::{PPS, SPS};

    use super::*;

    fn parameters(codec: CodecId, private: &[u8]) -> CodecParameters {
        let mut parameters = CodecParameters::video(codec, VideoParameters::new(16, 16));
        parameters.private = private.into();
        parameters
    }

    #[test]
    fn streams_of_unknown_parameters_cannot_be_stored() {
        for codec in [CodecId::H264, CodecId::Hevc, CodecId::Av1] {
            let error = StoredForm::new(&parameters(codec, &[])).expect_err("nothing is known");
            assert!(matches!(error, Error::Unsupported(_)), "{error}");
        }
        StoredForm::new(&parameters(CodecId::Vp8, &[])).expect("VP8 needs none");
    }

    #[test]
    fn what_needs_no_change_is_not_copied() {
        let data = Buffer::from(vec![0, 0, 0, 1, 0x65]);
        for (codec, private) in [
            (CodecId::H264, &[1, 66, 0, 30, 0xff, 0xe0, 0][..]),
            (CodecId::Vp9, &[]),
            (CodecId::Av1, &[0x81, 0, 12, 0]),
        ] {
            let form = StoredForm::new(&parameters(codec, private)).expect("stored as it is");
            assert_eq!(&*form.codec().private, private);
            let bytes = if private.first() == Some(&0x81) {
                Buffer::from(vec![0x32, 1, 7])
            } else {
                data.clone()
            };
            assert_eq!(form.packet(&bytes).expect("fits").as_ptr(), bytes.as_ptr());
        }
    }
}
