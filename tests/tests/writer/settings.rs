//! Defaults and encoder settings: W4, W5.

use rushes::{AudioInput, CodecConfig, CodecId, PcmFormat, VideoInput, Writer};
use rushes_tests::{pictures, tone};

use crate::support::{make, read_audio, reader};

/// W4: what a container holds by default, at the rate and layout of the source.
#[test]
fn default_codecs() {
    let bytes = make(
        "mp4",
        |writer| {
            (
                writer.add_video(VideoInput::new(32, 32, 25)).expect("video"),
                writer.add_audio(AudioInput::new(48_000, 2)).expect("audio"),
            )
        },
        |writer, (video, audio)| {
            writer.write_video(video, pictures(2, 3, 32, 32).view()).expect("writes");
            writer.write_audio(audio, tone(3000, 2, 48_000).view()).expect("writes");
        },
    );
    let reader_mp4 = reader(&bytes);
    let codecs: Vec<_> = reader_mp4.tracks().iter().map(|track| &track.codec.codec).collect();
    assert_eq!(codecs, [&CodecId::H264, &CodecId::Aac]);
    let audio = reader_mp4.tracks()[1].codec.as_audio().expect("audio");
    assert_eq!((audio.sample_rate, audio.layout.channels()), (48_000, 2));

    let bytes = make(
        "wav",
        |writer| writer.add_audio(AudioInput::new(11_025, 1)).expect("audio"),
        |writer, audio| writer.write_audio(audio, tone(500, 1, 11_025).view()).expect("writes"),
    );
    let reader_wav = reader(&bytes);
    let track = &reader_wav.tracks()[0];
    assert!(matches!(track.codec.codec, CodecId::Pcm(_)));
    assert_eq!(track.codec.as_audio().expect("audio").sample_rate, 11_025);
}

/// W4: a rate that AAC does not have becomes the nearest that it has, and the sound keeps its length.
#[test]
fn the_nearest_rate_is_taken() {
    for (rate, nearest) in [(50_000, 48_000), (10_000, 11_025), (44_000, 44_100), (192_000, 96_000)]
    {
        let frames = rate as usize / 2;
        let bytes = make(
            "mp4",
            |writer| writer.add_audio(AudioInput::new(rate, 1)).expect("audio"),
            |writer, audio| {
                writer.write_audio(audio, tone(frames, 1, rate).view()).expect("writes")
            },
        );
        let track = reader(&bytes).tracks()[0].codec.as_audio().expect("audio").sample_rate;
        assert_eq!(track, nearest, "for {rate}");
        let samples = read_audio(&bytes, 0).nrows();
        assert!(samples.abs_diff(nearest as usize / 2) <= 1, "{samples} samples at {nearest}");
    }
}

fn video_bytes(change: impl FnOnce(&mut CodecConfig)) -> Vec<u8> {
    let mut config = CodecConfig::default();
    change(&mut config);
    let prepare = |writer: &mut Writer| {
        writer.add_video(VideoInput::new(128, 96, 25).config(config)).expect("video")
    };
    make("mp4", prepare, |writer, video| {
        writer.write_video(video, pictures(50, 3, 96, 128).view()).expect("writes");
    })
}

/// W5: quality, bit rate and key frames do what they say.
#[test]
fn settings_of_the_video_encoder() {
    let [fine, middle, coarse] =
        [15.0, 25.0, 40.0].map(|crf| video_bytes(|config| config.crf = Some(crf)).len());
    assert!(fine > middle && middle > coarse, "{fine} {middle} {coarse} bytes");

    let keys = |bytes: &[u8]| {
        let options = rushes::DemuxOptions::default();
        let mut demuxer =
            rushes::open_demuxer(rushes::Source::bytes(bytes.to_vec()), &options).expect("opens");
        let mut keys = Vec::new();
        while let Some(packet) = demuxer.next_packet().expect("reads") {
            keys.push(packet.key);
        }
        keys
    };
    let intra = keys(&video_bytes(|config| config.gop_size = Some(0)));
    assert_eq!(intra, [true; 50], "a group of no other pictures");
    let every_ten = keys(&video_bytes(|config| config.gop_size = Some(10)));
    let wanted: Vec<bool> = (0..50).map(|index| index % 10 == 0).collect();
    assert_eq!(every_ten, wanted);

    let [low, high] =
        [60_000, 600_000].map(|rate| video_bytes(|config| config.bit_rate = Some(rate)).len());
    assert!(low < high, "{low} and {high} bytes");
    assert!((8_000..23_000).contains(&low), "two seconds of 60 kbit/s take {low} bytes");
}

/// W5: the bit rate of sound.
#[test]
fn settings_of_the_audio_encoder() {
    let bytes = |rate: u64| {
        make(
            "mp4",
            |writer| writer.add_audio(AudioInput::new(44_100, 2).bit_rate(rate)).expect("audio"),
            |writer, audio| {
                writer.write_audio(audio, tone(88_200, 2, 44_100).view()).expect("writes");
            },
        )
        .len()
    };
    let (low, high) = (bytes(48_000), bytes(192_000));
    assert!(low < high, "{low} and {high} bytes");
    assert!((6_000..20_000).contains(&low), "two seconds of 48 kbit/s take {low} bytes");
}

/// W2: the encoder's own rate, channels and format.
#[test]
fn the_audio_encoder_may_have_another_format() {
    let bytes = make(
        "wav",
        |writer| {
            let input = AudioInput::new(48_000, 2)
                .encoder("pcm_s24le")
                .encoder_sample_rate(16_000)
                .encoder_channels(1);
            writer.add_audio(input).expect("audio")
        },
        |writer, audio| writer.write_audio(audio, tone(4800, 2, 48_000).view()).expect("writes"),
    );
    let reader = reader(&bytes);
    let track = &reader.tracks()[0];
    assert_eq!(track.codec.codec, CodecId::Pcm(PcmFormat::S24Le));
    let audio = track.codec.as_audio().expect("audio");
    assert_eq!((audio.sample_rate, audio.layout.channels()), (16_000, 1));
    assert_eq!(read_audio(&bytes, 0).nrows(), 1600);
}
