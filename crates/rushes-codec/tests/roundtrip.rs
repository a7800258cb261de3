//! What goes into an encoder comes out of the decoder.

use rushes_codec::{DecoderOptions, EncoderOptions, decoder_for, encoder_for};
use rushes_core::{
    AudioFrame, AudioParameters, ChannelLayout, CodecId, CodecParameters, Frame, MediaParameters,
    Packet, PcmFormat, Sample, Ticks, Timestamp,
};

#[test]
fn pcm_comes_back_as_it_went_in() {
    macro_rules! check {
        ($($format:ident: $samples:expr,)*) => {$(
            let codec = CodecId::Pcm(PcmFormat::$format);
            let sent = $samples;
            let coded = encode_sound(&codec, &[&sent[..], &[]], ChannelLayout::STEREO, 8000);
            let bytes: usize = coded.packets.iter().map(|packet| packet.data.len()).sum();
            assert_eq!(bytes, sent.len() * usize::from(PcmFormat::$format.bits() / 8), "{codec}");
            let decoded = decode_sound(&codec, &coded);
            assert_eq!(interleaved_like(&decoded, &sent), sent, "{codec}");
        )*};
    }
    check! {
        U8: [0_u8, 1, 127, 128, 254, 255],
        S8: [0_u8, 1, 127, 128, 254, 255],
        S16Le: [i16::MIN, -1, 0, 1, 0x1234, i16::MAX],
        S16Be: [i16::MIN, -1, 0, 1, 0x1234, i16::MAX],
        U16Le: [i16::MIN, -1, 0, 1, 0x1234, i16::MAX],
        S24Le: [i32::MIN, -256, 0, 256, 0x1234_5600, i32::MAX - 255],
        S24Be: [i32::MIN, -256, 0, 256, 0x1234_5600, i32::MAX - 255],
        S24In32Le: [i32::MIN, -256, 0, 256, 0x1234_5600, i32::MAX - 255],
        S32Le: [i32::MIN, -1, 0, 1, 0x1234_5678, i32::MAX],
        S32Be: [i32::MIN, -1, 0, 1, 0x1234_5678, i32::MAX],
        S64Le: [i64::MIN, -1, 0, 1, 0x1234_5678_9abc_def0, i64::MAX],
        S64Be: [i64::MIN, -1, 0, 1, 0x1234_5678_9abc_def0, i64::MAX],
        F32Le: [-1.0_f32, -0.1, 0.0, 1e-9, 0.7, 2.5],
        F32Be: [-1.0_f32, -0.1, 0.0, 1e-9, 0.7, 2.5],
        F64Le: [-1.0_f64, -0.1, 0.0, 1e-9, 0.7, 2.5],
        F64Be: [-1.0_f64, -0.1, 0.0, 1e-9, 0.7, 2.5],
        ALaw: [-32_256_i16, -848, -8, 8, 848, 32_256],
        MuLaw: [-32_124_i16, -716, -8, 0, 716, 32_124],
    }
}

#[test]
fn bytes_of_pcm_lie_where_the_name_says() {
    let check = |format: PcmFormat, bytes: &[u8], expected: i64| {
        let mut parameters = AudioParameters::new(8000, ChannelLayout::MONO);
        parameters.block_align = u32::from(format.bits() / 8);
        let parameters = CodecParameters::audio(CodecId::Pcm(format), parameters);
        let entry = decoder_for(&parameters.codec).expect("listed");
        let mut decoder = entry.create(&parameters, &DecoderOptions::default()).expect("valid");
        decoder.submit(&Packet::new(0, bytes)).expect("whole");
        let Ok(Some(Frame::Audio(frame))) = decoder.next_frame() else { panic!("no frame") };
        let sample = match frame.plane::<i16>(0) {
            Some(samples) => i64::from(samples[0]),
            None => i64::from(frame.plane::<i32>(0).expect("16 or 32 bits")[0]),
        };
        assert_eq!(sample, expected, "{}", format.name());
    };
    check(PcmFormat::S16Le, &[0x34, 0x12], 0x1234);
    check(PcmFormat::S16Be, &[0x12, 0x34], 0x1234);
    check(PcmFormat::U16Le, &[0x00, 0x80], 0);
    check(PcmFormat::S24Le, &[0x56, 0x34, 0x12], 0x1234_5600);
    check(PcmFormat::S24Be, &[0x12, 0x34, 0x56], 0x1234_5600);
    check(PcmFormat::S24In32Le, &[0x56, 0x34, 0x12, 0xff], 0x1234_5600);
    check(PcmFormat::S32Be, &[0x12, 0x34, 0x56, 0x78], 0x1234_5678);
    // The incomplete end of a packet is dropped.
    check(PcmFormat::S16Le, &[0x34, 0x12, 0x99], 0x1234);
}

#[cfg(feature = "aac")]
#[test]
fn aac_gives_back_as_many_samples_and_nearly_the_same() {
    let check = |layout: ChannelLayout, rate: u32, length: usize, start: i64| {
        let channels = usize::from(layout.channels());
        let sent: Vec<f32> = (0..length * channels)
            .map(|at| {
                // Low enough for the LFE channel, of which the encoder keeps 120 Hz.
                let (time, channel) = (at / channels, at % channels);
                #[expect(clippy::cast_precision_loss, reason = "small numbers")]
                let phase = time as f32 * (channel + 1) as f32 * 25.0 / rate as f32;
                0.4 * (phase * std::f32::consts::TAU).sin()
            })
            .collect();
        let blocks: Vec<_> = sent.chunks(channels * 777).collect();
        let coded = encode_sound_from(&CodecId::Aac, &blocks, layout, rate, start);
        let first = coded.packets[0].pts.expect("a time").ticks();
        let delay = coded.parameters.as_audio().expect("audio").delay;
        assert_eq!(first, start - i64::from(delay));
        let frames = decode_sound(&CodecId::Aac, &coded);
        assert!(frames.iter().all(|frame| frame.layout == layout && frame.sample_rate == rate));
        let received: Vec<f32> = interleaved(&frames);
        // The encoder's delay comes first, its padding last.
        let padding = coded.packets.last().expect("packets").trim.end.count();
        let padding = usize::try_from(padding).expect("small");
        let received = &received[delay as usize * channels..received.len() - padding * channels];
        assert_eq!(received.len(), sent.len(), "{layout} of {length}");
        let energy = |samples: &mut dyn Iterator<Item = f32>| -> f32 {
            samples.map(|sample| sample * sample).sum()
        };
        let error = energy(&mut sent.iter().zip(received).map(|(sent, got)| sent - got));
        let signal = energy(&mut sent.iter().copied());
        assert!(error < signal / 100.0, "{layout} of {length}: {error} of {signal}");
    };
    for length in [1025, 2048, 5000] {
        check(ChannelLayout::STEREO, 48_000, length, 0);
        check(ChannelLayout::MONO, 16_000, length, 333);
    }
    check(ChannelLayout::SURROUND_5_1, 48_000, 5000, 0);
    check(ChannelLayout::MONO, 8000, 4096, 0);
}

#[cfg(feature = "aac")]
#[test]
fn aac_takes_what_is_too_loud_and_fills_gaps() {
    let media = AudioParameters::new(48_000, ChannelLayout::MONO);
    let options = EncoderOptions::new(MediaParameters::Audio(media));
    let entry = encoder_for(&CodecId::Aac).expect("listed");
    let mut encoder = entry.create(&options).expect("valid");
    let mut submit = |samples: Vec<f32>, pts: i64| {
        let mut frame = AudioFrame::new(samples, ChannelLayout::MONO, 48_000).expect("mono");
        frame.pts = Some(Timestamp::new(pts));
        encoder.submit(&Frame::Audio(frame))
    };
    submit(vec![f32::NAN, f32::INFINITY, -7.0, 1.0], 0).expect("clamped");
    submit(vec![0.5; 1000], 4096).expect("a gap of silence");
    assert!(submit(vec![0.5; 10], 5000).is_err(), "a time that goes back");
    assert!(submit(vec![0.5; 10], i64::MAX).is_err(), "a gap without an end");
    encoder.finish().expect("the end");
    let mut length = 0;
    while let Some(packet) = encoder.next_packet().expect("the end") {
        length += 1024 - packet.trim.end.count();
    }
    assert_eq!(length, 1024 + 5096);
}

/// What an encoder made.
struct Coded {
    parameters: CodecParameters,
    packets: Vec<Packet>,
}

fn encode_sound<T: Sample>(
    codec: &CodecId,
    blocks: &[&[T]],
    layout: ChannelLayout,
    rate: u32,
) -> Coded {
    encode_sound_from(codec, blocks, layout, rate, 0)
}

/// Encodes interleaved blocks, the first at `start`.
fn encode_sound_from<T: Sample>(
    codec: &CodecId,
    blocks: &[&[T]],
    layout: ChannelLayout,
    rate: u32,
    start: i64,
) -> Coded {
    let options = EncoderOptions::new(MediaParameters::Audio(AudioParameters::new(rate, layout)));
    let entry = encoder_for(codec).expect("listed");
    let mut encoder = entry.create(&options).expect("valid settings");
    let mut packets = Vec::new();
    let mut pts = Timestamp::new(start);
    for block in blocks {
        let mut frame = AudioFrame::from_interleaved(block, layout, rate).expect("divides");
        frame.pts = Some(pts);
        pts = pts.saturating_add(Ticks::new(frame.len() as u64));
        encoder.submit(&Frame::Audio(frame)).expect("a good frame");
        packets.extend(std::iter::from_fn(|| encoder.next_packet().expect("a good frame")));
    }
    encoder.finish().expect("the end");
    packets.extend(std::iter::from_fn(|| encoder.next_packet().expect("the end")));
    Coded { parameters: encoder.parameters().clone(), packets }
}

fn decode_sound(codec: &CodecId, coded: &Coded) -> Vec<AudioFrame> {
    let entry = decoder_for(codec).expect("listed");
    let mut decoder =
        entry.create(&coded.parameters, &DecoderOptions::default()).expect("what the encoder says");
    let mut frames = Vec::new();
    for packet in &coded.packets {
        decoder.submit(packet).expect("a good packet");
        while let Some(frame) = decoder.next_frame().expect("a good packet") {
            let Frame::Audio(frame) = frame else { panic!("sound decodes to sound") };
            frames.push(frame);
        }
    }
    frames
}

/// The samples in the type of others.
fn interleaved_like<T: Sample>(frames: &[AudioFrame], _type: &[T]) -> Vec<T> {
    interleaved(frames)
}

fn interleaved<T: Sample>(frames: &[AudioFrame]) -> Vec<T> {
    let mut samples = Vec::new();
    for frame in frames {
        let planes: Vec<_> = (0..usize::from(frame.layout.channels()))
            .map(|channel| frame.plane::<T>(channel).expect("the native format"))
            .collect();
        (0..frame.len()).for_each(|at| samples.extend(planes.iter().map(|plane| plane[at])));
    }
    samples
}
