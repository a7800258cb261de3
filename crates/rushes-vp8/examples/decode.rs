//! Decodes an IVF file: `decode FILE [repeats] [threads]` prints the MD5 of each picture, or with repeats how long they took.

use std::io::Write;
use std::time::Instant;
use std::{env, fs};

use md5::{Digest, Md5};
use rushes_vp8::{Decoder, Options, Picture};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = env::args().skip(1);
    let file = fs::read(arguments.next().ok_or("which file?")?)?;
    let repeats: usize = arguments.next().map_or(Ok(0), |text| text.parse())?;
    let mut options = Options::new()?;
    options.threads = arguments.next().map_or(Ok(1), |text| text.parse())?;
    let mut decoder = Decoder::new(options);
    let mut out = std::io::stdout().lock();
    let started = Instant::now();
    let mut pictures = 0;
    for _ in 0..repeats.max(1) {
        for frame in frames(&file) {
            match decoder.decode(frame) {
                Ok(Some(picture)) if repeats == 0 => writeln!(out, "{}", hash(&picture))?,
                Ok(picture) => pictures += usize::from(picture.is_some()),
                Err(error) => writeln!(out, "{error}")?,
            }
        }
    }
    if repeats > 0 {
        writeln!(out, "{pictures} pictures in {:?}", started.elapsed())?;
    }
    Ok(())
}

/// The frames of an IVF file.
fn frames(file: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = file.get(32..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (header, data) = rest.split_at_checked(12)?;
        let size = u32::from_le_bytes(*header.first_chunk()?) as usize;
        let (frame, next) = data.split_at(size.min(data.len()));
        rest = next;
        Some(frame)
    })
}

/// MD5 of the planes without what is beside the picture.
fn hash(picture: &Picture) -> String {
    let mut hash = Md5::new();
    for plane in 0..3 {
        let half = u32::from(plane > 0);
        let width = picture.width().div_ceil(1 + half) as usize;
        let height = picture.height().div_ceil(1 + half) as usize;
        let (samples, stride) = picture.plane(plane);
        samples.chunks(stride).take(height).for_each(|row| hash.update(&row[..width]));
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
