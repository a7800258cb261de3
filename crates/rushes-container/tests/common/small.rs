//! What the tests of small formats share: reading any source to its end, with what is told on the way.

use std::io::{self, Cursor, Read, Seek, SeekFrom};

use rushes_container::{DemuxOptions, Demuxer, Source, open_demuxer};
use rushes_core::{Packet, Result};

/// Gives one byte at a time.
#[derive(Debug)]
pub(crate) struct Trickle(pub(crate) Cursor<Vec<u8>>);

impl Read for Trickle {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let count = bytes.len().min(1);
        self.0.read(&mut bytes[..count])
    }
}

impl Seek for Trickle {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

pub(crate) fn try_open(source: Source) -> Result<Box<dyn Demuxer>> {
    open_demuxer(source, &DemuxOptions::default())
}

pub(crate) fn open(source: Source) -> Box<dyn Demuxer> {
    try_open(source).expect("opens")
}

/// All packets of a file without damage.
pub(crate) fn packets(demuxer: &mut dyn Demuxer) -> Vec<Packet> {
    let (packets, messages) = read(demuxer);
    assert_eq!(messages, Vec::<String>::new());
    packets
}

/// All packets, and the messages between them.
pub(crate) fn read(demuxer: &mut dyn Demuxer) -> (Vec<Packet>, Vec<String>) {
    let (mut packets, mut messages) = (Vec::new(), Vec::new());
    loop {
        match demuxer.next_packet() {
            Ok(Some(packet)) => packets.push(packet),
            Ok(None) => break,
            Err(error) => messages.push(error.to_string()),
        }
    }
    assert!(demuxer.next_packet().is_ok_and(|packet| packet.is_none()), "the end stays the end");
    (packets, messages)
}

/// The bytes of all packets, one after another.
pub(crate) fn joined(packets: &[Packet]) -> Vec<u8> {
    packets.iter().flat_map(|packet| packet.data.to_vec()).collect()
}
