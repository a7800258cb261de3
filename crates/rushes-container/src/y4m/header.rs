//! The line that a stream starts with.

use std::fmt::Write as _;

use rushes_core::{
    ChromaLocation, ColorRange, Error, FrameRate, PixelFormat, Ratio, Result, VideoParameters,
};

/// Colour spaces: tag, layout, chroma siting. The first tag of a layout and siting is the one that is written.
const SPACES: [(&str, PixelFormat, ChromaLocation); 25] = {
    use ChromaLocation::{Center, Left, TopLeft, Unspecified};
    [
        ("420jpeg", PixelFormat::Yuv420p, Center),
        ("420mpeg2", PixelFormat::Yuv420p, Left),
        ("420paldv", PixelFormat::Yuv420p, TopLeft),
        ("420", PixelFormat::Yuv420p, Center),
        ("411", PixelFormat::Yuv411p, Unspecified),
        ("410", PixelFormat::Yuv410p, Unspecified),
        ("422", PixelFormat::Yuv422p, Unspecified),
        ("440", PixelFormat::Yuv440p, Unspecified),
        ("444", PixelFormat::Yuv444p, Unspecified),
        ("444alpha", PixelFormat::Yuva444p, Unspecified),
        ("mono", PixelFormat::Gray8, Unspecified),
        ("mono10", PixelFormat::Gray10, Unspecified),
        ("mono12", PixelFormat::Gray12, Unspecified),
        ("mono16", PixelFormat::Gray16, Unspecified),
        ("420p10", PixelFormat::Yuv420p10, Unspecified),
        ("422p10", PixelFormat::Yuv422p10, Unspecified),
        ("440p10", PixelFormat::Yuv440p10, Unspecified),
        ("444p10", PixelFormat::Yuv444p10, Unspecified),
        ("420p12", PixelFormat::Yuv420p12, Unspecified),
        ("422p12", PixelFormat::Yuv422p12, Unspecified),
        ("440p12", PixelFormat::Yuv440p12, Unspecified),
        ("444p12", PixelFormat::Yuv444p12, Unspecified),
        // What others write.
        ("422jpeg", PixelFormat::Yuv422p, Center),
        ("monochrome", PixelFormat::Gray8, Unspecified),
        ("400", PixelFormat::Gray8, Unspecified),
    ]
};

/// Pictures per second of a stream that does not say: FFmpeg's choice.
const DEFAULT_RATE: (u32, u32) = (25, 1);

/// What the header says.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Header {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) rate: FrameRate,
    pub(super) format: PixelFormat,
    pub(super) siting: ChromaLocation,
    pub(super) aspect: Option<Ratio>,
    pub(super) range: ColorRange,
    /// `p`, `t`, `b` or `m`; `?` where it is not known.
    pub(super) interlacing: char,
}

impl Header {
    /// Reads the line without its end.
    pub(super) fn read(line: &[u8]) -> Result<Self> {
        let line = String::from_utf8_lossy(line);
        let mut words = line.split_ascii_whitespace();
        if words.next() != Some("YUV4MPEG2") {
            return Err(Error::malformed("this is no YUV4MPEG2 stream").at(0));
        }
        let (mut width, mut height, mut rate) = (None, None, FrameRate::new(25, 1));
        let mut space = None;
        let mut x_space = None;
        let (mut aspect, mut range, mut interlacing) = (None, ColorRange::Unspecified, '?');
        for word in words {
            let mut rest = word.chars();
            match (rest.next(), rest.as_str()) {
                (Some('W'), value) => width = Some(length(value, "width")?),
                (Some('H'), value) => height = Some(length(value, "height")?),
                (Some('F'), value) => {
                    let (numer, denom) = ratio(value)?;
                    // 0:0 means unknown.
                    let (numer, denom) = if numer == 0 { DEFAULT_RATE } else { (numer, denom) };
                    rate = FrameRate::new(numer, denom);
                }
                (Some('A'), value) => {
                    let (width, height) = ratio(value)?;
                    aspect = Ratio::new(width, height).filter(|_| width > 0);
                }
                (Some('C'), value) => space = Some(value.to_owned()),
                (Some('I'), value) => interlacing = value.chars().next().unwrap_or('?'),
                (Some('X'), value) => match value.split_once('=') {
                    Some(("COLORRANGE", "FULL")) => range = ColorRange::Full,
                    Some(("COLORRANGE", "LIMITED")) => range = ColorRange::Limited,
                    // mjpegtools' name for a colour space, before `C` had one.
                    Some(("YSCSS", value)) => x_space = Some(value.to_ascii_lowercase()),
                    _ => {}
                },
                _ => {}
            }
        }
        let space = space.or(x_space).unwrap_or_else(|| "420jpeg".to_owned());
        let (format, siting) = colour_space(&space)?;
        let missing = |name| Error::malformed(format!("the header says no {name}")).at(0);
        Ok(Self {
            width: width.ok_or_else(|| missing("width"))?,
            height: height.ok_or_else(|| missing("height"))?,
            rate: rate.ok_or_else(|| Error::malformed("the frame rate is no number").at(0))?,
            format,
            siting,
            aspect,
            range,
            interlacing,
        })
    }

    /// The header of a track.
    pub(super) fn of(video: &VideoParameters) -> Result<Self> {
        let format = video.pixel_format.filter(|format| tag(*format, None).is_some());
        let format = format.ok_or_else(|| {
            let name = video.pixel_format.map_or("no pixel format", PixelFormat::name);
            let known: Vec<_> = SPACES.iter().map(|(_, format, _)| format.name()).collect();
            Error::unsupported(format!("{name} inside y4m"), known.join(", "))
        })?;
        let rate = video.frame_rate.or(FrameRate::new(DEFAULT_RATE.0, DEFAULT_RATE.1));
        if video.width == 0 || video.height == 0 {
            return Err(Error::usage("a video without a size"));
        }
        Ok(Self {
            width: video.width,
            height: video.height,
            rate: rate.ok_or_else(|| Error::usage("a video without a frame rate"))?,
            format,
            siting: video.color.chroma_location,
            aspect: video.sample_aspect,
            range: video.color.range,
            interlacing: 'p',
        })
    }

    /// The line, with its end.
    pub(super) fn write(&self) -> String {
        let (width, height) = (self.width, self.height);
        let (numer, denom) = (self.rate.numer(), self.rate.denom());
        let mut line =
            format!("YUV4MPEG2 W{width} H{height} F{numer}:{denom} I{}", self.interlacing);
        let (x, y) = self.aspect.map_or((0, 0), |aspect| (aspect.numer(), aspect.denom()));
        // Nothing fails that writes to memory.
        write!(line, " A{x}:{y}").ok();
        if let Some(tag) = tag(self.format, Some(self.siting)) {
            write!(line, " C{tag}").ok();
        }
        // Readers that do not know of tags with a depth look for this.
        match self.format.bit_depth() {
            8 => {}
            depth if self.format.is_gray() => drop(write!(line, " XYSCSS=MONO{depth}")),
            depth => {
                let base = tag(self.format, None).and_then(|tag| tag.split_once('p'));
                let base = base.map_or("420", |(base, _)| base);
                write!(line, " XYSCSS={base}P{depth}").ok();
            }
        }
        match self.range {
            ColorRange::Full => line.push_str(" XCOLORRANGE=FULL"),
            ColorRange::Limited => line.push_str(" XCOLORRANGE=LIMITED"),
            _ => {}
        }
        line.push('\n');
        line
    }
}

/// The tag of a layout, with this siting if there is one.
fn tag(format: PixelFormat, siting: Option<ChromaLocation>) -> Option<&'static str> {
    let of_format = || SPACES.iter().filter(move |(_, known, _)| *known == format);
    let exact = of_format().find(|(_, _, known)| siting == Some(*known));
    exact.or_else(|| of_format().next()).map(|(tag, _, _)| *tag)
}

fn colour_space(tag: &str) -> Result<(PixelFormat, ChromaLocation)> {
    let found = SPACES.iter().find(|(known, _, _)| *known == tag);
    found.map(|(_, format, siting)| (*format, *siting)).ok_or_else(|| {
        let known: Vec<_> = SPACES.iter().map(|(tag, _, _)| *tag).collect();
        Error::unsupported(format!("the colour space '{tag}' of y4m"), known.join(", "))
    })
}

fn length(value: &str, name: &str) -> Result<u32> {
    let length = value.parse().ok().filter(|length| *length > 0);
    length.ok_or_else(|| Error::malformed(format!("'{value}' is no {name}")).at(0))
}

fn ratio(value: &str) -> Result<(u32, u32)> {
    let parts = value.split_once(':');
    let parts = parts.and_then(|(numer, denom)| Some((numer.parse().ok()?, denom.parse().ok()?)));
    parts.ok_or_else(|| Error::malformed(format!("'{value}' is no ratio")).at(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_round_trip() {
        for (tag, format, siting) in SPACES {
            let line = format!("YUV4MPEG2 W7 H5 F30000:1001 It A10:11 C{tag} XCOLORRANGE=FULL");
            let header = Header::read(line.as_bytes()).expect("valid");
            assert_eq!((header.format, header.siting), (format, siting), "{tag}");
            assert_eq!((header.width, header.height, header.interlacing), (7, 5, 't'));
            assert_eq!(header.aspect, Ratio::new(10, 11));
            assert_eq!(header.range, ColorRange::Full);
            let written = header.write();
            let again = Header::read(written.trim_end().as_bytes()).expect("valid");
            assert_eq!(again, header, "{written}");
        }
    }

    #[test]
    fn what_is_not_said_has_a_default() {
        let header = Header::read(b"YUV4MPEG2 W16 H16").expect("enough");
        assert_eq!(header.format, PixelFormat::Yuv420p);
        assert_eq!(header.rate, FrameRate::new(25, 1).expect("not zero"));
        assert_eq!(header.aspect, None);
        let header = Header::read(b"YUV4MPEG2 W16 H16 F0:0 A0:0 XYSCSS=422P10").expect("enough");
        assert_eq!(header.format, PixelFormat::Yuv422p10);
    }

    #[test]
    fn nonsense_is_an_error() {
        for line in [
            "YUV4MPEG W1 H1",
            "YUV4MPEG2 W16",
            "YUV4MPEG2 W0 H16",
            "YUV4MPEG2 W-1 H16",
            "YUV4MPEG2 W99999999999 H16",
            "YUV4MPEG2 W16 H16 F1",
            "YUV4MPEG2 W16 H16 F1:0",
            "YUV4MPEG2 W16 H16 C999",
        ] {
            assert!(Header::read(line.as_bytes()).is_err(), "{line}");
        }
    }
}
