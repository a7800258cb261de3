//! Raw pictures in a file, for the encoders: the part of YUV4MPEG2 that FFmpeg writes.

use std::io::{BufRead, Read};

use rushes_core::{Error, FrameRate, PixelFormat, Plane, Result, Timestamp, VideoFrame};

/// Reads pictures one by one.
#[derive(Debug)]
pub struct Y4m<R> {
    reader: R,
    /// Width and height.
    pub size: (u32, u32),
    /// Pictures per second.
    pub rate: FrameRate,
    /// Format of the pictures.
    pub format: PixelFormat,
    next: i64,
}

impl<R: BufRead> Y4m<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// [`Error::Io`] where it cannot be read, [`Error::Malformed`] where it is none of ours.
    pub fn new(mut reader: R) -> Result<Self> {
        let header = line(&mut reader)?;
        let field = |letter: char| {
            header.split(' ').skip(1).find_map(|field| field.strip_prefix(letter)).unwrap_or("")
        };
        let pair = |text: &str| {
            let (a, b) = text.split_once(':')?;
            FrameRate::new(a.parse().ok()?, b.parse().ok()?)
        };
        let format = match field('C') {
            "" | "420" | "420jpeg" | "420mpeg2" | "420paldv" => Some(PixelFormat::Yuv420p),
            "422" => Some(PixelFormat::Yuv422p),
            "444" => Some(PixelFormat::Yuv444p),
            "420p10" => Some(PixelFormat::Yuv420p10),
            _ => None,
        };
        let size = field('W').parse().ok().zip(field('H').parse().ok());
        match (size, pair(field('F')), format) {
            (Some(size), Some(rate), Some(format)) if header.starts_with("YUV4MPEG2 ") => {
                Ok(Self { reader, size, rate, format, next: 0 })
            }
            _ => Err(Error::malformed(format!("no Y4M that benches read: {header}"))),
        }
    }

    /// The next picture, with its number as its time; `None` at the end.
    ///
    /// # Errors
    /// As for [`Y4m::new`].
    pub fn next_frame(&mut self) -> Result<Option<VideoFrame>> {
        if line(&mut self.reader)?.is_empty() {
            return Ok(None);
        }
        let (width, height) = self.size;
        let mut planes = Vec::new();
        for layout in self.format.planes() {
            let stride = layout.row_bytes(width);
            let mut bytes = vec![0; stride * layout.height(height) as usize];
            self.reader.read_exact(&mut bytes).map_err(|error| Error::io("Y4M", error))?;
            planes.push(Plane::new(bytes, stride));
        }
        let mut frame = VideoFrame::new(self.format, width, height, planes)?;
        frame.pts = Some(Timestamp::new(self.next));
        self.next += 1;
        Ok(Some(frame))
    }
}

/// A line without its end; empty at the end of the file.
fn line(reader: &mut impl BufRead) -> Result<String> {
    let mut text = String::new();
    let mut short = reader.take(256);
    short.read_line(&mut text).map_err(|error| Error::io("Y4M", error))?;
    Ok(text.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_read_to_the_end() {
        let mut file = b"YUV4MPEG2 W3 H2 F30:1 Ip A1:1 C420jpeg XYSCSS=420JPEG\n".to_vec();
        for shade in [10, 20] {
            file.extend(b"FRAME\n");
            file.extend([shade; 6 + 2 + 2]);
        }
        let mut reader = Y4m::new(&*file).expect("a header");
        assert_eq!((reader.size, reader.format), ((3, 2), PixelFormat::Yuv420p));
        for (pts, shade) in [(0, 10), (1, 20)] {
            let frame = reader.next_frame().expect("reads").expect("a picture");
            assert_eq!(frame.pts, Some(Timestamp::new(pts)));
            assert!(frame.rows(2).flatten().all(|byte| *byte == shade));
        }
        assert!(reader.next_frame().expect("reads").is_none());
        assert!(Y4m::new(&file[1..]).is_err());
        let mut cut = Y4m::new(&file[..file.len() - 1]).expect("a header");
        assert!(cut.next_frame().is_ok() && cut.next_frame().is_err());
    }
}
