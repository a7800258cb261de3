//! Writer of boxes into memory.

use super::{FourCc, FullBox, PlainBox};

/// Writes boxes into memory, sizes patched when a box is complete.
#[derive(Clone, Debug, Default)]
pub(crate) struct BoxWriter {
    bytes: Vec<u8>,
}

impl BoxWriter {
    /// A writer of nothing yet.
    pub(crate) const fn new() -> Self {
        Self { bytes: Vec::new() }
    }

    /// What was written.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Number of bytes written.
    pub(crate) const fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Bytes as they are.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// `count` zero bytes.
    pub(crate) fn zeros(&mut self, count: usize) {
        self.bytes.resize(self.bytes.len() + count, 0);
    }

    /// Unsigned 8 bits.
    pub(crate) fn u8(&mut self, value: u8) {
        self.bytes.push(value);
    }

    /// Unsigned 16 bits.
    pub(crate) fn u16(&mut self, value: u16) {
        self.bytes(&value.to_be_bytes());
    }

    /// The low 24 bits.
    pub(crate) fn u24(&mut self, value: u32) {
        self.bytes(&value.to_be_bytes()[1..]);
    }

    /// Unsigned 32 bits.
    pub(crate) fn u32(&mut self, value: u32) {
        self.bytes(&value.to_be_bytes());
    }

    /// Unsigned 64 bits.
    pub(crate) fn u64(&mut self, value: u64) {
        self.bytes(&value.to_be_bytes());
    }

    /// Signed 16 bits.
    pub(crate) fn i16(&mut self, value: i16) {
        self.bytes(&value.to_be_bytes());
    }

    /// Signed 32 bits.
    pub(crate) fn i32(&mut self, value: i32) {
        self.bytes(&value.to_be_bytes());
    }

    /// Four-character code.
    pub(crate) fn fourcc(&mut self, value: FourCc) {
        self.bytes(&value.0);
    }

    /// A transformation matrix: nine fixed-point numbers.
    pub(crate) fn matrix(&mut self, matrix: &[i32; 9]) {
        matrix.iter().for_each(|value| self.i32(*value));
    }

    /// 64 bits in version 1, else 32 bits, where too large a value becomes all ones, which means "unknown".
    pub(crate) fn versioned(&mut self, version: u8, value: u64) {
        if version == 1 {
            self.u64(value);
        } else {
            self.u32(u32::try_from(value).unwrap_or(u32::MAX));
        }
    }

    /// A count of 32 bits and the entries.
    pub(crate) fn table<T, const N: usize>(
        &mut self,
        entries: &[T],
        write: impl Fn(&T) -> [u8; N],
    ) {
        self.u32(u32::try_from(entries.len()).unwrap_or(u32::MAX));
        self.bytes.reserve(entries.len() * N);
        entries.iter().for_each(|entry| self.bytes.extend_from_slice(&write(entry)));
    }

    /// A box with this payload.
    pub(crate) fn boxed(&mut self, kind: FourCc, payload: impl FnOnce(&mut Self)) {
        let start = self.bytes.len();
        self.u32(0);
        self.fourcc(kind);
        payload(self);
        let size = self.bytes.len() - start;
        if let Ok(size) = u32::try_from(size) {
            self.bytes[start..start + 4].copy_from_slice(&size.to_be_bytes());
        } else {
            let large = (size as u64 + 8).to_be_bytes();
            self.bytes[start..start + 4].copy_from_slice(&1_u32.to_be_bytes());
            self.bytes.splice(start + 8..start + 8, large);
        }
    }

    /// A box with a version and flags in front of this payload.
    pub(crate) fn full_boxed(
        &mut self,
        kind: FourCc,
        version: u8,
        flags: u32,
        payload: impl FnOnce(&mut Self),
    ) {
        self.boxed(kind, |w| {
            w.u8(version);
            w.u24(flags);
            payload(w);
        });
    }

    /// A box.
    pub(crate) fn plain<B: PlainBox>(&mut self, value: &B) {
        self.boxed(B::KIND, |w| value.write(w));
    }

    /// A full box.
    pub(crate) fn full<B: FullBox>(&mut self, value: &B) {
        self.full_boxed(B::KIND, value.version(), value.flags(), |w| value.write(w));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_patched_at_every_level() {
        let mut w = BoxWriter::new();
        w.boxed(FourCc(*b"moov"), |w| {
            w.full_boxed(FourCc(*b"stts"), 1, 0x0002_0304, |w| {
                w.table(&[5_u16, 6], |v| v.to_be_bytes());
            });
        });
        assert_eq!(
            w.into_bytes(),
            b"\0\0\0\x1cmoov\0\0\0\x14stts\x01\x02\x03\x04\0\0\0\x02\0\x05\0\x06"
        );
    }
}
