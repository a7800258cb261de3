//! Frame and scan headers: ITU-T T.81, B.2.2 and B.2.3.

use rushes_core::{Error, Result};

/// What a picture is coded with, for messages.
const SUPPORTED: &str = "Huffman-coded baseline, extended and progressive JPEG of 8 bits";

/// How coefficients are coded.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Process {
    Sequential,
    Progressive,
}

/// The frame header.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct FrameHeader {
    pub(super) process: Process,
    pub(super) width: u32,
    /// Zero where a `DNL` segment tells it.
    pub(super) height: u32,
    pub(super) components: Vec<ComponentHeader>,
}

/// What the frame header says of a component.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct ComponentHeader {
    pub(super) id: u8,
    /// Sampling factors, across and down: 1 to 4.
    pub(super) sampling: (u32, u32),
    /// Number of its quantisation table, 0 to 3.
    pub(super) quantisation: usize,
}

/// The scan header.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct ScanHeader {
    /// Of each component: its index in the frame, and the numbers of its DC and AC tables.
    pub(super) components: Vec<(usize, usize, usize)>,
    /// The first and the last coefficient.
    pub(super) band: (usize, usize),
    /// The bit of the coefficients that came before (0: none), and the lowest that comes now.
    pub(super) bits: (u32, u32),
}

impl FrameHeader {
    /// Reads the segment of a marker `SOF`.
    pub(super) fn read(marker: u8, segment: &[u8]) -> Result<Self> {
        let process = match marker {
            0xc0 | 0xc1 => Process::Sequential,
            0xc2 => Process::Progressive,
            0xc3 => return Err(Error::unsupported("lossless JPEG", SUPPORTED)),
            0xf7 => return Err(Error::unsupported("JPEG-LS", SUPPORTED)),
            0xc9..=0xcb => return Err(Error::unsupported("arithmetic coding of JPEG", SUPPORTED)),
            _ => return Err(Error::unsupported("hierarchical JPEG", SUPPORTED)),
        };
        let [precision, a, b, c, d, count, components @ ..] = segment else {
            return Err(Error::malformed("a frame header that is too short"));
        };
        if *precision != 8 {
            return Err(Error::unsupported(format!("JPEG of {precision} bits"), SUPPORTED));
        }
        let count = usize::from(*count);
        let (components, []) = components.as_chunks::<3>() else {
            return Err(Error::malformed("a frame header of an odd length"));
        };
        if count != components.len() || !(1..=4).contains(&count) {
            return Err(Error::malformed(format!("a frame of {count} components")));
        }
        let header = Self {
            process,
            height: u16::from_be_bytes([*a, *b]).into(),
            width: u16::from_be_bytes([*c, *d]).into(),
            components: components.iter().map(ComponentHeader::read).collect::<Result<_>>()?,
        };
        if header.width == 0 {
            return Err(Error::malformed("a picture of no width"));
        }
        Ok(header)
    }

    /// The largest sampling factors.
    pub(super) fn most(&self) -> (u32, u32) {
        let fold = |most: (u32, u32), component: &ComponentHeader| {
            (most.0.max(component.sampling.0), most.1.max(component.sampling.1))
        };
        self.components.iter().fold((1, 1), fold)
    }

    /// How many pixels a sample of a component covers, across and down; `None` where that is no whole number.
    pub(super) fn subsampling(&self, component: usize) -> Option<(u32, u32)> {
        let (most, own) = (self.most(), self.components.get(component)?.sampling);
        let whole = most.0 % own.0 == 0 && most.1 % own.1 == 0;
        whole.then_some((most.0 / own.0, most.1 / own.1))
    }
}

impl ComponentHeader {
    fn read(&[id, sampling, quantisation]: &[u8; 3]) -> Result<Self> {
        let sampling = (u32::from(sampling >> 4), u32::from(sampling & 15));
        let fine = |factor: u32| (1..=4).contains(&factor);
        if !fine(sampling.0) || !fine(sampling.1) || quantisation > 3 {
            return Err(Error::malformed(format!("component {id} cannot be sampled that way")));
        }
        Ok(Self { id, sampling, quantisation: usize::from(quantisation) })
    }
}

impl ScanHeader {
    /// Reads the segment of a marker `SOS` of this frame.
    pub(super) fn read(segment: &[u8], frame: &FrameHeader) -> Result<Self> {
        let short = || Error::malformed("a scan header that is too short");
        let (count, rest) = segment.split_first().ok_or_else(short)?;
        let (listed, rest) = rest.split_at_checked(2 * usize::from(*count)).ok_or_else(short)?;
        let [first, last, bits, ..] = *rest else { return Err(short()) };
        let mut components: Vec<(usize, usize, usize)> = Vec::new();
        for pair in listed.as_chunks::<2>().0 {
            let [id, tables] = *pair;
            let unused = |index: usize| components.iter().all(|taken| taken.0 != index);
            let index = (0..frame.components.len())
                .find(|index| frame.components[*index].id == id && unused(*index))
                .ok_or_else(|| {
                    Error::malformed(format!("a scan of component {id}, which is none"))
                })?;
            if tables & 0xcc != 0 {
                return Err(Error::malformed("a scan with tables that there cannot be"));
            }
            components.push((index, usize::from(tables >> 4), usize::from(tables & 15)));
        }
        let header = match frame.process {
            // Some writers leave the rest empty.
            Process::Sequential => Self { components, band: (0, 63), bits: (0, 0) },
            Process::Progressive => Self {
                components,
                band: (first.into(), last.into()),
                bits: ((bits >> 4).into(), (bits & 15).into()),
            },
        };
        header.check()?;
        Ok(header)
    }

    /// G.1.1.1.
    fn check(&self) -> Result<()> {
        let ((first, last), (before, now)) = (self.band, self.bits);
        let fine = match self.components.len() {
            0 => false,
            1 => first <= last && last < 64 && (first > 0 || last == 0 || last == 63),
            _ => first == 0 && matches!(last, 0 | 63),
        };
        if fine && now <= 13 && (before == 0 || before == now + 1) {
            Ok(())
        } else {
            Err(Error::malformed(format!(
                "a scan of {} components, coefficients {first} to {last}, bits {before} to {now}",
                self.components.len()
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    use rushes_core::ErrorKind;

    use super::*;

    #[test]
    fn frames_are_read_or_refused() {
        let check = |marker, segment: &[u8], expected: Result<(u32, u32), ErrorKind>| {
            let result = FrameHeader::read(marker, segment);
            let result = result.map(|frame| (frame.width, frame.height));
            assert_eq!(result.map_err(|error| error.kind()), expected, "{segment:?}");
        };
        let gray = [8, 0, 3, 1, 0, 1, 1, 0x11, 0];
        check(0xc0, &gray, Ok((256, 3)));
        check(0xc2, &gray, Ok((256, 3)));
        for marker in [0xc3, 0xc5, 0xc9, 0xca, 0xf7] {
            check(marker, &gray, Err(ErrorKind::Unsupported));
        }
        check(0xc1, &[12, 0, 3, 1, 0, 1, 1, 0x11, 0], Err(ErrorKind::Unsupported));
        check(0xc0, &[8, 0, 3, 0, 0, 1, 1, 0x11, 0], Err(ErrorKind::Malformed));
        check(0xc0, &[8, 0, 3, 1, 0, 1, 1, 0x51, 0], Err(ErrorKind::Malformed));
        check(0xc0, &[8, 0, 3, 1, 0, 1, 1, 0x11, 4], Err(ErrorKind::Malformed));
        check(0xc0, &[8, 0, 3, 1, 0, 2, 1, 0x11, 0], Err(ErrorKind::Malformed));
        for end in 0..gray.len() {
            check(0xc0, &gray[..end], Err(ErrorKind::Malformed));
        }
    }

    #[test]
    fn scans_are_checked() {
        let segment = [8, 0, 3, 1, 0, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1];
        let frame = FrameHeader::read(0xc2, &segment).expect("good");
        assert_eq!(frame.subsampling(1), Some((2, 2)));
        let check = |segment: &[u8], fine: bool| {
            assert_eq!(ScanHeader::read(segment, &frame).is_ok(), fine, "{segment:?}");
        };
        check(&[3, 1, 0, 2, 0x11, 3, 0x11, 0, 0, 0x01], true);
        check(&[3, 1, 0, 2, 0x11, 3, 0x11, 0, 0, 0x10], true);
        check(&[1, 3, 0x01, 1, 63, 0x21], true);
        check(&[1, 3, 0x01, 1, 63, 0x20], false);
        check(&[1, 3, 0x01, 1, 64, 0], false);
        check(&[1, 3, 0x01, 0, 5, 0], false);
        check(&[1, 3, 0x04, 0, 0, 0], false);
        check(&[1, 4, 0x00, 0, 0, 0], false);
        check(&[2, 1, 0x00, 1, 0x00, 0, 0, 0], false);
        check(&[2, 1, 0x00, 2, 0x00, 1, 5, 0], false);
        check(&[0, 0, 0, 0], false);
        check(&[1, 1, 0, 0, 0], false);
    }
}
