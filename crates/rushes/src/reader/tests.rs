//! The reader on a source in memory, row by row of the specification.

use rushes_core::{PixelFormat, SampleFormat, Timestamp};

use super::*;
use crate::testing::{BLOCK, FPS, HEIGHT, RATE, WIDTH, source};
use crate::{AudioChunk, VideoChunk};

fn video_output(frames: usize) -> VideoOutput {
    VideoOutput::new(frames).format(PixelFormat::Yuv444p)
}

fn audio_output(frames: usize) -> AudioOutput {
    AudioOutput::new(frames).source_format()
}

/// Numbers of the pictures of a chunk.
fn numbers(chunk: &VideoChunk) -> Vec<u8> {
    let array = chunk.array::<u8>().expect("8 bits");
    array.outer_iter().map(|frame| frame[[0, 0, 0]]).collect()
}

fn left(chunk: &AudioChunk) -> Vec<i32> {
    chunk.array::<i32>().expect("32 bits").column(0).to_vec()
}

/// R24: every audio and video packet counts, subtitles do not, and the end comes again and again.
#[test]
fn r24_packets_of_all_tracks_count() {
    for outputs in [false, true] {
        let mut reader = source(50).reader();
        if outputs {
            reader.add_video(video_output(5)).expect("adds");
        }
        let mut packets = 0;
        while reader.process_packet().expect("reads") == Progress::More {
            packets += 1;
        }
        assert_eq!(packets, 50 + (50 * RATE / FPS).div_ceil(BLOCK));
        assert_eq!(reader.process_packet().expect("stays at the end"), Progress::End);
    }
}

/// R24: a source without data is tried again as long as it is told.
#[test]
fn r24_waits_for_data() {
    let check = |wait: Wait, blocked: usize, fine: bool| {
        let mut source = source(5);
        source.blocked = blocked;
        let mut reader = source.reader();
        reader.set_wait(wait);
        let first = reader.process_packet();
        assert_eq!(first.is_ok(), fine, "{wait:?}");
        if let Err(error) = first {
            assert!(error.is_would_block());
        }
    };
    check(Wait::never(), 1, false);
    check(Wait::forever().backoff(std::time::Duration::from_millis(1)), 3, true);
    let mut source = source(5);
    source.blocked = 1;
    let mut reader = source.reader();
    reader.process_packet().expect_err("no data yet");
    assert_eq!(reader.process_packet().expect("the same call again"), Progress::More);
}

/// R20, R21: chunks of the very size, the rest at the end, and the time of the first frame.
#[test]
fn r20_r21_chunks_are_exact() {
    let check = |frames: usize, keep: usize, expected: &[(u8, usize, i64)]| {
        let mut reader = source(23).reader();
        let id = reader.add_video(video_output(frames).keep(keep)).expect("adds");
        reader.process_all_packets().expect("reads");
        let mut found = Vec::new();
        while let Some(chunk) = reader.pop_chunks().take_video(id) {
            assert_eq!(chunk.shape(), [chunk.frames(), 3, HEIGHT as usize, WIDTH as usize]);
            found.push((numbers(&chunk)[0], chunk.frames(), chunk.pts().ticks().ticks()));
            for (number, time) in numbers(&chunk).into_iter().zip(chunk.times()) {
                assert_eq!(time.ticks().ticks(), i64::from(number));
            }
        }
        assert_eq!(found, expected);
        let dropped = !expected.is_empty() && expected[0].0 > 0;
        assert_eq!(reader.warnings().len(), usize::from(dropped));
        assert_eq!(reader.outputs()[0].dropped_chunks > 0, dropped);
    };
    check(5, 9, &[(0, 5, 0), (5, 5, 5), (10, 5, 10), (15, 5, 15), (20, 3, 20)]);
    check(5, 3, &[(10, 5, 10), (15, 5, 15), (20, 3, 20)]);
    check(1, 1, &[(22, 1, 22)]);
    check(100, 3, &[(0, 23, 0)]);
}

/// R20: any grouping gives the same frames.
#[test]
fn r20_grouping_changes_nothing() {
    let all = |frames: usize| {
        let mut reader = source(30).reader();
        let video = reader.add_video(video_output(frames).keep_all()).expect("adds");
        let audio = reader.add_audio(audio_output(frames * 7).keep_all()).expect("adds");
        let mut pictures = Vec::new();
        let mut samples = Vec::new();
        for chunks in reader.chunks() {
            let chunks = chunks.expect("reads");
            if let Some(chunk) = chunks.video(video) {
                pictures.extend(numbers(chunk));
            }
            if let Some(chunk) = chunks.audio(audio) {
                let start = u32::try_from(samples.len()).expect("few");
                assert_eq!(chunk.pts(), tick(start, RATE));
                samples.extend(left(chunk));
            }
        }
        (pictures, samples)
    };
    let whole = all(1000);
    assert_eq!(whole.0, (0..30).collect::<Vec<u8>>());
    assert_eq!(whole.1, (0..30 * (RATE / FPS)).map(u32::cast_signed).collect::<Vec<_>>());
    for frames in [1, 2, 3, 7, 29, 30, 31] {
        assert_eq!(all(frames), whole, "{frames}");
    }
}

fn tick(count: u32, rate: u32) -> Time {
    let base = rushes_core::TimeBase::per_second(rate).expect("not zero");
    base.time(Timestamp::new(i64::from(count)))
}

/// R22: everything since the last time, ready as soon as there is something.
#[test]
fn r22_unlimited_chunks() {
    let mut reader = source(20).reader();
    let id = reader.add_video(VideoOutput::unlimited().format(PixelFormat::Yuv444p)).expect("adds");
    assert_eq!(reader.fill_buffer().expect("reads"), Progress::More);
    let first = reader.pop_chunks().take_video(id).expect("ready");
    assert_eq!(numbers(&first), [0]);
    reader.process_all_packets().expect("reads");
    let rest = reader.pop_chunks().take_video(id).expect("ready");
    assert_eq!(numbers(&rest), (1..20).collect::<Vec<u8>>());
    assert_eq!(rest.pts(), tick(1, FPS));
    assert!(reader.warnings().is_empty());
}

/// R17: zero frames or chunks make no sense.
#[test]
fn r17_zero_is_a_usage_error() {
    let mut reader = source(1).reader();
    let errors = [
        reader.add_video(video_output(0)).err(),
        reader.add_video(video_output(1).keep(0)).err(),
        reader.add_audio(audio_output(0)).err(),
        reader.add_audio(audio_output(1).keep(0)).err(),
        reader.add_video(video_output(1).frame_rate(0)).err(),
        reader.add_video(video_output(1).size(0, 4)).err(),
        reader.add_audio(audio_output(1).sample_rate(0)).err(),
        reader.add_audio(audio_output(1).channels(0)).err(),
        reader.add_video(video_output(1).track(7)).err(),
        reader.add_video(video_output(1).track(1)).err(),
        reader.add_audio(audio_output(1).track(2)).err(),
    ];
    for error in errors {
        assert_eq!(error.map(|error| error.kind()), Some(rushes_core::ErrorKind::Usage));
    }
    let device = reader.add_video(video_output(1).device("cuda:0")).expect_err("no such device");
    assert_eq!(device.to_string(), "decoding to device 'cuda:0' is not supported; supported: cpu");
    assert!(reader.outputs().is_empty());
}

/// R15: the decoder of a track is chosen once.
#[test]
fn r15_decoder_settings_are_given_once() {
    let mut reader = source(1).reader();
    reader.add_video(video_output(1)).expect("adds");
    reader.add_video(video_output(1).size(3, 2)).expect("shares the decoder");
    for output in [
        video_output(1).decoder("h264"),
        video_output(1).decoder_option("a", "b"),
        video_output(1).threads(2),
    ] {
        let error = reader.add_video(output).expect_err("a second choice");
        assert_eq!(error.kind(), rushes_core::ErrorKind::Usage);
    }
}

/// R16: positions shift, ids stay; R28: one entry per output.
#[test]
fn r16_r28_outputs_are_removed() {
    let mut reader = source(10).reader();
    assert!(reader.pop_chunks().is_empty());
    let first = reader.add_video(video_output(10)).expect("adds");
    let second = reader.add_video(video_output(5)).expect("adds");
    let sound = reader.add_audio(audio_output(100)).expect("adds");
    assert!(reader.pop_chunks().all_none());
    reader.remove_output(first).expect("is there");
    assert_eq!(
        reader.remove_output(first).map_err(|e| e.kind()),
        Err(rushes_core::ErrorKind::Usage)
    );
    reader.fill_buffer().expect("reads");
    assert_eq!(reader.outputs().len(), 2);
    let chunks = reader.pop_chunks();
    assert_eq!(chunks.len(), 2);
    assert!(chunks.video(first).is_none());
    assert_eq!(chunks.video(second).map(VideoChunk::frames), Some(5));
    assert!(matches!(chunks.at(0), Some(Chunk::Video(_))));
    assert_eq!(chunks.audio(sound).map(AudioChunk::frames), Some(100));
}

/// R29: none for exhausted outputs, an error without outputs.
#[test]
fn r29_iterates_to_the_tails() {
    let mut reader = source(1).reader();
    let mut chunks = reader.chunks();
    assert!(chunks.next().is_some_and(|chunks| chunks.is_err()));
    assert!(chunks.next().is_none());

    let mut reader = source(25).reader();
    let video = reader.add_video(video_output(10)).expect("adds");
    let audio = reader.add_audio(audio_output(300).keep_all()).expect("adds");
    let found: Vec<_> = reader
        .chunks()
        .map(|chunks| {
            let chunks = chunks.expect("reads");
            let frames = chunks.video(video).map(VideoChunk::frames);
            (frames, chunks.audio(audio).map(AudioChunk::frames))
        })
        .collect();
    assert_eq!(
        found,
        [(Some(10), Some(300)), (Some(10), Some(300)), (Some(5), Some(300)), (None, Some(100))]
    );
}

/// R30, R31: to the frame, to the sample, to the key frame.
#[test]
fn r30_r31_seeks() {
    let check = |time: f64, mode, picture: u8, sample: i32| {
        let mut reader = source(50).reader();
        let video = reader.add_video(video_output(1).keep_all()).expect("adds");
        let audio = reader.add_audio(audio_output(1).keep_all()).expect("adds");
        reader.fill_buffer().expect("reads");
        reader.seek(time, mode).expect("seeks");
        assert!(!reader.is_buffer_ready(), "buffers are empty after a seek");
        reader.fill_buffer().expect("reads");
        let chunks = reader.pop_chunks();
        let chunk = chunks.video(video).expect("a picture");
        assert_eq!((numbers(chunk)[0], chunk.pts()), (picture, tick(u32::from(picture), FPS)));
        let chunk = chunks.audio(audio).expect("a sample");
        assert_eq!(left(chunk)[0], sample, "{time} {mode:?}");
        assert_eq!(chunk.pts(), tick(u32::try_from(sample).expect("positive"), RATE));
    };
    check(0.0, SeekMode::Precise, 0, 0);
    check(1.0, SeekMode::Precise, 25, 1000);
    check(1.001, SeekMode::Precise, 26, 1001);
    check(0.0401, SeekMode::Precise, 2, 41);
    // Picture 20 is the key frame before 1.0 s, and the block of audio that sounds there starts at 768.
    check(1.0, SeekMode::Key, 20, 768);
    check(1.0, SeekMode::Any, 25, 960);

    let mut reader = source(5).reader();
    for bad in [-1.0, f64::NAN, f64::INFINITY] {
        let error = reader.seek(bad, SeekMode::Precise).expect_err("no time");
        assert_eq!(error.kind(), rushes_core::ErrorKind::Usage);
    }
}

/// R30: after the end as well.
#[test]
fn r30_seeks_back_from_the_end() {
    let mut reader = source(30).reader();
    let video = reader.add_video(video_output(30)).expect("adds");
    for _ in 0..2 {
        reader.process_all_packets().expect("reads");
        let chunk = reader.pop_chunks().take_video(video).expect("all");
        assert_eq!(numbers(&chunk), (0..30).collect::<Vec<u8>>());
        reader.seek(0, SeekMode::Precise).expect("seeks");
    }
}

/// A broken packet is told, with its place, and reading goes on behind it.
#[test]
fn damage_is_told_and_passed() {
    let mut source = source(6);
    for packet in source.packets().iter_mut().filter(|packet| packet.track == 0).skip(2).take(1) {
        packet.data = rushes_core::Buffer::default();
    }
    let mut reader = source.reader();
    let video =
        reader.add_video(VideoOutput::unlimited().format(PixelFormat::Yuv444p)).expect("adds");
    let error = reader.process_all_packets().expect_err("damage");
    assert_eq!(error.to_string(), "track 0 at 0.080 s: a broken picture");
    reader.process_all_packets().expect("goes on");
    let chunk = reader.pop_chunks().take_video(video).expect("the rest");
    assert_eq!(numbers(&chunk), [0, 1, 3, 4, 5]);
}

/// R9: what is not asked for is told by the container, and then by the first frame.
#[test]
fn r9_outputs_describe_themselves() {
    let mut reader = source(5).reader();
    reader.add_audio(AudioOutput::new(10)).expect("adds");
    let [info] = &reader.outputs()[..] else { panic!("one output") };
    assert_eq!(info.kind(), MediaKind::Audio);
    assert_eq!(
        info.format,
        OutputFormat::Audio {
            sample_format: Some(SampleFormat::F32),
            sample_rate: Some(RATE),
            layout: Some(rushes_core::ChannelLayout::STEREO),
        }
    );
}

/// R18, R19: the type of the values is checked.
#[test]
fn r18_r19_arrays_know_their_type() {
    let mut reader = source(5).reader();
    let video = reader.add_video(video_output(5)).expect("adds");
    let audio = reader.add_audio(audio_output(10).format(SampleFormat::S16)).expect("adds");
    reader.process_all_packets().expect("reads");
    let mut chunks = reader.pop_chunks();
    let chunk = chunks.take_video(video).expect("a chunk");
    let error = chunk.array::<u16>().expect_err("8 bits");
    assert_eq!(error.to_string(), "this chunk is yuv444p in u8, not u16");
    assert_eq!(chunk.into_array::<u8>().expect("8 bits").dim(), (5, 3, 4, 6));
    let chunk = chunks.take_audio(audio).expect("a chunk");
    let error = chunk.array::<f32>().expect_err("integers");
    assert_eq!(error.to_string(), "this chunk holds s16 samples, not f32");
    assert_eq!(chunk.into_array::<i16>().expect("integers").dim(), (10, 2));
}
