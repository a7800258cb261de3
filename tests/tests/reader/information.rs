//! What a reader says of a source before it decodes anything: R6 to R8.

use rushes::{
    CodecId, ColorPrimaries, ColorRange, ErrorKind, MatrixCoefficients, MediaKind, PixelFormat,
    Reader, SampleFormat, TransferFunction,
};
use rushes_tests::data;

use crate::media::{CLIP, Media, NASA, on_each};

on_each! {
    tracks_are_described,
}

/// R8.
fn tracks_are_described(media: &Media) {
    let reader = media.open();
    assert_eq!(reader.format(), "mp4");
    let track = &reader.tracks()[media.video];
    assert_eq!((track.kind(), &track.codec.codec), (MediaKind::Video, &CodecId::H264));
    assert_eq!(track.packets, Some(media.frames as u64));
    assert_eq!(track.start.map(|start| track.time_base.time(start)), Some(media.time(0)));
    let duration = track.time_base.seconds(track.duration.expect("known"));
    assert!((duration - media.time(media.frames).seconds()).abs() < 0.002, "{duration}");
    let video = track.codec.as_video().expect("video");
    let size = (video.width as usize, video.height as usize);
    assert_eq!(size, (media.width, media.height));
    let rate = video.frame_rate.expect("known");
    assert_eq!((rate.numer(), rate.denom()), media.rate);
    assert!(video.constant_frame_rate);
    assert_eq!(video.pixel_format.unwrap_or(PixelFormat::Yuv420p), PixelFormat::Yuv420p);
    assert_eq!(video.color.matrix, MatrixCoefficients::Bt709);
    assert_eq!(video.color.primaries, ColorPrimaries::Bt709);
    assert_eq!(video.color.transfer, TransferFunction::Bt709);
    assert_eq!(video.color.range, ColorRange::Limited);
    assert_eq!(video.rotation.degrees(), 0);

    let track = &reader.tracks()[media.audio];
    assert_eq!((track.kind(), &track.codec.codec), (MediaKind::Audio, &CodecId::Aac));
    let audio = track.codec.as_audio().expect("audio");
    assert_eq!((audio.sample_rate, audio.layout.channels()), (media.sample_rate, 2));
    assert_eq!(audio.sample_format.unwrap_or(SampleFormat::F32), SampleFormat::F32);
    let rate = track.codec.bit_rate.expect("the container tells it");
    assert!((50_000..150_000).contains(&rate), "{rate}");
    let end = reader.duration().expect("known").seconds();
    let sound = media.sample_time(media.samples).seconds();
    assert!(end >= sound - 0.001, "{end} is shorter than the sound, {sound}");
}

/// R7, R8.
#[test]
fn tracks_of_the_clip() {
    let reader = CLIP.open();
    assert_eq!(reader.tracks().len(), 2);
    assert_eq!(reader.tracks()[1].packets, Some(88));
    assert_eq!(reader.tracks()[0].metadata.value("handler_name"), Some("VideoHandler"));
    assert!(reader.chapters().is_empty());
    assert!(reader.tracks().iter().all(|track| track.disposition.default));
}

/// R7, R8, R10.
#[test]
fn tracks_of_nasa() {
    if (NASA.file)().is_none() {
        return;
    }
    let reader = NASA.open();
    let kinds: Vec<MediaKind> = reader.tracks().iter().map(rushes::Track::kind).collect();
    let three = [MediaKind::Video, MediaKind::Audio, MediaKind::Subtitle];
    assert_eq!(kinds, [three, three].concat());
    let packets: Vec<_> = reader.tracks().iter().map(|track| track.packets).collect();
    for (track, count) in [(0, 325), (1, 103), (3, 390), (4, 205)] {
        assert_eq!(packets[track], Some(count));
    }
    for (track, wanted) in [(0, 71_925), (1, 72_093), (3, 128_783), (4, 128_837)] {
        let rate = reader.tracks()[track].codec.bit_rate.expect("the container tells it");
        assert!(rate.abs_diff(wanted) <= wanted / 50, "{rate}, not {wanted}");
    }
}

#[test]
fn a_wave_file_is_described() {
    let reader = Reader::open(data("tone.wav")).expect("opens");
    assert_eq!(reader.format(), "wav");
    assert_eq!((reader.default_video(), reader.default_audio()), (None, Some(0)));
    let track = &reader.tracks()[0];
    let audio = track.codec.as_audio().expect("audio");
    assert_eq!((audio.sample_rate, audio.layout.channels(), audio.bits_per_sample), (8000, 2, 16));
    assert_eq!(track.codec.bit_rate, Some(8000 * 2 * 16));
    assert!((reader.duration().expect("known").seconds() - 0.1).abs() < 1e-9);
}

/// A source without video has no default one, and says so.
#[test]
fn without_a_video_track_there_is_no_video_output() {
    let mut reader = Reader::open(data("tone.wav")).expect("opens");
    let error = reader.add_video(rushes::VideoOutput::new(1)).expect_err("no video");
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert!(error.to_string().contains("video"), "{error}");
}

/// R6: what this build can do can be listed, and the names open what they name.
#[test]
fn registries_are_listed() {
    let names: Vec<&str> = rushes::demuxer_formats().map(|format| format.name).collect();
    assert!(names.contains(&"mp4") && names.contains(&"wav"), "{names:?}");
    let names: Vec<&str> = rushes::muxer_formats().map(|format| format.name).collect();
    assert!(names.contains(&"mp4") && names.contains(&"wav"), "{names:?}");
    let decoders: Vec<CodecId> =
        rushes::decoders().iter().map(|entry| entry.implementation.codec.clone()).collect();
    assert!(decoders.contains(&CodecId::H264) && decoders.contains(&CodecId::Aac), "{decoders:?}");
    let encoders: Vec<CodecId> =
        rushes::encoders().iter().map(|entry| entry.implementation.codec.clone()).collect();
    assert!(encoders.contains(&CodecId::Aac), "{encoders:?}");
    for entry in rushes::decoders() {
        assert!(!entry.implementation.name.is_empty() && !entry.implementation.package.is_empty());
    }
}
