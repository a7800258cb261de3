//! Seeking, against a plain read: R30, R31.

use std::time::Duration;

use rushes::{
    AudioOutput, DecoderOptions, ErrorKind, Frame, FrameReader, IntoTime, Reader, SeekMode, Time,
    VideoOutput,
};

use crate::media::{Media, distance, on_each, sums};

on_each! {
    precise_gives_the_first_frame_from_the_time_on,
    precise_at_a_time_as_f64_gives_that_frame,
    precise_cuts_sound_to_the_sample,
    precise_sound_alone,
    precise_everywhere_reads_on_to_the_end,
    zero_gives_everything,
    beyond_the_end_there_is_nothing,
    key_gives_the_key_frame_before,
    any_recovers_at_the_next_key_frame,
    a_seek_forgets_what_was_buffered,
    wrong_times_are_refused,
    frames_without_outputs_seek_alike,
}

/// A little less than the distance of two samples, in seconds.
const INSTANT: f64 = 1e-6;

fn frame_of(media: &Media, seconds: f64) -> usize {
    let wanted = seconds.into_time().expect("a time");
    (0..media.frames).find(|frame| media.time(*frame) >= wanted).unwrap_or(media.frames)
}

/// The next `count` frames, with their times, checked against the plain read from `first` on.
fn check_frames(reader: &mut Reader, media: &Media, first: usize, count: usize, what: &str) {
    let video = reader
        .outputs()
        .iter()
        .find_map(|output| match output.id {
            rushes::OutputId::Video(id) => Some(id),
            rushes::OutputId::Audio(_) => None,
        })
        .expect("a video output");
    let linear = media.linear();
    let end = (first + count).min(media.frames);
    let (mut times, mut found) = (Vec::new(), Vec::new());
    while found.len() < count {
        reader.fill_buffer().expect("fills");
        let mut chunks = reader.pop_chunks();
        if chunks.all_none() {
            break;
        }
        if let Some(chunk) = chunks.take_video(video) {
            times.extend(chunk.times().iter().map(|time| time.seconds()));
            found.extend(sums(&chunk.array().expect("u8")));
        }
    }
    let wanted: Vec<f64> = linear.times[first..end].iter().map(|time| time.seconds()).collect();
    times.truncate(count);
    found.truncate(count);
    assert_eq!(times, wanted, "times of the frames {what}");
    assert!(found == linear.sums[first..end], "pixels of frames {first}.. {what}");
}

/// Between two frames, just before and just after one; near the ends and the key frames.
fn precise_gives_the_first_frame_from_the_time_on(media: &Media) {
    let last = media.frames - 1;
    let mut reader = media.open();
    reader.add_video(VideoOutput::new(1).keep_all()).expect("video");
    for frame in [1, 2, media.keys[1] - 1, media.keys[1], media.keys[1] + 1, 5, last, last - 1] {
        let exact = media.time(frame).seconds();
        for seconds in [exact - INSTANT, exact + INSTANT, exact - 0.017] {
            reader.seek(seconds, SeekMode::Precise).expect("seeks");
            let first = frame_of(media, seconds);
            check_frames(&mut reader, media, first, 2, &format!("after a seek to {seconds}"));
        }
    }
}

/// What a chunk says is its time leads back to it, as an exact time and as seconds.
fn precise_at_a_time_as_f64_gives_that_frame(media: &Media) {
    let mut reader = media.open();
    reader.add_video(VideoOutput::new(1).keep_all()).expect("video");
    let step = (media.frames / 40).max(1);
    for frame in (0..media.frames).step_by(step) {
        let time = media.time(frame);
        reader.seek(time, SeekMode::Precise).expect("seeks");
        check_frames(&mut reader, media, frame, 1, &format!("after a seek to {time:?}"));
    }
    for frame in (1..media.frames).step_by(step) {
        let seconds = media.time(frame).seconds();
        reader.seek(seconds, SeekMode::Precise).expect("seeks");
        check_frames(&mut reader, media, frame, 1, &format!("after a seek to {seconds}"));
    }
    let half = Duration::from_millis(500);
    reader.seek(half, SeekMode::Precise).expect("seeks");
    check_frames(&mut reader, media, frame_of(media, 0.5), 3, "after half a second");
}

/// Sound is what a plain read gives, cut at the first sample from the time on.
fn check_sound(reader: &mut Reader, media: &Media, first: usize, what: &str) {
    let linear = media.linear();
    let output = reader.outputs()[0].id;
    let rushes::OutputId::Audio(audio) = output else { panic!("the first output is audio") };
    let (mut found, mut pts) = (Vec::new(), None);
    while found.len() < 2 * 5000 {
        reader.fill_buffer().expect("fills");
        let mut chunks = reader.pop_chunks();
        if chunks.all_none() {
            break;
        }
        if let Some(chunk) = chunks.take_audio(audio) {
            pts.get_or_insert(chunk.pts());
            found.extend(chunk.into_array::<f32>().expect("f32"));
        }
    }
    found.truncate(2 * 5000);
    let end = (first + 5000).min(media.samples);
    let wanted = &linear.samples[2 * first..2 * end];
    let shape = (found.len() / 2, 2);
    let found = ndarray::ArrayView2::from_shape(shape, &found).expect("two channels");
    assert_eq!(found.nrows(), end - first, "samples {what}");
    assert_eq!(pts, Some(media.sample_time(first)), "time of the first sample {what}");
    let distance = distance(&found, wanted);
    // AAC fills bands with noise that is random by its standard; a sample's shift would differ by hundredths.
    assert!(distance <= 1e-3, "samples from {first} on differ by {distance} {what}");
}

fn sample_times(media: &Media) -> Vec<(f64, usize)> {
    let rate = f64::from(media.sample_rate);
    let mut times = Vec::new();
    for sample in [1_u32, 2, 1023, 1024, 1025, 2047, 5000, 30_011, 44_099, 60_000] {
        let exact = f64::from(sample) / rate;
        let sample = usize::try_from(sample).expect("few samples");
        times.push((exact, sample));
        times.push((exact - INSTANT, sample));
        times.push((exact + INSTANT, sample + 1));
    }
    times.push((0.5, (media.sample_rate / 2) as usize));
    times
}

fn precise_cuts_sound_to_the_sample(media: &Media) {
    let mut reader = media.open();
    reader.add_audio(AudioOutput::unlimited()).expect("audio");
    reader.add_video(VideoOutput::unlimited()).expect("video");
    for (seconds, sample) in sample_times(media).into_iter().step_by(5) {
        reader.seek(seconds, SeekMode::Precise).expect("seeks");
        check_sound(&mut reader, media, sample, &format!("after a seek to {seconds}"));
    }
}

fn precise_sound_alone(media: &Media) {
    let mut reader = media.open();
    reader.add_audio(AudioOutput::unlimited()).expect("audio");
    for (seconds, sample) in sample_times(media) {
        reader.seek(seconds, SeekMode::Precise).expect("seeks");
        check_sound(&mut reader, media, sample, &format!("after a seek to {seconds}"));
    }
    for sample in [0, 1, 1024, 33_333] {
        let time = media.sample_time(sample);
        reader.seek(time, SeekMode::Precise).expect("seeks");
        check_sound(&mut reader, media, sample, &format!("after a seek to {time:?}"));
    }
}

/// Video and sound together, to the very end; forwards and backwards.
fn precise_everywhere_reads_on_to_the_end(media: &Media) {
    let linear = media.linear();
    let mut reader = media.open();
    let video = reader.add_video(VideoOutput::new(8).keep_all()).expect("video");
    let audio = reader.add_audio(AudioOutput::new(4000).keep_all()).expect("audio");
    let end = media.time(media.frames).seconds();
    for seconds in [end * 0.9, end * 0.3, end * 0.55] {
        reader.seek(seconds, SeekMode::Precise).expect("seeks");
        let first = frame_of(media, seconds);
        let wanted = seconds.into_time().expect("a time");
        let from = (0..).find(|sample| media.sample_time(*sample) >= wanted).expect("a sample");
        let (mut seen, mut heard) = (first, from);
        for chunks in reader.chunks() {
            let chunks = chunks.expect("reads to the end");
            if let Some(chunk) = chunks.video(video) {
                assert_eq!(chunk.pts(), media.time(seen), "{seconds}");
                let wanted = &linear.sums[seen..seen + chunk.frames()];
                assert_eq!(sums(&chunk.array().expect("u8")), wanted);
                seen += chunk.frames();
            }
            if let Some(chunk) = chunks.audio(audio) {
                assert_eq!(chunk.pts(), media.sample_time(heard), "{seconds}");
                heard += chunk.frames();
            }
        }
        assert_eq!((seen, heard), (media.frames, media.samples), "{seconds}");
    }
}

/// R31: zero is the start, whatever the mode.
fn zero_gives_everything(media: &Media) {
    let linear = media.linear();
    let mut reader = media.open();
    let video = reader.add_video(VideoOutput::unlimited()).expect("video");
    let audio = reader.add_audio(AudioOutput::unlimited()).expect("audio");
    for mode in [SeekMode::Precise, SeekMode::Key, SeekMode::Any] {
        reader.process_packet().expect("reads");
        reader.seek(0, mode).expect("seeks");
        reader.process_all_packets().expect("reads to the end");
        let chunks = reader.pop_chunks();
        let pictures = chunks.video(video).expect("frames");
        assert_eq!(pictures.times(), linear.times, "{mode:?}");
        assert_eq!(sums(&pictures.array().expect("u8")), linear.sums, "{mode:?}");
        let sound = chunks.audio(audio).expect("samples");
        assert_eq!(sound.pts(), Time::ZERO);
        let distance = distance(&sound.array().expect("f32"), &linear.samples);
        assert!(distance <= 1e-3, "{mode:?}: {distance}");
    }
}

fn beyond_the_end_there_is_nothing(media: &Media) {
    let mut reader = media.open();
    reader.add_video(VideoOutput::new(1)).expect("video");
    reader.add_audio(AudioOutput::new(1)).expect("audio");
    for seconds in [20.0, 1e6, 9e9] {
        reader.seek(seconds, SeekMode::Precise).expect("seeks");
        assert!(reader.chunks().next().is_none(), "{seconds}");
    }
    // And back again.
    reader.seek(0.2, SeekMode::Precise).expect("seeks");
    assert!(reader.chunks().next().expect("a chunk").is_ok());
}

fn key_gives_the_key_frame_before(media: &Media) {
    let key = media.keys[1];
    let mut reader = media.open();
    reader.add_video(VideoOutput::new(1).keep_all()).expect("video");
    for (frame, expected) in
        [(0, 0), (7, 0), (key - 1, 0), (key, key), (key + 1, key), (media.frames - 1, key)]
    {
        reader.seek(media.time(frame), SeekMode::Key).expect("seeks");
        check_frames(&mut reader, media, expected, 3, &format!("after the key frame of {frame}"));
    }
    let seconds = media.time(key).seconds();
    reader.seek(seconds, SeekMode::Key).expect("seeks");
    check_frames(&mut reader, media, key, 3, &format!("at the key frame at {seconds}"));
}

/// R31: what comes before the next key frame may be damaged, but carries right times; from there on all is well.
fn any_recovers_at_the_next_key_frame(media: &Media) {
    let linear = media.linear();
    let mut reader = media.open();
    let video = reader.add_video(VideoOutput::unlimited()).expect("video");
    let key = media.keys[1];
    for frame in [3, key - 2, key + 2] {
        reader.seek(media.time(frame), SeekMode::Any).expect("seeks");
        reader.process_all_packets().expect("reads to the end");
        let mut chunks = reader.pop_chunks();
        let Some(chunk) = chunks.take_video(video) else {
            assert!(frame > key, "the frames of the next key frame come");
            continue;
        };
        for time in chunk.times() {
            assert!(linear.times.contains(time), "{time:?} is the time of no frame");
        }
        assert!(chunk.times().is_sorted(), "frames come in the order they are shown");
        if frame < key {
            let found = sums(&chunk.array().expect("u8"));
            let whole = chunk.times().iter().position(|time| *time == media.time(key));
            assert_eq!(found[whole.expect("the key frame")..], linear.sums[key..]);
        }
    }
}

/// R30: decoders, buffers and times start afresh.
fn a_seek_forgets_what_was_buffered(media: &Media) {
    let mut reader = media.open();
    reader.add_video(VideoOutput::new(4)).expect("video");
    for packets in [1, 10, 77] {
        for _ in 0..packets {
            reader.process_packet().expect("reads");
        }
        reader.seek(media.time(3), SeekMode::Precise).expect("seeks");
        assert!(reader.pop_chunks().all_none(), "after {packets} packets");
        check_frames(&mut reader, media, 3, 8, &format!("after {packets} packets and a seek"));
    }
    reader.process_all_packets().expect("reads to the end");
    reader.seek(media.time(3), SeekMode::Precise).expect("seeks after the end");
    check_frames(&mut reader, media, 3, 8, "after the end and a seek");
}

/// R30.
fn wrong_times_are_refused(media: &Media) {
    let mut reader = media.open();
    reader.add_video(VideoOutput::new(4)).expect("video");
    for seconds in [-0.1, -1e-9, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300] {
        for mode in [SeekMode::Precise, SeekMode::Key, SeekMode::Any] {
            let error = reader.seek(seconds, mode).expect_err("no time");
            assert_eq!(error.kind(), ErrorKind::Usage, "{seconds}: {error}");
        }
    }
    check_frames(&mut reader, media, 0, 4, "after seeks that were refused");
    reader.seek(-0.0, SeekMode::Precise).expect("zero");
    check_frames(&mut reader, media, 0, 4, "after a seek to minus zero");
}

/// The reader of frames seeks as the reader of chunks does.
fn frames_without_outputs_seek_alike(media: &Media) {
    let mut reader = FrameReader::open(media.path()).expect("opens");
    reader.select(media.video, &DecoderOptions::default()).expect("video");
    let mut first_time = |mode, time: Time| {
        reader.seek(time, mode).expect("seeks");
        let found = reader.next_frame().expect("reads").expect("a frame");
        assert!(matches!(found.frame, Frame::Video(_)));
        found.pts()
    };
    let key = media.keys[1];
    assert_eq!(first_time(SeekMode::Precise, media.time(key + 5)), media.time(key + 5));
    assert_eq!(first_time(SeekMode::Key, media.time(key + 5)), media.time(key));
    assert_eq!(first_time(SeekMode::Precise, media.time(1)), media.time(1));
    assert_eq!(first_time(SeekMode::Key, media.time(1)), media.time(0));
}
