//! What to ask of rav1e.

use std::thread;

use rav1e::prelude::{ChromaSampling, Config, EncoderConfig, Rational, SpeedSettings, Tune};
use rushes_core::{Error, MatrixCoefficients, PixelFormat, Ratio, Result, VideoParameters};

use super::color;
use crate::{EncoderOptions, OptionKind, OptionSpec, options};

/// What it takes, the preferred one first.
pub(crate) const PIXEL_FORMATS: [PixelFormat; 12] = [
    PixelFormat::Yuv420p,
    PixelFormat::Yuv420p10,
    PixelFormat::Yuv420p12,
    PixelFormat::Yuv422p,
    PixelFormat::Yuv422p10,
    PixelFormat::Yuv422p12,
    PixelFormat::Yuv444p,
    PixelFormat::Yuv444p10,
    PixelFormat::Yuv444p12,
    PixelFormat::Gray8,
    PixelFormat::Gray10,
    PixelFormat::Gray12,
];

/// Speed where nothing is asked for: rav1e's own choice.
const DEFAULT_SPEED: u8 = 6;
/// The quantiser where nothing is asked for: rav1e's own choice.
const DEFAULT_QUANTISER: u8 = 100;
/// Pictures from one key picture to the next where nothing is asked for, and the fewest between two that a cut makes.
const DEFAULT_INTERVAL: u32 = 240;
const LEAST_INTERVAL: u32 = 12;
/// Pixels of a tile where nobody chooses: a 1080p picture has four, which cost some per mille of bits.
const TILE_PIXELS: u64 = 960 * 540;

/// Speed, tiles, delay and aim.
pub(crate) const OPTIONS: [OptionSpec; 4] = [
    OptionSpec {
        name: "speed",
        kind: OptionKind::Integer { min: 0, max: 10 },
        default: "6",
        help: "effort, from 0, the smallest files, to 10, the fastest; the same as the preset of this number",
    },
    OptionSpec {
        name: "tiles",
        kind: OptionKind::Integer { min: 0, max: 64 },
        default: "0",
        help: "least tiles of a picture, which several threads can encode; 0 chooses by its size",
    },
    OptionSpec {
        name: "low_latency",
        kind: OptionKind::Boolean,
        default: "false",
        help: "code frames in the order they are shown: less delay, larger files",
    },
    OptionSpec {
        name: "tune",
        kind: OptionKind::Choice(&["psychovisual", "psnr"]),
        default: "psychovisual",
        help: "what to look best to: eyes, or a measure of error",
    },
];

/// What to encode, and how, in rav1e's words.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) format: PixelFormat,
    pub(super) config: EncoderConfig,
    pub(super) threads: usize,
}

impl Settings {
    pub(super) fn new(video: &VideoParameters, options: &EncoderOptions) -> Result<Self> {
        options::check(&options.options, &OPTIONS)?;
        let config = &options.config;
        let honoured = ["bit_rate", "qscale", "gop_size", "max_b_frames", "crf", "preset"];
        config.refuse_all_but("rav1e", &honoured)?;
        let option = |name: &str| options.options.get(name).map(String::as_str);
        let format = video.pixel_format.unwrap_or(PixelFormat::Yuv420p);
        let mut to =
            EncoderConfig::with_speed_preset(speed(config.preset.as_deref(), option("speed"))?);
        to.width = video.width as usize;
        to.height = video.height as usize;
        to.time_base = video.frame_rate.map_or(Rational::new(1, 30), |rate| {
            let frame = rate.time_base();
            Rational::new(frame.numer().into(), frame.denom().into())
        });
        let aspect = video.sample_aspect.unwrap_or(Ratio::ONE);
        to.sample_aspect_ratio = Rational::new(aspect.numer().into(), aspect.denom().into());
        to.bit_depth = format.bit_depth() as usize;
        to.chroma_sampling = sampling(format)?;
        if video.color.matrix == MatrixCoefficients::Identity {
            return Err(Error::usage(format!("{format} has no identity matrix")));
        }
        to.color_description = color::description(video.color);
        to.pixel_range = color::range(video.color);
        to.chroma_sample_position = color::chroma_position(video.color);
        to.low_latency = option("low_latency") == Some("true");
        match config.max_b_frames {
            Some(0) => to.low_latency = true,
            Some(_) => {
                return Err(Error::usage(
                    "rav1e does not count its B-frames: max_b_frames can be 0, which is low_latency",
                ));
            }
            None => {}
        }
        to.tune = if option("tune") == Some("psnr") { Tune::Psnr } else { Tune::Psychovisual };
        let most = config.gop_size.unwrap_or(DEFAULT_INTERVAL).clamp(1, 1 << 20);
        to.set_key_frame_interval(LEAST_INTERVAL.min(most).into(), most.into());
        rate_control(options, &mut to)?;
        let tiles = option("tiles").and_then(|count| count.parse().ok()).unwrap_or(0);
        to.tiles = if tiles > 0 { tiles } else { tiles_for(video) };
        let settings = Self { format, config: to, threads: threads(config.threads) };
        settings.check()?;
        Ok(settings)
    }

    /// Settings that give the same sequence header in as little time as can be.
    pub(super) fn for_header(&self) -> Self {
        let mut settings = self.clone();
        let of = &self.config.speed_settings;
        let to = &mut settings.config;
        to.speed_settings = SpeedSettings::from_preset(10);
        to.speed_settings.cdef = of.cdef;
        to.speed_settings.lrf = of.lrf;
        to.speed_settings.rdo_lookahead_frames = 1;
        to.low_latency = true;
        to.bitrate = 0;
        to.quantizer = 255;
        settings
    }

    pub(super) fn rav1e(&self) -> Config {
        Config::new().with_encoder_config(self.config.clone()).with_threads(self.threads)
    }

    fn check(&self) -> Result<()> {
        self.rav1e()
            .validate()
            .map_err(|error| Error::unsupported(format!("AV1 encoding: {error}"), ""))
    }
}

fn speed(preset: Option<&str>, option: Option<&str>) -> Result<u8> {
    let text = match (preset, option) {
        (Some(_), Some(_)) => return Err(Error::usage("speed and preset exclude one another")),
        (Some(text), None) | (None, Some(text)) => text,
        (None, None) => return Ok(DEFAULT_SPEED),
    };
    text.parse().ok().filter(|speed| *speed <= 10).ok_or_else(|| {
        Error::usage(format!("rav1e has no preset '{text}'; it has: 0 (small) to 10 (fast)"))
    })
}

fn sampling(format: PixelFormat) -> Result<ChromaSampling> {
    Ok(match format {
        PixelFormat::Yuv420p | PixelFormat::Yuv420p10 | PixelFormat::Yuv420p12 => {
            ChromaSampling::Cs420
        }
        PixelFormat::Yuv422p | PixelFormat::Yuv422p10 | PixelFormat::Yuv422p12 => {
            ChromaSampling::Cs422
        }
        PixelFormat::Yuv444p | PixelFormat::Yuv444p10 | PixelFormat::Yuv444p12 => {
            ChromaSampling::Cs444
        }
        PixelFormat::Gray8 | PixelFormat::Gray10 | PixelFormat::Gray12 => ChromaSampling::Cs400,
        other => {
            let known = PIXEL_FORMATS.map(PixelFormat::name).join(", ");
            return Err(Error::unsupported(format!("rav1e encoding of {other}"), known));
        }
    })
}

fn rate_control(options: &EncoderOptions, to: &mut EncoderConfig) -> Result<()> {
    let config = &options.config;
    match (config.bit_rate, config.crf.or(config.qscale)) {
        _ if config.crf.is_some() && config.qscale.is_some() => {
            Err(Error::usage("crf and qscale are the same: set one of them"))
        }
        (Some(_), Some(_)) => {
            Err(Error::usage("bit_rate and constant quality exclude one another"))
        }
        (Some(rate), None) => {
            to.bitrate = i32::try_from(rate).ok().filter(|rate| *rate > 0).ok_or_else(|| {
                Error::usage(format!("rav1e cannot aim at {rate} bits per second"))
            })?;
            to.quantizer = 255;
            Ok(())
        }
        (None, Some(quality)) => {
            let quantiser =
                (1..=255_u8).find(|quantiser| (quality - f32::from(*quantiser)).abs() <= 0.5);
            to.quantizer = usize::from(quantiser.ok_or_else(|| {
                Error::usage(format!(
                    "constant quality of rav1e is 1 to 255, not {quality}; it has no lossless coding"
                ))
            })?);
            Ok(())
        }
        (None, None) => {
            to.quantizer = usize::from(DEFAULT_QUANTISER);
            Ok(())
        }
    }
}

fn tiles_for(video: &VideoParameters) -> usize {
    let pixels = u64::from(video.width) * u64::from(video.height);
    usize::try_from((pixels / TILE_PIXELS).clamp(1, 16)).unwrap_or(1)
}

fn threads(asked: Option<u16>) -> usize {
    let count = asked.map_or_else(
        || thread::available_parallelism().map_or(1, |count| count.get().min(32)),
        usize::from,
    );
    count.clamp(1, 256)
}
