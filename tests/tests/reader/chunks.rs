//! Chunks, their sizes and times: R17 to R22, and the law that chunking changes nothing else.

use rushes::{AudioOutput, ErrorKind, Reader, Time, VideoOutput, Warning};

use crate::media::{Media, distance, on_each, sums};

on_each! {
    whole_read,
    no_chunk_size_changes_the_frames,
    the_oldest_chunks_are_dropped,
    unlimited_chunks_keep_everything,
    unlimited_chunks_give_what_there_is,
}

/// "Done when": the frames, sizes, samples and times of a whole read.
fn whole_read(media: &Media) {
    let linear = media.linear();
    assert_eq!(linear.sums.len(), media.frames);
    assert_eq!(linear.samples.len(), 2 * media.samples);
    for (index, time) in linear.times.iter().enumerate() {
        assert_eq!(*time, media.time(index), "frame {index}");
    }

    let mut reader = media.open();
    let video = reader.add_video(VideoOutput::unlimited()).expect("video");
    let audio = reader.add_audio(AudioOutput::unlimited()).expect("audio");
    reader.process_all_packets().expect("reads to the end");
    let chunks = reader.pop_chunks();
    let pictures = chunks.video(video).expect("frames");
    assert_eq!(pictures.shape(), [media.frames, 3, media.height, media.width]);
    assert_eq!(pictures.pts(), Time::ZERO);
    assert_eq!(pictures.times(), linear.times);
    assert_eq!(sums(&pictures.array().expect("u8")), linear.sums);
    let sound = chunks.audio(audio).expect("samples");
    assert_eq!(sound.shape(), [media.samples, 2]);
    assert_eq!(sound.pts(), Time::ZERO);
    assert!(linear.samples.iter().all(|sample| sample.is_finite()));
    assert!(linear.samples.iter().any(|sample| sample.abs() > 0.05), "the sound is not silence");
}

/// R17.
#[test]
fn sizes_must_be_positive_or_unlimited() {
    let mut reader = crate::media::CLIP.open();
    let check = |result: rushes::Result<()>| {
        assert_eq!(result.expect_err("zero").kind(), ErrorKind::Usage);
    };
    check(reader.add_video(VideoOutput::new(0)).map(drop));
    check(reader.add_audio(AudioOutput::new(0)).map(drop));
    check(reader.add_video(VideoOutput::new(1).keep(0)).map(drop));
    check(reader.add_audio(AudioOutput::new(1).keep(0)).map(drop));
    check(reader.add_video(VideoOutput::new(1).size(0, 10)).map(drop));
    check(reader.add_audio(AudioOutput::new(1).sample_rate(0)).map(drop));
    check(reader.add_audio(AudioOutput::new(1).channels(0)).map(drop));
    assert!(reader.outputs().is_empty(), "an output that was refused is not there");
    reader.add_video(VideoOutput::unlimited()).expect("unlimited");
    reader.add_audio(AudioOutput::new(usize::MAX).keep(usize::MAX)).expect("huge");
    reader.process_all_packets().expect("huge sizes reserve nothing");
}

/// Any size gives the same frames at the same times; all chunks but the last are full.
fn no_chunk_size_changes_the_frames(media: &Media) {
    let linear = media.linear();
    for (frames, samples) in [(7, 1000), (media.frames, media.samples), (1000, 1_000_000)] {
        let mut reader = media.open();
        let video = reader.add_video(VideoOutput::new(frames).keep_all()).expect("video");
        let audio = reader.add_audio(AudioOutput::new(samples).keep_all()).expect("audio");
        let (mut seen, mut heard) = (0, 0);
        for chunks in reader.chunks() {
            let chunks = chunks.expect("reads to the end");
            if let Some(chunk) = chunks.video(video) {
                let end = seen + chunk.frames();
                assert_eq!(chunk.frames(), frames.min(media.frames - seen));
                assert_eq!(chunk.pts(), media.time(seen));
                assert_eq!(chunk.times(), &linear.times[seen..end]);
                assert_eq!(sums(&chunk.array().expect("u8")), linear.sums[seen..end]);
                seen = end;
            }
            if let Some(chunk) = chunks.audio(audio) {
                let end = heard + chunk.frames();
                assert_eq!(chunk.frames(), samples.min(media.samples - heard));
                assert_eq!(chunk.pts(), media.sample_time(heard), "sample {heard}");
                let wanted = &linear.samples[2 * heard..2 * end];
                assert_eq!(distance(&chunk.array().expect("f32"), wanted), 0.0);
                heard = end;
            }
        }
        assert_eq!((seen, heard), (media.frames, media.samples));
    }
}

/// R20: of what nobody takes the latest chunks are kept, with one warning per output; R21: their times are right.
fn the_oldest_chunks_are_dropped(media: &Media) {
    let linear = media.linear();
    let (frames, samples) = (25, 16_000);
    let mut reader = media.open();
    let video = reader.add_video(VideoOutput::new(frames)).expect("video");
    let audio = reader.add_audio(AudioOutput::new(samples)).expect("audio");
    reader.process_all_packets().expect("reads to the end");

    let (all_video, all_audio) = (media.frames.div_ceil(frames), media.samples.div_ceil(samples));
    let (lost_video, lost_audio) = (all_video.saturating_sub(3), all_audio.saturating_sub(3));
    let (mut seen, mut heard) = (lost_video * frames, lost_audio * samples);
    loop {
        let chunks = reader.pop_chunks();
        if chunks.all_none() {
            break;
        }
        if let Some(chunk) = chunks.video(video) {
            assert_eq!(chunk.frames(), frames.min(media.frames - seen));
            assert_eq!(chunk.pts(), media.time(seen));
            let wanted = &linear.sums[seen..seen + chunk.frames()];
            assert_eq!(sums(&chunk.array().expect("u8")), wanted);
            seen += chunk.frames();
        }
        if let Some(chunk) = chunks.audio(audio) {
            assert_eq!(chunk.frames(), samples.min(media.samples - heard));
            assert_eq!(chunk.pts(), media.sample_time(heard));
            let wanted = &linear.samples[2 * heard..2 * (heard + chunk.frames())];
            assert_eq!(distance(&chunk.array().expect("f32"), wanted), 0.0);
            heard += chunk.frames();
        }
    }
    assert_eq!((seen, heard), (media.frames, media.samples));

    let dropped: Vec<u64> = reader.outputs().iter().map(|output| output.dropped_chunks).collect();
    assert_eq!(dropped, [lost_video as u64, lost_audio as u64]);
    let mut warned: Vec<_> = Vec::new();
    if lost_video > 0 {
        warned.push(Warning::ChunksDropped(video.into()));
    }
    if lost_audio > 0 {
        warned.push(Warning::ChunksDropped(audio.into()));
    }
    let mut warnings = reader.warnings().to_vec();
    warnings.sort_by_key(|warning| *warning != Warning::ChunksDropped(video.into()));
    assert_eq!(warnings, warned, "one warning per output that dropped");
}

/// R20's own example: 16000, 16000, 896.
#[test]
fn sizes_of_the_last_chunks_of_nasa() {
    let media = &crate::media::NASA;
    if (media.file)().is_none() {
        return;
    }
    let mut reader = media.open();
    let audio = reader.add_audio(AudioOutput::new(16_000)).expect("audio");
    reader.process_all_packets().expect("reads to the end");
    let mut sizes = Vec::new();
    while let Some(chunk) = reader.pop_chunks().take_audio(audio) {
        sizes.push((chunk.frames(), chunk.pts().seconds()));
    }
    assert_eq!(sizes, [(16_000, 11.0), (16_000, 12.0), (896, 13.0)]);
}

/// R22: nothing is lost, however seldom one takes it.
fn unlimited_chunks_keep_everything(media: &Media) {
    let linear = media.linear();
    let mut reader = media.open();
    let video = reader.add_video(VideoOutput::unlimited().keep(1)).expect("video");
    let audio = reader.add_audio(AudioOutput::unlimited().keep(1)).expect("audio");
    let (mut seen, mut heard) = (0, 0);
    let mut more = true;
    while more {
        for _ in 0..40 {
            more = reader.process_packet().expect("reads") == rushes::Progress::More;
        }
        let chunks = reader.pop_chunks();
        if let Some(chunk) = chunks.video(video) {
            assert_eq!(chunk.pts(), media.time(seen));
            let wanted = &linear.sums[seen..seen + chunk.frames()];
            assert_eq!(sums(&chunk.array().expect("u8")), wanted);
            seen += chunk.frames();
        }
        if let Some(chunk) = chunks.audio(audio) {
            assert_eq!(chunk.pts(), media.sample_time(heard));
            heard += chunk.frames();
        }
        assert!(reader.pop_chunks().all_none(), "all of it was taken");
    }
    assert_eq!((seen, heard), (media.frames, media.samples));
    assert!(reader.warnings().is_empty());
    assert_eq!(linear.sums.len(), seen);
}

/// R22: ready as soon as it is not empty, while a sized chunk waits until it is full.
fn unlimited_chunks_give_what_there_is(media: &Media) {
    let mut reader = media.open();
    let audio = reader.add_audio(AudioOutput::unlimited()).expect("audio");
    assert!(!reader.is_buffer_ready());
    reader.fill_buffer().expect("fills");
    assert!(reader.is_buffer_ready());
    let first = reader.pop_chunks().take_audio(audio).expect("a chunk").frames();
    assert!((1..=4096).contains(&first), "{first} samples");
    assert!(!reader.is_buffer_ready());

    let mut sized = media.open();
    let output = sized.add_audio(AudioOutput::new(10_000)).expect("audio");
    sized.fill_buffer().expect("fills");
    let chunk = sized.pop_chunks().take_audio(output).expect("a chunk");
    assert_eq!(chunk.frames(), 10_000);
}

/// A chunk may go to another thread, and so may a reader.
#[test]
fn readers_and_chunks_may_change_threads() {
    fn may_move<T: Send>() {}
    may_move::<Reader>();
    may_move::<rushes::FrameReader>();
    may_move::<rushes::Chunks>();
    may_move::<rushes::TrackFrame>();
    may_move::<rushes::Writer>();
    may_move::<rushes::OpenWriter>();
    may_move::<rushes::TrackDecoder>();

    let mut reader = crate::media::CLIP.open();
    let video = reader.add_video(VideoOutput::new(10)).expect("video");
    let thread = std::thread::spawn(move || {
        reader.fill_buffer().map(|_| reader.pop_chunks().take_video(video))
    });
    let chunk = thread.join().expect("no panic").expect("fills").expect("a chunk");
    assert_eq!(chunk.frames(), 10);
}
