//! One track while it is read: which sample comes next, and when it is shown.

use std::sync::Arc;

use rushes_core::{
    CodecId, CodecParameters, FrameRate, MediaKind, MediaParameters, Result, Rounding, TimeBase,
    Timestamp, Track,
};

use super::boxes::{ElstEntry, Hdlr};
use super::configuration::Configurations;
use super::describe::{self, Description};
use super::edit::{EditContext, Entry, Timeline};
use super::fragment::{FragmentCursor, TrackFragment};
use super::index::{SampleCursor, SampleTable};
use super::metadata::Gapless;
use super::movie::TrackBoxes;

/// The lengths of frames of AAC, MPEG audio and AC-3 are multiples of this, in samples.
const FRAME_UNIT: u64 = 64;

/// What holds for all tracks of a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct MovieContext {
    /// Ticks per second of the movie header; at least 1.
    pub(super) timescale: u32,
    pub(super) quicktime: bool,
    pub(super) fragmented: bool,
    pub(super) apply_edits: bool,
    pub(super) file_length: Option<u64>,
    /// Samples that the encoder of the sound added.
    pub(super) gapless: Option<Gapless>,
}

/// One track while it is read.
#[derive(Debug)]
pub(super) struct TrackReader {
    /// The number that fragments name the track by.
    pub(super) id: u32,
    table: SampleTable,
    timeline: Timeline,
    cursor: SampleCursor,
    next: u64,
    fragment: Option<TrackFragment>,
    fragment_cursor: FragmentCursor,
    /// Media time minus presentation time in fragments, where the timeline does not apply.
    time_offset: i64,
    /// How much decoding times in fragments are moved back, so that none is behind its presentation time.
    dts_shift: i64,
    /// Media before this is not heard; audio of fragments only.
    skip_before: i64,
    audio: bool,
    is_video: bool,
    /// Sound whose packets hold equally many samples.
    has_equal_packets: bool,
    base: TimeBase,
    /// The sample entries, where there are several.
    configurations: Option<Configurations>,
    /// No further sample of the track can be read.
    pub(super) closed: bool,
    /// The samples are in another file.
    external: bool,
    /// Where to start after a seek.
    resume: Option<Resume>,
    head: Option<Entry>,
}

/// A sample of a fragment.
#[derive(Clone, Copy, Debug)]
struct Resume {
    /// Offset of the fragment.
    fragment: u64,
    /// Samples of the track in the fragment before this one.
    skip: u64,
    /// When decoding of the fragment starts, unless it says so itself.
    clock: i64,
}

impl TrackReader {
    /// Checks the tables of a track and describes it.
    pub(super) fn open(mut boxes: TrackBoxes, movie: MovieContext) -> Result<(Track, Self)> {
        let description = describe::describe(&boxes, 0, movie.quicktime);
        let kind = description.codec.codec.kind();
        let media_timescale = boxes.media.as_ref().map_or(0, |media| media.timescale);
        // Writers that forget the time scale mean that of the movie.
        let timescale = if media_timescale == 0 { movie.timescale } else { media_timescale };
        let base = TimeBase::new(1, timescale.max(1)).unwrap_or(TimeBase::nanoseconds());
        let audio = kind == MediaKind::Audio;
        let context = EditContext {
            movie_timescale: movie.timescale,
            timescale,
            audio,
            video: kind == MediaKind::Video,
        };
        let table = SampleTable::new(
            std::mem::take(&mut boxes.tables),
            audio,
            description.grouping,
            movie.file_length,
        )
        .map_err(|error| error.within("mdia/minf/stbl"))?;
        let edits = if movie.apply_edits { boxes.edits.entries.as_slice() } else { &[] };
        let timeline = if movie.fragmented || !movie.apply_edits {
            Timeline::raw(&table, audio)
        } else if let (true, [], Some(gapless)) = (audio, edits, movie.gapless) {
            let context = EditContext { movie_timescale: timescale, ..context };
            Timeline::new(&table, &[edit_of_gapless(gapless, table.end())], context)?
        } else {
            Timeline::new(&table, edits, context).map_err(|error| error.within("edts"))?
        };
        let (time_offset, skip_before) =
            if movie.fragmented { offset_of_edits(edits, context) } else { (0, 0) };
        let id = boxes.header.as_ref().map_or(0, |header| header.track_id);
        let mut track = Track::new(u64::from(id), description.codec.clone(), base);
        track.unsupported.clone_from(&description.unsupported);
        track.disposition.default =
            boxes.header.as_ref().is_some_and(|header| header.flags & 1 != 0);
        let named = boxes.language.clone().filter(|language| !language.is_empty());
        let language = || boxes.media.as_ref().and_then(|media| media.language_name());
        if let Some(language) = named.or_else(language) {
            track.metadata.set("language", language);
        }
        if let Some(name) = boxes.handler.as_ref().and_then(Hdlr::display_name) {
            track.metadata.set("handler_name", name);
        }
        let external = description.external;
        let mut reader = Self {
            id,
            table,
            timeline,
            cursor: SampleCursor::default(),
            next: 0,
            fragment: None,
            fragment_cursor: FragmentCursor::default(),
            time_offset,
            dts_shift: 0,
            skip_before,
            audio,
            is_video: kind == MediaKind::Video,
            has_equal_packets: has_equal_packets(&description.codec, timescale),
            base,
            configurations: None,
            closed: external,
            external,
            resume: None,
            head: None,
        };
        reader.describe_times(&mut track, &description, movie, timescale);
        if track.unsupported.is_none() {
            track.unsupported = describe::protection_of_any(&boxes);
        }
        reader.configurations = Configurations::new(boxes, movie.quicktime, &track.codec);
        Ok((track, reader))
    }

    /// Start, length, number of packets and frame rate, as far as the tables know them.
    fn describe_times(
        &self,
        track: &mut Track,
        description: &Description,
        movie: MovieContext,
        timescale: u32,
    ) {
        let packets = self.timeline.len();
        if !movie.fragmented {
            track.packets = Some(if self.closed { 0 } else { packets });
        }
        if packets == 0 {
            return;
        }
        let (start, end) = (self.timeline.start(), self.timeline.end());
        track.start = Some(Timestamp::new(start));
        track.duration = Some(Timestamp::new(end).since(Timestamp::new(start)));
        let MediaParameters::Video(video) = &mut track.codec.media else { return };
        if description.codec.codec.kind() != MediaKind::Video {
            return;
        }
        if let Some(delta) = self.table.constant_duration() {
            video.frame_rate = FrameRate::new(timescale, delta);
            video.constant_frame_rate = video.frame_rate.is_some();
        } else {
            video.frame_rate = average_rate(self.table.len(), self.table.end(), timescale);
        }
    }

    /// The next packet without its bytes, without moving.
    pub(super) fn head(&mut self) -> Result<Option<Entry>> {
        if self.closed {
            return Ok(None);
        }
        while self.head.is_none() {
            let Some(entry) = self.read_entry()? else { return Ok(None) };
            if self.belongs(&entry) {
                self.head = Some(entry);
            } else {
                self.pass(&entry);
            }
        }
        Ok(self.head)
    }

    /// False for samples of another codec, which belong to another decoder.
    fn belongs(&mut self, entry: &Entry) -> bool {
        let number = entry.sample.description;
        self.configurations.as_mut().is_none_or(|several| several.belongs(number))
    }

    /// What a decoder must be told before this packet.
    pub(super) fn change_for(&mut self, entry: &Entry) -> Option<Arc<CodecParameters>> {
        self.configurations.as_mut()?.change_to(entry.sample.description)
    }

    fn read_entry(&mut self) -> Result<Option<Entry>> {
        if let Some(entry) = self.timeline.entry(&self.table, self.next, &mut self.cursor) {
            return Ok(Some(entry));
        }
        let Some(fragment) = &self.fragment else { return Ok(None) };
        let Some(mut sample) = fragment.sample(&mut self.fragment_cursor)? else { return Ok(None) };
        sample.key |= self.audio;
        let dts = sample.dts.saturating_sub(self.time_offset).saturating_sub(self.dts_shift);
        let shown = sample.dts.saturating_add(sample.offset);
        let pts = shown.saturating_sub(self.time_offset);
        let end = shown.saturating_add_unsigned(sample.duration);
        let discard = if self.audio {
            end <= self.skip_before
        } else {
            self.is_video && shown < self.skip_before
        };
        let start = if self.audio && !discard && shown < self.skip_before {
            shown.abs_diff(self.skip_before)
        } else {
            0
        };
        let mut trim = (start, 0);
        let usual = u64::from(fragment.usual_duration());
        if self.has_equal_packets
            && sample.duration < usual
            && usual.is_multiple_of(FRAME_UNIT)
            && fragment.is_end(&self.fragment_cursor)
        {
            // All packets of these codecs hold equally much: of a shorter one at the end, the rest is not heard.
            trim.1 = usual - sample.duration;
            sample.duration = usual;
        }
        let discard = discard || trim.0.saturating_add(trim.1) >= sample.duration.max(1);
        Ok(Some(Entry { sample, pts, dts, discard, trim }))
    }

    /// Goes behind the packet that [`head`](Self::head) gave.
    pub(super) fn advance(&mut self) {
        if let Some(entry) = self.head.take() {
            self.pass(&entry);
        }
    }

    fn pass(&mut self, entry: &Entry) {
        if self.next < self.timeline.len() {
            self.next += 1;
            self.fragment_cursor.dts = self.table.end();
        } else {
            let mut sample = entry.sample;
            sample.duration = sample.duration.saturating_sub(entry.trim.1);
            self.fragment_cursor.pass(&sample);
        }
    }

    /// Takes the part of a fragment, which starts at byte `offset`, that belongs to this track.
    pub(super) fn enter(&mut self, fragment: TrackFragment, offset: u64) {
        self.dts_shift = self.dts_shift.max(fragment.smallest_offset().saturating_neg());
        let clock = match &self.resume {
            // Other tracks start here.
            Some(resume) if offset < resume.fragment => {
                self.fragment = None;
                return;
            }
            Some(resume) if offset == resume.fragment => resume.clock,
            _ => self.fragment_cursor.dts,
        };
        let dts = fragment.start(Some(clock)).unwrap_or(clock);
        self.fragment_cursor = FragmentCursor::at(dts);
        match self.resume.take() {
            Some(resume) => {
                let skip = if offset == resume.fragment { resume.skip } else { 0 };
                for _ in 0..skip {
                    let Ok(Some(sample)) = fragment.sample(&mut self.fragment_cursor) else {
                        break;
                    };
                    self.fragment_cursor.pass(&sample);
                }
                self.fragment = Some(fragment);
            }
            None => self.fragment = Some(fragment),
        }
    }

    /// Makes the track start with a sample of the fragment at byte `offset`, behind all samples of the movie box.
    /// Decoding of the fragment starts at the presentation time `start`.
    pub(super) fn resume_at(&mut self, offset: u64, skip: u64, start: i64) {
        let clock = start.saturating_add(self.time_offset);
        self.resume = Some(Resume { fragment: offset, skip, clock });
        self.head = None;
        self.next = self.timeline.len();
    }

    /// Lets a track that met the end of a file that is too short be read again.
    pub(super) const fn reopen(&mut self) {
        self.closed = self.external;
    }

    /// Media time at which the samples of the movie box end.
    pub(super) fn movie_end(&self) -> i64 {
        self.table.end()
    }

    pub(super) const fn is_audio(&self) -> bool {
        self.audio
    }

    /// Goes to the packet for a presentation time, and returns the time of that packet.
    pub(super) fn seek(&mut self, time: i64, key: bool) -> Result<Option<i64>> {
        self.next = self.timeline.packet_at(&self.table, time, key).unwrap_or(0);
        self.head = None;
        if let Some(several) = &mut self.configurations {
            several.forget();
        }
        self.fragment = None;
        self.resume = None;
        self.fragment_cursor = FragmentCursor::default();
        Ok(self.head()?.map(|entry| entry.pts))
    }

    /// Unit of the times.
    pub(super) const fn base(&self) -> TimeBase {
        self.base
    }

    /// Presentation time of a media time in fragments.
    pub(super) const fn presented(&self, media: i64) -> i64 {
        media.saturating_sub(self.time_offset)
    }

    /// Decoding time of the next packet in microseconds, the clock by which tracks are put into order.
    pub(super) fn clock(&self, entry: &Entry) -> i64 {
        const MICROSECONDS: Option<TimeBase> = TimeBase::new(1, 1_000_000);
        let unit = MICROSECONDS.unwrap_or(self.base);
        self.base.rescale(entry.dts, unit, Rounding::Nearest)
    }
}

/// True for sound whose packets all hold the same number of samples, timed in samples: only then is a packet that is
/// shorter than others one whose end is cut off, and not one whose time was rounded.
fn has_equal_packets(codec: &CodecParameters, timescale: u32) -> bool {
    matches!(codec.codec, CodecId::Aac | CodecId::Mp3 | CodecId::Ac3 | CodecId::Eac3)
        && codec.as_audio().is_some_and(|audio| audio.sample_rate == timescale)
}

/// In fragments only a leading empty edit and the start of the edit behind it apply.
fn offset_of_edits(edits: &[ElstEntry], context: EditContext) -> (i64, i64) {
    let (empty, rest) = match edits {
        [first, rest @ ..] if first.media_time < 0 => (context.to_media(first.duration), rest),
        edits => (0, edits),
    };
    let start = rest.first().map_or(0, |edit| edit.media_time.max(0));
    (start.saturating_sub(empty), start)
}

/// The edit that cuts what the encoder added. The length counts where it agrees with the media and leaves a part of the
/// last packet.
fn edit_of_gapless(gapless: Gapless, media_end: i64) -> ElstEntry {
    let Gapless { delay, padding, samples } = gapless;
    let all = samples.saturating_add(u64::from(delay)).saturating_add(u64::from(padding));
    let agrees = i64::try_from(all) == Ok(media_end) && padding < 1024;
    let duration = if agrees { samples } else { 0 };
    ElstEntry { duration, media_time: i64::from(delay), rate: 0x1_0000 }
}

/// Frames per second over a whole track.
fn average_rate(frames: u64, length: i64, timescale: u32) -> Option<FrameRate> {
    let length = u64::try_from(length).ok().filter(|length| *length > 0)?;
    let (mut numer, mut denom) = (u128::from(frames) * u128::from(timescale), u128::from(length));
    let (mut a, mut b) = (numer, denom);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    numer /= a.max(1);
    denom /= a.max(1);
    // Halving both keeps the ratio to 31 bits, far beyond what a frame rate means.
    while numer > u128::from(u32::MAX) || denom > u128::from(u32::MAX) {
        numer = numer.div_ceil(2);
        denom = denom.div_ceil(2);
    }
    FrameRate::new(u32::try_from(numer).ok()?, u32::try_from(denom).ok()?)
}
