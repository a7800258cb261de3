//! JPEG decoder: ITU-T T.81 and T.871, baseline, extended and progressive, our own. Planes come out as they are coded.

use std::mem;

use rushes_core::{
    ChromaLocation, CodecParameters, ColorInfo, ColorRange, Error, Frame, MatrixCoefficients,
    Packet, PixelFormat, Plane, Ratio, Result, VideoFrame,
};

use super::components::Component;
use super::header::FrameHeader;
use super::picture::{Notes, Picture};
use super::stream::Stream;
use super::tables::{self, Tables};
use crate::{Decoder, DecoderOptions, groups, options};

/// Makes a decoder for the registry.
pub(crate) fn create(
    parameters: &CodecParameters,
    options: &DecoderOptions,
) -> Result<Box<dyn Decoder>> {
    options::check(&options.options, &[])?;
    let video = parameters.as_video();
    let height = video.map_or(0, |video| video.height);
    let aspect = video.and_then(|video| video.sample_aspect).unwrap_or(Ratio::ONE);
    let stream = Stream::new(tables::standard(), height, aspect, options.limits.clone());
    Ok(groups::decoder(stream, options))
}

pub(super) struct JpegDecoder {
    stream: Stream,
    /// What earlier packets defined holds for later ones.
    tables: Tables,
    ready: Option<VideoFrame>,
    finished: bool,
}

impl Decoder for JpegDecoder {
    fn submit(&mut self, packet: &Packet) -> Result<()> {
        if self.finished {
            return Err(Error::usage("the decoder was finished: reset it before the next packet"));
        }
        self.stream.follow(packet);
        let mut frame = self.decode(&packet.data)?;
        frame.sample_aspect = self.stream.aspect;
        frame.pts = packet.pts;
        frame.duration = packet.duration;
        frame.key = true;
        self.ready = Some(frame).filter(|_| !packet.discard);
        Ok(())
    }

    fn next_frame(&mut self) -> Result<Option<Frame>> {
        Ok(self.ready.take().map(Frame::Video))
    }

    fn finish(&mut self) -> Result<()> {
        self.finished = true;
        Ok(())
    }

    fn reset(&mut self) {
        self.tables = self.stream.standard.clone();
        self.ready = None;
        self.finished = false;
    }
}

impl JpegDecoder {
    pub(super) fn new(stream: Stream) -> Self {
        Self { tables: stream.standard.clone(), stream, ready: None, finished: false }
    }

    fn decode(&mut self, data: &[u8]) -> Result<VideoFrame> {
        let mut picture = Picture::decode(data, 0, &mut self.tables, &self.stream.limits)?;
        let format = pixel_format(&picture.frame, picture.notes)?;
        let mut height = picture.frame.height;
        let is_field = height < self.stream.height - self.stream.height / 4;
        if is_field && has_picture(data, picture.end) {
            let other = Picture::decode(data, picture.end, &mut self.tables, &self.stream.limits)
                .map_err(|error| error.within("second field"))?;
            if other.frame.components != picture.frame.components
                || (other.frame.width, other.frame.height) != (picture.frame.width, height)
            {
                return Err(Error::malformed("two fields that do not fit together"));
            }
            height *= 2;
            picture.weave(other);
        }
        let (width, notes) = (picture.frame.width, picture.notes);
        if format == PixelFormat::Yuva444p && notes.adobe_transform == Some(2) {
            apply_black(&mut picture.components);
        }
        let mut planes: Vec<Plane> =
            picture.components.into_iter().map(Component::into_plane).collect();
        if format == PixelFormat::Gbrp {
            // Coded in the order R, G, B.
            planes.rotate_left(1);
        }
        // The planes are as large as the header says; should they not be, that is no mistake of the caller's.
        let mut frame = VideoFrame::new(format, width, height, planes)
            .map_err(|error| Error::malformed(error.to_string()))?;
        frame.color = color(format, notes);
        Ok(frame)
    }
}

/// True where another picture starts behind this one.
fn has_picture(data: &[u8], from: usize) -> bool {
    data.get(from..).unwrap_or_default().windows(3).any(|bytes| bytes == [0xff, 0xd8, 0xff])
}

impl Picture {
    /// Makes a frame of two fields.
    fn weave(&mut self, other: Self) {
        let lower_first = self.notes.lower_field;
        let height = self.frame.height;
        let most = self.frame.most().1;
        for (index, (own, other)) in self.components.iter_mut().zip(other.components).enumerate() {
            let stride = own.stride().max(1);
            let sampling = self.frame.components[index].sampling.1;
            // The fields' padding must not come between rows.
            let rows = (height * sampling).div_ceil(most) as usize;
            let first = mem::take(&mut own.plane);
            let (upper, lower) =
                if lower_first { (other.plane, first) } else { (first, other.plane) };
            let pairs = upper.chunks(stride).zip(lower.chunks(stride)).take(rows);
            own.plane =
                pairs.flat_map(|(upper, lower)| [upper, lower]).flatten().copied().collect();
        }
    }
}

impl Component {
    fn into_plane(self) -> Plane {
        let stride = self.stride();
        Plane::new(self.plane, stride)
    }
}

/// Makes opaque YCbCr of YCCK, which is stored inverted, as FFmpeg does: black dims the picture, and alpha takes its place.
fn apply_black(components: &mut [Component]) {
    let [luma, cb, cr, black] = components else { return };
    let dimmed = |value: i32, black: u8| (value * i32::from(black) * 257) >> 16;
    let clamped = |value: i32| u8::try_from(value.clamp(0, 255)).unwrap_or(0);
    for (sample, black) in luma.plane.iter_mut().zip(&black.plane) {
        *sample = clamped(dimmed(255 - i32::from(*sample), *black));
    }
    for plane in [&mut cb.plane, &mut cr.plane] {
        for (sample, black) in plane.iter_mut().zip(&black.plane) {
            *sample = clamped(dimmed(128 - i32::from(*sample), *black) + 128);
        }
    }
    black.plane.fill(255);
}

fn pixel_format(frame: &FrameHeader, notes: Notes) -> Result<PixelFormat> {
    let subsampling: Vec<_> =
        (0..frame.components.len()).map(|index| frame.subsampling(index)).collect();
    let letters = frame.components.iter().map(|component| component.id).eq(*b"RGB");
    let rgb = letters || notes.adobe_transform == Some(0);
    Ok(match subsampling[..] {
        [_] => PixelFormat::Gray8,
        [Some((1, 1)), Some(chroma), Some(other)] if chroma == other => match chroma {
            (1, 1) if rgb => PixelFormat::Gbrp,
            (1, 1) => PixelFormat::Yuv444p,
            (2, 1) => PixelFormat::Yuv422p,
            (1, 2) => PixelFormat::Yuv440p,
            (2, 2) => PixelFormat::Yuv420p,
            (4, 1) => PixelFormat::Yuv411p,
            (4, 4) => PixelFormat::Yuv410p,
            _ => return Err(unsupported(frame)),
        },
        [Some((1, 1)), Some((1, 1)), Some((1, 1)), Some((1, 1))] => match notes.adobe_transform {
            Some(0) => return Err(Error::unsupported("JPEG in CMYK", "gray, RGB, YCbCr, YCCK")),
            _ => PixelFormat::Yuva444p,
        },
        _ => return Err(unsupported(frame)),
    })
}

fn unsupported(frame: &FrameHeader) -> Error {
    let factors: Vec<_> = frame
        .components
        .iter()
        .map(|component| format!("{}x{}", component.sampling.0, component.sampling.1))
        .collect();
    Error::unsupported(
        format!("JPEG of components sampled {}", factors.join(", ")),
        "gray, RGB 4:4:4, YCCK 4:4:4:4, YCbCr 4:4:4, 4:4:0, 4:2:2, 4:2:0, 4:1:1, 4:1:0",
    )
}

fn color(format: PixelFormat, notes: Notes) -> ColorInfo {
    if format == PixelFormat::Gbrp {
        return ColorInfo::new(MatrixCoefficients::Identity, ColorRange::Full);
    }
    let range = if notes.limited_range { ColorRange::Limited } else { ColorRange::Full };
    let mut color = ColorInfo::new(MatrixCoefficients::Bt470Bg, range);
    if !format.is_gray() {
        color.chroma_location = ChromaLocation::Center;
    }
    color
}
