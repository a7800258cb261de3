//! Which tracks go over.

use rushes_container::{Format, check_tracks};
use rushes_core::{Error, MediaKind, Result, Track};

use super::LeftOut;
use crate::select::{default_audio, default_video};

/// The tracks of a source that go over, and those that do not.
#[derive(Debug)]
pub(super) struct Selection {
    /// Numbers in the source, in the order of the output.
    pub(super) chosen: Vec<usize>,
    pub(super) left_out: Vec<LeftOut>,
    /// The chosen tracks.
    pub(super) tracks: Vec<Track>,
}

impl Selection {
    /// The wanted tracks, or all that the format takes.
    pub(super) fn new(all: &[Track], wanted: Option<&[usize]>, format: &Format) -> Result<Self> {
        let (chosen, left_out) = match wanted {
            Some(wanted) => (checked(wanted, all.len())?, Vec::new()),
            None => choose(all, format)?,
        };
        if chosen.is_empty() {
            return Err(Error::usage(format!(
                "the source has no track that could go into {}",
                format.name
            )));
        }
        let tracks = chosen.iter().filter_map(|index| all.get(*index)).cloned().collect();
        Ok(Self { chosen, left_out, tracks })
    }

    /// Refuses a source whose packets do not go on where those of the first one end.
    pub(super) fn check_fits(&self, tracks: &[Track], number: usize) -> Result<()> {
        for (index, first) in self.chosen.iter().zip(&self.tracks) {
            let fits = tracks.get(*index).is_some_and(|track| {
                let (ours, theirs) = (&first.codec, &track.codec);
                ours.codec == theirs.codec
                    && (ours.private == theirs.private || theirs.private.is_empty())
                    && same_shape(first, track)
            });
            if !fits {
                return Err(Error::unsupported(
                    format!("source {number}, whose track {index} differs from that of the first"),
                    "sources with the same codecs, settings and sizes",
                ));
            }
        }
        Ok(())
    }
}

fn same_shape(one: &Track, other: &Track) -> bool {
    match (one.codec.as_video(), other.codec.as_video()) {
        (Some(one), Some(other)) => (one.width, one.height) == (other.width, other.height),
        _ => match (one.codec.as_audio(), other.codec.as_audio()) {
            (Some(one), Some(other)) => {
                (one.sample_rate, one.layout) == (other.sample_rate, other.layout)
            }
            _ => one.kind() == other.kind(),
        },
    }
}

fn checked(wanted: &[usize], count: usize) -> Result<Vec<usize>> {
    let mut chosen = wanted.to_vec();
    chosen.sort_unstable();
    chosen.dedup();
    match chosen.iter().find(|index| **index >= count) {
        Some(index) => Err(Error::usage(format!("there is no track {index}; there are {count}"))),
        None => Ok(chosen),
    }
}

/// All tracks that the format takes; one of sound or of pictures that it does not take although it takes such media is an error.
fn choose(all: &[Track], format: &Format) -> Result<(Vec<usize>, Vec<LeftOut>)> {
    let mut chosen = Vec::new();
    let mut left_out = Vec::new();
    let mut refused = None;
    // Covers and attachments belong to something else: what has a timeline goes first.
    let is_extra =
        |track: &Track| track.disposition.attached_picture || track.kind() == MediaKind::Attachment;
    let (extras, timed): (Vec<_>, Vec<_>) =
        all.iter().enumerate().partition(|(_, track)| is_extra(track));
    for (index, track) in timed.into_iter().chain(extras) {
        let base: &[usize] = if is_extra(track) { &chosen } else { &[] };
        let together: Vec<Track> =
            base.iter().chain([&index]).filter_map(|index| all.get(*index)).cloned().collect();
        let Err(error) = check_tracks(format.name, &together) else {
            chosen.push(index);
            continue;
        };
        let is_wanted = match track.kind() {
            MediaKind::Video => {
                format.default_video.is_some() && !track.disposition.attached_picture
            }
            MediaKind::Audio => format.default_audio.is_some(),
            _ => false,
        };
        if is_wanted && refused.is_none() {
            refused = Some(error);
        } else {
            left_out.push(LeftOut { source: index, reason: error.to_string() });
        }
    }
    if let Some(error) = refused {
        return Err(error);
    }
    chosen.sort_unstable();
    left_out.sort_by_key(|track: &LeftOut| track.source);
    let tracks = |chosen: &[usize]| -> Vec<Track> {
        chosen.iter().filter_map(|index| all.get(*index)).cloned().collect()
    };
    if let Err(error) = check_tracks(format.name, &tracks(&chosen)) {
        // A format of one track gets the one that a player would choose.
        let mut best = default_video(all).into_iter().chain(default_audio(all));
        let Some(best) = best.find(|best| chosen.contains(best)) else {
            return Err(error);
        };
        let is_kept = |index: &usize| *index == best || all.get(*index).is_some_and(is_extra);
        let (mut kept, others): (Vec<usize>, Vec<usize>) = chosen.into_iter().partition(is_kept);
        if check_tracks(format.name, &tracks(&kept)).is_err() {
            kept = vec![best];
        }
        let reason = error.to_string();
        left_out
            .extend(others.into_iter().map(|source| LeftOut { source, reason: reason.clone() }));
        left_out.sort_by_key(|track| track.source);
        chosen = kept;
    }
    Ok((chosen, left_out))
}
