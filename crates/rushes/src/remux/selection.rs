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
///
/// Cover art and attachments go along with other tracks, so that they are asked about last and together with those.
fn choose(all: &[Track], format: &Format) -> Result<(Vec<usize>, Vec<LeftOut>)> {
    let mut chosen = Vec::new();
    let mut left_out = Vec::new();
    let mut refused = None;
    let goes_along =
        |track: &Track| track.disposition.attached_picture || track.kind() == MediaKind::Attachment;
    for (index, track) in all.iter().enumerate().filter(|(_, track)| !goes_along(track)) {
        let Err(error) = check_tracks(format.name, std::slice::from_ref(track)) else {
            chosen.push(index);
            continue;
        };
        let is_wanted = match track.kind() {
            MediaKind::Video => format.default_video.is_some(),
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
    let tracks = |chosen: &[usize]| -> Vec<Track> {
        chosen.iter().filter_map(|index| all.get(*index)).cloned().collect()
    };
    if chosen.len() > 1
        && let Err(error) = check_tracks(format.name, &tracks(&chosen))
    {
        // A format of one track gets the one that a player would choose.
        let mut best = default_video(all).into_iter().chain(default_audio(all));
        let Some(best) = best.find(|best| chosen.contains(best)) else {
            return Err(error);
        };
        chosen.retain(|index| *index != best);
        let reason = error.to_string();
        left_out.extend(chosen.drain(..).map(|source| LeftOut { source, reason: reason.clone() }));
        chosen.push(best);
    }
    for (index, _) in all.iter().enumerate().filter(|(_, track)| goes_along(track)) {
        chosen.push(index);
        if let Err(error) = check_tracks(format.name, &tracks(&chosen)) {
            chosen.pop();
            left_out.push(LeftOut { source: index, reason: error.to_string() });
        }
    }
    chosen.sort_unstable();
    left_out.sort_by_key(|track| track.source);
    Ok((chosen, left_out))
}

#[cfg(test)]
mod tests {
    use rushes_container::muxer_formats;
    use rushes_core::{
        AudioParameters, ChannelLayout, CodecId, CodecParameters, TimeBase, VideoParameters,
    };

    use super::*;

    fn sound(codec: CodecId) -> Track {
        let mut codec =
            CodecParameters::audio(codec, AudioParameters::new(48_000, ChannelLayout::STEREO));
        codec.private = vec![0x11, 0x88].into();
        Track::new(1, codec, TimeBase::per_second(48_000).expect("not zero"))
    }

    fn cover(codec: CodecId) -> Track {
        let codec = CodecParameters::video(codec, VideoParameters::default());
        let mut track = Track::new(2, codec, TimeBase::nanoseconds());
        track.disposition.attached_picture = true;
        track
    }

    #[test]
    fn cover_art_goes_along() {
        let check = |format: &str, tracks: &[Track], expected: &[usize]| {
            let format = muxer_formats().find(|known| known.name == format).expect("known");
            let selection = Selection::new(tracks, None, format).expect("it has a track");
            assert_eq!(selection.chosen, expected, "{}", format.name);
            let count = selection.chosen.len() + selection.left_out.len();
            assert_eq!(count, tracks.len(), "{:?}", selection.left_out);
        };
        for format in ["mp4", "m4a", "mov", "mkv", "mka"] {
            check(format, &[sound(CodecId::Aac), cover(CodecId::Mjpeg)], &[0, 1]);
            check(format, &[cover(CodecId::Png), sound(CodecId::Aac)], &[0, 1]);
        }
        check("mp3", &[cover(CodecId::Mjpeg), sound(CodecId::Mp3)], &[0, 1]);
        // One track of sound is chosen, and the picture stays with it.
        check("mp3", &[sound(CodecId::Mp3), sound(CodecId::Mp3), cover(CodecId::Mjpeg)], &[0, 2]);
        check("aac", &[sound(CodecId::Aac), cover(CodecId::Mjpeg)], &[0]);
    }
}
