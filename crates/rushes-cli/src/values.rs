//! Values of the command line that are more than a number.

use rushes::{IntoTime as _, Time};

/// Width and height: `1280x720`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Size {
    pub(crate) width: u32,
    pub(crate) height: u32,
}

/// Parses `WxH`.
pub(crate) fn size(text: &str) -> Result<Size, String> {
    let side = |side: &str| side.parse().ok().filter(|side| *side > 0);
    text.split_once('x')
        .and_then(|(width, height)| Some(Size { width: side(width)?, height: side(height)? }))
        .ok_or_else(|| "write it as 1280x720".to_owned())
}

/// Parses seconds, or minutes and hours before them: `1.5`, `02:30`, `1:02:30.25`.
pub(crate) fn time(text: &str) -> Result<Time, String> {
    seconds(text)
        .filter(|seconds| seconds.is_finite() && *seconds >= 0.0)
        .and_then(|seconds| seconds.into_time().ok())
        .ok_or_else(|| "write it as 1.5, 02:30 or 1:02:30.25".to_owned())
}

fn seconds(text: &str) -> Option<f64> {
    let Some((before, seconds)) = text.rsplit_once(':') else {
        return text.parse().ok();
    };
    let seconds: f64 = seconds.parse().ok().filter(|seconds| (0.0..60.0).contains(seconds))?;
    let minutes: u32 = match before.split_once(':') {
        None => before.parse().ok()?,
        Some((hours, minutes)) => {
            let minutes: u32 = minutes.parse().ok().filter(|minutes| *minutes < 60)?;
            hours.parse::<u32>().ok()?.checked_mul(60)?.checked_add(minutes)?
        }
    };
    Some(f64::from(minutes) * 60.0 + seconds)
}

/// Parses an option of a muxer or a codec: `name=value`.
pub(crate) fn option(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write it as name=value".to_owned()),
    }
}

/// Parses a quality, in the encoder's own scale.
pub(crate) fn quality(text: &str) -> Result<f32, String> {
    text.parse()
        .ok()
        .filter(|quality: &f32| quality.is_finite() && *quality >= 0.0)
        .ok_or_else(|| "write it as 23 or 23.5".to_owned())
}

/// Parses bits per second: `128000`, `128k`, `2.5M`.
pub(crate) fn bit_rate(text: &str) -> Result<u64, String> {
    let (digits, unit) = match text.strip_suffix(['k', 'K']) {
        Some(digits) => (digits, 1e3),
        None => text.strip_suffix('M').map_or((text, 1.0), |digits| (digits, 1e6)),
    };
    let rate = digits.parse::<f64>().map_or(f64::NAN, |number| (number * unit).round());
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole and in range, checked here"
    )]
    (1.0..1e12)
        .contains(&rate)
        .then_some(rate as u64)
        .ok_or_else(|| "write it as 128000, 128k or 2.5M".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        assert_eq!(size("1280x720"), Ok(Size { width: 1280, height: 720 }));
        for wrong in ["", "x", "12", "0x4", "4x0", "-1x4", "4x4x4", "99999999999x1"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn times() {
        let check = |text: &str, expected: f64| {
            assert_eq!(time(text).expect("a time").seconds(), expected, "{text}");
        };
        check("1.5", 1.5);
        check("0", 0.0);
        check("02:30", 150.0);
        check("1:02:30.25", 3750.25);
        check("90:00", 5400.0);
        for wrong in ["", "-1", "nan", "inf", "1:60", "1:60:00", "1:2:3:4", ":5", "1e30"] {
            assert!(time(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn bit_rates() {
        assert_eq!(bit_rate("128000"), Ok(128_000));
        assert_eq!(bit_rate("128k"), Ok(128_000));
        assert_eq!(bit_rate("2.5M"), Ok(2_500_000));
        for wrong in ["", "0", "-1", "k", "1G", "nan", "inf"] {
            assert!(bit_rate(wrong).is_err(), "{wrong}");
        }
    }
}
