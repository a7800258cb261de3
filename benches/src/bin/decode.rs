//! Demuxes and decodes the first video or audio track of a file, and drops what comes out: what `cargo xtask bench decode`
//! times, as a whole process, beside FFmpeg.
//!
//! `decode FILE THREADS [DECODER]` prints how many pictures or samples there were; `decode` alone lists the decoders of this build.

use std::env;
use std::error::Error;
use std::io::{self, Write};

use rushes::{
    DecoderOptions, DemuxOptions, Frame, MediaKind, Source, TrackDecoder, decoders, open_demuxer,
};

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
    let mut demuxer = open_demuxer(Source::open(file)?, &DemuxOptions::default())?;
    let media = |kind| matches!(kind, MediaKind::Video | MediaKind::Audio);
    let index = demuxer.tracks().iter().position(|track| media(track.kind())).unwrap_or(0);
    let Some(track) = demuxer.tracks().get(index) else { return Ok(0) };
    let mut options = DecoderOptions::default();
    options.threads = Some(threads);
    let mut decoder = match name {
        Some(name) => TrackDecoder::by_name(index, track, name, &options)?,
        None => TrackDecoder::new(index, track, &options)?,
    };
    let mut count = 0;
    while let Some(packet) = demuxer.next_packet()? {
        if packet.track == index {
            decoder.submit(&packet)?;
            count += drain(&mut decoder)?;
        }
    }
    decoder.finish()?;
    Ok(count + drain(&mut decoder)?)
}

fn drain(decoder: &mut TrackDecoder) -> rushes::Result<u64> {
    let mut count = 0;
    while let Some(frame) = decoder.next_frame()? {
        count += match frame {
            Frame::Audio(frame) => frame.len() as u64,
            _ => 1,
        };
    }
    Ok(count)
}
