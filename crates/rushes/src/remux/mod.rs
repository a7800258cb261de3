//! One container into another, without decoding.

mod job;
mod selection;
mod source;
mod times;

use std::collections::BTreeMap;
use std::fmt;
use std::ops::ControlFlow;
use std::path::Path;

use rushes_container::{DemuxOptions, Demuxer, MuxOptions, Sink, Source, open_demuxer, open_muxer};
use rushes_core::{Chapter, Error, IntoTime, Limits, Result, Time, Track};

use crate::part::{Part, refuse_overwriting};
use crate::writer::{format_for, format_named};
use job::{Job, Progress};
use selection::Selection;
use source::RemuxSource;

/// Puts the packets of one or more files into another container, as they are.
///
/// All tracks that the output's format takes go over, with their times, delays, colour, languages, tags and chapters. Sound or pictures
/// in a codec that it does not take are an error, unless the tracks were [chosen](Self::track); other tracks that it does not take, and
/// sound in a format of pictures or the other way round, are left out, and the [summary](RemuxSummary) says so.
///
/// ```no_run
/// use rushes::Remux;
///
/// # fn main() -> rushes::Result<()> {
/// let summary = Remux::new().from(10.0).to(20.0).run("in.mkv", "out.mp4")?;
/// for track in &summary.tracks {
///     println!("track {}: {} packets", track.source, track.packets);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Default)]
pub struct Remux<'a> {
    format: Option<String>,
    part: Part,
    tracks: Option<Vec<usize>>,
    options: BTreeMap<String, String>,
    limits: Limits,
    progress: Option<Progress<'a>>,
}

/// How far the work is.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RemuxProgress {
    /// Packets written so far.
    pub packets: u64,
    /// Bytes of payload so far.
    pub bytes: u64,
    /// Decoding time reached in the output.
    pub time: Time,
    /// Where the output will end; `None` where the sources do not tell.
    pub end: Option<Time>,
}

/// What was done.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RemuxSummary {
    /// The tracks of the output, in its order.
    pub tracks: Vec<RemuxedTrack>,
    /// The tracks of the first source that did not go over, although nobody excluded them.
    pub left_out: Vec<LeftOut>,
    /// Bytes of payload.
    pub bytes: u64,
    /// Stopped by the progress callback; the output is complete up to there.
    pub cancelled: bool,
}

/// A track that went over.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RemuxedTrack {
    /// Its number in the source.
    pub source: usize,
    /// Packets written.
    pub packets: u64,
}

/// A track that did not go over.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LeftOut {
    /// Its number in the source.
    pub source: usize,
    /// Why.
    pub reason: String,
}

impl<'a> Remux<'a> {
    /// Everything, in the format of the output's extension.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Format of the output by name. Default: that of the extension.
    #[must_use]
    pub fn format(mut self, name: impl Into<String>) -> Self {
        self.format = Some(name.into());
        self
    }

    /// Takes this track of the source, by its number, and others only if they are chosen as well. Default: all.
    #[must_use]
    pub fn track(mut self, index: usize) -> Self {
        self.tracks.get_or_insert_default().push(index);
        self
    }

    /// Where to start in each source. The output starts at the last key frame at or before it, which gets time zero; sound starts with the
    /// first packet from there on. Default: everything.
    #[must_use]
    pub fn from(mut self, time: impl IntoTime) -> Self {
        self.part.start_at(time);
        self
    }

    /// Where to stop, in the time of each source: packets that are decoded from then on are left out. Default: the end.
    #[must_use]
    pub fn to(mut self, time: impl IntoTime) -> Self {
        self.part.end_at(time);
        self
    }

    /// An option of the muxer by name. Default: none.
    #[must_use]
    pub fn option(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.options.insert(name.into(), value.into());
        self
    }

    /// Bounds on memory and work. Default: [`Limits::default`].
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// A function that is told how far the work is, after each packet, and may stop it: the output is then complete up to there.
    #[must_use]
    pub fn on_progress(
        mut self,
        progress: impl FnMut(&RemuxProgress) -> ControlFlow<()> + 'a,
    ) -> Self {
        self.progress = Some(Box::new(progress));
        self
    }

    /// Does the work from file to file. The output is replaced if it is there.
    ///
    /// # Errors
    /// [`Error::Io`] if a file cannot be read or written; [`Error::Malformed`] at damage in the source, with the output
    /// complete up to there; [`Error::Unsupported`] and [`Error::Usage`] for what the format cannot hold, and if both
    /// files are the same.
    pub fn run(self, input: impl AsRef<Path>, output: impl AsRef<Path>) -> Result<RemuxSummary> {
        self.concat([input], output)
    }

    /// Does the work from several files, one after the other, to one. All need the same tracks in the same codecs; each starts where
    /// the one before ended.
    ///
    /// # Errors
    /// As for [`run`](Self::run); [`Error::Usage`] without sources; [`Error::Unsupported`] for sources that do not fit
    /// together.
    pub fn concat<P: AsRef<Path>>(
        self,
        inputs: impl IntoIterator<Item = P>,
        output: impl AsRef<Path>,
    ) -> Result<RemuxSummary> {
        let output = output.as_ref();
        let format = match &self.format {
            Some(name) => format_named(name)?,
            None => format_for(output)?,
        };
        let mut sources = Vec::new();
        for input in inputs {
            let input = input.as_ref();
            refuse_overwriting(input, output)?;
            let mut options = DemuxOptions::default();
            options.limits = self.limits.clone();
            sources.push(open_demuxer(Source::open(input)?, &options)?);
        }
        self.run_with(sources, || Sink::create(output), format.name)
    }

    /// Does the work from demuxers to a sink, which is made when everything else is known to fit.
    ///
    /// # Errors
    /// As for [`concat`](Self::concat).
    pub fn run_with(
        mut self,
        sources: Vec<Box<dyn Demuxer>>,
        sink: impl FnOnce() -> Result<Sink>,
        format: &str,
    ) -> Result<RemuxSummary> {
        self.part.check()?;
        let format = format_named(format)?;
        let mut sources: Vec<RemuxSource> =
            sources.into_iter().map(|source| RemuxSource::new(source, self.part.from)).collect();
        let first = sources.first_mut().ok_or_else(|| Error::usage("there is no source"))?;
        first.look_ahead()?;
        let selection = Selection::new(first.tracks(), self.tracks.as_deref(), format)?;
        for (index, source) in sources.iter().enumerate().skip(1) {
            selection.check_fits(source.tracks(), index)?;
        }
        let options = self.mux_options(&sources);
        let tracks = self.output_tracks(&selection, sources.len());
        let muxer = open_muxer(format.name, sink()?, &tracks, &options)?;
        let end = self.end(&sources);
        let mut job = Job::new(muxer, &tracks, selection, end, self.progress.take());
        let mut damage = Ok(());
        for source in &mut sources {
            damage = job.take(source, self.part.to);
            if damage.is_err() || job.is_cancelled() {
                break;
            }
        }
        let summary = job.finish()?;
        damage.map(|()| summary)
    }

    /// Tags and chapters of the first source; chapters on the output's timeline.
    fn mux_options(&self, sources: &[RemuxSource]) -> MuxOptions {
        let mut options = MuxOptions::default();
        options.options.clone_from(&self.options);
        if let Some(first) = sources.first() {
            options.metadata = first.metadata().clone();
            // With several sources, or a start that only the seek will tell, chapters would be guesses.
            if sources.len() == 1 && self.part.from.is_none() {
                let to = self.part.to;
                let inside = |chapter: &&Chapter| to.is_none_or(|to| chapter.start < to);
                options.chapters = first.chapters().iter().filter(inside).cloned().collect();
            }
        }
        options
    }

    /// The tracks as the muxer gets them: what no longer holds is taken out.
    fn output_tracks(&self, selection: &Selection, sources: usize) -> Vec<Track> {
        let mut tracks = selection.tracks.clone();
        if self.part.from.is_some() || self.part.to.is_some() || sources > 1 {
            for track in &mut tracks {
                (track.duration, track.packets) = (None, None);
            }
        }
        tracks
    }

    /// Where the output will end, for those who watch.
    fn end(&self, sources: &[RemuxSource]) -> Option<Time> {
        match sources {
            [source] if self.part.from.is_none() => {
                let duration = source.duration()?;
                Some(self.part.to.map_or(duration, |to| to.min(duration)))
            }
            _ => None,
        }
    }
}

impl fmt::Debug for Remux<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remux")
            .field("format", &self.format)
            .field("part", &self.part)
            .field("tracks", &self.tracks)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
