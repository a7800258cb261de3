//! Times and frame rates survive: W3, W9, W14.

use ndarray::s;
use rushes::{AudioInput, TimeBase, VideoInput, VideoOutput, Writer};
use rushes_tests::{pictures, tone};

use crate::support::{make, read_audio, read_video, reader};

fn video(rate: (u32, u32)) -> impl FnOnce(&mut Writer) -> rushes::VideoInputId {
    move |writer| writer.add_video(VideoInput::new(32, 32, rate)).expect("video")
}

/// W3: exact rates, as fractions, for every frame and for the track.
#[test]
fn frame_rates_survive() {
    let rates = [
        (30_000, 1001),
        (5000, 167),
        (24_000, 1001),
        (25, 1),
        (60, 1),
        (1, 1),
        (1, 10),
        (120, 1),
        (1_000_000, 33_333),
        (2997, 100),
    ];
    for (numer, denom) in rates {
        let bytes = make("mp4", video((numer, denom)), |writer, video| {
            writer.write_video(video, pictures(31, 3, 32, 32).view()).expect("writes");
        });
        let (_, times) = read_video(&bytes, VideoOutput::unlimited());
        let base = TimeBase::new(denom, numer).expect("not zero");
        for (index, time) in times.iter().enumerate() {
            let tick = i64::try_from(index).expect("few");
            assert_eq!(*time, base.time(rushes::Timestamp::new(tick)), "{numer}/{denom}");
        }
        assert_eq!(times.len(), 31);
        let reader = reader(&bytes);
        let track = &reader.tracks()[0];
        let found = track.codec.as_video().expect("video").frame_rate.expect("known");
        assert_eq!((found.numer(), found.denom()), (numer, denom), "of the track");
        assert!(track.codec.as_video().expect("video").constant_frame_rate);
        let duration = track.time_base.seconds(track.duration.expect("known"));
        let wanted = 31.0 * f64::from(denom) / f64::from(numer);
        assert!(
            (duration - wanted).abs() < 0.0011,
            "{duration}, not {wanted}: the last frame lasts"
        );
    }
}

/// W9: times are rounded to the nearest tick and count on from there.
#[test]
fn times_count_on_from_where_they_are_set() {
    let frames = pictures(9, 3, 32, 32);
    let bytes = make("mp4", video((25, 1)), |writer, video| {
        let three = |from: usize| frames.slice(s![from..from + 3, .., .., ..]);
        writer.write_video_at(video, three(0), 0.0).expect("writes");
        writer.write_video_at(video, three(3), 1.011).expect("writes");
        writer.write_video(video, three(6)).expect("writes");
    });
    let (_, times) = read_video(&bytes, VideoOutput::unlimited());
    let ticks: Vec<f64> = times.iter().map(|time| (time.seconds() * 25.0).round()).collect();
    assert_eq!(ticks, [0.0, 1.0, 2.0, 25.0, 26.0, 27.0, 28.0, 29.0, 30.0]);
    for (time, tick) in times.iter().zip(ticks) {
        assert!((time.seconds() - tick / 25.0).abs() < 1e-9);
    }
}

/// A first frame that comes late stays late, and does not move the sound.
#[test]
fn tracks_may_start_at_different_times() {
    let bytes = make(
        "mp4",
        |writer| {
            (
                writer.add_video(VideoInput::new(32, 32, 25)).expect("video"),
                writer.add_audio(AudioInput::new(16_000, 1)).expect("audio"),
            )
        },
        |writer, (video, audio)| {
            writer.write_video_at(video, pictures(10, 3, 32, 32).view(), 0.52).expect("writes");
            writer.write_audio(audio, tone(16_000, 1, 16_000).view()).expect("writes");
        },
    );
    let (_, times) = read_video(&bytes, VideoOutput::unlimited());
    assert!((times[0].seconds() - 0.52).abs() < 1e-9, "{:?}", times[0]);
    assert_eq!(times.len(), 10);
    assert_eq!(read_audio(&bytes, 1).nrows(), 16_000);
}

/// W9: sound that comes late has silence before it.
#[test]
fn gaps_in_sound_are_silence() {
    let sound = tone(4000, 1, 8000);
    let bytes = make(
        "wav",
        |writer| writer.add_audio(AudioInput::new(8000, 1).encoder("pcm_f32le")).expect("audio"),
        |writer, audio| {
            writer.write_audio(audio, sound.slice(s![..1000, ..])).expect("writes");
            writer.write_audio_at(audio, sound.slice(s![1000.., ..]), 0.25).expect("writes");
        },
    );
    let back = read_audio(&bytes, 0);
    assert_eq!(back.nrows(), 2000 + 3000);
    assert!(back.slice(s![..1000, ..]) == sound.slice(s![..1000, ..]));
    assert!(back.slice(s![1000..2000, ..]).iter().all(|sample| *sample == 0.0));
    assert!(back.slice(s![2000.., ..]) == sound.slice(s![1000.., ..]));
}

/// W14: frames at times of their own keep them.
#[test]
fn variable_frame_rates_survive() {
    let milliseconds = [0, 33, 34, 100, 500, 501, 1234];
    let frames = pictures(milliseconds.len(), 3, 32, 32);
    let base = TimeBase::per_second(1000).expect("not zero");
    let prepare = |writer: &mut Writer| {
        let input = VideoInput::new(32, 32, 30).variable_frame_rate(base);
        writer.add_video(input).expect("video")
    };
    let bytes = make("mp4", prepare, |writer, video| {
        for (index, time) in milliseconds.iter().enumerate() {
            let pts = base.time(rushes::Timestamp::new(*time));
            let frame = frames.slice(s![index..=index, .., .., ..]);
            writer.write_video_at(video, frame, pts).expect("writes");
        }
    });
    let (_, times) = read_video(&bytes, VideoOutput::unlimited());
    let wanted: Vec<_> =
        milliseconds.iter().map(|time| base.time(rushes::Timestamp::new(*time))).collect();
    assert_eq!(times, wanted);
    assert!(!reader(&bytes).tracks()[0].codec.as_video().expect("video").constant_frame_rate);
}
