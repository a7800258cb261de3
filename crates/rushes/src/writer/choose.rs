//! Which encoder, format and rate are taken where nobody chose (SPEC row W4).

use rushes_codec::{EncoderEntry, encoder_by_name, encoder_for};
use rushes_core::{ChannelLayout, CodecId, Error, PixelFormat, Result, SampleFormat};

/// The encoder that was asked for, or the preferred one of the container's default codec.
pub(super) fn encoder(
    asked: Option<&str>,
    default: Option<&CodecId>,
    kind: rushes_core::MediaKind,
) -> Result<&'static EncoderEntry> {
    let entry = match (asked, default) {
        (Some(name), _) => encoder_by_name(name)?,
        (None, Some(codec)) => encoder_for(codec)?,
        (None, None) => return Err(Error::usage(format!("name an encoder for {kind}"))),
    };
    if entry.implementation.codec.kind() != kind {
        return Err(Error::usage(format!(
            "encoder '{}' is for {}, not {kind}",
            entry.implementation.name,
            entry.implementation.codec.kind()
        )));
    }
    Ok(entry)
}

/// The pixel format that was asked for, or the one that loses least of `source`.
pub(super) fn pixel_format(
    entry: &EncoderEntry,
    asked: Option<PixelFormat>,
    source: PixelFormat,
) -> Result<PixelFormat> {
    let known = entry.pixel_formats;
    if let Some(asked) = asked {
        return taken(entry, known, asked, "pixel format");
    }
    known
        .iter()
        .copied()
        .min_by_key(|format| loss(source, *format))
        .ok_or_else(|| Error::usage(format!("'{}' takes no pictures", entry.implementation.name)))
}

/// What is lost on the way, the worse first: depth, chroma, alpha; then what is gained for nothing, so that a picture is not blown
/// up.
fn loss(from: PixelFormat, to: PixelFormat) -> (bool, u32, u32, u32, bool, u32, u32, bool) {
    // Samples of chroma per 16 of luma.
    let chroma = |format: PixelFormat| -> u32 {
        match format {
            gray if gray.is_gray() => 0,
            PixelFormat::Yuyv422 | PixelFormat::Uyvy422 => 8,
            other => {
                let shifts = other.planes().get(1).map_or(0, |plane| plane.shift_x + plane.shift_y);
                16 >> shifts.min(4)
            }
        }
    };
    let depth = |format: PixelFormat| format.bit_depth();
    (
        to.is_gray() && !from.is_gray(),
        depth(from).saturating_sub(depth(to)),
        chroma(from).saturating_sub(chroma(to)),
        u32::from(from.channels() == 4 && to.channels() != 4),
        from.is_rgb() != to.is_rgb(),
        depth(to).saturating_sub(depth(from)),
        chroma(to).saturating_sub(chroma(from)),
        from != to,
    )
}

/// The sample format that was asked for, or the nearest.
pub(super) fn sample_format(
    entry: &EncoderEntry,
    asked: Option<SampleFormat>,
    source: SampleFormat,
) -> Result<SampleFormat> {
    let known = entry.sample_formats;
    if let Some(asked) = asked {
        return taken(entry, known, asked, "sample format");
    }
    let loss = |format: &SampleFormat| {
        let (from, to) = (precision(source), precision(*format));
        (from.saturating_sub(to), source.is_float() != format.is_float(), to.saturating_sub(from))
    };
    known
        .iter()
        .copied()
        .min_by_key(loss)
        .ok_or_else(|| Error::usage(format!("'{}' takes no sound", entry.implementation.name)))
}

/// Bits that a sample format holds exactly.
const fn precision(format: SampleFormat) -> u32 {
    match format {
        SampleFormat::U8 => 8,
        SampleFormat::S16 => 16,
        SampleFormat::F32 => 24,
        SampleFormat::S32 => 32,
        SampleFormat::F64 => 53,
        _ => 64,
    }
}

/// The sample rate that was asked for, or the source's, or the nearest that the encoder lists; of two the higher.
pub(super) fn sample_rate(entry: &EncoderEntry, asked: Option<u32>, source: u32) -> Result<u32> {
    let known = entry.sample_rates;
    match asked {
        _ if known.is_empty() => Ok(asked.unwrap_or(source)),
        Some(asked) => taken(entry, known, asked, "sample rate"),
        None => known
            .iter()
            .copied()
            .min_by_key(|rate| (rate.abs_diff(source), *rate < source))
            .ok_or_else(|| Error::usage("an encoder without sample rates")),
    }
}

/// The layout that was asked for, or the source's, or as many channels as the encoder takes.
pub(super) fn layout(
    entry: &EncoderEntry,
    asked: Option<ChannelLayout>,
    source: ChannelLayout,
) -> Result<ChannelLayout> {
    let most = entry.max_channels;
    match asked {
        Some(asked) if asked.channels() > most => Err(Error::usage(format!(
            "'{}' does not take {} channels; it takes 1 to {most}",
            entry.implementation.name,
            asked.channels()
        ))),
        Some(asked) => Ok(asked),
        None if source.channels() > most => Ok(ChannelLayout::default_for(most)),
        None => Ok(source),
    }
}

/// `asked`, if the encoder takes it.
fn taken<T: Copy + PartialEq + std::fmt::Display>(
    entry: &EncoderEntry,
    known: &[T],
    asked: T,
    what: &str,
) -> Result<T> {
    if known.contains(&asked) {
        return Ok(asked);
    }
    let known: Vec<String> = known.iter().map(ToString::to_string).collect();
    Err(Error::usage(format!(
        "'{}' does not take {what} {asked}; it takes {}",
        entry.implementation.name,
        known.join(", ")
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_pixel_format_loses_least() {
        let check = |source, formats: &[PixelFormat], expected| {
            let nearest = formats.iter().copied().min_by_key(|format| loss(source, *format));
            assert_eq!(nearest, Some(expected), "{source}");
        };
        let (p420, p444, ten) =
            (PixelFormat::Yuv420p, PixelFormat::Yuv444p, PixelFormat::Yuv420p10);
        check(PixelFormat::Rgb24, &[p420], p420);
        check(PixelFormat::Rgb24, &[p420, p444], p444);
        check(p420, &[p444, ten, p420], p420);
        check(ten, &[p420, p444, ten], ten);
        check(PixelFormat::Gray8, &[p420, PixelFormat::Rgb24], p420);
        check(PixelFormat::Nv12, &[PixelFormat::Gray8, p444, p420], p420);
    }
}
