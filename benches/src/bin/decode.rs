//! Reads and decodes the first video or audio track of a file, and drops what comes out: what `cargo xtask bench decode`
//! times, as a whole process, beside FFmpeg.
//!
//! `decode FILE THREADS [DECODER]` prints how many pictures or samples there were; `decode` alone lists the decoders of this build.

use std::env;
use std::error::Error;
use std::io::{self, Write};

use rushes::{DecoderOptions, Frame, FrameReader, MediaKind, decoders};

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = io::stdout().lock();
    let arguments: Vec<String> = env::args().skip(1).collect();
    match &*arguments {
        [] => {
            for entry in decoders().iter().map(|entry| &entry.implementation) {
                let there = if entry.missing.is_none() { "here" } else { "missing" };
                let (name, codec, kind) = (entry.name, entry.codec.name(), entry.codec.kind());
                writeln!(out, "{name}\t{codec}\t{kind}\t{there}\t{}", entry.package)?;
            }
        }
        [file, threads, decoder @ ..] => {
            let count = decode(file, threads.parse()?, decoder.first().map(String::as_str))?;
            writeln!(out, "{count}")?;
        }
        [_] => return Err("decode FILE THREADS [DECODER]".into()),
    }
    Ok(())
}

/// Pictures, or samples of a channel.
fn decode(file: &str, threads: u16, name: Option<&str>) -> rushes::Result<u64> {
    let mut reader = FrameReader::open(file)?;
    let media = |kind| matches!(kind, MediaKind::Video | MediaKind::Audio);
    let Some(index) = reader.tracks().iter().position(|track| media(track.kind())) else {
        return Ok(0);
    };
    let mut options = DecoderOptions::default();
    options.threads = Some(threads);
    match name {
        Some(name) => reader.select_by_name(index, name, &options)?,
        None => reader.select(index, &options)?,
    }
    let mut count = 0;
    while let Some(found) = reader.next_frame()? {
        count += match found.frame {
            Frame::Audio(frame) => frame.len() as u64,
            _ => 1,
        };
    }
    Ok(count)
}
