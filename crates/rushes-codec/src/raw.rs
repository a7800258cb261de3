//! Raw pictures: the planes one behind another, as YUV4MPEG2 and FFmpeg's `rawvideo` have them, or a bitmap of AVI.

use rushes_core::{
    Buffer, CodecId, CodecParameters, ColorInfo, Error, Frame, Limits, Packet, PixelFormat, Plane,
    Ratio, Result, Ticks, VideoFrame, VideoParameters,
};

use crate::pictures::{self, PictureCoder, PictureEncoder};
use crate::{Decoder, DecoderOptions, Encoder, EncoderOptions, options};

/// What the encoder takes: everything, and 4:2:0 where nothing is said.
pub(crate) const FORMATS: [PixelFormat; PixelFormat::ALL.len()] = {
    let mut formats = PixelFormat::ALL;
    let mut index = 0;
    while index < formats.len() {
        if matches!(formats[index], PixelFormat::Yuv420p) {
            (formats[index], formats[0]) = (formats[0], PixelFormat::Yuv420p);
        }
        index += 1;
    }
    formats
};

/// The size of a bitmap's header, which is the private data of raw pictures in AVI.
const BITMAP_HEADER: usize = 40;

/// Makes a decoder for the registry.
pub(crate) fn create_decoder(
    parameters: &CodecParameters,
    options: &DecoderOptions,
) -> Result<Box<dyn Decoder>> {
    options::check(&options.options, &[])?;
    let layout = Layout::of(parameters, &options.limits)?;
    let limits = options.limits.clone();
    Ok(Box::new(RawDecoder { layout, limits, ready: None, finished: false }))
}

/// Makes an encoder for the registry.
pub(crate) fn create_encoder(options: &EncoderOptions) -> Result<Box<dyn Encoder>> {
    let video = pictures::video(RawCoder::NAME, options)?;
    options::check(&options.options, &[])?;
    options.config.refuse_all_but(RawCoder::NAME, &[])?;
    let format = pictures::pixel_format(RawCoder::NAME, video, &FORMATS)?;
    Ok(Box::new(PictureEncoder::new(RawCoder, CodecId::RawVideo, format, options, Vec::new())?))
}

struct RawDecoder {
    layout: Layout,
    limits: Limits,
    ready: Option<VideoFrame>,
    finished: bool,
}

/// Where the samples of a picture are in a packet.
#[derive(Clone, Debug)]
struct Layout {
    format: PixelFormat,
    width: u32,
    height: u32,
    color: ColorInfo,
    aspect: Ratio,
    /// Rows of bitmaps end at multiples of four bytes.
    bitmap: bool,
}

impl Layout {
    fn of(parameters: &CodecParameters, limits: &Limits) -> Result<Self> {
        let unknown = || Error::unsupported("raw video of an unknown pixel format", "");
        let video: &VideoParameters = parameters.as_video().ok_or_else(unknown)?;
        let format = video.pixel_format.ok_or_else(unknown)?;
        limits.check_picture(video.width, video.height)?;
        Ok(Self {
            format,
            width: video.width,
            height: video.height,
            color: video.color,
            aspect: video.sample_aspect.unwrap_or(Ratio::ONE),
            bitmap: parameters.private.len() >= BITMAP_HEADER && format.planes().len() == 1,
        })
    }

    /// The planes of a packet, which share its memory.
    fn planes(&self, data: &Buffer) -> Result<Vec<Plane>> {
        let mut start = 0;
        let mut planes = Vec::new();
        for layout in self.format.planes() {
            let (row, rows) = (layout.row_bytes(self.width), layout.height(self.height) as usize);
            let aligned = row.next_multiple_of(4);
            let stride = if self.bitmap && data.len() >= aligned * rows { aligned } else { row };
            let plane = data.slice(start..start + stride * rows).ok_or_else(|| {
                Error::malformed(format!(
                    "a picture of {} bytes, where {} has {}",
                    data.len(),
                    self.format,
                    self.format.picture_bytes(self.width, self.height)
                ))
            })?;
            planes.push(Plane::new(plane, stride));
            start += stride * rows;
        }
        Ok(planes)
    }
}

impl Decoder for RawDecoder {
    fn submit(&mut self, packet: &Packet) -> Result<()> {
        if self.finished {
            return Err(Error::usage("the decoder was finished: reset it before the next packet"));
        }
        if let Some(parameters) = &packet.new_parameters {
            self.layout = Layout::of(parameters, &self.limits)?;
        }
        let layout = &self.layout;
        let planes = layout.planes(&packet.data)?;
        let mut frame = VideoFrame::new(layout.format, layout.width, layout.height, planes)?;
        frame.color = layout.color;
        frame.sample_aspect = layout.aspect;
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
        self.ready = None;
        self.finished = false;
    }
}

struct RawCoder;

impl PictureCoder for RawCoder {
    const NAME: &'static str = "the raw video encoder";

    fn encode(&mut self, frame: &VideoFrame, _: Option<Ticks>) -> Result<Buffer> {
        if let Some([plane]) = frame.planes() {
            let row =
                frame.format.planes().first().map_or(0, |layout| layout.row_bytes(frame.width));
            let whole = plane.buffer().slice(0..row * frame.height as usize);
            if let Some(whole) = whole.filter(|_| plane.stride() == row) {
                return Ok(whole);
            }
        }
        let bytes = frame.format.picture_bytes(frame.width, frame.height);
        let mut data = Vec::with_capacity(bytes);
        for plane in 0..frame.format.planes().len() {
            frame.rows(plane).for_each(|row| data.extend_from_slice(row));
        }
        Ok(data.into())
    }
}

#[cfg(test)]
mod tests {
    use rushes_core::MediaParameters;

    use super::*;

    fn video(format: PixelFormat, width: u32, height: u32) -> VideoParameters {
        let mut video = VideoParameters::new(width, height);
        video.pixel_format = Some(format);
        video
    }

    fn decode(parameters: &CodecParameters, data: Vec<u8>) -> Result<VideoFrame> {
        let mut decoder = create_decoder(parameters, &DecoderOptions::default())?;
        decoder.submit(&Packet::new(0, data))?;
        match decoder.next_frame()? {
            Some(Frame::Video(frame)) => Ok(frame),
            _ => Err(Error::malformed("no frame")),
        }
    }

    #[test]
    fn every_format_comes_back_as_it_went_in() {
        for format in FORMATS {
            for padding in [0, 7] {
                let (width, height) = (5, 3);
                let plane = |layout: &rushes_core::PlaneLayout| {
                    let stride = layout.row_bytes(width) + padding;
                    let rows = layout.height(height) as usize;
                    Plane::new(
                        (0..=u8::MAX).cycle().take(stride * rows).collect::<Vec<_>>(),
                        stride,
                    )
                };
                let planes = format.planes().iter().map(plane).collect();
                let sent = VideoFrame::new(format, width, height, planes).expect("fits");
                let options =
                    EncoderOptions::new(MediaParameters::Video(video(format, width, height)));
                let mut encoder = create_encoder(&options).expect("good");
                encoder.submit(&Frame::Video(sent.clone())).expect("good");
                let packet = encoder.next_packet().expect("good").expect("a packet");
                assert_eq!(packet.data.len(), format.picture_bytes(width, height), "{format}");
                let got = decode(encoder.parameters(), packet.data.to_vec()).expect("good");
                for plane in 0..format.planes().len() {
                    assert!(got.rows(plane).eq(sent.rows(plane)), "{format}, plane {plane}");
                }
            }
        }
    }

    #[test]
    fn rows_of_bitmaps_are_padded() {
        let mut parameters =
            CodecParameters::video(CodecId::RawVideo, video(PixelFormat::Bgr24, 1, 2));
        parameters.private = vec![0; BITMAP_HEADER].into();
        let frame = decode(&parameters, vec![1, 2, 3, 0, 4, 5, 6, 0]).expect("good");
        assert!(frame.rows(0).eq([[1, 2, 3], [4, 5, 6]]));
        // Some writers do not pad.
        let frame = decode(&parameters, vec![1, 2, 3, 4, 5, 6]).expect("good");
        assert!(frame.rows(0).eq([[1, 2, 3], [4, 5, 6]]));
        assert!(decode(&parameters, vec![1, 2, 3, 4, 5]).is_err());
    }
}
