//! The flow of packets: R24 to R29.

use rushes::{AudioOutput, ErrorKind, Progress, VideoOutput};

use crate::media::{Media, on_each};

on_each! {
    packets_are_counted_with_any_outputs,
    the_end_stays_the_end,
    a_buffer_is_ready_when_every_output_is,
    chunks_end_with_the_tails,
}

/// R24: the number of packets does not depend on who wants them.
fn packets_are_counted_with_any_outputs(media: &Media) {
    for (video, audio) in [(false, false), (true, false), (false, true), (true, true)] {
        let mut reader = media.open();
        if video {
            reader.add_video(VideoOutput::new(1)).expect("video");
        }
        if audio {
            reader.add_audio(AudioOutput::new(1)).expect("audio");
        }
        let mut packets = 0;
        while reader.process_packet().expect("reads") == Progress::More {
            packets += 1;
        }
        assert_eq!(packets, media.packets, "video {video}, audio {audio}");
    }
}

/// R24: after the end comes the end, and what is buffered is still there.
fn the_end_stays_the_end(media: &Media) {
    let mut reader = media.open();
    let video = reader.add_video(VideoOutput::new(media.frames)).expect("video");
    reader.process_all_packets().expect("reads to the end");
    for _ in 0..3 {
        assert_eq!(reader.process_packet().expect("the end"), Progress::End);
    }
    reader.process_all_packets().expect("at the end already");
    let chunk = reader.pop_chunks().take_video(video).expect("a chunk");
    assert_eq!(chunk.frames(), media.frames);
    assert_eq!(reader.fill_buffer().expect("the end"), Progress::End);
    assert!(reader.pop_chunks().all_none());
}

/// R26, R27: as many packets as it takes, no more.
fn a_buffer_is_ready_when_every_output_is(media: &Media) {
    let mut reader = media.open();
    let audio = reader.add_audio(AudioOutput::new(1000)).expect("audio");
    let video = reader.add_video(VideoOutput::new(20)).expect("video");
    assert!(!reader.is_buffer_ready());
    assert_eq!(reader.fill_buffer().expect("fills"), Progress::More);
    assert!(reader.is_buffer_ready());

    let mut by_hand = media.open();
    by_hand.add_audio(AudioOutput::new(1000)).expect("audio");
    let video_by_hand = by_hand.add_video(VideoOutput::new(20)).expect("video");
    while !by_hand.is_buffer_ready() {
        assert_eq!(by_hand.process_packet().expect("reads"), Progress::More);
    }
    let (chunks, wanted) = (reader.pop_chunks(), by_hand.pop_chunks());
    assert_eq!(chunks.len(), 2);
    let pixels = |chunk: &rushes::VideoChunk| chunk.array::<u8>().expect("u8").to_owned();
    assert_eq!(
        chunks.video(video).map(pixels).expect("video"),
        wanted.video(video_by_hand).map(pixels).expect("video")
    );
    assert!(chunks.audio(audio).is_some());
}

/// R29: the iterator gives everything, entries of exhausted outputs being none.
fn chunks_end_with_the_tails(media: &Media) {
    let mut reader = media.open();
    let video = reader.add_video(VideoOutput::new(media.frames / 2 + 1).keep_all()).expect("video");
    let audio = reader.add_audio(AudioOutput::new(media.samples / 7).keep_all()).expect("audio");
    let (mut seen, mut heard, mut without_video) = (0, 0, 0);
    for chunks in reader.chunks() {
        let chunks = chunks.expect("reads to the end");
        assert_eq!(chunks.len(), 2);
        assert!(!chunks.all_none(), "an entry without a chunk is no entry");
        seen += chunks.video(video).map_or(0, rushes::VideoChunk::frames);
        heard += chunks.audio(audio).map_or(0, rushes::AudioChunk::frames);
        without_video += usize::from(chunks.video(video).is_none());
    }
    assert_eq!((seen, heard), (media.frames, media.samples));
    assert!(without_video > 0, "the last chunks are of audio alone");
    assert!(reader.chunks().next().is_none(), "the end stays the end");
}

/// R28, R29: what a reader without outputs does.
#[test]
fn a_reader_without_outputs_has_no_chunks() {
    let mut reader = crate::media::CLIP.open();
    assert!(reader.pop_chunks().is_empty());
    let error = reader.chunks().next().expect("an error").expect_err("no outputs");
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert!(error.to_string().contains("output"), "{error}");
}
