//! MPEG audio decoder, layers 1 to 3: ISO/IEC 11172-3, ISO/IEC 13818-3 and version 2.5, with `nanomp3-core`.

use std::collections::VecDeque;

use nanomp3_core::{DecodeError, Decoder as Engine, MAX_SAMPLES_PER_FRAME};
use rushes_core::{AudioFrame, CodecParameters, Error, Frame, MpegAudioHeader, Packet, Result};

use crate::guard::guard;
use crate::{Decoder, DecoderOptions, options};

/// Makes a decoder for the registry.
pub(crate) fn create(
    parameters: &CodecParameters,
    options: &DecoderOptions,
) -> Result<Box<dyn Decoder>> {
    options::check(&options.options, &[])?;
    Ok(Box::new(MpaDecoder {
        name: parameters.codec.to_string(),
        engine: Box::default(),
        samples: vec![0.0; MAX_SAMPLES_PER_FRAME],
        ready: VecDeque::new(),
        finished: false,
    }))
}

struct MpaDecoder {
    /// The codec, for errors.
    name: String,
    engine: Box<Engine>,
    /// The samples of a frame, interleaved.
    samples: Vec<f32>,
    ready: VecDeque<AudioFrame>,
    finished: bool,
}

impl Decoder for MpaDecoder {
    fn submit(&mut self, packet: &Packet) -> Result<()> {
        if self.finished {
            return Err(Error::usage("the decoder was finished: reset it before the next packet"));
        }
        // AVI puts several frames into a packet.
        let mut rest = &*packet.data;
        let mut first = true;
        while !rest.is_empty() {
            let (header, bytes, behind) = self.split(rest)?;
            rest = behind;
            let mut frame = self.decode(&header, bytes)?;
            if first {
                frame.pts = packet.pts;
                frame.duration = packet.duration.filter(|_| rest.is_empty());
            }
            first = false;
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
        *self.engine = Engine::new();
        self.ready.clear();
        self.finished = false;
    }
}

impl MpaDecoder {
    /// The frame at the start of a packet, and what is behind it.
    fn split<'a>(&self, packet: &'a [u8]) -> Result<(MpegAudioHeader, &'a [u8], &'a [u8])> {
        let Some(header) = MpegAudioHeader::read(packet) else {
            return Err(self.malformed("has no header"));
        };
        // In the free format only the packet tells where its frame ends.
        let wanted = header.frame_bytes().unwrap_or(packet.len());
        let (bytes, rest) = packet.split_at_checked(wanted).ok_or_else(|| {
            self.malformed(&format!("ends after {} of {wanted} bytes", packet.len()))
        })?;
        Ok((header, bytes, rest))
    }

    fn decode(&mut self, header: &MpegAudioHeader, bytes: &[u8]) -> Result<AudioFrame> {
        let mut result = self.run(bytes)?;
        if header.bit_rate().is_none() && result == Err(DecodeError::NoFrame) {
            // The engine learns the length of frames of the free format from the distance of the next ones.
            result = self.run(&bytes.repeat(3))?;
        }
        let (samples, layout) = (header.samples() as usize, header.layout());
        let count = samples * usize::from(layout.channels());
        match result {
            Ok(_) => {}
            // The frame starts in one that came before the first: as FFmpeg has it, it is silent, and time goes on.
            Err(DecodeError::ReservoirUnavailable(_)) => self.samples.fill(0.0),
            Err(_) => return Err(self.malformed("is broken")),
        }
        let samples = self.samples.get(..count).unwrap_or_default();
        AudioFrame::from_interleaved(samples, layout, header.sample_rate())
            .map_err(|error| self.malformed(&error.to_string()))
    }

    fn run(&mut self, bytes: &[u8]) -> Result<Result<(), DecodeError>> {
        let Self { engine, samples, .. } = self;
        match guard(|| engine.decode(bytes, samples)) {
            Ok((_, result)) => Ok(result.map(|_| ())),
            Err(_) => {
                *self.engine = Engine::new();
                Err(self.malformed("leads out of the tables"))
            }
        }
    }

    fn malformed(&self, problem: &str) -> Error {
        Error::malformed(format!("a frame of {} {problem}", self.name))
    }
}

#[cfg(test)]
mod tests {
    use rushes_core::{AudioParameters, ChannelLayout, CodecId, Timestamp};

    use super::*;

    fn decoder(codec: CodecId) -> Box<dyn Decoder> {
        let audio = AudioParameters::new(44_100, ChannelLayout::STEREO);
        let parameters = CodecParameters::audio(codec, audio);
        create(&parameters, &DecoderOptions::default()).expect("no options")
    }

    /// A frame whose side information and allocation are zero: silence.
    fn silence(header: [u8; 4]) -> Vec<u8> {
        let size = MpegAudioHeader::read(&header).and_then(|header| header.frame_bytes());
        let mut frame = header.to_vec();
        frame.resize(size.expect("a bit rate"), 0);
        frame
    }

    fn frames(decoder: &mut dyn Decoder) -> Vec<AudioFrame> {
        let mut frames = Vec::new();
        while let Some(Frame::Audio(frame)) = decoder.next_frame().expect("decodes") {
            frames.push(frame);
        }
        frames
    }

    #[test]
    fn all_layers_decode() {
        let check = |header: [u8; 4], samples: usize, channels: u16, rate: u32| {
            // The layer comes from the frame, whatever the container calls it.
            let mut decoder = decoder(CodecId::Mp3);
            decoder.submit(&Packet::new(0, silence(header))).expect("a frame");
            let frames = frames(&mut *decoder);
            assert_eq!(frames.len(), 1);
            assert_eq!(frames[0].len(), samples, "{header:02x?}");
            assert_eq!(frames[0].layout.channels(), channels, "{header:02x?}");
            assert_eq!(frames[0].sample_rate, rate, "{header:02x?}");
            let silent = frames[0].plane::<f32>(0).expect("f32").iter().all(|value| *value == 0.0);
            assert!(silent, "{header:02x?}");
        };
        check([0xff, 0xfb, 0x90, 0x00], 1152, 2, 44_100);
        check([0xff, 0xfb, 0x94, 0xc0], 1152, 1, 48_000);
        check([0xff, 0xf3, 0x40, 0xc0], 576, 1, 22_050);
        check([0xff, 0xe3, 0x48, 0x00], 576, 2, 8000);
        check([0xff, 0xfd, 0xa8, 0x00], 1152, 2, 32_000);
        check([0xff, 0xff, 0xb0, 0x00], 384, 2, 44_100);
    }

    #[test]
    fn packets_may_hold_several_frames() {
        let mut decoder = decoder(CodecId::Mp3);
        let mut bytes = silence([0xff, 0xfb, 0x90, 0x00]);
        bytes.extend(silence([0xff, 0xfb, 0x92, 0x00]));
        decoder.submit(&Packet::new(0, bytes).with_pts(Timestamp::new(7))).expect("two frames");
        let times: Vec<_> = frames(&mut *decoder).iter().map(|frame| frame.pts).collect();
        assert_eq!(times, [Some(Timestamp::new(7)), None]);
    }

    #[test]
    fn streams_may_change() {
        let mut decoder = decoder(CodecId::Mp3);
        for header in [[0xff, 0xfb, 0x90, 0x00], [0xff, 0xfb, 0x94, 0xc0], [0xff, 0xfd, 0xa8, 0]] {
            decoder.submit(&Packet::new(0, silence(header))).expect("a frame");
        }
        let rates: Vec<_> = frames(&mut *decoder).iter().map(|frame| frame.sample_rate).collect();
        assert_eq!(rates, [44_100, 48_000, 32_000]);
    }

    #[test]
    fn the_free_format_decodes() {
        let mut decoder = decoder(CodecId::Mp3);
        for padding in [0, 1, 0] {
            let mut frame = vec![0xff, 0xfb, padding << 1, 0x00];
            frame.resize(500 + usize::from(padding), 0);
            decoder.submit(&Packet::new(0, frame)).expect("a frame");
        }
        let lengths: Vec<_> = frames(&mut *decoder).iter().map(AudioFrame::len).collect();
        assert_eq!(lengths, [1152; 3]);
    }

    #[test]
    fn a_start_in_the_middle_is_silent() {
        let mut decoder = decoder(CodecId::Mp3);
        let mut frame = silence([0xff, 0xfb, 0x90, 0x00]);
        // Its data start 255 bytes before it.
        frame[4] = 0x7f;
        decoder.submit(&Packet::new(0, frame)).expect("a frame");
        assert_eq!(frames(&mut *decoder)[0].len(), 1152);
    }

    #[test]
    fn what_is_no_frame_is_told() {
        let check = |bytes: &[u8], expected: &str| {
            let mut decoder = decoder(CodecId::Mp3);
            let error = decoder.submit(&Packet::new(0, bytes)).expect_err("no frame");
            assert_eq!(error.to_string(), expected);
            // The next one decodes.
            decoder.submit(&Packet::new(0, silence([0xff, 0xfb, 0x90, 0x00]))).expect("a frame");
        };
        check(b"abcd", "a frame of mp3 has no header");
        check(
            &silence([0xff, 0xfb, 0x90, 0x00])[..400],
            "a frame of mp3 ends after 400 of 417 bytes",
        );
        check(&[0xff, 0xfb, 0x00, 0x00], "a frame of mp3 is broken");
        let mut broken = silence([0xff, 0xfb, 0x90, 0x00]);
        broken[4..36].fill(0xff);
        check(&broken, "a frame of mp3 is broken");
    }
}
