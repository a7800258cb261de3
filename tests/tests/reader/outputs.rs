//! Several outputs of one source, and outputs that come and go: R10, R15, R16.

use rushes::{
    AudioOutput, ErrorKind, OutputFormat, PixelFormat, Progress, SampleFormat, VideoOutput,
};

use crate::media::{CLIP, Media, NASA, distance, on_each, sums};

on_each! {
    default_tracks,
    outputs_of_one_track_see_the_same_frames,
    removing_an_output_leaves_the_others,
    an_output_may_come_late,
    what_an_output_is_can_be_read,
}

/// R10.
fn default_tracks(media: &Media) {
    let mut reader = media.open();
    assert_eq!(reader.default_video(), Some(media.video));
    assert_eq!(reader.default_audio(), Some(media.audio));
    reader.add_video(VideoOutput::new(1)).expect("video");
    reader.add_audio(AudioOutput::new(1)).expect("audio");
    let tracks: Vec<usize> = reader.outputs().iter().map(|output| output.track).collect();
    assert_eq!(tracks, [media.video, media.audio]);
}

/// R15: one decoder serves all outputs of a track, each with its own chunks and format.
fn outputs_of_one_track_see_the_same_frames(media: &Media) {
    let linear = media.linear();
    let mut reader = media.open();
    let ones = reader.add_video(VideoOutput::new(1).keep_all()).expect("video");
    let tens = reader.add_video(VideoOutput::new(10).keep_all()).expect("video");
    let small = VideoOutput::new(10).size(32, 24).format(PixelFormat::Gray8).keep_all();
    let small = reader.add_video(small).expect("video");
    let float = reader.add_audio(AudioOutput::unlimited()).expect("audio");
    let short = AudioOutput::unlimited().format(SampleFormat::S16);
    let short = reader.add_audio(short).expect("audio");
    reader.process_all_packets().expect("reads to the end");

    let mut counts = [0; 3];
    let (mut floats, mut shorts) = (0, 0);
    loop {
        let chunks = reader.pop_chunks();
        if chunks.all_none() {
            break;
        }
        for (output, count) in [(ones, 0), (tens, 1)] {
            if let Some(chunk) = chunks.video(output) {
                let start = counts[count];
                assert_eq!(chunk.pts(), media.time(start));
                let wanted = &linear.sums[start..start + chunk.frames()];
                assert_eq!(sums(&chunk.array().expect("u8")), wanted);
                counts[count] += chunk.frames();
            }
        }
        if let Some(chunk) = chunks.video(small) {
            assert_eq!(chunk.shape()[1..], [1, 24, 32]);
            counts[2] += chunk.frames();
        }
        if let (Some(a), Some(b)) = (chunks.audio(float), chunks.audio(short)) {
            let (a, b) = (a.array::<f32>().expect("f32"), b.array::<i16>().expect("i16"));
            let back = b.mapv(|sample| f32::from(sample) / 32_768.0);
            let clipped: Vec<f32> = a.iter().map(|sample| sample.clamp(-1.0, 1.0)).collect();
            assert!(distance(&back.view(), &clipped) < 1.01 / 32_768.0);
            (floats, shorts) = (floats + a.nrows(), shorts + b.nrows());
        }
    }
    assert_eq!(counts, [media.frames; 3]);
    assert_eq!((floats, shorts), (media.samples, media.samples));
}

/// R15: what a second output may not ask for.
#[test]
fn only_the_first_output_of_a_track_chooses_the_decoder() {
    let mut reader = CLIP.open();
    reader.add_video(VideoOutput::new(1).threads(1)).expect("the first may choose");
    for second in [
        VideoOutput::new(1).threads(1),
        VideoOutput::new(1).decoder("h264"),
        VideoOutput::new(1).decoder_option("any", "thing"),
    ] {
        let error = reader.add_video(second).expect_err("the second may not");
        assert_eq!(error.kind(), ErrorKind::Usage, "{error}");
    }
    reader.add_video(VideoOutput::new(2)).expect("without choices it may");
    assert_eq!(reader.outputs().len(), 2);
}

#[test]
fn wrong_tracks_and_decoders_are_refused() {
    let mut reader = CLIP.open();
    let mut check = |output: VideoOutput, word: &str| {
        let error = reader.add_video(output).expect_err("refused");
        assert!([ErrorKind::Usage, ErrorKind::Unsupported].contains(&error.kind()), "{error}");
        assert!(error.to_string().contains(word), "'{error}' does not name {word}");
    };
    check(VideoOutput::new(1).track(9), "9");
    check(VideoOutput::new(1).track(1), "audio");
    check(VideoOutput::new(1).decoder("nonsense"), "nonsense");
    check(VideoOutput::new(1).decoder_option("nonsense", "1"), "nonsense");
    let error = reader.add_video(VideoOutput::new(1).device("cuda:9")).expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("cuda:9"), "{error}");
    let error = reader.add_audio(AudioOutput::new(1).track(0)).expect_err("refused");
    assert!(error.to_string().contains("video"), "{error}");
    assert!(reader.outputs().is_empty());
}

/// R16.
fn removing_an_output_leaves_the_others(media: &Media) {
    let linear = media.linear();
    let mut reader = media.open();
    let gone = reader.add_video(VideoOutput::new(3).keep_all()).expect("video");
    let audio = reader.add_audio(AudioOutput::unlimited()).expect("audio");
    let video = reader.add_video(VideoOutput::new(5).keep_all()).expect("video");
    for _ in 0..20 {
        assert_eq!(reader.process_packet().expect("reads"), Progress::More);
    }
    reader.remove_output(gone).expect("is there");
    let error = reader.remove_output(gone).expect_err("is gone");
    assert_eq!(error.kind(), ErrorKind::Usage);
    let ids: Vec<_> = reader.outputs().iter().map(|output| output.id).collect();
    assert_eq!(ids, [audio.into(), video.into()]);

    let (mut seen, mut heard) = (0, 0);
    for chunks in reader.chunks() {
        let chunks = chunks.expect("reads to the end");
        assert_eq!(chunks.len(), 2);
        assert!(chunks.video(gone).is_none());
        assert!(matches!(chunks.at(0), None | Some(rushes::Chunk::Audio(_))));
        if let Some(chunk) = chunks.video(video) {
            let wanted = &linear.sums[seen..seen + chunk.frames()];
            assert_eq!(sums(&chunk.array().expect("u8")), wanted);
            seen += chunk.frames();
        }
        heard += chunks.audio(audio).map_or(0, rushes::AudioChunk::frames);
    }
    assert_eq!((seen, heard), (media.frames, media.samples));

    reader.remove_output(audio).expect("is there");
    reader.remove_output(video).expect("is there");
    assert!(reader.pop_chunks().is_empty());
    reader.seek(0, rushes::SeekMode::Precise).expect("seeks without outputs");
    assert_eq!(reader.process_packet().expect("reads on"), Progress::More);
}

/// An output that is added in mid-stream and one of another reader find nothing that is not theirs.
fn an_output_may_come_late(media: &Media) {
    let mut reader = media.open();
    let audio = reader.add_audio(AudioOutput::unlimited()).expect("audio");
    for _ in 0..media.packets / 2 {
        reader.process_packet().expect("reads");
    }
    // The key frames of a track without outputs do not count: this is where the sound goes.
    reader.seek(media.time(media.keys[1] + 5), rushes::SeekMode::Key).expect("seeks");
    let video = reader.add_video(VideoOutput::unlimited()).expect("video");
    reader.process_all_packets().expect("reads to the end");
    let chunks = reader.pop_chunks();
    let chunk = chunks.video(video).expect("frames");
    assert_eq!(chunk.pts(), media.time(media.keys[1]));
    assert_eq!(chunk.frames(), media.frames - media.keys[1]);
    assert!(chunks.audio(audio).is_some());

    let mut other = media.open();
    let foreign = other.add_video(VideoOutput::new(1)).expect("video");
    assert!(chunks.video(foreign).is_none());
    assert!(reader.remove_output(foreign).is_err());
}

/// R9: before anything is decoded, and after.
fn what_an_output_is_can_be_read(media: &Media) {
    let mut reader = media.open();
    reader.add_video(VideoOutput::new(1)).expect("video");
    reader.add_audio(AudioOutput::new(1)).expect("audio");
    let scaled = VideoOutput::new(1).size(64, 48).frame_rate(25).format(PixelFormat::Bgr24);
    reader.add_video(scaled).expect("video");
    let mixed = AudioOutput::new(1).channels(1).sample_rate(8000).format(SampleFormat::S16);
    reader.add_audio(mixed).expect("audio");
    let check = |reader: &rushes::Reader, decoded: bool| {
        let formats: Vec<_> = reader.outputs().into_iter().map(|output| output.format).collect();
        let OutputFormat::Video { pixel_format, width, height, frame_rate } = formats[0] else {
            panic!("the first output is video");
        };
        assert_eq!(pixel_format, PixelFormat::Rgb24);
        let rate = frame_rate.expect("the container tells it");
        assert_eq!((rate.numer(), rate.denom()), media.rate);
        if decoded {
            let size = (width.expect("known") as usize, height.expect("known") as usize);
            assert_eq!(size, (media.width, media.height));
        }
        let OutputFormat::Audio { sample_format, sample_rate, layout } = formats[1] else {
            panic!("the second output is audio");
        };
        assert_eq!(sample_format, Some(SampleFormat::F32));
        assert_eq!(sample_rate, Some(media.sample_rate));
        assert_eq!(layout.map(rushes::ChannelLayout::channels), Some(2));
        let OutputFormat::Video { pixel_format, width, height, frame_rate } = formats[2] else {
            panic!("the third output is video");
        };
        assert_eq!((pixel_format, width, height), (PixelFormat::Bgr24, Some(64), Some(48)));
        assert_eq!(frame_rate.map(|rate| (rate.numer(), rate.denom())), Some((25, 1)));
        let OutputFormat::Audio { sample_format, sample_rate, layout } = formats[3] else {
            panic!("the fourth output is audio");
        };
        assert_eq!((sample_format, sample_rate), (Some(SampleFormat::S16), Some(8000)));
        assert_eq!(layout.map(rushes::ChannelLayout::channels), Some(1));
    };
    check(&reader, false);
    reader.fill_buffer().expect("fills");
    check(&reader, true);
}

/// The tracks that are not taken by default are as good.
#[test]
fn every_track_of_nasa_can_be_chosen() {
    if (NASA.file)().is_none() {
        return;
    }
    let mut reader = NASA.open();
    let video = reader.add_video(VideoOutput::unlimited().track(0)).expect("track 0");
    let audio = reader.add_audio(AudioOutput::unlimited().track(1)).expect("track 1");
    assert_eq!(
        reader.add_video(VideoOutput::new(1).track(2)).expect_err("subtitles").kind(),
        ErrorKind::Usage
    );
    reader.process_all_packets().expect("reads to the end");
    let chunks = reader.pop_chunks();
    let pictures = chunks.video(video).expect("frames");
    assert_eq!(pictures.shape(), [325, 3, 180, 320]);
    assert!((pictures.times()[324].seconds() - 324.0 / 25.0).abs() < 1e-9);
    let sound = chunks.audio(audio).expect("samples");
    assert_eq!((sound.shape(), sound.sample_rate()), ([104_448, 2], 8000));
}
