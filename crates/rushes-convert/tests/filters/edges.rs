//! Edges: pictures of one pixel, streams of nothing, values that are no numbers, and descriptions that are none.

use rushes_convert::{AudioSpec, FilterChain, filters};
use rushes_core::{
    ChannelLayout, ErrorKind, Limits, MediaKind, PixelFormat, SampleFormat, TimeBase,
};

use crate::{audio, video};

/// Every filter of a kind that needs no arguments, and some with some.
fn chains(kind: MediaKind) -> Vec<String> {
    let named = filters().filter(|entry| entry.kind == kind).map(|entry| entry.name.to_owned());
    let more: &[&str] = match kind {
        MediaKind::Video => &[
            "scale=3:7",
            "scale=iw*2:-2",
            "pad=iw+2:ih+2:2:2",
            "crop=2:2",
            "transpose=1",
            "fps=3",
            "format=rgb24",
        ],
        _ => {
            &["aresample=11025", "aformat=s16:cl=mono", "atempo=1.5", "afade=d=1", "asetnsamples=7"]
        }
    };
    named.chain(more.iter().map(|chain| (*chain).to_owned())).collect()
}

#[test]
fn small_and_long_pictures_pass() {
    for chain in chains(MediaKind::Video) {
        for (width, height) in [(1, 1), (3, 5), (2, 2), (16_384, 16)] {
            for format in
                [PixelFormat::Yuv420p, PixelFormat::Rgb24, PixelFormat::Yuyv422, PixelFormat::P010]
            {
                let frames = [video::picture(format, width, height, 0)];
                // What does not fit says so: pad and crop round a subsampled picture of one pixel to none.
                match video::start(&chain, &frames[0]) {
                    Ok(mut filter) => {
                        for frame in video::run(&mut filter, &frames) {
                            let output = filter.output();
                            assert_eq!(
                                (frame.width, frame.height),
                                (output.width, output.height),
                                "{chain}"
                            );
                            assert_eq!(
                                (frame.format, frame.color),
                                (output.format, output.color),
                                "{chain}"
                            );
                            assert_eq!(frame.sample_aspect, output.sample_aspect, "{chain}");
                        }
                    }
                    Err(error) => {
                        let rounded = chain.contains("pad") || chain.contains("crop");
                        assert!(rounded && error.kind() == ErrorKind::Usage, "{chain}: {error}");
                    }
                }
            }
        }
    }
}

#[test]
fn streams_of_nothing_give_nothing() {
    let frame = video::picture(PixelFormat::Yuv420p, 8, 8, 0);
    for chain in chains(MediaKind::Video) {
        let mut filter = video::start(&chain, &frame).expect(&chain);
        assert!(video::run(&mut filter, &[]).is_empty(), "{chain}");
    }
    let spec = AudioSpec {
        format: SampleFormat::F32,
        layout: ChannelLayout::STEREO,
        sample_rate: audio::RATE,
    };
    for chain in chains(MediaKind::Audio) {
        let mut filter = audio::start(&chain, spec).expect(&chain);
        assert_eq!(audio::run(&mut filter, &[]), (None, Vec::new()), "{chain}");
    }
}

/// Filters with a memory take what is not finite for silence; the others pass it on.
#[test]
fn sound_that_is_no_number_does_not_spread() {
    let mut samples = audio::tone(4000);
    (samples[1000], samples[2001], samples[3000]) = (f64::NAN, f64::INFINITY, f64::NEG_INFINITY);
    for chain in chains(MediaKind::Audio) {
        let blocks = audio::blocks::<f32>(&samples, 512);
        let mut filter = audio::start(&chain, AudioSpec::of(&blocks[0])).expect(&chain);
        let (_, made) = audio::run(&mut filter, &blocks);
        let wrong = made.iter().filter(|sample| !sample.is_finite()).count();
        let remembers =
            ["pass", "aresample=", "atempo", "aformat=s16"].iter().any(|name| chain.contains(name));
        assert_eq!(wrong, if remembers { 0 } else { 3 }, "{chain}");
    }
}

#[test]
fn limits_hold() {
    let frame = video::picture(PixelFormat::Gray8, 64, 64, 0);
    let mut limits = Limits::default();
    limits.filter_bytes = 10_000;
    limits.pixels = 10_000;
    let base = TimeBase::per_second(25).expect("not zero");
    let start = |chain: &str| {
        let spec = rushes_convert::VideoSpec::of(&frame, base);
        FilterChain::video(chain).expect(chain).start_video(spec, &limits)
    };
    let mut filter = start("reverse").expect("starts");
    for _ in 0..2 {
        filter.push(frame.clone()).expect("takes it");
        assert!(filter.next_frame().expect("holds it").is_none());
    }
    filter.push(frame.clone()).expect("takes it");
    assert_eq!(filter.next_frame().expect_err("too much").kind(), ErrorKind::Limit);
    for chain in ["scale=1000:1000", "pad=1000:1000", "scale=1000:20,scale=20:1000,scale=200:200"] {
        assert_eq!(start(chain).expect_err(chain).kind(), ErrorKind::Limit, "{chain}");
    }
    let blocks = audio::blocks::<f64>(&audio::tone(4000), 4000);
    let base = TimeBase::per_second(audio::RATE).expect("not zero");
    let chain = FilterChain::audio("areverse").expect("known");
    let mut filter = chain.start_audio(AudioSpec::of(&blocks[0]), base, &limits).expect("starts");
    filter.push(blocks[0].clone()).expect("takes it");
    assert_eq!(filter.next_frame().expect_err("too much").kind(), ErrorKind::Limit);
}

#[test]
fn mistakes_are_named() {
    let check = |kind: MediaKind, chain: &str, parts: &[&str]| {
        let error = match kind {
            MediaKind::Video => FilterChain::video(chain),
            _ => FilterChain::audio(chain),
        };
        let message = error.expect_err(chain).to_string();
        assert!(parts.iter().all(|part| message.contains(part)), "{chain}: {message}");
    };
    let (video, audio) = (MediaKind::Video, MediaKind::Audio);
    check(video, "blur", &["'blur'", "crop, format, fps"]);
    check(video, "volume=1", &["'volume'", "a filter of audio"]);
    check(audio, "equalizer", &["'equalizer'", "lowpass"]);
    check(video, "crop=colour=1", &["'colour'", "'crop'", "w/out_w"]);
    check(video, "hflip=1", &["'hflip'"]);
    check(video, "scale=param0=1", &["'param0'", "not supported", "flags"]);
    check(video, "scale=flags=sinc", &["'sinc'", "bicubic"]);
    check(video, "scale=1:2:bilinear:0", &["'0'", "places"]);
    check(video, "crop=a=1:2", &["unknown option 'a'"]);
    check(video, "crop=x=1:2", &["'2'"]);
    check(video, "format=yuv999", &["'yuv999'", "yuv420p"]);
    check(video, "transpose=9", &["'9'", "clock"]);
    check(video, "fps=fast", &["'fast'"]);
    check(video, "fps=1/0", &["frame rate"]);
    check(video, "pad=color=reddish", &["'reddish'"]);
    check(video, "[a]hflip", &["labels"]);
    check(audio, "atempo=0.1", &["0.1", "0.5 to 100"]);
    check(audio, "lowpass=p=3", &["3", "1 to 2"]);
    check(audio, "atrim=start=soon", &["'soon'", "duration"]);
    check(audio, "volume=eval=frame", &["'eval'", "not supported"]);
}

/// What only shows once it is known what comes in: usage errors, never a panic.
#[test]
fn values_that_do_not_fit_are_refused() {
    let frame = video::picture(PixelFormat::Yuv420p, 64, 48, 0);
    for chain in [
        "crop=67:48",
        "crop=0:0",
        "crop=iw/0:2",
        "crop=-2:2",
        "scale=1/0:2",
        "scale=0/0:2",
        "scale=1e30:2",
        "scale=-1:1e9",
        "pad=10:10",
        "pad=-5:5",
        "pad=1/0:5",
        "pad=0/0:5",
        "scale=100000000000:2",
        "scale=2:1:s=3x3",
        "scale=131073:1",
        "pad=iw*1e6:ih",
    ] {
        let error = video::start(chain, &frame).expect_err(chain);
        let fine = [ErrorKind::Usage, ErrorKind::Limit, ErrorKind::Unsupported];
        assert!(fine.contains(&error.kind()), "{chain}: {error}");
    }
    let spec = AudioSpec {
        format: SampleFormat::F32,
        layout: ChannelLayout::STEREO,
        sample_rate: audio::RATE,
    };
    for chain in
        ["lowpass=f=5000", "highpass=f=0", "volume=1/0", "volume=0/0", "aresample=1", "lowpass=w=0"]
    {
        assert!(audio::start(chain, spec).is_err(), "{chain}");
    }
}

/// Whatever is written, there is no panic and no endless work.
#[test]
fn any_description_is_read_or_refused() {
    let words = [
        "crop",
        "scale",
        "pad",
        "trim",
        "volume",
        "atrim",
        "fps",
        "format",
        "=",
        ":",
        ",",
        "'",
        "\\",
        "(",
        ")",
        "iw",
        "/0",
        "-1",
        "1e308",
        "0x",
        "dB",
        "9223372036854775807",
        "-9223372036854775808",
        "a",
        "|",
        "@",
        "%",
        "ü",
        " ",
        "\n",
        "\0",
        "if(",
        "if(1,2",
        "start",
        "x",
        "lowpass",
        "setpts",
        "N",
        "*",
        "^",
        "asetnsamples",
        "1",
        "2",
        "color",
        "#12",
        "w",
        "h",
    ];
    let mut random = 1_u64;
    let mut next = |below: usize| {
        random =
            random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(random >> 33).expect("31 bits") % below
    };
    let frame = video::picture(PixelFormat::Yuv420p, 8, 8, 0);
    let blocks = audio::blocks::<f32>(&audio::tone(64), 64);
    let mut limits = Limits::default();
    (limits.pixels, limits.alloc_bytes, limits.filter_bytes) = (1 << 16, 1 << 20, 1 << 20);
    let base = TimeBase::per_second(25).expect("not zero");
    let mut started = 0;
    for _ in 0..20_000 {
        let text: String = (0..=next(12)).map(|_| words[next(words.len())]).collect();
        if let Ok(chain) = FilterChain::video(&text)
            && let Ok(mut filter) =
                chain.start_video(rushes_convert::VideoSpec::of(&frame, base), &limits)
        {
            started += 1;
            filter.push(frame.clone()).expect("takes it");
            for _ in 0..4 {
                let _ = filter.next_frame();
            }
            filter.finish();
            for _ in 0..4 {
                let _ = filter.next_frame();
            }
        }
        if let Ok(chain) = FilterChain::audio(&text)
            && let Ok(mut filter) = chain.start_audio(AudioSpec::of(&blocks[0]), base, &limits)
        {
            started += 1;
            filter.push(blocks[0].clone()).expect("takes it");
            let _ = filter.next_frame();
            filter.finish();
            let _ = filter.next_frame();
        }
    }
    assert!(started > 100, "{started} chains started");
}
