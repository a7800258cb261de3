//! Movie fragments: ISO/IEC 14496-12, 8.8. One fragment is in memory at a time, its runs as they are stored.

use rushes_core::{Error, Result};

use super::boxes::{BoxReader, FullBox, Tfdt, Tfhd, Trex, Trun};
use super::index::Sample;

/// Set in the flags of samples that decoding cannot start at.
const NON_SYNC: u32 = 0x1_0000;

/// Set where the sample depends on others, which only key frames do not.
const DEPENDS: u32 = 0x0100_0000;

/// The part of a fragment that belongs to one track.
#[derive(Clone, Debug)]
pub(super) struct TrackFragment {
    pub(super) track_id: u32,
    /// Decoding time of the first sample; `None` for where the track was.
    decode_time: Option<u64>,
    defaults: Trex,
    /// Length of a sample by the movie box.
    usual_duration: u32,
    runs: Vec<FragmentRun>,
}

/// Samples that lie one behind the other.
#[derive(Clone, Debug)]
struct FragmentRun {
    position: u64,
    trun: Trun,
}

/// Where a reader of a [`TrackFragment`] is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct FragmentCursor {
    run: usize,
    index: u32,
    /// Bytes of the run that were passed.
    passed: u64,
    pub(super) dts: i64,
}

impl TrackFragment {
    /// The next sample, without moving.
    pub(super) fn sample(&self, cursor: &mut FragmentCursor) -> Result<Option<Sample>> {
        loop {
            let Some(run) = self.runs.get(cursor.run) else { return Ok(None) };
            let Some(stored) = run.trun.sample(cursor.index) else {
                *cursor = FragmentCursor { run: cursor.run + 1, ..FragmentCursor::at(cursor.dts) };
                continue;
            };
            let size = stored.size.unwrap_or(self.defaults.size);
            let flags = stored.flags.unwrap_or(self.defaults.flags);
            let Some(position) = run.position.checked_add(cursor.passed) else {
                return Err(Error::malformed("a sample beyond the largest file").within("trun"));
            };
            return Ok(Some(Sample {
                dts: cursor.dts,
                offset: stored.offset.map_or(0, i64::from),
                duration: u64::from(stored.duration.unwrap_or(self.defaults.duration)),
                position,
                size,
                key: flags & (NON_SYNC | DEPENDS) == 0,
                description: self.defaults.description,
            }));
        }
    }

    /// Bytes of samples that no byte of the fragment stands behind.
    pub(super) fn symbolic(&self) -> u64 {
        let runs = self.runs.iter().filter(|run| run.trun.values.is_empty());
        let bytes = runs.map(|run| u64::from(run.trun.count) * u64::from(self.defaults.size));
        bytes.fold(0, u64::saturating_add)
    }

    /// Decoding time of the first sample, for a track that stands at `clock`, where that is known.
    pub(super) fn start(&self, clock: Option<i64>) -> Option<i64> {
        self.decode_time.map(|time| i64::try_from(time).unwrap_or(i64::MAX)).or(clock)
    }

    /// True where decoding can start at one of the samples.
    pub(super) fn has_key(&self) -> bool {
        let is_key =
            |flags: Option<u32>| flags.unwrap_or(self.defaults.flags) & (NON_SYNC | DEPENDS) == 0;
        self.runs.iter().any(|run| {
            // Without flags of their own all samples but the first are alike.
            let looked_at = if run.trun.fields.flags { run.trun.count } else { 2 };
            (0..looked_at).map_while(|index| run.trun.sample(index)).any(|s| is_key(s.flags))
        })
    }

    /// True where no sample behind the one at `cursor` lasts any time.
    pub(super) fn is_end(&self, cursor: &FragmentCursor) -> bool {
        let lasts = |run: &FragmentRun, index: u32| {
            run.trun
                .sample(index)
                .is_some_and(|sample| sample.duration.unwrap_or(self.defaults.duration) > 0)
        };
        // Runs without fields are not walked: their samples last equally long.
        let behind = |run: &FragmentRun, from: u32| match run.trun.fields.duration {
            true => (from..run.trun.count).any(|index| lasts(run, index)),
            false => from < run.trun.count && self.defaults.duration > 0,
        };
        let mut runs = self.runs.iter().skip(cursor.run);
        let within = runs.next().is_some_and(|run| behind(run, cursor.index.saturating_add(1)));
        !within && !runs.any(|run| behind(run, 0))
    }

    /// Length of a sample by the movie box, whatever the fragment says; zero where it says nothing.
    pub(super) const fn usual_duration(&self) -> u32 {
        self.usual_duration
    }

    /// The smallest offset of presentation from decoding, if any is negative; else zero.
    pub(super) fn smallest_offset(&self) -> i64 {
        let reordered = self.runs.iter().filter(|run| run.trun.fields.offset);
        let offsets = reordered
            .flat_map(|run| (0..run.trun.count).filter_map(|index| run.trun.sample(index)?.offset));
        offsets.map(i64::from).fold(0, i64::min)
    }

    /// Length of all samples.
    pub(super) fn duration(&self) -> u64 {
        let lengths = self.runs.iter().map(|run| {
            let count = run.trun.count;
            if run.trun.fields.duration {
                let durations = (0..count).filter_map(|index| run.trun.sample(index)?.duration);
                durations.map(u64::from).fold(0, u64::saturating_add)
            } else {
                u64::from(count) * u64::from(self.defaults.duration)
            }
        });
        lengths.fold(0, u64::saturating_add)
    }

    /// Where the data of the fragment ends, for the fragment behind it.
    fn end(&self) -> Option<u64> {
        let run = self.runs.last()?;
        if run.trun.fields.size {
            let sizes = (0..run.trun.count).filter_map(|index| run.trun.sample(index)?.size);
            return sizes.map(u64::from).try_fold(run.position, u64::checked_add);
        }
        run.position.checked_add(u64::from(run.trun.count) * u64::from(self.defaults.size))
    }
}

impl FragmentCursor {
    /// The first sample, decoded at `dts`.
    pub(super) fn at(dts: i64) -> Self {
        Self { dts, ..Self::default() }
    }

    /// Goes behind a sample that was read.
    pub(super) fn pass(&mut self, sample: &Sample) {
        self.index += 1;
        self.passed = self.passed.saturating_add(u64::from(sample.size));
        self.dts = self.dts.saturating_add_unsigned(sample.duration);
    }
}

/// Reads the payload of a `moof` box that starts at byte `start` of the file.
pub(super) fn read_moof(
    mut r: BoxReader<'_>,
    start: u64,
    trex: &[Trex],
) -> Result<Vec<TrackFragment>> {
    let mut fragments = Vec::new();
    // Without flags of their own, later tracks continue where the data of the one before ended.
    let mut implicit = start;
    while let Some((kind, payload)) = r.child()? {
        if kind.0 != *b"traf" {
            continue;
        }
        let step = format!("traf[{}]", fragments.len());
        if let Some(fragment) =
            read_traf(payload, start, implicit, trex).map_err(|error| error.within(step))?
        {
            implicit = fragment.end().unwrap_or(implicit);
            fragments.push(fragment);
        }
    }
    Ok(fragments)
}

fn read_traf(
    mut r: BoxReader<'_>,
    moof: u64,
    implicit: u64,
    trex: &[Trex],
) -> Result<Option<TrackFragment>> {
    let mut header: Option<Tfhd> = None;
    let mut decode_time = None;
    let mut runs: Vec<(Trun, u64)> = Vec::new();
    while let Some((kind, payload)) = r.child()? {
        let offset = payload.offset();
        let read = |error: Error| error.within(kind);
        match &kind.0 {
            b"tfhd" => header = Some(Tfhd::parse(payload).map_err(read)?),
            b"tfdt" => decode_time = Some(Tfdt::parse(payload).map_err(read)?.decode_time),
            b"trun" => runs.push((Trun::parse(payload).map_err(read)?, offset)),
            _ => {}
        }
    }
    let Some(header) = header else {
        return Err(r.error("a track fragment without its header (tfhd)"));
    };
    let Some(trex) = trex.iter().find(|trex| trex.track_id == header.track_id) else {
        // Fragments of tracks that the movie does not know cannot be read, and need not be.
        return Ok(None);
    };
    let defaults = Trex {
        track_id: header.track_id,
        description: header.description.unwrap_or(trex.description),
        duration: header.duration.unwrap_or(trex.duration),
        size: header.size.unwrap_or(trex.size),
        flags: header.sample_flags.unwrap_or(trex.flags),
    };
    let base = header.base_data_offset.unwrap_or(if header.base_is_moof { moof } else { implicit });
    let mut fragment = TrackFragment {
        track_id: header.track_id,
        decode_time,
        defaults,
        usual_duration: trex.duration,
        runs: Vec::with_capacity(runs.len()),
    };
    for (trun, offset) in runs {
        let position = match trun.data_offset {
            Some(data_offset) => base.checked_add_signed(i64::from(data_offset)),
            // The first run without an offset starts at the base, later ones behind the one before.
            None => fragment.end().or(Some(base)),
        };
        let Some(position) = position else {
            return Err(Error::malformed("data before the start of the file")
                .at(offset)
                .within("trun"));
        };
        if trun.values.is_empty() && trun.count > 0 && fragment.defaults.size == 0 {
            return Err(Error::malformed("samples without sizes").at(offset).within("trun"));
        }
        fragment.runs.push(FragmentRun { position, trun });
    }
    Ok(Some(fragment))
}
