//! What sets MP4, M4A and QuickTime files apart.

use rushes_core::{CodecId, Error, MediaKind, Result, Track};

use super::options::{Composition, Mode, Options};
use crate::mp4::boxes::{FourCc, Ftyp};

/// Which of the family a file is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Flavor {
    /// ISO/IEC 14496-14.
    Mp4,
    /// The same with sound alone, as Apple's players name it.
    M4a,
    /// The QuickTime File Format.
    Mov,
}

impl Flavor {
    /// The name in the registry.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Mp4 => "mp4",
            Self::M4a => "m4a",
            Self::Mov => "mov",
        }
    }

    /// The brands for these tracks.
    pub(super) fn brands<'a>(
        self,
        tracks: impl Iterator<Item = &'a Track>,
        options: &Options,
    ) -> Ftyp {
        let is_fragmented = options.mode == Mode::Fragmented;
        let mut compatible: Vec<&[u8; 4]> = match self {
            Self::Mp4 if is_fragmented => vec![b"iso5", b"iso6"],
            Self::Mp4 => vec![b"isom", b"iso2"],
            Self::M4a if is_fragmented => vec![b"M4A ", b"iso5", b"iso6"],
            Self::M4a => vec![b"M4A ", b"isom", b"iso2"],
            Self::Mov => vec![b"qt  "],
        };
        if options.mode == Mode::Hybrid && self != Self::Mov {
            // The first brand with offsets that count from the fragment.
            compatible.push(b"iso5");
        }
        if options.cmaf {
            let edits = options.composition == Composition::Edits;
            compatible.push(if edits { b"cmfc" } else { b"cmf2" });
        }
        if self != Self::Mov {
            for track in tracks {
                let brand = match track.codec.codec {
                    CodecId::H264 => b"avc1",
                    CodecId::Av1 => b"av01",
                    _ => continue,
                };
                if !compatible.contains(&brand) {
                    compatible.push(brand);
                }
            }
            compatible.push(if self == Self::M4a { b"mp42" } else { b"mp41" });
        }
        Ftyp {
            major: FourCc(*compatible[0]),
            minor: 0x200,
            compatible: compatible.into_iter().copied().map(FourCc).collect(),
        }
    }

    /// The name of a box without meaning.
    pub(super) const fn padding(self) -> [u8; 4] {
        match self {
            Self::Mov => *b"wide",
            _ => *b"free",
        }
    }

    /// Refuses tracks that are not in such files at all.
    pub(super) fn check(self, tracks: &[Track]) -> Result<()> {
        if tracks.is_empty() {
            return Err(Error::usage(format!("{} needs a track", self.name())));
        }
        for track in tracks {
            // Encrypted samples without their keys' boxes would be plain rubbish.
            if let Some(reason) = &track.unsupported {
                return Err(Error::unsupported(
                    format!("a track in {} whose samples are out of reach ({reason})", self.name()),
                    "",
                ));
            }
        }
        let alien = tracks.iter().find(|track| match self {
            Self::M4a => {
                let is_extra = track.disposition.attached_picture || track.disposition.chapters;
                track.kind() != MediaKind::Audio && !is_extra
            }
            Self::Mp4 | Self::Mov => false,
        });
        match alien {
            Some(track) => {
                Err(Error::unsupported(format!("{} in m4a", track.kind()), "audio; mp4 takes all"))
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use rushes_core::{CodecParameters, TimeBase};

    use super::*;
    use crate::MuxOptions;

    #[test]
    fn brands_follow_the_content() {
        let track = |codec| {
            let base = TimeBase::per_second(1000).expect("not zero");
            Track::new(0, CodecParameters::other(codec), base)
        };
        let check = |flavor: Flavor, mode: &str, codecs: &[CodecId], expected: &str| {
            let mut options = MuxOptions::default();
            options.options.insert("mode".to_owned(), mode.to_owned());
            let options = Options::read(&options, "mp4", true).expect("valid");
            let tracks: Vec<_> = codecs.iter().cloned().map(track).collect();
            let brands = flavor.brands(tracks.iter(), &options);
            let names: String = brands.compatible.iter().map(FourCc::to_string).collect();
            assert_eq!(names, expected);
            assert_eq!(brands.major.to_string(), expected[..4]);
        };
        check(
            Flavor::Mp4,
            "plain",
            &[CodecId::H264, CodecId::Aac, CodecId::H264],
            "isomiso2avc1mp41",
        );
        check(Flavor::Mp4, "plain", &[CodecId::Av1], "isomiso2av01mp41");
        check(Flavor::M4a, "plain", &[CodecId::Aac], "M4A isomiso2mp42");
        check(Flavor::Mp4, "hybrid", &[CodecId::H264], "isomiso2iso5avc1mp41");
        check(Flavor::Mp4, "fragmented", &[CodecId::H264], "iso5iso6avc1mp41");
        check(Flavor::Mov, "hybrid", &[CodecId::H264], "qt  ");
        assert!(Flavor::M4a.check(&[track(CodecId::H264)]).is_err());
        assert!(Flavor::Mp4.check(&[]).is_err());
    }
}
