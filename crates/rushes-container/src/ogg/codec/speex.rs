//! Speex in Ogg (the Speex codec manual, 7.1).

use rushes_core::{AudioParameters, Buffer, ChannelLayout, CodecId, CodecParameters};

/// A stream of Speex.
#[derive(Clone, Debug)]
pub(in crate::ogg) struct SpeexStream {
    pub(super) head: Buffer,
    pub(super) rate: u32,
    channels: u16,
    /// Samples of a packet.
    pub(super) packet_samples: u64,
    pub(super) comments: Option<Buffer>,
    /// Headers that are still to come.
    missing: u32,
}

impl SpeexStream {
    pub(super) fn open(head: &Buffer) -> Option<Self> {
        let field = |at: usize| {
            let bytes = head.get(at..)?.first_chunk()?;
            Some(u32::from_le_bytes(*bytes))
        };
        let (rate, channels) = (field(36)?, field(48)?);
        let (frame, frames, extra) = (field(56)?, field(64)?, field(68)?);
        let valid = rate > 0 && (1..=2).contains(&channels) && frame <= 1 << 16 && frames <= 1 << 8;
        valid.then(|| Self {
            head: head.clone(),
            rate,
            channels: if channels == 2 { 2 } else { 1 },
            packet_samples: u64::from(frame) * u64::from(frames.max(1)),
            comments: None,
            missing: extra.min(16) + 1,
        })
    }

    pub(super) fn take_header(&mut self, packet: &Buffer) -> bool {
        if self.missing == 0 {
            return false;
        }
        self.missing -= 1;
        self.comments.get_or_insert_with(|| packet.clone());
        true
    }

    pub(super) const fn is_ready(&self) -> bool {
        self.missing == 0
    }

    pub(super) fn parameters(&self) -> CodecParameters {
        let layout = ChannelLayout::default_for(self.channels);
        let mut audio = AudioParameters::new(self.rate, layout);
        audio.frame_samples = u32::try_from(self.packet_samples).ok();
        let mut codec = CodecParameters::audio(CodecId::Speex, audio);
        codec.private = self.head.clone();
        codec
    }
}
