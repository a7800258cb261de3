//! What must be known before the header of a file with comments is written: pictures come as packets of their tracks, while
//! the header has them in front of everything else.

use rushes_core::{Error, Packet, Result, Track};

use crate::flac::Picture;

/// Bytes of packets that wait for pictures.
const QUEUE_BYTES: u64 = 16 << 20;

/// Pictures that are to come, and the packets that wait for them.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    covers: Vec<Cover>,
    queue: Vec<Packet>,
    bytes: u64,
    closed: bool,
}

#[derive(Debug)]
struct Cover {
    index: usize,
    track: Track,
    picture: Option<Picture>,
}

/// What to do with a packet.
#[derive(Debug)]
pub(crate) enum Taken {
    /// It is a picture, or waits.
    Kept,
    /// It is the muxer's.
    Free,
}

impl Pending {
    /// For the tracks of a file, of which those of covers are pictures.
    pub(crate) fn new(tracks: &[Track]) -> Self {
        let covers = tracks.iter().enumerate().filter(|(_, t)| t.disposition.attached_picture);
        let covers =
            covers.map(|(index, track)| Cover { index, track: track.clone(), picture: None });
        Self { covers: covers.collect(), ..Self::default() }
    }

    /// Takes a packet in, where it is a picture or must wait.
    pub(crate) fn take(&mut self, packet: &Packet) -> Result<Taken> {
        let cover = self.covers.iter_mut().find(|cover| cover.index == packet.track);
        if let Some(cover) = cover {
            if self.closed || cover.picture.is_some() {
                return Err(Error::usage(match self.closed {
                    true => "the picture of a cover track comes too late",
                    false => "a cover track has one picture",
                }));
            }
            cover.picture = Some(Picture::of(&cover.track, packet)?);
            return Ok(Taken::Kept);
        }
        if self.closed {
            return Ok(Taken::Free);
        }
        self.bytes += packet.data.len() as u64;
        self.queue.push(packet.clone());
        Ok(Taken::Kept)
    }

    /// True where no more can be waited for.
    pub(crate) const fn is_full(&self) -> bool {
        self.bytes > QUEUE_BYTES
    }

    /// True where all pictures are there, or no more can be waited for.
    pub(crate) fn is_ready(&self) -> bool {
        self.is_full() || self.covers.iter().all(|cover| cover.picture.is_some())
    }

    /// The pictures, and the packets that waited, for once.
    pub(crate) fn close(&mut self) -> Option<(Vec<Picture>, Vec<Packet>)> {
        if self.closed {
            return None;
        }
        self.closed = true;
        let pictures = self.covers.iter_mut().filter_map(|cover| cover.picture.take());
        Some((pictures.collect(), std::mem::take(&mut self.queue)))
    }
}
