//! H.264 encoder: ITU-T H.264 (08/2021), with OpenH264.

use std::collections::VecDeque;
use std::thread;

use rushes_core::bitstream::h264::{Nal, avcc};
use rushes_core::bitstream::nal::AnnexB;
use rushes_core::{
    CodecId, CodecParameters, ColorInfo, ColorRange, Error, Frame, MediaParameters, Packet,
    PixelFormat, Plane, Ratio, Result, Rounding, TimeBase, VideoFrame, VideoParameters,
};

use super::openh264::{Effort, Encoded, Engine, PlaneRef, RateControl, Settings};
use crate::clock::Clock;
use crate::{Encoder, EncoderOptions, OptionKind, OptionSpec, options};

/// Pictures from one key picture to the next where nothing is asked for.
const DEFAULT_INTERVAL: u32 = 250;
/// The quantiser where nothing is asked for.
const DEFAULT_QUANTISER: u8 = 24;
/// The slices and the profile.
pub(crate) const OPTIONS: [OptionSpec; 2] = [
    OptionSpec {
        name: "profile",
        kind: OptionKind::Choice(&["high", "baseline"]),
        default: "high",
        help: "high codes with CABAC, baseline with CAVLC, which is larger and decodes anywhere",
    },
    OptionSpec {
        name: "slices",
        kind: OptionKind::Integer { min: 1, max: 35 },
        default: "1",
        help: "slices of a picture: as many threads can encode it, and it becomes larger",
    },
];

/// Makes an encoder for the registry.
pub(crate) fn create(options: &EncoderOptions) -> Result<Box<dyn Encoder>> {
    let MediaParameters::Video(video) = &options.media else {
        return Err(Error::usage("OpenH264 takes video"));
    };
    let settings = settings(video, options)?;
    let mut engine = Engine::new(&settings)?;
    let mut output = video.clone();
    output.pixel_format = Some(PixelFormat::Yuv420p);
    output.reorder_depth = Some(0);
    let mut parameters = CodecParameters::video(CodecId::H264, output);
    parameters.private = private_data(&engine.parameter_sets()?)?.into();
    parameters.bit_rate = options.config.bit_rate;
    Ok(Box::new(H264Encoder {
        engine,
        parameters,
        width: video.width,
        height: video.height,
        clock: Clock::new(video, options.time_base),
        ready: VecDeque::new(),
        finished: false,
    }))
}

struct H264Encoder {
    engine: Engine,
    parameters: CodecParameters,
    width: u32,
    height: u32,
    clock: Clock,
    ready: VecDeque<Packet>,
    finished: bool,
}

impl Encoder for H264Encoder {
    fn parameters(&self) -> &CodecParameters {
        &self.parameters
    }

    fn time_base(&self) -> TimeBase {
        self.clock.base()
    }

    fn submit(&mut self, frame: &Frame) -> Result<()> {
        if self.finished {
            return Err(Error::usage("the encoder was finished"));
        }
        let Frame::Video(frame) = frame else {
            return Err(Error::usage("OpenH264 takes video frames"));
        };
        let planes = self.planes(frame)?;
        let (pts, duration) = self.clock.stamp(frame)?;
        let milliseconds = TimeBase::per_second(1000)
            .map_or(0, |to| self.clock.base().rescale(pts.ticks(), to, Rounding::Nearest));
        let encoded = self.engine.encode(planes, milliseconds)?;
        let data = length_prefixed(&encoded)?;
        let key = encoded.is_key();
        // Without data the library has skipped the picture: the one before it stays on.
        if !data.is_empty() {
            let mut packet = Packet::new(0, data).with_pts(pts).with_dts(pts).with_key(key);
            packet.duration = duration;
            self.ready.push_back(packet);
        }
        Ok(())
    }

    fn next_packet(&mut self) -> Result<Option<Packet>> {
        Ok(self.ready.pop_front())
    }

    fn finish(&mut self) -> Result<()> {
        self.finished = true;
        Ok(())
    }
}

impl H264Encoder {
    fn planes<'f>(&self, frame: &'f VideoFrame) -> Result<[PlaneRef<'f>; 3]> {
        let fits = frame.format == PixelFormat::Yuv420p
            && (frame.width, frame.height) == (self.width, self.height);
        match frame.planes() {
            Some([luma, cb, cr]) if fits => Ok([luma, cb, cr].map(plane_ref)),
            Some(_) => Err(Error::usage(format!(
                "OpenH264 was made for yuv420p of {}x{}, not {} of {}x{}",
                self.width, self.height, frame.format, frame.width, frame.height
            ))),
            None => Err(Error::usage("OpenH264 takes frames in host memory")),
        }
    }
}

fn plane_ref(plane: &Plane) -> PlaneRef<'_> {
    PlaneRef { data: plane.data(), stride: plane.stride() }
}

fn settings(video: &VideoParameters, options: &EncoderOptions) -> Result<Settings> {
    options::check(&options.options, &OPTIONS)?;
    let config = &options.config;
    let honoured = ["bit_rate", "crf", "gop_size", "max_b_frames", "preset"];
    config.refuse_all_but("OpenH264", &honoured)?;
    if config.max_b_frames.is_some_and(|most| most > 0) {
        return Err(Error::usage("OpenH264 has no B-frames: max_b_frames must be 0"));
    }
    if let Some(format) = video.pixel_format.filter(|format| *format != PixelFormat::Yuv420p) {
        return Err(Error::unsupported(format!("OpenH264 encoding of {format}"), "yuv420p"));
    }
    let (width, height) = size(video)?;
    let slices = options.options.get("slices").and_then(|count| count.parse().ok()).unwrap_or(1);
    let threads = config.threads.map_or_else(
        || thread::available_parallelism().map_or(1, |count| count.get().min(35)),
        usize::from,
    );
    Ok(Settings {
        width,
        height,
        frame_rate: frame_rate(video),
        rate: rate_control(config.bit_rate, config.crf)?,
        key_interval: match config.gop_size {
            None => DEFAULT_INTERVAL,
            Some(interval) => interval.clamp(1, i32::MAX.unsigned_abs()),
        },
        effort: match config.preset.as_deref() {
            None | Some("medium") => Effort::Medium,
            Some("fast") => Effort::Low,
            Some(other) => {
                return Err(Error::usage(format!(
                    "OpenH264 has no preset '{other}'; it has: fast, medium"
                )));
            }
        },
        high_profile: options.options.get("profile").is_none_or(|profile| profile == "high"),
        slices,
        threads: u16::try_from(threads).unwrap_or(1).clamp(1, u16::from(slices)),
        color: color(video.color),
        sample_aspect: video.sample_aspect.map(aspect).transpose()?,
    })
}

/// The size, if it is one that 4:2:0 and the library allow.
fn size(video: &VideoParameters) -> Result<(u16, u16)> {
    let (width, height) = (video.width, video.height);
    let (long, short) = (width.max(height), width.min(height));
    match (u16::try_from(width), u16::try_from(height)) {
        (Ok(wide), Ok(high))
            if width % 2 == 0
                && height % 2 == 0
                && (16..=2160).contains(&short)
                && long <= 3840 =>
        {
            Ok((wide, high))
        }
        // The standard crops 4:2:0 in steps of two pixels: no encoder can store an odd side.
        _ => Err(Error::unsupported(
            format!("H.264 encoding of {width}x{height}"),
            "even sides from 16 pixels to 3840x2160 or 2160x3840",
        )),
    }
}

fn rate_control(bit_rate: Option<u64>, crf: Option<f32>) -> Result<RateControl> {
    match (bit_rate, crf) {
        (Some(_), Some(_)) => Err(Error::usage("bit_rate and crf exclude one another")),
        (Some(rate), None) => {
            i32::try_from(rate).ok().filter(|rate| *rate > 0).map(RateControl::BitRate).ok_or_else(
                || Error::usage(format!("OpenH264 cannot aim at {rate} bits per second")),
            )
        }
        (None, Some(crf)) => (0..=51_u8)
            .find(|quantiser| (crf - f32::from(*quantiser)).abs() <= 0.5)
            .map(RateControl::Quantiser)
            .ok_or_else(|| Error::usage(format!("crf of OpenH264 is 0 to 51, not {crf}"))),
        (None, None) => Ok(RateControl::Quantiser(DEFAULT_QUANTISER)),
    }
}

fn frame_rate(video: &VideoParameters) -> f32 {
    video.frame_rate.map_or(30.0, |rate| {
        #[expect(clippy::cast_possible_truncation, reason = "the library asks for the nearest f32")]
        let rate = rate.as_f64() as f32;
        rate
    })
}

/// What to write of the colour; `None` where nothing is known.
fn color(color: ColorInfo) -> Option<(bool, [u8; 3])> {
    let codes = [color.primaries.code(), color.transfer.code(), color.matrix.code()];
    let codes = codes.map(|code| u8::try_from(code).unwrap_or(2));
    let known = codes != [2; 3] || color.range != ColorRange::Unspecified;
    known.then_some((color.range == ColorRange::Full, codes))
}

fn aspect(aspect: Ratio) -> Result<(u16, u16)> {
    let side = |side| u16::try_from(side).ok().filter(|side| *side > 0);
    side(aspect.numer()).zip(side(aspect.denom())).ok_or_else(|| {
        Error::usage(format!("H.264 cannot store a sample aspect ratio of {aspect}"))
    })
}

/// The decoder configuration record of the encoder's parameter sets.
fn private_data(encoded: &Encoded<'_>) -> Result<Vec<u8>> {
    let nals: Vec<_> = encoded.bytes().flat_map(AnnexB::new).filter_map(Nal::new).collect();
    let find = |kind| nals.iter().find(|nal| nal.kind() == kind).map(|nal| nal.bytes());
    let (sequence, picture) = find(7)
        .zip(find(8))
        .ok_or_else(|| Error::unsupported("OpenH264 without parameter sets", ""))?;
    avcc::write(&[sequence], &[picture], &[])
}

/// The slices behind their lengths; the parameter sets are in the private data.
fn length_prefixed(encoded: &Encoded<'_>) -> Result<Vec<u8>> {
    let mut data = Vec::new();
    for nal in encoded.bytes().flat_map(AnnexB::new).filter_map(Nal::new) {
        if matches!(nal.kind(), 1 | 5) {
            let length = u32::try_from(nal.bytes().len())
                .map_err(|_| Error::unsupported("a slice of more than 4 GiB", ""))?;
            data.extend(length.to_be_bytes());
            data.extend(nal.bytes());
        }
    }
    Ok(data)
}
