//! Movie fragments while they are written: ISO/IEC 14496-12, 8.8.
//!
//! A fragment holds the chunks of all tracks in the order in which they were gathered, each as a run, so that tracks are
//! interleaved inside it as they are in a plain file. Data offsets count from the fragment itself.

use rushes_core::{Error, Result, Rounding, TimeBase, Timestamp, Track};

use super::options::{Mode, Options};
use super::pending::{FragmentSample, Pending};
use super::random_access::{Place, TrackPlace};
use super::track::{Chunk, Timed, TrackWriter};
use crate::mp4::boxes::{BoxWriter, FourCc, Ftyp, RollSamples, Tfdt, Tfhd, Trun, TrunFields};

/// Flags of a sample that depends on no other.
pub(super) const SYNC_FLAGS: u32 = 0x0200_0000;
/// Flags of a sample that depends on others, and that decoding cannot start at.
const OTHER_FLAGS: u32 = 0x0101_0000;

/// How long the first fragment waits for all tracks to start, in microseconds.
const FIRST_WAIT: i64 = 1_000_000;

/// The fragment that is being gathered, and what is known of those before.
#[derive(Debug)]
pub(super) struct Fragments {
    /// Media time of a fragment, in microseconds.
    length: i64,
    /// Fragments may start with any picture.
    cut_anywhere: bool,
    /// A type box in front of each.
    styp: Option<Ftyp>,
    /// The track whose key frames start fragments.
    pub(super) anchor: usize,
    anchor_is_video: bool,
    pub(super) chunks: Vec<(usize, Chunk)>,
    /// Decoding time of the first packet, in microseconds.
    start: Option<i64>,
    /// Decoding time of the last packet of the anchor.
    anchor_clock: Option<i64>,
    /// Number of fragments so far.
    sequence: u32,
    /// Tracks without a packet so far.
    awaited: usize,
}

/// Where the chunks of a fragment lie.
pub(super) struct Written {
    /// Everything in front of the samples.
    pub(super) header: Vec<u8>,
    /// Offset of each chunk behind the header.
    pub(super) offsets: Vec<u64>,
    /// For indexes; offsets count from the start of the header.
    pub(super) place: Place,
}

impl Fragments {
    pub(super) fn new(options: &Options, tracks: &[Track]) -> Self {
        let is_video = |track: &Track| track.codec.as_video().is_some();
        let first = |wanted: fn(&Track) -> bool| tracks.iter().position(wanted);
        let video = tracks.iter().position(is_video);
        let anchor = video.or_else(|| first(|track| track.codec.as_audio().is_some()));
        let kind = if options.cmaf { *b"cmfs" } else { *b"msdh" };
        let styp = Ftyp {
            major: FourCc(kind),
            minor: 0,
            compatible: [kind, *b"msdh", *b"msix"][usize::from(!options.cmaf)..]
                .iter()
                .copied()
                .map(FourCc)
                .collect(),
        };
        Self {
            length: options.fragment,
            cut_anywhere: options.mode == Mode::Hybrid,
            styp: options.styp.then_some(styp),
            anchor: anchor.unwrap_or(0),
            anchor_is_video: video.is_some(),
            chunks: Vec::new(),
            start: None,
            anchor_clock: None,
            sequence: 0,
            awaited: tracks.len(),
        }
    }

    /// True where the fragment ends in front of this packet.
    pub(super) fn is_due(
        &self,
        index: usize,
        track: &TrackWriter,
        timed: &Timed,
        key: bool,
    ) -> bool {
        let Some(start) = self.start else { return false };
        let now = clock(track, timed);
        let elapsed = now.saturating_sub(start);
        // The movie box says how the tracks start, so that all should be there when it is written.
        let is_early = self.awaited > 0 && self.sequence == 0 && elapsed < FIRST_WAIT;
        if elapsed < self.length || is_early {
            return false;
        }
        if index == self.anchor {
            return key || self.cut_anywhere || !self.anchor_is_video;
        }
        // A track that has ended, or not begun, keeps the others from nothing.
        let silence = now.saturating_sub(self.anchor_clock.unwrap_or(start));
        silence >= self.length
    }

    /// Takes note of a packet of the fragment.
    pub(super) fn note(&mut self, index: usize, track: &TrackWriter, timed: &Timed) {
        let now = clock(track, timed);
        self.start = Some(self.start.map_or(now, |start| start.min(now)));
        if index == self.anchor {
            self.anchor_clock = Some(now);
        }
        if track.samples.is_untouched() {
            self.awaited = self.awaited.saturating_sub(1);
        }
    }

    /// The header of a fragment of all chunks that were gathered. The samples have been taken from the tracks with
    /// [`Pending::take`].
    pub(super) fn header(&mut self, tracks: &mut [TrackWriter]) -> Result<Written> {
        self.sequence = self.sequence.wrapping_add(1).max(1);
        self.start = None;
        let mut offsets = Vec::with_capacity(self.chunks.len());
        let mut data_bytes = 0_u64;
        for (_, chunk) in &self.chunks {
            offsets.push(data_bytes);
            data_bytes = data_bytes.saturating_add(chunk.bytes);
        }
        let mut parts = Vec::new();
        for (index, track) in tracks.iter_mut().enumerate() {
            let nominal = track.usual_delta();
            let Some(pending) = &mut track.pending else { continue };
            let first_dts = pending.first_dts();
            let samples = pending.take(nominal);
            if samples.is_empty() {
                continue;
            }
            let runs: Vec<_> = self
                .chunks
                .iter()
                .zip(&offsets)
                .filter(|((owner, _), _)| *owner == index)
                .map(|((_, chunk), offset)| (*offset, chunk.packets))
                .collect();
            let origin = track.origin(first_dts);
            let (decode_time, offset) = origin.place(first_dts)?;
            let roll = track.roll_packets().is_some();
            parts.push(Part { index, samples, runs, decode_time, offset, first_dts, roll });
        }
        let mut place = self.place(&parts);
        let mut styp = BoxWriter::new();
        self.styp.iter().for_each(|brands| {
            styp.boxed(FourCc(*b"styp"), |w| crate::mp4::boxes::PlainBox::write(brands, w));
        });
        let mut header = styp.into_bytes();
        place.moof = header.len() as u64;
        // Written once for its length, and again with offsets that count from its start.
        let length = moof(self.sequence, &parts, 0)?.len() as u64;
        let media = media_header(data_bytes);
        header.extend(moof(self.sequence, &parts, length + media.len() as u64)?);
        header.extend(media);
        place.size = header.len() as u64 + data_bytes;
        Ok(Written { header, offsets, place })
    }

    fn place(&self, parts: &[Part]) -> Place {
        let mut place = Place::default();
        for (number, part) in (1..).zip(parts) {
            let mut dts = part.first_dts;
            let mut found: Option<TrackPlace> = None;
            let mut earliest = i64::MAX;
            let mut samples = part.samples.iter();
            for (run, (_, count)) in (1..).zip(&part.runs) {
                for (index, sample) in (1..=*count).zip(samples.by_ref()) {
                    let pts = dts.saturating_add(i64::from(sample.offset));
                    earliest = earliest.min(pts);
                    if sample.key && found.is_none() {
                        found = Some(TrackPlace {
                            track: part.index,
                            time: u64::try_from(pts).unwrap_or(0),
                            traf: number,
                            trun: run,
                            sample: index,
                        });
                    }
                    dts = dts.saturating_add(i64::from(sample.duration.unwrap_or(0)));
                }
            }
            if part.index == self.anchor {
                place.earliest = Some(u64::try_from(earliest).unwrap_or(0));
                place.length = dts.abs_diff(part.first_dts);
                place.starts_with_key = part.samples.first().is_some_and(|sample| sample.key);
            }
            place.tracks.extend(found);
        }
        place
    }
}

/// What a fragment has of one track.
struct Part {
    index: usize,
    samples: Vec<FragmentSample>,
    /// Offset and number of samples of each run.
    runs: Vec<(u64, u32)>,
    decode_time: u64,
    /// Added to all offsets of presentation.
    offset: i32,
    first_dts: i64,
    roll: bool,
}

fn clock(track: &TrackWriter, timed: &Timed) -> i64 {
    let ticks = |rate| TimeBase::per_second(rate).unwrap_or(TimeBase::nanoseconds());
    let (base, unit) = (ticks(track.timescale), ticks(1_000_000));
    base.rescale(Timestamp::new(timed.dts()).ticks(), unit, Rounding::Nearest)
}

/// The header of the media of a fragment.
fn media_header(bytes: u64) -> Vec<u8> {
    let mut w = BoxWriter::new();
    if let Ok(size) = u32::try_from(bytes.saturating_add(8)) {
        w.u32(size);
        w.fourcc(FourCc(*b"mdat"));
    } else {
        w.u32(1);
        w.fourcc(FourCc(*b"mdat"));
        w.u64(bytes.saturating_add(16));
    }
    w.into_bytes()
}

/// The fragment box. `shift` lies between its start and the first sample.
fn moof(sequence: u32, parts: &[Part], shift: u64) -> Result<Vec<u8>> {
    let mut truns = Vec::with_capacity(parts.len());
    for part in parts {
        truns.push(runs(part, shift)?);
    }
    let mut w = BoxWriter::new();
    w.boxed(FourCc(*b"moof"), |w| {
        w.full_boxed(FourCc(*b"mfhd"), 0, 0, |w| w.u32(sequence));
        for (part, (header, truns)) in parts.iter().zip(&truns) {
            w.boxed(FourCc(*b"traf"), |w| {
                w.full(header);
                w.full(&Tfdt { decode_time: part.decode_time });
                truns.iter().for_each(|run| w.full(run));
                if part.roll {
                    let count = u32::try_from(part.samples.len()).unwrap_or(u32::MAX);
                    w.full(&RollSamples { count });
                }
            });
        }
    });
    Ok(w.into_bytes())
}

/// The runs of a track, and the header with what all its samples share.
fn runs(part: &Part, shift: u64) -> Result<(Tfhd, Vec<Trun>)> {
    let samples = &part.samples;
    let first = samples.first().copied().unwrap_or_default();
    let all = |same: fn(&FragmentSample, &FragmentSample) -> bool| {
        samples.iter().all(|sample| same(sample, &first))
    };
    let has_one_duration = all(|a, b| a.duration == b.duration);
    let has_one_size = all(|a, b| a.size == b.size);
    let rest_has_one_key = samples.iter().skip(1).all(|sample| !sample.key);
    let has_one_key = all(|a, b| a.key == b.key);
    let default_key = if has_one_key { first.key } else { false };
    let fields = TrunFields {
        duration: !has_one_duration,
        size: !has_one_size,
        flags: !has_one_key && !rest_has_one_key,
        offset: samples.iter().any(|sample| sample.offset != 0) || part.offset != 0,
    };
    let header = Tfhd {
        track_id: track_id(part.index),
        duration: has_one_duration.then_some(first.duration.unwrap_or(0)),
        size: has_one_size.then_some(first.size),
        sample_flags: (!fields.flags).then_some(flags(default_key)),
        base_is_moof: true,
        ..Tfhd::default()
    };
    let mut truns = Vec::with_capacity(part.runs.len());
    let mut rest = samples.as_slice();
    for (offset, count) in &part.runs {
        let (run, behind) = rest.split_at(usize::try_from(*count).unwrap_or(0).min(rest.len()));
        let is_first = truns.is_empty();
        rest = behind;
        let mut values = Vec::new();
        for sample in run {
            values.extend(fields.duration.then_some(sample.duration.unwrap_or(0)));
            values.extend(fields.size.then_some(sample.size));
            values.extend(fields.flags.then_some(flags(sample.key)));
            let moved = sample.offset.saturating_add(part.offset);
            values.extend(fields.offset.then_some(moved.cast_unsigned()));
        }
        let data_offset = i32::try_from(shift.saturating_add(*offset)).map_err(|_| {
            Error::unsupported(
                "a fragment of more than 2 GiB",
                "shorter fragments, smaller packets",
            )
        })?;
        let first_differs = is_first && !fields.flags && first.key != default_key;
        truns.push(Trun {
            data_offset: Some(data_offset),
            first_flags: first_differs.then_some(flags(first.key)),
            fields,
            count: *count,
            values,
        });
    }
    Ok((header, truns))
}

const fn flags(key: bool) -> u32 {
    if key { SYNC_FLAGS } else { OTHER_FLAGS }
}

/// Number of a track in the file.
pub(super) fn track_id(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX - 1).saturating_add(1)
}

impl Pending {
    /// Decoding time of the first sample; zero without any.
    fn first_dts(&self) -> i64 {
        self.start.unwrap_or(0)
    }
}
