//! What the tests of muxers share: sinks that can be looked into, and reading a file whole.
#![allow(dead_code, reason = "each test uses a part")]

pub(crate) mod clip;
pub(crate) mod ebml;
pub(crate) mod ffprobe;
pub(crate) mod small;

use std::fmt::Write as _;
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};

use md5::{Digest as _, Md5};
use rushes_container::{DemuxOptions, Demuxer, Source, open_demuxer};
use rushes_core::Packet;

/// Memory that the test still sees when a muxer owns the sink.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory(Arc<Mutex<Cursor<Vec<u8>>>>);

impl Memory {
    fn cursor(&self) -> MutexGuard<'_, Cursor<Vec<u8>>> {
        self.0.lock().expect("not poisoned")
    }

    pub(crate) fn contents(&self) -> Vec<u8> {
        self.cursor().get_ref().clone()
    }
}

impl Read for Memory {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.cursor().read(bytes)
    }
}

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.cursor().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Memory {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.cursor().seek(to)
    }
}

/// Keeps the bytes in front of `keep` and those behind `tail`; counts the others, which read as zero.
#[derive(Clone, Debug)]
pub(crate) struct Counting {
    state: Arc<Mutex<CountingState>>,
    keep: u64,
    tail: u64,
    position: u64,
}

#[derive(Debug, Default)]
struct CountingState {
    head: Vec<u8>,
    tail: Vec<u8>,
    length: u64,
}

impl Counting {
    pub(crate) fn new(keep: u64, tail: u64) -> Self {
        Self { state: Arc::default(), keep, tail, position: 0 }
    }

    pub(crate) fn length(&self) -> u64 {
        self.state.lock().expect("not poisoned").length
    }

    pub(crate) fn head(&self) -> Vec<u8> {
        self.state.lock().expect("not poisoned").head.clone()
    }

    /// The same contents from the start.
    pub(crate) fn reopen(&self) -> Self {
        Self { position: 0, ..self.clone() }
    }
}

fn overlay(kept: &mut Vec<u8>, base: u64, limit: u64, position: u64, bytes: &[u8]) {
    let start = position.max(base);
    let end = (position + bytes.len() as u64).min(limit);
    if start < end {
        let part = &bytes[at(start - position)..at(end - position)];
        let (from, to) = (at(start - base), at(end - base));
        if kept.len() < to {
            kept.resize(to, 0);
        }
        kept[from..to].copy_from_slice(part);
    }
}

fn at(offset: u64) -> usize {
    usize::try_from(offset).expect("small")
}

impl Write for Counting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.state.lock().expect("not poisoned");
        overlay(&mut state.head, 0, self.keep, self.position, bytes);
        overlay(&mut state.tail, self.tail, u64::MAX, self.position, bytes);
        self.position += bytes.len() as u64;
        state.length = state.length.max(self.position);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Counting {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let state = self.state.lock().expect("not poisoned");
        let left = state.length.saturating_sub(self.position);
        let count = bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let bytes = &mut bytes[..count];
        bytes.fill(0);
        for (kept, base) in [(&state.head, 0), (&state.tail, self.tail)] {
            // Where the kept bytes and the wanted bytes overlap.
            let start = self.position.max(base);
            let end = (self.position + count as u64).min(base + kept.len() as u64);
            if start < end {
                let wanted = at(start - self.position)..at(end - self.position);
                bytes[wanted].copy_from_slice(&kept[at(start - base)..at(end - base)]);
            }
        }
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for Counting {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let length = self.length();
        let target = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::End(offset) => length.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = target.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

/// Opens bytes in memory.
pub(crate) fn open(bytes: Vec<u8>) -> Box<dyn Demuxer> {
    open_demuxer(Source::bytes(bytes), &DemuxOptions::default()).expect("opens")
}

/// All packets that are left.
pub(crate) fn packets(demuxer: &mut dyn Demuxer) -> Vec<Packet> {
    let mut packets = Vec::new();
    while let Some(packet) = demuxer.next_packet().expect("reads") {
        packets.push(packet);
    }
    packets
}

/// The corpus, where there is one.
pub(crate) fn corpus() -> Option<PathBuf> {
    let path = std::env::var_os("RUSHES_CORPUS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus"),
        PathBuf::from,
    );
    path.join("CATALOG.tsv").is_file().then_some(path)
}

/// The corpus; says that the test is skipped where there is none.
pub(crate) fn corpus_or_skipped() -> Option<PathBuf> {
    let found = corpus();
    if found.is_none() {
        skipped("what the corpus shows", "no corpus; set RUSHES_CORPUS");
    }
    found
}

/// MD5 in lower-case digits, as the corpus writes it.
pub(crate) fn md5_hex(bytes: impl AsRef<[u8]>) -> String {
    Md5::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("strings take everything");
        text
    })
}

/// Says that a test could not run, and why.
#[expect(clippy::print_stderr, reason = "the one way in which a test says that it was skipped")]
pub(crate) fn skipped(test: &str, why: &str) {
    eprintln!("SKIPPED {test}: {why}");
}
