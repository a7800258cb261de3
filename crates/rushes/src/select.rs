//! Which track is taken where nobody chose one, as FFmpeg's `av_find_best_stream` chooses.

use rushes_core::{MediaKind, Track};

/// Index of the video track that is taken by default; `None` where there is none.
///
/// Tracks flagged as default win, then those of at least five frames, then the higher bit rate, then more frames, then
/// the first.
#[must_use]
pub fn default_video(tracks: &[Track]) -> Option<usize> {
    best(tracks, MediaKind::Video)
}

/// Index of the audio track that is taken by default; `None` where there is none. See [`default_video`].
#[must_use]
pub fn default_audio(tracks: &[Track]) -> Option<usize> {
    best(tracks, MediaKind::Audio)
}

/// FFmpeg caps the frame count at five before it looks at the bit rate: a still or a damaged track loses, but a long track of low
/// quality does not win over a shorter one of high quality.
const ENOUGH_FRAMES: u64 = 5;

fn best(tracks: &[Track], kind: MediaKind) -> Option<usize> {
    let score = |track: &Track| {
        let frames = track.packets.unwrap_or(ENOUGH_FRAMES);
        (
            track.disposition.default && !track.disposition.attached_picture,
            !track.disposition.attached_picture,
            frames.min(ENOUGH_FRAMES),
            track.codec.bit_rate.unwrap_or(0),
            frames,
        )
    };
    let mut best = None;
    for (index, track) in tracks.iter().enumerate().filter(|(_, track)| track.kind() == kind) {
        let score = score(track);
        if best.is_none_or(|(_, highest)| score > highest) {
            best = Some((index, score));
        }
    }
    best.map(|(index, _)| index)
}

#[cfg(test)]
mod tests {
    use rushes_core::{AudioParameters, ChannelLayout, CodecId, CodecParameters, TimeBase};
    use rushes_core::{Track, VideoParameters};

    use super::*;

    fn track(audio: bool, default: bool, packets: Option<u64>, bit_rate: Option<u64>) -> Track {
        let mut codec = if audio {
            CodecParameters::audio(CodecId::Aac, AudioParameters::new(8000, ChannelLayout::MONO))
        } else {
            CodecParameters::video(CodecId::H264, VideoParameters::new(16, 16))
        };
        codec.bit_rate = bit_rate;
        let mut track = Track::new(1, codec, TimeBase::per_second(1000).expect("not zero"));
        track.disposition.default = default;
        track.packets = packets;
        track
    }

    /// R10.
    #[test]
    fn best_track_is_chosen_as_ffmpeg_does() {
        let check = |rows: &[(bool, Option<u64>, Option<u64>)], expected: Option<usize>| {
            let tracks: Vec<Track> = rows
                .iter()
                .map(|(default, packets, rate)| track(false, *default, *packets, *rate))
                .chain([track(true, true, Some(100), Some(1))])
                .collect();
            assert_eq!(default_video(&tracks), expected, "{rows:?}");
            assert_eq!(default_audio(&tracks), Some(rows.len()));
        };
        check(&[], None);
        check(&[(true, Some(325), Some(71_925)), (true, Some(390), Some(128_783))], Some(1));
        check(&[(false, Some(9), Some(9)), (true, Some(1), Some(1))], Some(1));
        check(&[(true, Some(1), Some(9)), (true, Some(5), Some(1))], Some(1));
        check(&[(true, Some(900), Some(1)), (true, Some(300), Some(2))], Some(1));
        check(&[(true, Some(6), None), (true, Some(7), None)], Some(1));
        check(&[(true, None, None), (true, None, None)], Some(0));
    }
}
