//! Opus in Ogg (RFC 7845).

use rushes_core::{AudioParameters, Buffer, ChannelLayout, CodecId, CodecParameters, SampleFormat};

use super::layout_of;

/// A stream of Opus.
#[derive(Clone, Debug)]
pub(in crate::ogg) struct OpusStream {
    head: Buffer,
    channels: u8,
    pub(super) pre_skip: u32,
    pub(in crate::ogg) tags: Option<Buffer>,
}

impl OpusStream {
    pub(super) fn open(head: &Buffer) -> Option<Self> {
        let [_, _, _, _, _, _, _, _, version, channels, low, high, ..] = &**head else {
            return None;
        };
        let valid = head.len() >= 19 && version >> 4 == 0 && *channels > 0;
        valid.then(|| Self {
            head: head.clone(),
            channels: *channels,
            pre_skip: u32::from(u16::from_le_bytes([*low, *high])),
            tags: None,
        })
    }

    pub(super) fn take_header(&mut self, packet: &Buffer) -> bool {
        let is_header = self.tags.is_none() && packet.starts_with(b"OpusTags");
        if is_header {
            self.tags = Some(packet.clone());
        }
        is_header
    }

    pub(super) fn parameters(&self) -> CodecParameters {
        let channels = u16::from(self.channels);
        let layout = match self.head.get(18) {
            Some(0 | 1) => layout_of(channels),
            _ => ChannelLayout::from_mask(channels, 0),
        };
        let mut audio = AudioParameters::new(48_000, layout);
        audio.sample_format = Some(SampleFormat::F32);
        audio.delay = self.pre_skip;
        let mut codec = CodecParameters::audio(CodecId::Opus, audio);
        codec.private = self.head.clone();
        codec
    }

    pub(super) fn is_like(&self, other: &Self) -> bool {
        // Version, and pre-skip, rate and gain, may be others. The gain is what a decoder applies, and it has only the first.
        self.channels == other.channels && self.head.get(16..) == other.head.get(16..)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read_whole() {
        let head = b"OpusHead\x01\x02\x38\x01\x80\xbb\0\0\0\0\0";
        let stream = OpusStream::open(&Buffer::from(&head[..])).expect("valid");
        let codec = stream.parameters();
        assert_eq!(codec.as_audio().map(|audio| audio.delay), Some(312));
        for cut in 0..head.len() {
            assert!(OpusStream::open(&Buffer::from(&head[..cut])).is_none(), "{cut}");
        }
    }
}
