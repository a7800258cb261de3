//! JPEG encoder: ITU-T T.81 and T.871, with `jpeg-encoder`. Planes go in as they are.

use jpeg_encoder::{
    ChromaSubsamplingMethod, ImageBuffer, JpegColorType, PixelDensity, PixelDensityUnit,
    SamplingFactor,
};
use rushes_core::{
    Buffer, CodecId, ColorRange, Error, PixelFormat, Plane, Result, Ticks, VideoFrame,
    VideoParameters,
};

use crate::pictures::{self, PictureCoder, PictureEncoder};
use crate::{Encoder, EncoderOptions, OptionKind, OptionSpec, options};

/// What the encoder takes.
pub(crate) const FORMATS: [PixelFormat; 6] = [
    PixelFormat::Yuv420p,
    PixelFormat::Yuv422p,
    PixelFormat::Yuv444p,
    PixelFormat::Yuv440p,
    PixelFormat::Yuv411p,
    PixelFormat::Gray8,
];

/// The quality and how coefficients are coded.
pub(crate) const OPTIONS: [OptionSpec; 3] = [
    OptionSpec {
        name: "quality",
        kind: OptionKind::Integer { min: 1, max: 100 },
        default: "90",
        help: "100 is the best; qscale is the same, and crf is what is missing to 100",
    },
    OptionSpec {
        name: "huffman",
        kind: OptionKind::Choice(&["optimal", "standard"]),
        default: "optimal",
        help: "tables made for each picture, which is smaller, or those of the standard, which is faster",
    },
    OptionSpec {
        name: "progressive",
        kind: OptionKind::Boolean,
        default: "false",
        help: "several scans, each finer than the one before",
    },
];

const DEFAULT_QUALITY: u8 = 90;
/// Tells that luma and chroma are in the limited range; without it they are not.
const LIMITED_RANGE: &[u8] = b"\xff\xfe\0\x0bCS=ITU601";

/// Makes an encoder for the registry.
pub(crate) fn create(options: &EncoderOptions) -> Result<Box<dyn Encoder>> {
    let video = pictures::video(JpegCoder::NAME, options)?;
    options::check(&options.options, &OPTIONS)?;
    options.config.refuse_all_but(JpegCoder::NAME, &["qscale", "crf"])?;
    let format = pictures::pixel_format(JpegCoder::NAME, video, &FORMATS)?;
    let choice = |name: &str| options.options.get(name).map(String::as_str);
    let coder = JpegCoder {
        quality: quality(options)?,
        sampling: sampling(format),
        optimal: choice("huffman") != Some("standard"),
        progressive: choice("progressive") == Some("true"),
        // A video whose range nobody tells is limited.
        limited: video.color.range != ColorRange::Full && format != PixelFormat::Gray8,
        size: size(video)?,
        density: density(video),
    };
    Ok(Box::new(PictureEncoder::new(coder, CodecId::Mjpeg, format, options, Vec::new())?))
}

struct JpegCoder {
    quality: u8,
    sampling: (usize, usize),
    optimal: bool,
    progressive: bool,
    limited: bool,
    size: (u16, u16),
    density: PixelDensity,
}

impl PictureCoder for JpegCoder {
    const NAME: &'static str = "the JPEG encoder";

    fn encode(&mut self, frame: &VideoFrame, _: Option<Ticks>) -> Result<Buffer> {
        let mut data = Vec::new();
        let mut encoder = jpeg_encoder::Encoder::new(&mut data, self.quality);
        let (across, down) = self.sampling;
        let factor = u8::try_from(across).ok().zip(u8::try_from(down).ok());
        let factor = factor.and_then(|(across, down)| SamplingFactor::from_factors(across, down));
        encoder.set_sampling_factor(factor.unwrap_or(SamplingFactor::F_1_1));
        // Of the chroma that `Rows` repeats, this takes each sample once.
        encoder.set_chroma_subsampling_method(ChromaSubsamplingMethod::Nearest);
        encoder.set_optimized_huffman_tables(self.optimal);
        encoder.set_progressive(self.progressive);
        encoder.set_density(self.density);
        let rows = Rows {
            planes: frame.planes().unwrap_or_default(),
            size: self.size,
            sampling: self.sampling,
        };
        encoder
            .encode_image(rows)
            .map_err(|error| Error::unsupported(format!("JPEG encoding ({error})"), ""))?;
        if self.limited {
            let start = behind_jfif(&data);
            data.splice(start..start, LIMITED_RANGE.iter().copied());
        }
        // FFmpeg misses the end right behind some short scans, and warns of it; markers may have fill bytes (B.1.1.2).
        let end = data.len().saturating_sub(2);
        data.splice(end..end, [0xff, 0xff]);
        Ok(data.into())
    }
}

/// The planes as the crate wants them: chroma as wide and high as luma.
struct Rows<'a> {
    planes: &'a [Plane],
    size: (u16, u16),
    sampling: (usize, usize),
}

impl ImageBuffer for Rows<'_> {
    fn get_jpeg_color_type(&self) -> JpegColorType {
        if self.planes.len() == 1 { JpegColorType::Luma } else { JpegColorType::Ycbcr }
    }

    fn width(&self) -> u16 {
        self.size.0
    }

    fn height(&self) -> u16 {
        self.size.1
    }

    fn fill_buffers(&self, y: u16, buffers: &mut [Vec<u8>; 4]) {
        let (width, y) = (usize::from(self.size.0), usize::from(y));
        for (index, (plane, buffer)) in self.planes.iter().zip(buffers).enumerate() {
            let (across, down) = if index == 0 { (1, 1) } else { self.sampling };
            let row = plane.row(y / down, width.div_ceil(across)).unwrap_or_default();
            let end = buffer.len() + width;
            match across {
                1 => buffer.extend_from_slice(row),
                2 => buffer.extend(row.iter().flat_map(|sample| [*sample; 2])),
                _ => buffer.extend(row.iter().flat_map(|sample| [*sample; 4])),
            }
            buffer.truncate(end);
        }
    }
}

/// Where the segment behind the start of the picture and JFIF's marker begins.
fn behind_jfif(data: &[u8]) -> usize {
    match data {
        [_, _, 0xff, 0xe0, high, low, ..] => 4 + usize::from(u16::from_be_bytes([*high, *low])),
        _ => 2,
    }
}

/// How many luma samples share a chroma sample, across and down.
const fn sampling(format: PixelFormat) -> (usize, usize) {
    match format.planes() {
        [_, chroma, ..] => (1 << chroma.shift_x, 1 << chroma.shift_y),
        _ => (1, 1),
    }
}

fn size(video: &VideoParameters) -> Result<(u16, u16)> {
    u16::try_from(video.width).ok().zip(u16::try_from(video.height).ok()).ok_or_else(|| {
        Error::unsupported(
            format!("JPEG encoding of {}x{}", video.width, video.height),
            "up to 65535x65535",
        )
    })
}

fn density(video: &VideoParameters) -> PixelDensity {
    let aspect = video.sample_aspect.and_then(|aspect| {
        u16::try_from(aspect.numer()).ok().zip(u16::try_from(aspect.denom()).ok())
    });
    PixelDensity { density: aspect.unwrap_or((1, 1)), unit: PixelDensityUnit::PixelAspectRatio }
}

/// The quality, from whichever setting has it.
fn quality(options: &EncoderOptions) -> Result<u8> {
    let named = options.options.get("quality").and_then(|quality| quality.parse::<f32>().ok());
    let config = &options.config;
    let given = [named, config.qscale, config.crf.map(|crf| 100.0 - crf)];
    let mut given = given.into_iter().flatten();
    let quality = given.next();
    if given.next().is_some() {
        return Err(Error::usage("quality, qscale and crf exclude one another"));
    }
    let Some(quality) = quality else { return Ok(DEFAULT_QUALITY) };
    (1..=100_u8)
        .find(|step| (quality - f32::from(*step)).abs() <= 0.5)
        .ok_or_else(|| Error::usage("the quality of JPEG is 1 to 100, and crf 0 to 99"))
}

#[cfg(test)]
mod tests {
    use rushes_core::{CodecParameters, Frame, MediaParameters, Packet};

    use super::*;
    use crate::{DecoderOptions, decoder_for};

    /// A slope with some texture, in rows further apart than they are long.
    fn picture(format: PixelFormat, width: u32, height: u32) -> VideoFrame {
        let plane = |index: usize, wide: usize, high: usize| {
            let stride = wide + 3;
            let value = |at: usize| {
                let (x, y) = (at % stride, at / stride);
                u8::try_from((x * 3 + y * (2 + index) + x * y / 32) % 180).expect("small") + 30
            };
            Plane::new((0..stride * high).map(value).collect::<Vec<_>>(), stride)
        };
        let planes = format.planes().iter().enumerate().map(|(index, layout)| {
            plane(index, layout.row_bytes(width), layout.height(height) as usize)
        });
        VideoFrame::new(format, width, height, planes.collect()).expect("fits")
    }

    fn options(format: PixelFormat, width: u32, height: u32) -> EncoderOptions {
        let mut video = VideoParameters::new(width, height);
        video.pixel_format = Some(format);
        EncoderOptions::new(MediaParameters::Video(video))
    }

    fn encode(options: &EncoderOptions, frame: &VideoFrame) -> Packet {
        let mut encoder = create(options).expect("good options");
        encoder.submit(&Frame::Video(frame.clone())).expect("a good frame");
        encoder.next_packet().expect("good").expect("a packet for a picture")
    }

    fn decode(packet: &Packet) -> VideoFrame {
        let parameters = CodecParameters::video(CodecId::Mjpeg, VideoParameters::new(0, 0));
        let entry = decoder_for(&CodecId::Mjpeg).expect("listed");
        let mut decoder = entry.create(&parameters, &DecoderOptions::default()).expect("good");
        decoder.submit(packet).expect("a good packet");
        let Some(Frame::Video(frame)) = decoder.next_frame().expect("good") else {
            panic!("a frame for a packet")
        };
        frame
    }

    #[test]
    fn every_format_comes_back_nearly_the_same_at_odd_sizes() {
        for format in FORMATS {
            for (width, height) in [(67, 35), (1, 1), (8, 8), (33, 17)] {
                for change in [("progressive", "true"), ("huffman", "standard"), ("quality", "95")]
                {
                    let mut options = options(format, width, height);
                    options.options.insert(change.0.into(), change.1.into());
                    options.config.qscale = Some(95.0).filter(|_| change.0 != "quality");
                    let sent = picture(format, width, height);
                    let got = decode(&encode(&options, &sent));
                    assert_eq!((got.format, got.width, got.height), (format, width, height));
                    for plane in 0..format.planes().len() {
                        let pairs = got.rows(plane).flatten().zip(sent.rows(plane).flatten());
                        let (mut error, mut count) = (0, 0);
                        for (got, sent) in pairs {
                            error += u64::from(got.abs_diff(*sent)).pow(2);
                            count += 1;
                        }
                        // 30 dB.
                        assert!(error < count * 65, "{format} {width}x{height} {plane}: {error}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_range_is_told() {
        for range in [ColorRange::Full, ColorRange::Limited] {
            let mut options = options(PixelFormat::Yuv420p, 16, 16);
            let MediaParameters::Video(video) = &mut options.media else { panic!("video") };
            video.color.range = range;
            let frame = decode(&encode(&options, &picture(PixelFormat::Yuv420p, 16, 16)));
            assert_eq!(frame.color.range, range);
        }
    }

    #[test]
    fn quality_is_set_one_way() {
        let check = |change: fn(&mut EncoderOptions), expected: Option<u8>| {
            let mut options = options(PixelFormat::Gray8, 8, 8);
            change(&mut options);
            assert_eq!(quality(&options).ok(), expected);
        };
        check(|_| (), Some(90));
        check(|options| options.config.qscale = Some(40.0), Some(40));
        check(|options| options.config.crf = Some(40.0), Some(60));
        check(|options| options.config.crf = Some(100.0), None);
        check(|options| options.config.qscale = Some(f32::NAN), None);
        check(|options| (options.config.crf, options.config.qscale) = (Some(1.0), Some(1.0)), None);
    }
}
