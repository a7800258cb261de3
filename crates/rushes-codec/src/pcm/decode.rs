//! Uncompressed audio to frames of the narrowest sample format that holds it.

use std::collections::VecDeque;

use rushes_core::{
    AudioFrame, ChannelLayout, CodecId, CodecParameters, Error, Frame, Packet, PcmFormat, Result,
    Sample,
};

use super::g711::{a_law_to_linear, mu_law_to_linear};
use crate::{Decoder, DecoderOptions, options};

/// Makes a decoder for the registry.
pub(crate) fn create(
    parameters: &CodecParameters,
    options: &DecoderOptions,
) -> Result<Box<dyn Decoder>> {
    options::check(&options.options, &[])?;
    let (CodecId::Pcm(format), Some(audio)) = (&parameters.codec, parameters.as_audio()) else {
        return Err(Error::usage("the PCM decoder takes tracks of PCM"));
    };
    if audio.layout.channels() == 0 || audio.sample_rate == 0 {
        return Err(Error::malformed("a track of PCM has neither channels nor a sample rate"));
    }
    Ok(Box::new(PcmDecoder {
        format: *format,
        layout: audio.layout,
        sample_rate: audio.sample_rate,
        ready: VecDeque::new(),
        finished: false,
    }))
}

struct PcmDecoder {
    format: PcmFormat,
    layout: ChannelLayout,
    sample_rate: u32,
    ready: VecDeque<AudioFrame>,
    finished: bool,
}

impl Decoder for PcmDecoder {
    fn submit(&mut self, packet: &Packet) -> Result<()> {
        if self.finished {
            return Err(Error::usage("the decoder was finished: reset it before the next packet"));
        }
        let block = usize::from(self.format.bits() / 8) * usize::from(self.layout.channels());
        // FFmpeg, too, drops the incomplete end of a packet and refuses one that is nothing else.
        let whole = packet.data.len() / block * block;
        if whole == 0 && !packet.data.is_empty() {
            return Err(Error::malformed(format!(
                "a packet of {} bytes is shorter than one sample of all channels, {block} bytes",
                packet.data.len()
            )));
        }
        if whole > 0 {
            let mut frame = self.decode(&packet.data[..whole])?;
            frame.pts = packet.pts;
            frame.duration = packet.duration;
            self.ready.push_back(frame);
        }
        Ok(())
    }

    fn next_frame(&mut self) -> Result<Option<Frame>> {
        Ok(self.ready.pop_front().map(Frame::Audio))
    }

    fn finish(&mut self) -> Result<()> {
        self.finished = true;
        Ok(())
    }

    fn reset(&mut self) {
        self.ready.clear();
        self.finished = false;
    }
}

impl PcmDecoder {
    fn decode(&self, bytes: &[u8]) -> Result<AudioFrame> {
        use PcmFormat::{
            ALaw, F32Be, F32Le, F64Be, F64Le, MuLaw, S8, S16Be, S16Le, S24Be, S24In32Le, S24Le,
            S32Be, S32Le, S64Be, S64Le, U8, U16Le,
        };
        match self.format {
            U8 => self.planar(bytes, |[byte]: [u8; 1]| byte),
            S8 => self.planar(bytes, |[byte]: [u8; 1]| byte ^ 0x80),
            S16Le => self.planar(bytes, i16::from_le_bytes),
            S16Be => self.planar(bytes, i16::from_be_bytes),
            U16Le => self.planar(bytes, |[low, high]| i16::from_le_bytes([low, high ^ 0x80])),
            S24Le => self.planar(bytes, |[a, b, c]| i32::from_le_bytes([0, a, b, c])),
            S24Be => self.planar(bytes, |[a, b, c]| i32::from_be_bytes([a, b, c, 0])),
            // The fourth byte repeats the sign, or is anything.
            S24In32Le => self.planar(bytes, |[a, b, c, _]| i32::from_le_bytes([0, a, b, c])),
            S32Le => self.planar(bytes, i32::from_le_bytes),
            S32Be => self.planar(bytes, i32::from_be_bytes),
            S64Le => self.planar(bytes, i64::from_le_bytes),
            S64Be => self.planar(bytes, i64::from_be_bytes),
            F32Le => self.planar(bytes, f32::from_le_bytes),
            F32Be => self.planar(bytes, f32::from_be_bytes),
            F64Le => self.planar(bytes, f64::from_le_bytes),
            F64Be => self.planar(bytes, f64::from_be_bytes),
            ALaw => self.planar(bytes, |[code]: [u8; 1]| a_law_to_linear(code)),
            MuLaw => self.planar(bytes, |[code]: [u8; 1]| mu_law_to_linear(code)),
            other => Err(Error::unsupported(format!("codec '{}'", other.name()), "")),
        }
    }

    /// Takes interleaved samples of `BYTES` bytes apart, one channel after the other.
    fn planar<T: Sample, const BYTES: usize>(
        &self,
        bytes: &[u8],
        read: impl Fn([u8; BYTES]) -> T,
    ) -> Result<AudioFrame> {
        let channels = usize::from(self.layout.channels());
        let (stored, _) = bytes.as_chunks::<BYTES>();
        let mut samples = Vec::with_capacity(stored.len());
        for channel in 0..channels {
            samples.extend(stored.iter().skip(channel).step_by(channels).map(|bytes| read(*bytes)));
        }
        AudioFrame::new(samples, self.layout, self.sample_rate)
    }
}
