//! `hflip` and `vflip`.

use rushes_core::MediaKind;
use rushes_simd::Level;

use super::super::registry::{Build, FilterEntry};
use crate::geometry::{flip_columns, flip_rows};

pub(in super::super) const HFLIP: FilterEntry = FilterEntry {
    name: "hflip",
    kind: MediaKind::Video,
    help: "Mirror pictures from left to right",
    options: &[],
    places: 0,
    left_out: &["enable"],
    build: Build::Video(|_, link| {
        link.convert_paired()?;
        let level = Level::detect()?;
        link.each("hflip", move |frame| flip_columns(&frame, level));
        Ok(())
    }),
};

pub(in super::super) const VFLIP: FilterEntry = FilterEntry {
    name: "vflip",
    kind: MediaKind::Video,
    help: "Mirror pictures from top to bottom",
    options: &[],
    places: 0,
    left_out: &["enable"],
    build: Build::Video(|_, link| {
        link.each("vflip", |frame| flip_rows(&frame));
        Ok(())
    }),
};
