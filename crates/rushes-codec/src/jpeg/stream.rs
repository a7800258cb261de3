//! Motion JPEG, cut into pictures that decode each for itself.

use rushes_core::{Limits, Packet, Ratio};

use super::bits::next_marker;
use super::decode::JpegDecoder;
use super::header::FrameHeader;
use super::tables::Tables;
use crate::Decoder;
use crate::groups::{Cut, Cutter};

/// What is known of a stream.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    /// The tables that hold before any is defined.
    pub(super) standard: Tables,
    /// The container's height of a picture: a coded one of half of it is a field.
    pub(super) height: u32,
    pub(super) aspect: Ratio,
    pub(super) limits: Limits,
    /// The tables that were defined so far, or why they are not known any more.
    defined: Option<Defined>,
}

/// A bit for each table: of quantisation, Huffman tables of DC and of AC coefficients, four each.
type Defined = u16;

impl Stream {
    pub(super) const fn new(standard: Tables, height: u32, aspect: Ratio, limits: Limits) -> Self {
        Self { standard, height, aspect, limits, defined: Some(0) }
    }

    /// Follows what packets say beside their pictures.
    pub(super) fn follow(&mut self, packet: &Packet) {
        let parameters = packet.new_parameters.as_ref();
        if let Some(video) = parameters.and_then(|parameters| parameters.as_video()) {
            self.height = video.height;
            self.aspect = video.sample_aspect.unwrap_or(self.aspect);
        }
    }
}

impl Cutter for Stream {
    /// A picture decodes for itself if it defines all tables anew that were defined before. Where tables may come between scans,
    /// nobody has looked for them: nothing is cut any more.
    fn cut(&mut self, packet: &Packet) -> Option<Cut> {
        self.follow(packet);
        let before = self.defined?;
        let head = Head::read(&packet.data).filter(|head| head.is_all);
        self.defined = head.as_ref().map(|head| head.defined | before);
        let head = head.filter(|head| head.defined & before == before)?;
        Some(Cut { decoder: self.decoder(), bytes: head.bytes, discards: false })
    }

    fn decoder(&self) -> Box<dyn Decoder> {
        Box::new(JpegDecoder::new(self.clone()))
    }
}

/// What comes in front of the first scan.
struct Head {
    defined: Defined,
    /// No second scan follows.
    is_all: bool,
    /// Bytes of the picture.
    bytes: u64,
}

impl Head {
    /// `None` where it is broken.
    fn read(data: &[u8]) -> Option<Self> {
        let (mut position, mut defined, mut frame) = (0, 0, None);
        loop {
            let (at, marker) = next_marker(data, position)?;
            position = at + 2;
            if matches!(marker, 0x01 | 0xd0..=0xd9) {
                continue;
            }
            let (length, _) = data.get(position..)?.split_first_chunk::<2>()?;
            let segment =
                data.get(position + 2..position + usize::from(u16::from_be_bytes(*length)))?;
            position += 2 + segment.len();
            match marker {
                0xdb => defined |= quantisation(segment)?,
                0xc4 => defined |= huffman(segment)?,
                0xc0 | 0xc1 => frame = Some(FrameHeader::read(marker, segment).ok()?),
                0xda => {
                    let frame = frame?;
                    let pixels = u64::from(frame.width) * u64::from(frame.height);
                    return Some(Self {
                        defined,
                        is_all: usize::from(*segment.first()?) == frame.components.len(),
                        bytes: pixels * frame.components.len() as u64,
                    });
                }
                _ => {}
            }
        }
    }
}

/// The tables of a `DQT` segment (B.2.4.1).
fn quantisation(mut segment: &[u8]) -> Option<Defined> {
    let mut defined = 0;
    while let Some((head, rest)) = segment.split_first() {
        defined |= bit(0, *head)?;
        segment = rest.get(if head >> 4 == 0 { 64 } else { 128 }..)?;
    }
    Some(defined)
}

/// The tables of a `DHT` segment (B.2.4.2).
fn huffman(mut segment: &[u8]) -> Option<Defined> {
    let mut defined = 0;
    while let Some((head, rest)) = segment.split_first() {
        defined |= bit(4 + 4 * u32::from(head >> 4 & 1), *head)?;
        let counts = rest.first_chunk::<16>()?;
        segment = rest.get(16 + counts.iter().map(|count| usize::from(*count)).sum::<usize>()..)?;
    }
    Some(defined)
}

/// The bit of a table; `None` where there can be none of that number.
fn bit(first: u32, head: u8) -> Option<Defined> {
    (head & 15 < 4).then(|| 1 << (first + u32::from(head & 15)))
}
