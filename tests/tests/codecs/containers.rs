//! What every encoder writes into every container that takes it comes back: as many frames and samples as went in, at their
//! times, equal where the codec loses nothing, else above a stated ratio. Others read the files without a word of complaint.

use std::fmt;

use rushes::{
    AudioFrame, AudioInput, ChannelLayout, CodecId, DecoderOptions, EncoderEntry, ErrorKind, Frame,
    FrameReader, PixelFormat, SampleFormat, Sink, Source, TimeBase, VideoFrame, VideoInput, Writer,
    encoders, muxer_formats,
};
use rushes_tests::SharedSink;

use crate::Result;
use crate::judges::{self, Exhibit, Kind};
use crate::media::{Values, picture, picture_base, pixels, psnr, samples, snr, sound};

const SIZE: (u32, u32) = (96, 64);
const PICTURES: i64 = 12;
/// Not a multiple of any codec's frame.
const SAMPLES: usize = 20_011;

/// Formats without times of their own.
const UNTIMED: [&str; 4] = ["h264", "hevc", "mjpeg", "obu"];
/// Formats that hold one picture, or that many programs take to do so.
const STILLS: [&str; 3] = ["jpeg", "png", "avif"];
/// Formats that cannot say where a sound starts and ends within its packets.
const UNTRIMMED: [&str; 1] = ["aac"];
/// Formats of whole milliseconds or hundredths.
const COARSE: [(&str, u16); 4] = [("mkv", 1000), ("mka", 1000), ("webm", 1000), ("webp", 1000)];

/// What a codec must keep, in dB: PSNR of pictures, SNR of sound. A codec that is not here loses nothing.
fn least(codec: &CodecId, format: &str) -> f64 {
    use rushes::PcmFormat::{ALaw, MuLaw};
    match codec {
        CodecId::H264 | CodecId::Av1 | CodecId::Mjpeg => 32.0,
        // 256 colours of each picture.
        CodecId::Gif => 20.0,
        CodecId::Aac => 25.0,
        CodecId::Opus | CodecId::Mp3 => 15.0,
        CodecId::Pcm(ALaw | MuLaw) => 25.0,
        _ if format == "webp" => 30.0,
        _ => f64::INFINITY,
    }
}

/// Options of encoders that are slow without.
pub(crate) const FAST: [(&str, (&str, &str)); 1] = [("rav1e", ("speed", "10"))];

/// Containers that must take what an encoder makes; more may. None is known for the last two.
const MUST: [(&str, &[&str]); 29] = [
    ("openh264", &["mp4", "mov", "mkv", "h264"]),
    ("rav1e", &["mp4", "mov", "mkv", "webm", "ivf", "obu"]),
    ("mjpeg", &["mp4", "mov", "mkv", "jpeg", "mjpeg"]),
    ("png", &["png", "mp4", "mov"]),
    ("gif", &["gif"]),
    ("rawvideo", &["y4m", "mkv"]),
    ("aac", &["mp4", "m4a", "mov", "mkv", "mka", "aac"]),
    ("opus", &["mp4", "m4a", "mkv", "webm", "mka", "ogg"]),
    ("flac", &["mp4", "m4a", "mkv", "mka", "flac", "ogg"]),
    ("mp3", &["mp4", "m4a", "mkv", "mka", "mp3"]),
    ("alac", &["mp4", "m4a", "mov", "mkv", "mka"]),
    ("pcm_u8", &["wav", "mov", "mkv"]),
    ("pcm_s8", &["mov", "mkv"]),
    ("pcm_s16le", &["wav", "mp4", "mov", "mkv", "mka"]),
    ("pcm_s16be", &["mp4", "mov", "mkv"]),
    ("pcm_s24le", &["wav", "mp4", "mov", "mkv"]),
    ("pcm_s24be", &["mp4", "mov", "mkv"]),
    ("pcm_s32le", &["wav", "mp4", "mov", "mkv"]),
    ("pcm_s32be", &["mp4", "mov", "mkv"]),
    ("pcm_s64le", &["wav", "mkv"]),
    ("pcm_s64be", &["mkv"]),
    ("pcm_f32le", &["wav", "mp4", "mov", "mkv"]),
    ("pcm_f32be", &["mp4", "mov"]),
    ("pcm_f64le", &["wav", "mp4", "mov", "mkv"]),
    ("pcm_f64be", &["mp4", "mov"]),
    ("pcm_alaw", &["wav", "mov", "mkv"]),
    ("pcm_mulaw", &["wav", "mov", "mkv"]),
    ("pcm_u16le", &[]),
    ("pcm_f24le", &[]),
];

/// A rate that the encoder takes.
fn rate(entry: &EncoderEntry) -> u32 {
    let rates = entry.sample_rates;
    if rates.is_empty() || rates.contains(&48_000) { 48_000 } else { rates[0] }
}

fn present() -> impl Iterator<Item = &'static EncoderEntry> {
    encoders().iter().filter(|entry| entry.implementation.missing.is_none())
}

#[test]
fn everything_comes_back() {
    let mut complaints = Vec::new();
    for entry in present() {
        let name = entry.implementation.name;
        let mut taken = Vec::new();
        for format in muxer_formats() {
            let mut fits = false;
            for case in cases(entry, taken.is_empty()) {
                match case.through(entry, format.name) {
                    Ok(accepted) => fits |= accepted,
                    Err(why) => {
                        complaints.push(format!("{name}, {case} in {}: {why}", format.name))
                    }
                }
            }
            if fits {
                taken.push(format.name);
            }
        }
        let Some((_, must)) = MUST.iter().find(|(must, _)| *must == name) else {
            complaints.push(format!("{name} is not in MUST, and goes into {taken:?}"));
            continue;
        };
        let missing = must.iter().filter(|format| !taken.contains(format));
        complaints.extend(missing.map(|format| format!("{name} does not go into {format}")));
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// What is sent through an encoder and a container.
#[derive(Clone, Copy)]
enum Case {
    Pictures(PixelFormat),
    Sound(SampleFormat, ChannelLayout),
}

/// Everything that an encoder takes, or only its first format of pixels.
fn cases(entry: &EncoderEntry, all: bool) -> Vec<Case> {
    let count = if all { entry.pixel_formats.len() } else { 1 };
    let pictures = entry.pixel_formats.iter().take(count).map(|format| Case::Pictures(*format));
    let layouts = [ChannelLayout::MONO, ChannelLayout::STEREO];
    let sounds = entry
        .sample_formats
        .iter()
        .flat_map(|format| layouts.into_iter().map(|layout| Case::Sound(*format, layout)));
    pictures.chain(sounds).collect()
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pictures(format) => format.fmt(f),
            Self::Sound(format, layout) => write!(f, "{format} {layout}"),
        }
    }
}

impl Case {
    /// Writes a file and reads it back; false where the container does not take it.
    fn through(self, entry: &EncoderEntry, format: &str) -> Result<bool> {
        match self {
            Self::Pictures(pixel_format) => {
                let sent = pictures(pixel_format, format);
                let Some(bytes) = write_video(entry, format, &sent)? else { return Ok(false) };
                same_pictures(entry, format, &sent, read(bytes)?)?;
            }
            Self::Sound(sample_format, layout) => {
                let sent = sound(sample_format, layout, rate(entry), SAMPLES);
                let Some(bytes) = write_audio(entry, format, &sent)? else { return Ok(false) };
                same_sound(entry, format, &sent, read(bytes)?)?;
            }
        }
        Ok(true)
    }
}

/// As many pictures as the container holds.
fn pictures(pixel_format: PixelFormat, format: &str) -> Vec<VideoFrame> {
    let count = if STILLS.contains(&format) { 1 } else { PICTURES };
    (0..count).map(|at| picture(pixel_format, SIZE.0, SIZE.1, at)).collect()
}

fn same_pictures(
    entry: &EncoderEntry,
    format: &str,
    sent: &[VideoFrame],
    got: Vec<(TimeBase, Frame)>,
) -> Result<()> {
    if got.len() != sent.len() {
        return Err(format!("{} pictures", got.len()).into());
    }
    let timed = !UNTIMED.contains(&format) && sent.len() > 1;
    let ticks = COARSE.iter().find(|(name, _)| *name == format).map_or(25_000, |it| it.1);
    let least = least(&entry.implementation.codec, format);
    for (sent, (base, got)) in sent.iter().zip(got) {
        let Frame::Video(got) = got else { return Err("no picture".into()) };
        if (got.width, got.height) != SIZE {
            return Err(format!("a picture of {}x{}", got.width, got.height).into());
        }
        if timed {
            let (sent, got) = (sent.pts.ok_or("not set")?, got.pts.ok_or("no time")?);
            let (sent, got) = (picture_base().time(sent), base.time(got));
            if (sent.seconds() - got.seconds()).abs() > 1.0 / f64::from(ticks) {
                return Err(format!("{sent} became {got}").into());
            }
        }
        if got.format != sent.format {
            // A codec may know fewer formats than its encoder takes, but not lose bits by that.
            if least.is_infinite() {
                return Err(format!("came back as {}", got.format).into());
            }
            continue;
        }
        let ratio = psnr(&pixels(sent), &pixels(&got));
        if ratio < least {
            return Err(format!("{ratio:.1} dB, less than {least}").into());
        }
    }
    Ok(())
}

fn same_sound(
    entry: &EncoderEntry,
    format: &str,
    sent: &AudioFrame,
    frames: Vec<(TimeBase, Frame)>,
) -> Result<()> {
    let mut got: Vec<Values> = vec![Vec::new(); usize::from(sent.layout.channels())];
    for (_, frame) in frames {
        let Frame::Audio(frame) = frame else { return Err("no sound".into()) };
        if (frame.sample_rate, frame.layout) != (sent.sample_rate, sent.layout) {
            return Err(format!("{} Hz, {}", frame.sample_rate, frame.layout).into());
        }
        for (channel, values) in got.iter_mut().enumerate() {
            values.extend(samples(&frame, channel));
        }
    }
    let least = least(&entry.implementation.codec, format);
    for (channel, got) in got.iter().enumerate() {
        let sent = samples(sent, channel);
        let whole = UNTRIMMED.contains(&format);
        if got.len() < sent.len() || (!whole && got.len() > sent.len()) {
            return Err(format!("{} samples, not {}", got.len(), sent.len()).into());
        }
        let start = if whole { offset(&sent, got) } else { 0 };
        let ratio = snr(&sent, &got[start..]);
        if ratio < least {
            return Err(format!("{ratio:.1} dB, less than {least}").into());
        }
    }
    Ok(())
}

/// Where in `got` a stretch of `sent` lies.
fn offset(sent: &[f64], got: &[f64]) -> usize {
    let stretch = 4000..6000;
    let ratio = |start: usize| {
        snr(&sent[stretch.clone()], &got[stretch.start + start..stretch.end + start])
    };
    let starts = 0..=got.len() - sent.len();
    starts.max_by(|a, b| ratio(*a).total_cmp(&ratio(*b))).unwrap_or(0)
}

/// A file of these pictures; `None` where the container does not take them.
fn write_video(
    entry: &EncoderEntry,
    format: &str,
    pictures: &[VideoFrame],
) -> Result<Option<Vec<u8>>> {
    let first = pictures.first().ok_or("no pictures")?;
    let sink = SharedSink::default();
    let mut writer = Writer::new(Sink::rewritable(sink.clone()), format)?;
    let input = VideoInput::new(first.width, first.height, 25)
        .format(first.format)
        .encoder(entry.implementation.name)
        .encoder_format(first.format);
    let fast = FAST.iter().filter(|(name, _)| *name == entry.implementation.name);
    let input = fast.fold(input, |input, (_, (name, value))| input.encoder_option(*name, *value));
    let added = writer.add_video(input).and_then(|id| Ok((id, writer.open()?)));
    let Some((id, mut writer)) = accepted(added)? else { return Ok(None) };
    for picture in pictures {
        writer.write_video_frame(id, picture, picture_base())?;
    }
    writer.finish()?;
    Ok(Some(sink.contents()))
}

/// A file of this sound; `None` where the container does not take it.
fn write_audio(entry: &EncoderEntry, format: &str, sound: &AudioFrame) -> Result<Option<Vec<u8>>> {
    let sink = SharedSink::default();
    let mut writer = Writer::new(Sink::rewritable(sink.clone()), format)?;
    let input = AudioInput::new(sound.sample_rate, sound.layout.channels())
        .layout(sound.layout)
        .format(sound.format())
        .encoder(entry.implementation.name)
        .encoder_format(sound.format());
    let added = writer.add_audio(input).and_then(|id| Ok((id, writer.open()?)));
    let Some((id, mut writer)) = accepted(added)? else { return Ok(None) };
    let base = TimeBase::per_second(sound.sample_rate).expect("not zero");
    writer.write_audio_frame(id, sound, base)?;
    writer.finish()?;
    Ok(Some(sink.contents()))
}

/// `None` where the container or the encoder refuses what is asked for; any other failure is one. [`MUST`] tells refusals
/// that are wrong.
fn accepted<T>(result: rushes::Result<T>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::Usage) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// All frames of the only track, with their time base.
fn read(bytes: Vec<u8>) -> Result<Vec<(TimeBase, Frame)>> {
    let mut reader = FrameReader::new(Source::bytes(bytes))?;
    if reader.tracks().len() != 1 {
        return Err(format!("{} tracks", reader.tracks().len()).into());
    }
    reader.select(0, &DecoderOptions::default())?;
    let mut frames = Vec::new();
    while let Some(found) = reader.next_frame()? {
        frames.push((found.time_base, found.frame));
    }
    Ok(frames)
}

/// The first format of every encoder in every container, before other readers: they decode all of it, and have nothing to say.
#[test]
fn others_have_nothing_to_say() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut exhibits, mut complaints) = (Vec::new(), Vec::new());
    for entry in present() {
        for format in muxer_formats() {
            let what = format!("{} in {}", entry.implementation.name, format.name);
            let (written, kind) = match cases(entry, false).last() {
                Some(Case::Pictures(pixel_format)) => {
                    let sent = pictures(*pixel_format, format.name);
                    (write_video(entry, format.name, &sent), Kind::Pictures(sent.len()))
                }
                Some(Case::Sound(sample_format, layout)) => {
                    let sent = sound(*sample_format, *layout, rate(entry), SAMPLES);
                    (write_audio(entry, format.name, &sent), Kind::Sound)
                }
                None => continue,
            };
            let bytes = match written {
                Ok(Some(bytes)) => bytes,
                Ok(None) => continue,
                Err(error) => {
                    complaints.push(format!("{what}: {error}"));
                    continue;
                }
            };
            let extension = format.extensions.first().expect("one");
            let path = folder.path().join(format!("{}.{extension}", exhibits.len()));
            std::fs::write(&path, bytes).expect("written");
            exhibits.push(Exhibit { what, path, kind });
        }
    }
    assert!(exhibits.len() > encoders().len(), "only {} files", exhibits.len());
    complaints.extend(judges::ask(&exhibits));
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}
