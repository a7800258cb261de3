//! Values of options: durations, sizes, rates, colours and lists of formats, as FFmpeg writes them.

use rushes_core::{ChannelLayout, ColorRange, Error, FrameRate, PixelFormat, Result, SampleFormat};

use super::color_names::COLORS;
use super::expression::Expression;
use super::number;

/// A pixel format, and the range that its name asks for: `yuvj420p` is `yuv420p` in full range.
pub(super) type NamedFormat = (PixelFormat, Option<ColorRange>);

/// Microseconds: `[-]S[.F][s|ms|us]` or `[-][HH:]MM:SS[.F]`.
pub(super) fn duration(text: &str) -> Result<i64> {
    let wrong = || {
        Error::usage(format!("'{text}' is not a duration; write seconds, 1.5, 20ms or HH:MM:SS.F"))
    };
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(unsigned) => (true, unsigned),
        None => (false, text),
    };
    let mut parts = unsigned.split(':');
    let last = parts.next_back().unwrap_or_default();
    let (unit, last) = match (unsigned.contains(':'), last) {
        (true, _) => (1_000_000, last),
        (false, _) => unit(last),
    };
    let (whole, fraction) = last.split_once('.').unwrap_or((last, ""));
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    if whole.is_empty() && fraction.is_empty() || !digits(whole) || !digits(fraction) {
        return Err(wrong());
    }
    let mut leading: Vec<&str> = parts.collect();
    if leading.len() > 2 || leading.iter().any(|part| part.is_empty() || !digits(part)) {
        return Err(wrong());
    }
    leading.push(if whole.is_empty() { "0" } else { whole });
    let mut seconds = 0_i64;
    for part in leading {
        let part: i64 = part.parse().map_err(|_| wrong())?;
        seconds =
            seconds.checked_mul(60).and_then(|sum| sum.checked_add(part)).ok_or_else(wrong)?;
    }
    let mut scale = 100_000;
    let mut micro = 0;
    for digit in fraction.chars().filter_map(|c| c.to_digit(10)) {
        micro += i64::from(digit) * scale;
        scale /= 10;
    }
    let micro =
        i128::from(seconds) * i128::from(unit) + i128::from(micro) * i128::from(unit) / 1_000_000;
    let micro = i64::try_from(micro).map_err(|_| wrong())?;
    Ok(if negative { -micro } else { micro })
}

/// Microseconds of a unit, and the number in front of it.
fn unit(text: &str) -> (i64, &str) {
    for (suffix, unit) in [("ms", 1000), ("us", 1), ("s", 1_000_000)] {
        if let Some(number) = text.strip_suffix(suffix) {
            return (unit, number);
        }
    }
    (1_000_000, text)
}

/// Width and height: `WxH`, or one of the names of usual sizes.
pub(super) fn size(text: &str) -> Result<(u32, u32)> {
    const NAMED: [(&str, (u32, u32)); 20] = [
        ("ntsc", (720, 480)),
        ("pal", (720, 576)),
        ("film", (352, 240)),
        ("sqcif", (128, 96)),
        ("qcif", (176, 144)),
        ("cif", (352, 288)),
        ("4cif", (704, 576)),
        ("qqvga", (160, 120)),
        ("qvga", (320, 240)),
        ("vga", (640, 480)),
        ("svga", (800, 600)),
        ("xga", (1024, 768)),
        ("sxga", (1280, 1024)),
        ("uxga", (1600, 1200)),
        ("wxga", (1366, 768)),
        ("hd480", (852, 480)),
        ("hd720", (1280, 720)),
        ("hd1080", (1920, 1080)),
        ("2k", (2048, 1080)),
        ("uhd2160", (3840, 2160)),
    ];
    if let Some((_, size)) = NAMED.iter().find(|(name, _)| *name == text) {
        return Ok(*size);
    }
    let sides = text.split_once('x').and_then(|(width, height)| {
        Some((width.parse::<u32>().ok()?, height.parse::<u32>().ok()?))
    });
    sides.filter(|(width, height)| *width > 0 && *height > 0).ok_or_else(|| {
        let names = NAMED.map(|(name, _)| name).join(", ");
        Error::usage(format!("'{text}' is not a size; write WxH or one of {names}"))
    })
}

/// Frames per second: a number, a fraction, an expression of `source_fps`, or a usual name.
pub(super) fn rate(text: &str, source: Option<FrameRate>) -> Result<FrameRate> {
    let names = ["source_fps", "ntsc", "pal", "film", "ntsc_film"];
    let source = source.map_or(f64::NAN, FrameRate::as_f64);
    let values = [source, 30_000.0 / 1001.0, 25.0, 24.0, 24_000.0 / 1001.0];
    let value = Expression::parse(text, &names)?.value(&values);
    number::frame_rate(value)
        .ok_or_else(|| Error::usage(format!("'{text}' is {value}, which is not a frame rate")))
}

/// Red, green, blue and alpha: a name, `0xRRGGBB[AA]` or `#RRGGBB[AA]`, perhaps with `@` and an alpha.
pub(super) fn color(text: &str) -> Result<[u8; 4]> {
    let wrong = || {
        Error::usage(format!(
            "'{text}' is not a colour; write a name of CSS, 0xRRGGBB or #RRGGBBAA, and @ALPHA behind it"
        ))
    };
    let (name, alpha) = match text.split_once('@') {
        Some((name, alpha)) => (name, Some(alpha)),
        None => (text, None),
    };
    let hex = name.strip_prefix('#').or_else(|| name.strip_prefix("0x"));
    let lower = name.to_ascii_lowercase();
    let named = COLORS.iter().find(|(known, _)| *known == lower);
    let value = match (named, hex.or(Some(name))) {
        (Some((_, value)), _) => (*value << 8) | 0xff,
        (None, Some(digits)) if digits.chars().all(|c| c.is_ascii_hexdigit()) => {
            let value = u32::from_str_radix(digits, 16).map_err(|_| wrong())?;
            match digits.len() {
                6 => (value << 8) | 0xff,
                8 => value,
                _ => return Err(wrong()),
            }
        }
        _ => return Err(wrong()),
    };
    let [red, green, blue, mut opacity] = value.to_be_bytes();
    if let Some(alpha) = alpha {
        let part = match alpha.strip_prefix("0x") {
            Some(hex) => u8::from_str_radix(hex, 16).map_err(|_| wrong())?,
            None => {
                let part: f64 = alpha.parse().map_err(|_| wrong())?;
                let part = number::truncated(part * 255.0).filter(|_| (0.0..=1.0).contains(&part));
                part.and_then(|part| u8::try_from(part).ok()).ok_or_else(wrong)?
            }
        };
        opacity = part;
    }
    Ok([red, green, blue, opacity])
}

/// Formats with `|` between them.
pub(super) fn pixel_formats(text: &str) -> Result<Vec<NamedFormat>> {
    list(text, "pixel format", pixel_format, || PixelFormat::ALL.map(PixelFormat::name).join(", "))
}

fn pixel_format(name: &str) -> Option<NamedFormat> {
    if let Some(format) = PixelFormat::from_name(name) {
        return Some((format, None));
    }
    let format = PixelFormat::from_name(&format!("yuv{}", name.strip_prefix("yuvj")?))?;
    Some((format, Some(ColorRange::Full)))
}

/// Formats with `|` between them.
pub(super) fn sample_formats(text: &str) -> Result<Vec<SampleFormat>> {
    list(text, "sample format", SampleFormat::from_name, || {
        SampleFormat::ALL.map(SampleFormat::name).join(", ")
    })
}

/// Rates with `|` between them.
pub(super) fn sample_rates(text: &str) -> Result<Vec<u32>> {
    list(
        text,
        "sample rate",
        |text| text.parse().ok().filter(|rate| *rate > 0),
        || "whole numbers of hertz".to_owned(),
    )
}

/// Layouts with `|` between them.
pub(super) fn layouts(text: &str) -> Result<Vec<ChannelLayout>> {
    list(text, "channel layout", ChannelLayout::from_name, || {
        "mono, stereo, 2.1, 3.0, 4.0, quad, 5.0, 5.1, 6.1, 7.1, 3c".to_owned()
    })
}

fn list<T>(
    text: &str,
    what: &str,
    item: impl Fn(&str) -> Option<T>,
    known: impl Fn() -> String,
) -> Result<Vec<T>> {
    text.split('|')
        .map(|name| {
            item(name.trim())
                .ok_or_else(|| Error::unsupported(format!("{what} '{}'", name.trim()), known()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_microseconds() {
        let check = |text: &str, expected: Option<i64>| {
            assert_eq!(duration(text).ok(), expected, "{text}");
        };
        check("1.5", Some(1_500_000));
        check("-1", Some(-1_000_000));
        check("20ms", Some(20_000));
        check("20.5ms", Some(20_500));
        check("3us", Some(3));
        check("2s", Some(2_000_000));
        check("01:02", Some(62_000_000));
        check("1:02:03.25", Some(3_723_250_000));
        check(".5", Some(500_000));
        check("0.1234567", Some(123_456));
        for text in ["", "-", ":", "1:", "1:2:3:4", "x", "1e3", "9999999999999999", ".", "1:-2"] {
            check(text, None);
        }
    }

    #[test]
    fn colours_and_sizes() {
        assert_eq!(color("Red").ok(), Some([255, 0, 0, 255]));
        assert_eq!(color("0x10203040").ok(), Some([16, 32, 48, 64]));
        assert_eq!(color("#102030@0.5").ok(), Some([16, 32, 48, 127]));
        assert_eq!(color("102030@0x20").ok(), Some([16, 32, 48, 32]));
        for text in ["", "reddish", "#12345", "red@2", "red@x", "0xäöü"] {
            assert!(color(text).is_err(), "{text}");
        }
        assert_eq!(size("320x240").ok(), Some((320, 240)));
        assert_eq!(size("hd720").ok(), Some((1280, 720)));
        assert!(size("0x5").is_err() && size("320").is_err());
    }

    #[test]
    fn rates_and_formats() {
        let of =
            |text| rate(text, FrameRate::new(24, 1)).ok().map(|rate| (rate.numer(), rate.denom()));
        assert_eq!(of("30000/1001"), Some((30_000, 1001)));
        assert_eq!(of("ntsc"), Some((30_000, 1001)));
        assert_eq!(of("source_fps/2"), Some((12, 1)));
        assert_eq!(of("0"), None);
        assert_eq!(of("1/0"), None);
        let formats = pixel_formats("yuvj420p|rgb24").expect("known");
        let full = (PixelFormat::Yuv420p, Some(ColorRange::Full));
        assert_eq!(formats, [full, (PixelFormat::Rgb24, None)]);
        assert!(pixel_formats("yuv420p|nope").is_err());
        assert!(sample_rates("8000|0").is_err());
        assert_eq!(layouts("mono|5.1").expect("known").len(), 2);
    }
}
