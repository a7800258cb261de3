//! The crates that one would expect a reader of these files to be built on.

use std::io::Cursor;

use ndarray::Array2;
use rushes::{AudioInput, AudioOutput, Reader, SampleFormat, Sink, Source, VideoInput, Writer};
use rushes_tests::{SharedSink, pictures, tone};

/// The crate `mp4` lists our tracks and hands out every sample, the same bytes that we see.
#[test]
fn the_mp4_crate_reads_our_files() {
    let sink = SharedSink::default();
    let mut writer = Writer::new(Sink::rewritable(sink.clone()), "mp4").expect("known");
    let video = writer.add_video(VideoInput::new(64, 48, (30_000, 1001))).expect("video");
    let audio = writer.add_audio(AudioInput::new(44_100, 2)).expect("audio");
    let mut writer = writer.open().expect("opens");
    writer.write_video(video, pictures(45, 3, 48, 64).view()).expect("writes");
    writer.write_audio(audio, tone(66_000, 2, 44_100).view()).expect("writes");
    writer.finish().expect("finishes");
    let bytes = sink.contents();

    let mut demuxer =
        rushes::open_demuxer(Source::bytes(bytes.clone()), &rushes::DemuxOptions::default())
            .expect("opens");
    let mut packets = [Vec::new(), Vec::new()];
    while let Some(packet) = demuxer.next_packet().expect("reads") {
        packets[packet.track].push(packet);
    }

    let size = bytes.len() as u64;
    let mut reader = mp4::Mp4Reader::read_header(Cursor::new(bytes), size).expect("reads");
    assert_eq!(reader.tracks().len(), 2);
    let track = &reader.tracks()[&1];
    assert_eq!(track.media_type().expect("known"), mp4::MediaType::H264);
    assert_eq!((track.width(), track.height()), (64, 48));
    let track = &reader.tracks()[&2];
    assert_eq!(track.media_type().expect("known"), mp4::MediaType::AAC);
    assert_eq!(track.sample_freq_index().expect("known").freq(), 44_100);
    for (number, packets) in (1_u32..).zip(&packets) {
        let count = reader.sample_count(number).expect("a track");
        assert_eq!(count as usize, packets.len(), "track {number}");
        for (index, packet) in (1..=count).zip(packets) {
            let sample = reader.read_sample(number, index).expect("reads").expect("a sample");
            assert_eq!(sample.bytes[..], packet.data[..], "sample {index} of track {number}");
            assert_eq!(sample.is_sync, packet.key, "sample {index} of track {number}");
        }
    }
    assert_eq!(packets[0].len(), 45);
}

/// The crate `hound` reads our WAVE files, and we read those that it writes.
#[test]
fn hound_and_we_read_one_another() {
    let sound = tone(1234, 2, 22_050).mapv(|sample| {
        #[expect(clippy::cast_possible_truncation, reason = "scaled to the range of the type")]
        let sample = (sample * 32_767.0) as i16;
        sample
    });
    let sink = SharedSink::default();
    let mut writer = Writer::new(Sink::rewritable(sink.clone()), "wav").expect("known");
    let input = AudioInput::new(22_050, 2).format(SampleFormat::S16);
    let audio = writer.add_audio(input).expect("audio");
    let mut writer = writer.open().expect("opens");
    writer.write_audio(audio, sound.view()).expect("writes");
    writer.finish().expect("finishes");

    let mut reader = hound::WavReader::new(Cursor::new(sink.contents())).expect("reads");
    let spec = reader.spec();
    assert_eq!((spec.channels, spec.sample_rate, spec.bits_per_sample), (2, 22_050, 16));
    assert_eq!(reader.duration(), 1234);
    let samples: Vec<i16> = reader.samples().map(|sample| sample.expect("a sample")).collect();
    assert!(samples.iter().eq(sound.iter()));

    let mut theirs = Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut theirs, spec).expect("writes");
    for sample in &sound {
        writer.write_sample(*sample).expect("writes");
    }
    writer.finalize().expect("finishes");
    let mut reader = Reader::new(Source::bytes(theirs.into_inner())).expect("opens");
    let audio = reader.add_audio(AudioOutput::unlimited().source_format()).expect("audio");
    reader.process_all_packets().expect("reads to the end");
    let chunk = reader.pop_chunks().take_audio(audio).expect("samples");
    let back: Array2<i16> = chunk.into_array().expect("16 bit");
    assert!(back == sound);
}
