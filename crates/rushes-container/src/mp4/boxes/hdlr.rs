//! ISO/IEC 14496-12, 8.4.3.

use rushes_core::Result;

use super::{BoxReader, BoxWriter, FourCc, FullBox};

/// Handler box: what a track or a `meta` box holds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Hdlr {
    /// QuickTime's component type, `mhlr` or `dhlr`; zero in ISO files.
    pub(crate) component: FourCc,
    /// `vide`, `soun`, `text`, …
    pub(crate) handler: FourCc,
    /// QuickTime's manufacturer, flags and mask; zero in ISO files.
    pub(crate) reserved: [u8; 12],
    /// The name as stored: ended by a zero in ISO files, with its length in front in QuickTime files.
    pub(crate) name: Vec<u8>,
}

impl Hdlr {
    /// The name of a handler; `None` where it is empty.
    pub(crate) fn display_name(&self) -> Option<String> {
        let name = match self.name.split_first() {
            Some((length, text)) if usize::from(*length) == text.len() => text,
            _ => &self.name,
        };
        let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
        (!name.is_empty()).then(|| String::from_utf8_lossy(name).into_owned())
    }
}

impl FullBox for Hdlr {
    const KIND: FourCc = FourCc(*b"hdlr");

    fn read(r: &mut BoxReader<'_>) -> Result<Self> {
        let (component, handler, reserved) = (r.fourcc()?, r.fourcc()?, r.array()?);
        Ok(Self { component, handler, reserved, name: r.rest().to_vec() })
    }

    fn write(&self, w: &mut BoxWriter) {
        w.fourcc(self.component);
        w.fourcc(self.handler);
        w.bytes(&self.reserved);
        w.bytes(&self.name);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check_full;
    use super::*;

    #[test]
    fn round_trip() {
        let check = |name: &[u8], expected: Option<&str>| {
            let hdlr = Hdlr {
                component: FourCc([0; 4]),
                handler: FourCc(*b"vide"),
                reserved: [0; 12],
                name: name.to_vec(),
            };
            let head: &[u8] = b"\0\0\0\0\0\0\0\0vide\0\0\0\0\0\0\0\0\0\0\0\0";
            check_full(&[head, name].concat(), &hdlr, head.len());
            assert_eq!(hdlr.display_name().as_deref(), expected);
        };
        check(b"VideoHandler\0", Some("VideoHandler"));
        check(b"\x05Apple", Some("Apple"));
        check(b"\0", None);
        check(b"", None);
    }
}
