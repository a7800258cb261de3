//! Encodes the pictures of a Y4M file or the sound of a WAV file: what `cargo xtask bench encode` times, as a whole process,
//! beside FFmpeg, and what `cargo xtask bench quality` lets others judge.
//!
//! `encode INPUT OUTPUT ENCODER [NAME=VALUE …]` writes a file, or nothing where the output is `-` and a container's name,
//! `-mkv`. The names are the fields of `CodecConfig`; others are options of the encoder. It prints how many pictures or samples there were.
//! `encode` alone lists the encoders of this build.

use std::env;
use std::error::Error;
use std::fs::File;
use std::io::{self, BufReader, Write};
use std::str::FromStr;

use rushes::{
    AudioInput, CodecConfig, DecoderOptions, Frame, FrameReader, Sink, VideoInput, Writer, encoders,
};
use rushes_benches::Y4m;

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result {
    let mut out = io::stdout().lock();
    let arguments: Vec<String> = env::args().skip(1).collect();
    match &*arguments {
        [] => {
            for entry in encoders() {
                let implementation = &entry.implementation;
                let there = if implementation.missing.is_none() { "here" } else { "missing" };
                let (name, codec) = (implementation.name, &implementation.codec);
                let formats = entry.pixel_formats.iter().map(ToString::to_string);
                let formats: Vec<_> = formats.collect();
                writeln!(
                    out,
                    "{name}\t{}\t{}\t{there}\t{}\t{}",
                    codec.name(),
                    codec.kind(),
                    implementation.package,
                    formats.join(" ")
                )?;
            }
        }
        [input, output, encoder, settings @ ..] => {
            let settings = Settings::read(settings)?;
            let writer = match output.strip_prefix('-') {
                Some(format) => Writer::new(Sink::Forward(Box::new(io::sink())), format)?,
                None => Writer::create(output)?,
            };
            let count = if input.ends_with(".y4m") {
                video(input, writer, encoder, settings)?
            } else {
                audio(input, writer, encoder, settings)?
            };
            writeln!(out, "{count}")?;
        }
        _ => return Err("encode INPUT OUTPUT ENCODER [NAME=VALUE …]".into()),
    }
    Ok(())
}

/// What the command line says of the encoder.
#[derive(Default)]
struct Settings {
    config: CodecConfig,
    options: Vec<(String, String)>,
}

impl Settings {
    fn read(arguments: &[String]) -> Result<Self> {
        fn number<T: FromStr>(text: &str) -> Result<Option<T>> {
            text.parse().map(Some).map_err(|_| format!("no number: {text}").into())
        }
        let mut settings = Self::default();
        let config = &mut settings.config;
        for argument in arguments {
            let (name, value) = argument.split_once('=').ok_or("write settings as name=value")?;
            match name {
                "bit_rate" => config.bit_rate = number(value)?,
                "compression_level" => config.compression_level = number(value)?,
                "qscale" => config.qscale = number(value)?,
                "gop_size" => config.gop_size = number(value)?,
                "max_b_frames" => config.max_b_frames = number(value)?,
                "crf" => config.crf = number(value)?,
                "preset" => config.preset = Some(value.to_owned()),
                "threads" => config.threads = number(value)?,
                _ => settings.options.push((name.to_owned(), value.to_owned())),
            }
        }
        Ok(settings)
    }
}

fn video(path: &str, mut writer: Writer, name: &str, settings: Settings) -> Result<u64> {
    let mut pictures = Y4m::new(BufReader::with_capacity(1 << 20, File::open(path)?))?;
    let (width, height) = pictures.size;
    let mut input = VideoInput::new(width, height, pictures.rate)
        .format(pictures.format)
        .encoder(name)
        .config(settings.config);
    for (name, value) in settings.options {
        input = input.encoder_option(name, value);
    }
    let id = writer.add_video(input)?;
    let mut writer = writer.open()?;
    let mut count = 0;
    while let Some(frame) = pictures.next_frame()? {
        writer.write_video_frame(id, &frame, pictures.rate.time_base())?;
        count += 1;
    }
    writer.finish()?;
    Ok(count)
}

fn audio(path: &str, mut writer: Writer, name: &str, settings: Settings) -> Result<u64> {
    let mut reader = FrameReader::open(path)?;
    let track = reader.default_audio().ok_or("a file without sound")?;
    reader.select(track, &DecoderOptions::default())?;
    let sound = reader.tracks().get(track).and_then(|track| track.codec.as_audio());
    let sound = sound.ok_or("a track without a rate")?;
    let mut input = AudioInput::new(sound.sample_rate, sound.layout.channels())
        .layout(sound.layout)
        .encoder(name)
        .config(settings.config);
    if let Some(format) = sound.sample_format {
        input = input.format(format);
    }
    for (name, value) in settings.options {
        input = input.encoder_option(name, value);
    }
    let id = writer.add_audio(input)?;
    let mut writer = writer.open()?;
    let mut count = 0;
    while let Some(found) = reader.next_frame()? {
        if let Frame::Audio(frame) = found.frame {
            writer.write_audio_frame(id, &frame, found.time_base)?;
            count += frame.len() as u64;
        }
    }
    writer.finish()?;
    Ok(count)
}
