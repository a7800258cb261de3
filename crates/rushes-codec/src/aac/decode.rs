//! AAC decoder: ISO/IEC 14496-3, with `rusty_aac`. LC, Main, LTP, HE v1 and v2, LD, ELD; up to 7.1.

use std::collections::VecDeque;

use rushes_core::{AudioFrame, CodecParameters, Error, Frame, Packet, Result};
use rusty_aac::config::{self, StreamConfig};
use rusty_aac::{AacDecoder as Engine, DecodedAudio, is_adts};

use super::block::{holds_sound, is_priming_of_libfaac};
use super::layout;
use crate::guard::guard;
use crate::{Decoder, DecoderOptions, options};

const SUPPORTED: &str = "AAC-LC, Main, LTP, HE-AAC v1 and v2, LD and ELD";

/// Makes a decoder for the registry.
pub(crate) fn create(
    parameters: &CodecParameters,
    options: &DecoderOptions,
) -> Result<Box<dyn Decoder>> {
    options::check(&options.options, &[])?;
    let config = match &*parameters.private {
        // The packets have ADTS headers.
        [] => None,
        private => {
            Some(config::parse(private).map_err(|error| convert(error, "the configuration"))?)
        }
    };
    let engine = new_engine(config.as_ref());
    Ok(Box::new(AacDecoder { config, engine, ready: VecDeque::new(), finished: false }))
}

struct AacDecoder {
    config: Option<StreamConfig>,
    engine: Engine,
    ready: VecDeque<AudioFrame>,
    finished: bool,
}

impl Decoder for AacDecoder {
    fn submit(&mut self, packet: &Packet) -> Result<()> {
        if self.finished {
            return Err(Error::usage("the decoder was finished: reset it before the next packet"));
        }
        let raw = self.config.as_ref().map(|config| config.object_type);
        let block = behind_header(&packet.data);
        if raw.is_some_and(|object_type| !holds_sound(object_type, block)) {
            return Ok(());
        }
        let decoded = match guard(|| self.engine.decode(&packet.data, None)) {
            Ok(Ok(decoded)) => decoded,
            Ok(Err(rusty_aac::Error::Again | rusty_aac::Error::Eof)) => return Ok(()),
            Ok(Err(error)) => return Err(convert(error, "a packet")),
            Err(_) => {
                self.engine = new_engine(self.config.as_ref());
                return Err(Error::malformed("a packet of AAC leads out of the tables"));
            }
        };
        // Decoded all the same: the next frame overlaps it.
        if raw.is_some_and(|object_type| is_priming_of_libfaac(object_type, block)) {
            return Ok(());
        }
        if let Some(mut frame) = self.frame(&decoded)? {
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
        self.engine = new_engine(self.config.as_ref());
        self.ready.clear();
        self.finished = false;
    }
}

impl AacDecoder {
    /// The samples of a packet; `None` where it holds none.
    fn frame(&self, decoded: &DecodedAudio) -> Result<Option<AudioFrame>> {
        if decoded.samples.is_empty() || decoded.channels == 0 {
            return Ok(None);
        }
        let layout = layout::of(self.config.as_ref(), decoded.channels);
        // The engine's counts agree; should they not, that is no mistake of the caller's.
        AudioFrame::from_interleaved(&decoded.samples, layout, decoded.sample_rate)
            .map(Some)
            .map_err(|error| Error::malformed(error.to_string()))
    }
}

/// The packet without its ADTS header, where it has one: ISO/IEC 14496-3, 1.A.2.2. With a checksum it has nine bytes.
fn behind_header(packet: &[u8]) -> &[u8] {
    match packet {
        [0xff, second, ..] if is_adts(packet) => {
            packet.get(if second & 1 == 1 { 7 } else { 9 }..).unwrap_or_default()
        }
        _ => packet,
    }
}

fn new_engine(config: Option<&StreamConfig>) -> Engine {
    config.map_or_else(Engine::new, |config| Engine::with_stream_config(config.clone()))
}

fn convert(error: rusty_aac::Error, place: &str) -> Error {
    use rusty_aac::Error::{Again, Eof, InvalidData, Unimplemented, Unsupported};
    match error {
        InvalidData(what) => Error::malformed(format!("{place} of AAC: {}", without_name(&what))),
        Unsupported(what) => Error::unsupported(format!("AAC: {}", without_name(&what)), SUPPORTED),
        Unimplemented(what) => Error::unsupported(format!("AAC: {what}"), SUPPORTED),
        Again | Eof => Error::malformed(format!("{place} of AAC ends early")),
        other => Error::malformed(format!("{place} of AAC: {other}")),
    }
}

/// The engine starts its messages with `aac: `.
fn without_name(message: &str) -> &str {
    message.split_once(": ").map_or(message, |(_, rest)| rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_passed_over() {
        let with = |second: u8| [0xff, second, 0x50, 0x80, 0x02, 0x1f, 0xfc, 0xaa, 0xbb, 0x21];
        assert_eq!(behind_header(&with(0xf1)), [0xaa, 0xbb, 0x21]);
        assert_eq!(behind_header(&with(0xf8)), [0x21]);
        assert!(behind_header(&[0xff, 0xf1, 0x50]).is_empty());
        assert_eq!(behind_header(&[0x21, 0x10]), [0x21, 0x10]);
    }
}
