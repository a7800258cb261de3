//! Seeking: by the cues, or without them by a list of clusters that is made once; then among the blocks of a cluster.

use rushes_core::{Error, MediaKind, Result, Rounding, Time, TimeBase, Timestamp};

use super::block::{self, Lacing};
use super::cluster::{Block, Cluster, Step, Walk};
use super::cues::{Cue, Cues};
use super::demux::{Lanes, MkvDemuxer};
use super::ebml::Header;
use super::ids;
use crate::input::Input;
use crate::{SeekMode, SeekTo, Seeked};

/// Ticks that a block may lie before or behind the time of its cluster.
const REACH: i64 = 1 << 15;

/// Clusters before the one that was found in which other tracks may start.
const STEPS_BACK: usize = 8;

/// Ways to a time.
#[derive(Debug)]
pub(super) struct Index {
    cues: Cues,
    /// Offset of the first cluster.
    first: u64,
    /// All clusters, once they had to be looked for.
    clusters: Option<Vec<Cue>>,
}

impl Index {
    pub(super) const fn new(cues: Cues, first: u64) -> Self {
        Self { cues, first, clusters: None }
    }
}

/// Where a track starts after a seek.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start {
    /// Offset of the block.
    pub(super) block: u64,
    /// Frames of the block before the one that is meant.
    pub(super) frame: usize,
    /// Time before which packets only prepare the decoder.
    pub(super) shown_from: i64,
}

/// A frame that was found.
#[derive(Clone, Copy, Debug)]
struct Place {
    cluster: Cluster,
    block: u64,
    frame: usize,
    pts: i64,
}

/// Looks for the last frames of some tracks at or before a time of each.
struct Search<'a> {
    wanted: &'a [Wanted],
    found: Vec<Option<Place>>,
    /// The first frame of each track, key frame if those are wanted, that was met on the way.
    met: Vec<Option<Place>>,
    /// Frames behind the time that each track had, in a row with those that are shown late.
    beyond: Vec<usize>,
}

/// What is looked for in a track.
#[derive(Clone, Copy, Debug)]
struct Wanted {
    /// Index of the track.
    lane: usize,
    /// The latest time, in the unit of the track.
    time: i64,
    keys_only: bool,
    /// The first frame is wanted rather than the last one at or before the time.
    first: bool,
}

impl MkvDemuxer {
    pub(super) fn seek_to(&mut self, to: SeekTo) -> Result<Seeked> {
        to.check(&self.input, self.tracks.len())?;
        let main = to.track.filter(|track| *track < self.lanes.len());
        let Some(main) = main.or_else(|| self.default_lane()) else {
            // Attachments alone have no timeline.
            self.covers_given = 0;
            return Ok(Seeked { track: to.track.unwrap_or(0), pts: Timestamp::ZERO });
        };
        let back = self.input.position();
        let sought = self.seek_lane(main, to);
        if sought.is_err() {
            self.input.seek(back)?;
        }
        sought
    }

    /// The first video track, else the first track.
    fn default_lane(&self) -> Option<usize> {
        let video = self.lanes.iter().position(|lane| lane.kind == MediaKind::Video);
        video.or((!self.lanes.is_empty()).then_some(0))
    }

    fn seek_lane(&mut self, main: usize, to: SeekTo) -> Result<Seeked> {
        let base = self.base(main);
        let time = to.time.to_base(base, Rounding::Down).ticks();
        let keys_only = to.mode == SeekMode::Key;
        let Some(place) = self.find(Wanted { lane: main, time, keys_only, first: false })? else {
            // A track without a frame: nothing comes next.
            self.ended = true;
            self.pending.clear();
            return Ok(Seeked { track: main, pts: Timestamp::new(time) });
        };
        let point = base.time(Timestamp::new(place.pts));
        let starts = self.find_starts(main, place, point)?;
        let first =
            starts.iter().flatten().copied().min_by_key(|place| place.block).unwrap_or(place);
        self.input.seek(first.block)?;
        self.walk.cluster = Some(first.cluster);
        for (index, found) in starts.into_iter().enumerate() {
            let shown_from = point.to_base(self.base(index), Rounding::Down).ticks();
            if let Some(start) = self.starts.get_mut(index) {
                *start = found.map(|place| Start {
                    block: place.block,
                    frame: place.frame,
                    shown_from: if place.pts < shown_from && index == main {
                        shown_from
                    } else {
                        i64::MIN
                    },
                });
            }
        }
        self.lanes.iter_mut().for_each(super::lane::Lane::restart);
        self.covers_given = 0;
        self.pending.clear();
        (self.pass_to, self.search_from, self.ended) = (None, None, false);
        Ok(Seeked { track: main, pts: Timestamp::new(place.pts) })
    }

    fn base(&self, lane: usize) -> TimeBase {
        self.lanes.get(lane).map_or(TimeBase::nanoseconds(), |lane| lane.clock.base)
    }

    /// Time of the segment, in its ticks, for a time of a track.
    fn tick(&self, lane: usize, time: i64) -> i64 {
        let Some(lane) = self.lanes.get(lane) else { return time };
        let shifted = time.saturating_add(lane.clock.delay);
        let nanoseconds = lane.clock.base.rescale(shifted, TimeBase::nanoseconds(), Rounding::Down);
        nanoseconds.div_euclid(i64::try_from(lane.clock.scale).unwrap_or(i64::MAX).max(1))
    }

    /// The frame that is wanted; the first one of the track where all are later.
    fn find(&mut self, wanted: Wanted) -> Result<Option<Place>> {
        let tick = self.tick(wanted.lane, wanted.time);
        if let Some(found) =
            self.find_before(&[wanted], tick, usize::MAX)?.found.first().copied().flatten()
        {
            return Ok(Some(found));
        }
        for keys_only in [wanted.keys_only, false] {
            let first = [Wanted { first: true, keys_only, ..wanted }];
            let mut search = Search::new(&first);
            self.search(&mut search, self.index.first, u64::MAX)?;
            if let Some(found) = search.found.first().copied().flatten() {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// The key frames of all tracks that are at or before a point, as far as they are found near the place of the main track.
    fn find_starts(
        &mut self,
        main: usize,
        place: Place,
        point: Time,
    ) -> Result<Vec<Option<Place>>> {
        let mut wanted = Vec::new();
        for (index, lane) in self.lanes.iter().enumerate() {
            let pre_roll = i64::try_from(lane.clock.nanoseconds(lane.pre_roll)).unwrap_or(0);
            if index == main && pre_roll == 0 {
                continue;
            }
            let time = point.to_base(lane.clock.base, Rounding::Down).ticks();
            let time = time.saturating_sub(pre_roll);
            wanted.push(Wanted { lane: index, time, keys_only: true, first: false });
        }
        let tick = self.tick(main, place.pts);
        let search = self.find_before(&wanted, tick, STEPS_BACK)?;
        let mut starts = vec![None; self.lanes.len()];
        // A track that starts later may do so earlier in the file.
        let found = search.found.iter().zip(&search.met).map(|(found, met)| found.or(*met));
        for (wanted, found) in wanted.iter().zip(found) {
            if let Some(start) = starts.get_mut(wanted.lane) {
                *start = found;
            }
        }
        if let Some(start) = starts.get_mut(main) {
            start.get_or_insert(place);
        }
        Ok(starts)
    }

    /// The last frames at or before their times, searched for from the cluster of this time on, and in as many before it as
    /// are allowed.
    fn find_before<'w>(
        &mut self,
        wanted: &'w [Wanted],
        tick: i64,
        steps: usize,
    ) -> Result<Search<'w>> {
        let tick = u64::try_from(tick).unwrap_or(0);
        let mut search = Search::new(wanted);
        let main = wanted.first().map_or(0, |wanted| wanted.lane);
        let mut next = self.entries(main)?.partition_point(|cue| cue.time <= tick);
        let mut stop = u64::MAX;
        let mut steps_left = steps;
        loop {
            // In front of the first entry there is the first cluster.
            let entry = match next.checked_sub(1) {
                Some(index) => self.entries(main)?.get(index).copied(),
                None => None,
            };
            let from = entry.map_or(self.index.first, |cue| cue.cluster);
            if from < stop {
                if !self.is_cluster(from)? {
                    if from == self.index.first || self.index.clusters.is_some() {
                        return Ok(search);
                    }
                    // Cues that point elsewhere are none.
                    self.index.cues = Cues::default();
                    next = self.entries(main)?.partition_point(|cue| cue.time <= tick);
                    (search, stop) = (Search::new(wanted), u64::MAX);
                    continue;
                }
                self.search(&mut search, from, stop)?;
                stop = from;
                if steps_left == 0 {
                    return Ok(search);
                }
                steps_left -= 1;
            }
            if next == 0 || self.is_complete(&search) {
                return Ok(search);
            }
            next -= 1;
        }
    }

    /// True where all frames were found. Subtitles are too seldom to look for them far back.
    fn is_complete(&self, search: &Search<'_>) -> bool {
        search.wanted.iter().zip(&search.found).all(|(wanted, found)| {
            let kind = self.lanes.get(wanted.lane).map(|lane| lane.kind);
            found.is_some()
                || (search.wanted.len() > 1
                    && !matches!(kind, Some(MediaKind::Video | MediaKind::Audio)))
        })
    }

    /// Cues of a track, or of another where it has none, or else all clusters.
    fn entries(&mut self, lane: usize) -> Result<&[Cue]> {
        let own = self.lanes.get(lane).into_iter();
        let number = own
            .chain(&self.lanes)
            .map(|lane| lane.number)
            .find(|number| !self.index.cues.of(*number).is_empty());
        if let Some(number) = number {
            return Ok(self.index.cues.of(number));
        }
        if self.index.clusters.is_none() {
            let clusters = list_clusters(&mut self.input, &self.walk, self.index.first)?;
            self.index.clusters = Some(clusters);
        }
        Ok(self.index.clusters.as_deref().unwrap_or_default())
    }

    fn is_cluster(&mut self, offset: u64) -> Result<bool> {
        self.input.seek(offset)?;
        match Header::read(&mut self.input) {
            Ok(header) => Ok(header.is_some_and(|header| header.id == ids::CLUSTER)),
            Err(error @ Error::Io { .. }) => Err(error),
            Err(_) => Ok(false),
        }
    }

    /// Searches the clusters from one offset up to another.
    fn search(&mut self, search: &mut Search<'_>, from: u64, stop: u64) -> Result<()> {
        search.beyond.iter_mut().for_each(|beyond| *beyond = 0);
        let mut walk = Walk { cluster: None, check: false, ..self.walk };
        self.input.seek(from)?;
        let limits: Vec<i64> =
            search.wanted.iter().map(|wanted| self.tick(wanted.lane, wanted.time)).collect();
        let latest = limits.into_iter().max().unwrap_or(0).saturating_add(REACH);
        let any_first = search.wanted.iter().any(|wanted| wanted.first);
        loop {
            if self.input.position() >= stop {
                return Ok(());
            }
            let filter = Lanes { lanes: &self.lanes, payload: false };
            let step = match walk.step(&mut self.input, &filter) {
                Ok(step) => step,
                Err(error @ Error::Io { .. }) => return Err(error),
                // What is broken is told when it is read.
                Err(_) => return Ok(()),
            };
            match step {
                Step::Block(block) => {
                    let Some(cluster) = walk.cluster else { continue };
                    self.weigh(search, &block, cluster)?;
                    if self.is_over(search) {
                        return Ok(());
                    }
                }
                Step::Skip(end) => {
                    if self.input.length().is_some_and(|length| end > length) {
                        return Ok(());
                    }
                    self.input.seek(end)?;
                }
                Step::Passed => {
                    let time = walk.cluster.and_then(|cluster| cluster.timestamp).unwrap_or(0);
                    if !any_first && i64::try_from(time).unwrap_or(i64::MAX) > latest {
                        return Ok(());
                    }
                }
                Step::Cluster => {}
                Step::End => return Ok(()),
            }
        }
    }

    /// True once no track can have a frame that is wanted.
    fn is_over(&self, search: &Search<'_>) -> bool {
        search.wanted.iter().enumerate().all(|(index, wanted)| {
            let depth = self.lanes.get(wanted.lane).map_or(0, |lane| lane.order.depth);
            let done = wanted.first && search.found.get(index).is_some_and(Option::is_some);
            done || search.beyond.get(index).is_some_and(|beyond| *beyond > depth)
        })
    }

    /// Compares the frames of a block with what is wanted.
    fn weigh(&self, search: &mut Search<'_>, block: &Block, cluster: Cluster) -> Result<()> {
        let Some(index) = search.wanted.iter().position(|wanted| wanted.lane == block.lane) else {
            return Ok(());
        };
        let Some(lane) = self.lanes.get(block.lane) else { return Ok(()) };
        let key = lane.is_key(block.key, block.lead);
        let mut pts = lane.clock.time(block.tick);
        let mut place = Place { cluster, block: block.start, frame: 0, pts };
        if block.lacing == Lacing::None {
            search.weigh(index, key, place, lane.order.depth);
            return Ok(());
        }
        let Some(payload) = &block.payload else { return Ok(()) };
        // Broken lacing is told when the block is read.
        let Ok(frames) = block::split(block.lacing, payload) else { return Ok(()) };
        let count = frames.len() as u64;
        for (number, frame) in frames.into_iter().enumerate() {
            (place.frame, place.pts) = (number, pts);
            search.weigh(index, key, place, lane.order.depth);
            let length = lane.frame_length(frame, block.duration, count, self.input.limits());
            let Some(length) = length else { break };
            pts = pts.saturating_add_unsigned(length);
        }
        Ok(())
    }
}

impl<'a> Search<'a> {
    fn new(wanted: &'a [Wanted]) -> Self {
        Self {
            wanted,
            found: vec![None; wanted.len()],
            met: vec![None; wanted.len()],
            beyond: vec![0; wanted.len()],
        }
    }

    fn weigh(&mut self, index: usize, key: bool, place: Place, depth: usize) {
        let (Some(wanted), Some(found), Some(beyond)) =
            (self.wanted.get(index), self.found.get_mut(index), self.beyond.get_mut(index))
        else {
            return;
        };
        if wanted.first {
            if found.is_none() && (key || !wanted.keys_only) {
                *found = Some(place);
            }
            return;
        }
        if key || !wanted.keys_only {
            let met = self.met.get_mut(index);
            if let Some(met) = met.filter(|met| met.is_none_or(|met| place.block < met.block)) {
                *met = Some(place);
            }
        }
        if place.pts > wanted.time {
            // Behind a key frame nothing is shown before it.
            *beyond += if key { depth + 1 } else { 1 };
            return;
        }
        let later = found.is_none_or(|known| place.block < known.block || place.pts >= known.pts);
        if later && (key || !wanted.keys_only) {
            *found = Some(place);
        }
    }
}

/// Finds all clusters and their times. What is broken ends the list.
fn list_clusters(input: &mut Input, walk: &Walk, first: u64) -> Result<Vec<Cue>> {
    let most = input.limits().index_bytes / size_of::<Cue>() as u64;
    let mut clusters = Vec::new();
    let mut walk = Walk { cluster: None, check: false, ..*walk };
    let nothing = Lanes { lanes: &[], payload: false };
    input.seek(first)?;
    loop {
        let step = match walk.step(input, &nothing) {
            Ok(step) => step,
            Err(error @ Error::Io { .. }) => return Err(error),
            Err(_) => break,
        };
        let mut next = match step {
            Step::Skip(end) => Some(end),
            Step::Passed | Step::Cluster | Step::Block(_) => None,
            Step::End => break,
        };
        if let (Step::Passed, Some(cluster)) = (step, walk.cluster)
            && let Some(time) = cluster.timestamp
        {
            if clusters.len() as u64 >= most {
                return Err(Error::limit(
                    "index_bytes",
                    input.limits().index_bytes + 1,
                    input.limits().index_bytes,
                ));
            }
            clusters.push(Cue { time, cluster: cluster.start });
            // The blocks are of no interest.
            next = cluster.end;
        }
        if let Some(next) = next {
            if input.length().is_some_and(|length| next > length) {
                break;
            }
            input.seek(next)?;
        }
    }
    clusters.sort_unstable();
    Ok(clusters)
}
