//! Encoders of sound: what goes in comes out of the decoder, also through each container that takes it.
#![cfg(any(feature = "alac", feature = "flac", feature = "mp3", feature = "opus"))]

mod listen;

use std::fs;
use std::path::PathBuf;

use listen::decode;
use rushes_codec::{EncoderOptions, encoder_for};
use rushes_container::{
    DemuxOptions, MuxOptions, Sink, Source, check_tracks, muxer_formats, open_demuxer, open_muxer,
};
use rushes_core::{
    AudioFrame, AudioParameters, ChannelLayout, CodecId, CodecParameters, Frame, MediaParameters,
    Packet, Sample, TimeBase, Timestamp, Track,
};

/// What an encoder made.
struct Coded {
    track: Track,
    packets: Vec<Packet>,
}

/// Encodes interleaved samples in blocks of so many of each channel.
fn encode<T: Sample>(
    options: &EncoderOptions,
    codec: &CodecId,
    samples: &[T],
    block: usize,
) -> Coded {
    let MediaParameters::Audio(audio) = &options.media else { panic!("sound") };
    let mut encoder = encoder_for(codec).expect("listed").create(options).expect("valid");
    let clock = i64::from(encoder.time_base().denom() / audio.sample_rate);
    let mut packets = Vec::new();
    let mut at = 0;
    for block in samples.chunks(block * usize::from(audio.layout.channels())) {
        let mut frame =
            AudioFrame::from_interleaved(block, audio.layout, audio.sample_rate).expect("divides");
        frame.pts = Some(Timestamp::new(at * clock));
        at += i64::try_from(frame.len()).expect("few");
        encoder.submit(&Frame::Audio(frame)).expect("a good frame");
        packets.extend(std::iter::from_fn(|| encoder.next_packet().expect("a good frame")));
    }
    encoder.finish().expect("the end");
    packets.extend(std::iter::from_fn(|| encoder.next_packet().expect("the end")));
    let track = Track::new(1, encoder.parameters().clone(), encoder.time_base());
    Coded { track, packets }
}

/// Options for sound like this.
fn options<T: Sample>(layout: ChannelLayout, rate: u32) -> EncoderOptions {
    let mut audio = AudioParameters::new(rate, layout);
    audio.sample_format = Some(T::FORMAT);
    EncoderOptions::new(MediaParameters::Audio(audio))
}

/// Writes a file of the format and reads it again.
fn through(format: &str, coded: &Coded) -> (CodecParameters, TimeBase, Vec<Packet>) {
    let name =
        format!("sound-{}-{format}-{:?}", coded.track.codec.codec, std::thread::current().id());
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let sink = Sink::create(&path).expect("a file");
    let tracks = [coded.track.clone()];
    let mut muxer = open_muxer(format, sink, &tracks, &MuxOptions::default()).expect("checked");
    coded.packets.iter().for_each(|packet| muxer.write(packet).expect(format));
    muxer.finish().expect(format);
    let bytes = fs::read(&path).expect("written");
    fs::remove_file(&path).expect("written");
    let mut demuxer = open_demuxer(Source::bytes(bytes), &DemuxOptions::default()).expect(format);
    let track = demuxer.tracks()[0].clone();
    let packets = std::iter::from_fn(|| demuxer.next_packet().expect(format)).collect();
    (track.codec, track.time_base, packets)
}

/// The containers that take a track.
fn containers(track: &Track) -> Vec<&'static str> {
    let takes = |name: &&str| check_tracks(name, std::slice::from_ref(track)).is_ok();
    let names: Vec<_> = muxer_formats().map(|format| format.name).filter(takes).collect();
    assert!(names.len() > 1, "{} goes into {names:?} only", track.codec.codec);
    names
}

/// Numbers that look like noise, the same each time.
fn noise() -> impl Iterator<Item = u32> {
    std::iter::successors(Some(0x2545_f491_u32), |state| {
        let state = state ^ (state << 13);
        let state = state ^ (state >> 17);
        Some(state ^ (state << 5))
    })
}

/// A tone for each channel, low enough for an LFE, and a little noise.
#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn tones(length: usize, channels: usize, rate: u32) -> Vec<f32> {
    let value = |(at, noise): (usize, u32)| {
        let (time, channel) = (at / channels, at % channels);
        let phase = time as f32 * (channel + 1) as f32 * 20.0 / rate as f32;
        0.4 * (phase * std::f32::consts::TAU).sin() + (noise >> 8) as f32 / 16_777_216.0 / 500.0
    };
    (0..length * channels).zip(noise()).map(value).collect()
}

#[cfg(any(feature = "mp3", feature = "opus"))]
fn signal_to_noise(sent: &[f32], received: &[f32]) -> f64 {
    let energy = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>();
    let signal = energy(&mut sent.iter().map(|sample| f64::from(*sample)));
    let error = energy(&mut sent.iter().zip(received).map(|(a, b)| f64::from(*a) - f64::from(*b)));
    10.0 * (signal / error).log10()
}

/// Layouts with more than two channels.
#[cfg(any(feature = "flac", feature = "opus"))]
fn surround() -> [ChannelLayout; 2] {
    [ChannelLayout::SURROUND_5_1, ChannelLayout::SURROUND_7_1]
}

#[cfg(any(feature = "alac", feature = "flac"))]
fn check_lossless<T: Sample + PartialEq + std::fmt::Debug>(
    codec: &CodecId,
    surround: [ChannelLayout; 2],
    convert: fn(f32, u32) -> T,
) {
    let layouts = [ChannelLayout::MONO, ChannelLayout::STEREO].into_iter().chain(surround);
    for layout in layouts {
        let channels = usize::from(layout.channels());
        for length in [1, 31, 33, 4096, 4097, 10_000] {
            let sent: Vec<T> = tones(length, channels, 44_100)
                .into_iter()
                .zip(noise())
                .map(|(sample, noise)| convert(sample, noise))
                .collect();
            let options = options::<T>(layout, 44_100);
            let coded = encode(&options, codec, &sent, 10_000);
            let what = format!("{codec} of {length} samples, {layout}");
            let received: Vec<T> =
                decode(&coded.track.codec, coded.track.time_base, &coded.packets);
            assert!(received == sent, "{what}: other samples came out");
            for block in [1, 777] {
                if length <= 4097 {
                    let again = encode(&options, codec, &sent, block);
                    assert!(again.packets == coded.packets, "{what}: blocks of {block} matter");
                }
            }
            for format in containers(&coded.track) {
                let (parameters, base, packets) = through(format, &coded);
                let received: Vec<T> = decode(&parameters, base, &packets);
                assert_eq!(received.len(), sent.len(), "{what} in {format}");
                assert!(received == sent, "{what} in {format}: other samples came out");
            }
        }
    }
}

#[cfg(any(feature = "mp3", feature = "opus"))]
fn check_lossy(codec: &CodecId, layouts: &[ChannelLayout], rates: &[u32], least: f64) {
    for (layout, rate) in layouts.iter().flat_map(|layout| rates.iter().map(move |r| (layout, r))) {
        let channels = usize::from(layout.channels());
        for length in [1, 960, 1152, 20_000] {
            let sent = tones(length, channels, *rate);
            let options = options::<f32>(*layout, *rate);
            let coded = encode(&options, codec, &sent, 20_000);
            let what = format!("{codec} of {length} samples, {layout} at {rate} Hz");
            for block in [311, 5000] {
                let again = encode(&options, codec, &sent, block);
                assert!(again.packets == coded.packets, "{what}: blocks of {block} matter");
            }
            let out = coded.track.codec.as_audio().expect("sound").sample_rate;
            let expected = sent.len() * out as usize / *rate as usize;
            let received: Vec<f32> =
                decode(&coded.track.codec, coded.track.time_base, &coded.packets);
            assert_eq!(received.len(), expected, "{what}");
            if length == 20_000 && out == *rate {
                let ratio = signal_to_noise(&sent, &received);
                assert!(ratio > least, "{what}: {ratio:.1} dB");
            }
            for format in containers(&coded.track) {
                let (parameters, base, packets) = through(format, &coded);
                let received: Vec<f32> = decode(&parameters, base, &packets);
                assert_eq!(received.len(), expected, "{what} in {format}");
                if length == 20_000 && out == *rate {
                    let ratio = signal_to_noise(&sent, &received);
                    assert!(ratio > least, "{what} in {format}: {ratio:.1} dB");
                }
            }
        }
    }
}

#[cfg(any(feature = "alac", feature = "flac"))]
#[expect(clippy::cast_possible_truncation, reason = "samples are in range")]
fn to_16(sample: f32, noise: u32) -> i16 {
    (sample * 30_000.0) as i16 ^ (noise & 3) as i16
}

#[cfg(any(feature = "alac", feature = "flac"))]
#[expect(clippy::cast_possible_truncation, reason = "samples are in range")]
fn to_24(sample: f32, noise: u32) -> i32 {
    ((sample * 8_000_000.0) as i32 ^ (noise & 0xff).cast_signed()) << 8
}

#[cfg(feature = "alac")]
#[test]
fn alac_is_exact() {
    let surround = [ChannelLayout::SURROUND_5_1, ChannelLayout::from_mask(8, 0xff)];
    check_lossless(&CodecId::Alac, surround, to_16);
    check_lossless(&CodecId::Alac, surround, to_24);
}

#[cfg(any(feature = "alac", feature = "flac"))]
fn check_bits(codec: &CodecId, all: &[(&str, u32)]) {
    for (bits, mask) in all {
        for length in [20, 20_000] {
            // Noise, then what can be predicted.
            let noise = noise().take(length / 2).map(|noise| (noise & mask).cast_signed());
            let ramp =
                (0..20_000_u32).take(length).map(|value| ((value << 14) & mask).cast_signed());
            let sent: Vec<i32> = noise.chain(ramp).collect();
            let mut options = options::<i32>(ChannelLayout::STEREO, 48_000);
            options.options.insert("bits".to_owned(), (*bits).to_owned());
            let coded = encode(&options, codec, &sent, 3000);
            let base = coded.track.time_base;
            let received: Vec<i32> = decode(&coded.track.codec, base, &coded.packets);
            assert!(received == sent, "{length} samples of {bits} bits");
            // What was asked for is left out.
            let more: Vec<i32> = sent.iter().map(|sample| sample | (!mask).cast_signed()).collect();
            let again = encode(&options, codec, &more, 3000);
            assert!(again.packets == coded.packets, "{length} samples of {bits} bits and more");
        }
    }
    // What was not is no loss.
    let options = options::<i32>(ChannelLayout::STEREO, 48_000);
    let mut encoder = encoder_for(codec).expect("listed").create(&options).expect("valid");
    let mut samples = vec![0x100; 20_000];
    samples[9_000] = 0x101;
    let frame = AudioFrame::from_interleaved(&samples, ChannelLayout::STEREO, 48_000);
    let error = encoder.submit(&Frame::Audio(frame.expect("divides"))).expect_err("a bit is lost");
    assert!(error.to_string().contains("option bits"), "{error}");
}

#[cfg(feature = "alac")]
#[test]
fn alac_keeps_as_many_bits_as_asked() {
    check_bits(&CodecId::Alac, &[("20", !0xfff), ("24", !0xff), ("32", !0)]);
}

#[cfg(feature = "flac")]
#[test]
fn flac_keeps_as_many_bits_as_asked() {
    check_bits(&CodecId::Flac, &[("20", !0xfff), ("24", !0xff)]);
}

#[cfg(feature = "flac")]
#[test]
fn flac_is_exact_in_16_bits() {
    check_lossless(&CodecId::Flac, surround(), to_16);
}

#[cfg(feature = "flac")]
#[test]
fn flac_is_exact_in_24_bits() {
    check_lossless(&CodecId::Flac, surround(), to_24);
}

#[cfg(feature = "flac")]
#[test]
fn flac_takes_what_cannot_be_predicted() {
    let sent: Vec<i16> = noise()
        .take(20_000)
        .map(|noise| (noise >> 16).cast_signed().wrapping_sub(0x8000))
        .map(|value| i16::try_from(value).expect("16 bits"))
        .collect();
    let coded =
        encode(&options::<i16>(ChannelLayout::STEREO, 48_000), &CodecId::Flac, &sent, 10_000);
    let received: Vec<i16> = decode(&coded.track.codec, coded.track.time_base, &coded.packets);
    assert!(received == sent);
}

#[cfg(feature = "opus")]
#[test]
fn opus_keeps_the_sound_and_its_length() {
    let few = [ChannelLayout::MONO, ChannelLayout::STEREO];
    check_lossy(&CodecId::Opus, &few, &[48_000, 16_000], 15.0);
    check_lossy(&CodecId::Opus, &surround(), &[48_000], 12.0);
}

#[cfg(feature = "mp3")]
#[test]
fn mp3_keeps_the_sound_and_its_length() {
    let layouts = [ChannelLayout::MONO, ChannelLayout::STEREO];
    check_lossy(&CodecId::Mp3, &layouts, &[44_100, 48_000, 22_050], 20.0);
}
