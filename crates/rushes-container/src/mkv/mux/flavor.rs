//! What sets Matroska, WebM and their kin apart.

use rushes_core::{CodecId, Error, MediaKind, Result, Track};

/// What WebM takes (WebM container guidelines, "Codecs").
const WEBM_CODECS: [CodecId; 6] =
    [CodecId::Vp8, CodecId::Vp9, CodecId::Av1, CodecId::Vorbis, CodecId::Opus, CodecId::WebVtt];

/// Which of the family a file is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Flavor {
    /// RFC 9559.
    Mkv,
    /// The subset that browsers play.
    Webm,
    /// Matroska with sound alone.
    Mka,
    /// Matroska with subtitles alone.
    Mks,
}

impl Flavor {
    /// The name in the registry.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Mkv => "mkv",
            Self::Webm => "webm",
            Self::Mka => "mka",
            Self::Mks => "mks",
        }
    }

    /// The `DocType`.
    pub(super) const fn doc_type(self) -> &'static str {
        match self {
            Self::Webm => "webm",
            _ => "matroska",
        }
    }

    /// Refuses tracks that are not in such files at all.
    pub(super) fn check(self, tracks: &[Track]) -> Result<()> {
        if tracks.is_empty() {
            return Err(Error::usage(format!("{} needs a track", self.name())));
        }
        tracks.iter().try_for_each(|track| self.check_track(track))
    }

    fn check_track(self, track: &Track) -> Result<()> {
        let name = self.name();
        // Encrypted blocks without what tells their keys would be plain rubbish.
        if let Some(reason) = &track.unsupported {
            let what = format!("a track in {name} whose packets are out of reach ({reason})");
            return Err(Error::unsupported(what, ""));
        }
        let kind = track.kind();
        let is_beside = track.disposition.attached_picture || kind == MediaKind::Attachment;
        let (fits, supported) = match self {
            Self::Webm if is_beside => (false, "tracks with a timeline; mkv takes all"),
            Self::Webm => (
                WEBM_CODECS.contains(&track.codec.codec),
                "vp8, vp9, av1, vorbis, opus, webvtt; mkv takes more",
            ),
            Self::Mka => (is_beside || kind == MediaKind::Audio, "audio; mkv takes all"),
            Self::Mks => (is_beside || kind == MediaKind::Subtitle, "subtitles; mkv takes all"),
            Self::Mkv => (true, ""),
        };
        if fits {
            return Ok(());
        }
        let what = match self {
            Self::Webm if !is_beside => format!("codec '{}' in webm", track.codec.codec),
            _ if track.disposition.attached_picture => format!("cover art in {name}"),
            _ => format!("{kind} in {name}"),
        };
        Err(Error::unsupported(what, supported))
    }
}

#[cfg(test)]
mod tests {
    use rushes_core::{CodecParameters, TimeBase};

    use super::*;

    #[test]
    fn each_kind_takes_its_own() {
        let track = |codec: CodecId| {
            let base = TimeBase::per_second(1000).expect("not zero");
            Track::new(0, CodecParameters::other(codec), base)
        };
        let check = |flavor: Flavor, codec: CodecId, expected: &str| {
            let found = flavor.check(&[track(codec)]).err().map(|error| error.to_string());
            assert_eq!(found.unwrap_or_default(), expected);
        };
        check(Flavor::Webm, CodecId::Av1, "");
        check(
            Flavor::Webm,
            CodecId::H264,
            "codec 'h264' in webm is not supported; supported: vp8, vp9, av1, vorbis, opus, webvtt; mkv takes more",
        );
        check(Flavor::Mkv, CodecId::H264, "");
        check(Flavor::Mka, CodecId::Aac, "");
        check(
            Flavor::Mka,
            CodecId::Vp8,
            "video in mka is not supported; supported: audio; mkv takes all",
        );
        check(Flavor::Mks, CodecId::SubRip, "");
        check(
            Flavor::Mks,
            CodecId::Aac,
            "audio in mks is not supported; supported: subtitles; mkv takes all",
        );
        let mut cover = track(CodecId::Png);
        cover.disposition.attached_picture = true;
        assert!(Flavor::Mka.check(std::slice::from_ref(&cover)).is_ok());
        assert!(Flavor::Webm.check(&[cover]).is_err());
        assert!(Flavor::Mkv.check(&[]).is_err());
    }
}
