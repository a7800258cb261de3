//! Unique identifiers. They are made from what is written rather than from chance, so that the same input makes the same file.

use rushes_core::{CodecParameters, Metadata, Track};

/// FNV-1a, 64 bits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Uids(u64);

const PRIME: u64 = 0x0000_0100_0000_01b3;

impl Uids {
    /// For a file of these tracks, tags and title.
    pub(super) fn new(format: &str, tracks: &[Track], metadata: &Metadata) -> Self {
        let mut hash = Self(0xcbf2_9ce4_8422_2325);
        hash.text(format);
        for (key, value) in metadata.iter() {
            hash.text(key);
            hash.text(value);
        }
        for track in tracks {
            hash.codec(&track.codec);
            hash.number(track.id);
            hash.number(
                u64::from(track.time_base.numer()) << 32 | u64::from(track.time_base.denom()),
            );
            for (key, value) in track.metadata.iter() {
                hash.text(key);
                hash.text(value);
            }
        }
        hash
    }

    /// The identifier of the part of this kind and number; never zero.
    pub(super) fn uid(self, kind: &str, index: usize) -> u64 {
        let mut hash = self;
        hash.text(kind);
        hash.number(index as u64);
        hash.0.max(1)
    }

    /// The identifier of the segment.
    pub(super) fn segment(self) -> [u8; 16] {
        let halves = u128::from(self.uid("segment", 0)) << 64 | u128::from(self.uid("segment", 1));
        halves.to_be_bytes()
    }

    fn codec(&mut self, codec: &CodecParameters) {
        self.text(codec.codec.name());
        self.bytes(&codec.private);
        if let Some(video) = codec.as_video() {
            self.number(u64::from(video.width) << 32 | u64::from(video.height));
        }
        if let Some(audio) = codec.as_audio() {
            self.number(u64::from(audio.sample_rate) << 32 | u64::from(audio.delay));
        }
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// Bytes behind their count, so that what is one text is not the same as two.
    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        bytes.iter().for_each(|byte| self.byte(*byte));
    }

    fn number(&mut self, number: u64) {
        number.to_le_bytes().into_iter().for_each(|byte| self.byte(byte));
    }

    const fn byte(&mut self, byte: u8) {
        self.0 = (self.0 ^ byte as u64).wrapping_mul(PRIME);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_follow_the_content() {
        let tags = |value: &str| [("title", value)].into_iter().collect::<Metadata>();
        let a = Uids::new("mkv", &[], &tags("a"));
        let b = Uids::new("mkv", &[], &tags("b"));
        assert_eq!(a.segment(), Uids::new("mkv", &[], &tags("a")).segment());
        assert_ne!(a.segment(), b.segment());
        assert_ne!(a.uid("track", 0), a.uid("track", 1));
        assert_ne!(a.uid("track", 0), a.uid("chapter", 0));
    }
}
