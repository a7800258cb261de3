//! Boxes of ISO/IEC 14496-12 and atoms of the QuickTime File Format: one file reads and writes one box.

mod avcc;
mod btrt;
mod chunk_offsets;
mod colr;
mod ctts;
mod dref;
mod elng;
mod elst;
mod esds;
mod fourcc;
mod ftyp;
mod grid;
mod hdlr;
mod iinf;
mod iloc;
mod ipma;
mod iref;
mod ispe;
mod mdcv;
mod mdhd;
mod media_header;
mod mehd;
mod mvhd;
mod pasp;
mod reader;
mod roll;
mod sample_entry;
mod sidx;
mod stsc;
mod stsd;
mod stss;
mod stsz;
mod stts;
mod tfdt;
mod tfhd;
mod tfra;
mod tkhd;
mod trex;
mod trun;
mod writer;

#[cfg(test)]
mod testing;

use rushes_core::Result;

pub(crate) use avcc::AvcC;
pub(crate) use btrt::Btrt;
pub(crate) use chunk_offsets::{Co64, Stco};
pub(crate) use colr::Colr;
pub(crate) use ctts::{Ctts, CttsEntry};
pub(crate) use dref::Dref;
pub(crate) use elng::Elng;
pub(crate) use elst::{Elst, ElstEntry};
pub(crate) use esds::{DecoderConfig, Esds};
pub(crate) use fourcc::FourCc;
pub(crate) use ftyp::Ftyp;
pub(crate) use grid::Grid;
pub(crate) use hdlr::Hdlr;
pub(crate) use iinf::Iinf;
pub(crate) use iloc::{Iloc, ItemLocation};
pub(crate) use ipma::Ipma;
pub(crate) use iref::Iref;
pub(crate) use ispe::Ispe;
pub(crate) use mdcv::{Clli, Mdcv};
pub(crate) use mdhd::{Mdhd, pack_language};
pub(crate) use media_header::{Nmhd, Smhd, Vmhd};
pub(crate) use mehd::Mehd;
pub(crate) use mvhd::Mvhd;
pub(crate) use pasp::Pasp;
pub(crate) use reader::BoxReader;
pub(crate) use roll::{RollDescription, RollSamples};
pub(crate) use sample_entry::{AudioEntry, RawBox, SoundVersion, VisualEntry, read_boxes};
pub(crate) use sidx::{Sidx, SidxReference};
pub(crate) use stsc::{Stsc, StscEntry};
pub(crate) use stsd::{SampleEntry, Stsd};
pub(crate) use stss::Stss;
pub(crate) use stsz::Stsz;
pub(crate) use stts::{Stts, SttsEntry};
pub(crate) use tfdt::Tfdt;
pub(crate) use tfhd::Tfhd;
pub(crate) use tfra::{Tfra, TfraEntry};
pub(crate) use tkhd::Tkhd;
pub(crate) use trex::Trex;
pub(crate) use trun::{Trun, TrunFields};
pub(crate) use writer::BoxWriter;

/// The matrix that leaves pictures as they are.
pub(crate) const IDENTITY_MATRIX: [i32; 9] =
    [0x0001_0000, 0, 0, 0, 0x0001_0000, 0, 0, 0, 0x4000_0000];

/// A box without version and flags.
pub(crate) trait PlainBox: Sized {
    /// Its name.
    const KIND: FourCc;

    /// Reads the payload.
    fn read(r: &mut BoxReader<'_>) -> Result<Self>;

    /// Writes the payload.
    fn write(&self, w: &mut BoxWriter);
}

/// A box with version and flags, which the reader has read already.
pub(crate) trait FullBox: Sized {
    /// Its name.
    const KIND: FourCc;

    /// Reads what follows the flags.
    fn read(r: &mut BoxReader<'_>) -> Result<Self>;

    /// Writes what follows the flags.
    fn write(&self, w: &mut BoxWriter);

    /// The version that [`write`](Self::write) writes.
    fn version(&self) -> u8 {
        0
    }

    /// The flags.
    fn flags(&self) -> u32 {
        0
    }

    /// Reads a whole payload, version and flags included.
    fn parse(mut r: BoxReader<'_>) -> Result<Self> {
        r.read_version()?;
        Self::read(&mut r)
    }
}

/// An entry of a table, which takes `N` bytes.
pub(crate) trait Entry<const N: usize>: Sized {
    /// Reads it.
    fn read(bytes: [u8; N]) -> Self;

    /// Writes it.
    fn write(&self) -> [u8; N];
}

impl Entry<4> for u32 {
    fn read(bytes: [u8; 4]) -> Self {
        Self::from_be_bytes(bytes)
    }

    fn write(&self) -> [u8; 4] {
        self.to_be_bytes()
    }
}

impl Entry<8> for u64 {
    fn read(bytes: [u8; 8]) -> Self {
        Self::from_be_bytes(bytes)
    }

    fn write(&self) -> [u8; 8] {
        self.to_be_bytes()
    }
}

/// 1 where one of these times needs 64 bits. All ones mean "unknown" and fit every version.
fn version_for(times: &[u64]) -> u8 {
    let large = |time: &u64| *time > u64::from(u32::MAX) && *time != u64::MAX;
    u8::from(times.iter().any(large))
}
