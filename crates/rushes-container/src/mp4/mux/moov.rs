//! The movie box (ISO/IEC 14496-12, 8.2.1) from what the tracks have gathered.

use rushes_core::{Chapter, CodecId, MediaKind, Metadata, Result, Rotation};

use super::entry::{BitRates, chapter_entry, stsd};
use super::extras::Cover;
use super::flavor::Flavor;
use super::fragment::{SYNC_FLAGS, track_id};
use super::options::Composition;
use super::samples;
use super::tags;
use super::timeline::MovieScale;
use super::track::TrackWriter;
use crate::mp4::boxes::{
    BoxWriter, Dref, Elng, Elst, FourCc, Hdlr, IDENTITY_MATRIX, Mdhd, Mehd, Mvhd, Nmhd,
    RollDescription, RollSamples, Smhd, Tkhd, Trex, Vmhd, pack_language,
};

/// 1.0, fixed point 16.16.
const ONE: i32 = 0x0001_0000;

/// What goes into the movie box besides the tracks.
#[derive(Debug)]
pub(super) struct Movie {
    pub(super) flavor: Flavor,
    pub(super) metadata: Metadata,
    pub(super) chapters: Vec<Chapter>,
    pub(super) covers: Vec<Cover>,
}

impl Movie {
    /// The box in front of fragments: what the tracks are, and no sample. Fixes how times become those of the media.
    pub(super) fn write_initial(
        &self,
        tracks: &mut [TrackWriter],
        composition: Composition,
    ) -> Result<Initial> {
        let presentations: Vec<_> =
            tracks.iter_mut().map(|track| track.fix_origin(composition)).collect();
        let starts = presentations.iter().zip(&*tracks);
        let scale = MovieScale::for_lengths(starts.map(|(p, track)| (p.start, track.timescale)));
        let creation = self.creation();
        let mut bodies = Vec::with_capacity(tracks.len());
        for (index, (track, presentation)) in tracks.iter().zip(&presentations).enumerate() {
            let context = TrackContext {
                flavor: self.flavor,
                creation,
                shift: None,
                id: track_id(index),
                is_enabled: is_enabled(tracks, index),
                duration: 0,
                edits: presentation.open_edits(scale, track.timescale),
                composition_shift: 0,
                chapters: None,
            };
            let mut w = BoxWriter::new();
            context.write(track, &mut w)?;
            bodies.push(w.into_bytes());
        }
        let mut length_at = 0;
        let bytes = self.boxed(tracks.len(), scale, 0, &bodies, |w| {
            w.boxed(FourCc(*b"mvex"), |w| {
                // Filled in at the end, if the output lets us. Zero stands for an unknown length.
                length_at = w.len() + 12;
                w.full(&Mehd::default());
                for (index, track) in tracks.iter().enumerate() {
                    w.full(&Trex {
                        track_id: track_id(index),
                        description: 1,
                        duration: track.usual_delta(),
                        size: 0,
                        flags: SYNC_FLAGS,
                    });
                }
            });
        });
        Ok(Initial { bytes, length_at: length_at as u64, scale })
    }

    /// The whole box. `shift` is added to all chunk offsets.
    pub(super) fn write(&self, tracks: &[TrackWriter], shift: u64) -> Result<Vec<u8>> {
        let lengths = tracks.iter().flat_map(|track| {
            let presentation = track.presentation();
            [(presentation.start, track.timescale), (presentation.length, track.timescale)]
        });
        let scale = MovieScale::for_lengths(lengths);
        let creation = self.creation();
        let chapters = tracks.iter().position(|track| track.track.disposition.chapters);
        let mut bodies = Vec::with_capacity(tracks.len());
        let mut duration = 0;
        for (index, track) in tracks.iter().enumerate() {
            let presentation = track.presentation();
            let length = presentation.start.saturating_add(presentation.length);
            let context = TrackContext {
                flavor: self.flavor,
                creation,
                shift: Some(shift),
                id: track_id(index),
                is_enabled: is_enabled(tracks, index),
                duration: scale.convert(length, track.timescale),
                edits: presentation.edits(track.media_length, scale, track.timescale),
                composition_shift: presentation.composition_shift,
                chapters: chapters.map(track_id),
            };
            duration = duration.max(context.duration);
            let mut w = BoxWriter::new();
            context.write(track, &mut w)?;
            bodies.push(w.into_bytes());
        }
        Ok(self.boxed(tracks.len(), scale, duration, &bodies, |_| {}))
    }

    fn boxed(
        &self,
        tracks: usize,
        scale: MovieScale,
        duration: u64,
        bodies: &[Vec<u8>],
        extra: impl FnOnce(&mut BoxWriter),
    ) -> Vec<u8> {
        let creation = self.creation();
        let mut user_data = BoxWriter::new();
        tags::write(self, &mut user_data);
        let mut w = BoxWriter::new();
        w.boxed(FourCc(*b"moov"), |w| {
            w.full(&Mvhd {
                creation,
                modification: creation,
                timescale: scale.0,
                duration,
                rate: 0x0001_0000,
                volume: 0x0100,
                matrix: IDENTITY_MATRIX,
                next_track_id: track_id(tracks),
            });
            bodies.iter().for_each(|body| w.bytes(body));
            extra(w);
            w.bytes(&user_data.into_bytes());
        });
        w.into_bytes()
    }

    fn creation(&self) -> u64 {
        self.metadata.value("creation_time").and_then(tags::seconds_since_1904).unwrap_or(0)
    }
}

/// The movie box in front of fragments.
pub(super) struct Initial {
    pub(super) bytes: Vec<u8>,
    /// Where in it the length of the movie is, in 64 bits.
    pub(super) length_at: u64,
    /// The unit of that.
    pub(super) scale: MovieScale,
}

/// What a track must know of the movie.
struct TrackContext {
    flavor: Flavor,
    creation: u64,
    /// Added to all chunk offsets; `None` where the samples are in fragments.
    shift: Option<u64>,
    id: u32,
    is_enabled: bool,
    duration: u64,
    edits: Option<Elst>,
    /// Added to all offsets of presentation.
    composition_shift: i32,
    /// The track of chapters.
    chapters: Option<u32>,
}

impl TrackContext {
    fn write(&self, track: &TrackWriter, w: &mut BoxWriter) -> Result<()> {
        let average = track.rates.average(track.media_length, track.timescale);
        let rates = BitRates {
            average,
            largest: track.rates.largest(average),
            buffer: u32::try_from(track.rates.largest_sample).unwrap_or(u32::MAX),
        };
        let is_chapters = track.track.disposition.chapters;
        let description = if is_chapters {
            chapter_entry()
        } else {
            stsd(&track.track.codec, self.flavor, rates)?
        };
        w.boxed(FourCc(*b"trak"), |w| {
            w.full(&self.header(track));
            if let Some(edits) = &self.edits {
                w.boxed(FourCc(*b"edts"), |w| w.full(edits));
            }
            if let Some(chapters) = self.chapters.filter(|_| !is_chapters) {
                w.boxed(FourCc(*b"tref"), |w| w.boxed(FourCc(*b"chap"), |w| w.u32(chapters)));
            }
            w.boxed(FourCc(*b"mdia"), |w| {
                let language = track.track.metadata.value("language").unwrap_or("und");
                w.full(&Mdhd {
                    creation: self.creation,
                    modification: self.creation,
                    timescale: track.timescale,
                    duration: if self.shift.is_some() { track.media_length } else { 0 },
                    language: pack_language(language),
                });
                if language.len() != 3 && language != "und" {
                    w.full(&Elng { tag: language.to_owned() });
                }
                w.full(&self.handler(track));
                w.boxed(FourCc(*b"minf"), |w| {
                    self.write_media_header(track.kind(), is_chapters, w);
                    w.boxed(FourCc(*b"dinf"), |w| w.full(&Dref::self_contained()));
                    w.boxed(FourCc(*b"stbl"), |w| {
                        w.full(&description);
                        match self.shift {
                            Some(shift) => {
                                track.samples.write(self.composition_shift, shift, w);
                                write_roll(track, w);
                            }
                            None => {
                                samples::write_empty(w);
                                // Fragments say which of their samples belong to the group.
                                let roll = track.roll_packets();
                                roll.iter().for_each(|n| w.full(&RollDescription { distance: -n }));
                            }
                        }
                    });
                });
            });
            if let Some(title) = track.track.metadata.value("title") {
                w.boxed(FourCc(*b"udta"), |w| {
                    w.boxed(FourCc(*b"name"), |w| w.bytes(title.as_bytes()));
                });
            }
        });
        Ok(())
    }

    fn header(&self, track: &TrackWriter) -> Tkhd {
        let kind = track.kind();
        let (mut width, mut height, mut matrix) = (0, 0, IDENTITY_MATRIX);
        if let Some(video) = track.track.codec.as_video() {
            let ratio = video.sample_aspect.filter(|ratio| ratio.numer() > 0);
            let (numer, denom) = ratio.map_or((1, 1), |ratio| (ratio.numer(), ratio.denom()));
            // Pixels are made square by stretching the width.
            let fixed = (u128::from(video.width) << 16) * u128::from(numer) / u128::from(denom);
            width = u32::try_from(fixed).unwrap_or(u32::MAX);
            height = video.height.saturating_mul(0x0001_0000);
            matrix = rotation_matrix(video.rotation, width, height);
        }
        Tkhd {
            // In the movie, and enabled.
            flags: 2 | u32::from(self.is_enabled),
            creation: self.creation,
            modification: self.creation,
            track_id: self.id,
            duration: self.duration,
            layer: 0,
            // Of several tracks of sound, or of text, a player plays one.
            alternate_group: match kind {
                MediaKind::Audio => 1,
                MediaKind::Subtitle => 2,
                _ => 0,
            },
            volume: if kind == MediaKind::Audio { 0x0100 } else { 0 },
            matrix,
            width,
            height,
        }
    }

    fn handler(&self, track: &TrackWriter) -> Hdlr {
        let (handler, name) = match track.kind() {
            _ if track.track.disposition.chapters => (b"text", "ChapterHandler"),
            _ if track.track.codec.codec == CodecId::WebVtt => (b"text", "SubtitleHandler"),
            MediaKind::Video => (b"vide", "VideoHandler"),
            MediaKind::Audio => (b"soun", "SoundHandler"),
            _ => (b"sbtl", "SubtitleHandler"),
        };
        let name = track.track.metadata.value("handler_name").unwrap_or(name);
        let mut stored = Vec::with_capacity(name.len() + 1);
        if self.flavor == Flavor::Mov {
            let name = &name[..name.floor_char_boundary(255)];
            stored.push(u8::try_from(name.len()).unwrap_or(u8::MAX));
            stored.extend(name.bytes());
        } else {
            stored.extend(name.bytes().filter(|byte| *byte != 0));
            stored.push(0);
        }
        let component = if self.flavor == Flavor::Mov { *b"mhlr" } else { [0; 4] };
        Hdlr {
            component: FourCc(component),
            handler: FourCc(*handler),
            reserved: [0; 12],
            name: stored,
        }
    }

    fn write_media_header(&self, kind: MediaKind, is_chapters: bool, w: &mut BoxWriter) {
        match kind {
            MediaKind::Video => w.full(&Vmhd::default()),
            MediaKind::Audio => w.full(&Smhd::default()),
            _ if self.flavor == Flavor::Mov || is_chapters => {
                // The base media header of QuickTime: copy mode, grey, no balance.
                w.boxed(FourCc(*b"gmhd"), |w| {
                    w.full_boxed(FourCc(*b"gmin"), 0, 0, |w| {
                        w.bytes(&[0, 0x40, 0x80, 0, 0x80, 0, 0x80, 0, 0, 0, 0, 0]);
                    });
                    if is_chapters {
                        // Text media information: a matrix that leaves the text where it is.
                        w.boxed(FourCc(*b"text"), |w| w.matrix(&IDENTITY_MATRIX));
                    }
                });
            }
            _ => w.full(&Nmhd),
        }
        if self.flavor == Flavor::Mov {
            w.full(&Hdlr {
                component: FourCc(*b"dhlr"),
                handler: FourCc(*b"url "),
                reserved: [0; 12],
                name: b"\x0bDataHandler".to_vec(),
            });
        }
    }
}

/// Sound whose packets overlap needs some of them decoded in front of the first that is right.
fn write_roll(track: &TrackWriter, w: &mut BoxWriter) {
    let Some(packets) = track.roll_packets() else { return };
    if track.samples.count() > 0 {
        w.full(&RollDescription { distance: -packets });
        w.full(&RollSamples { count: track.samples.count() });
    }
}

/// True for the tracks that play unless the user says otherwise: those marked, or else the first of a kind.
fn is_enabled(tracks: &[TrackWriter], index: usize) -> bool {
    let track = &tracks[index];
    if track.track.disposition.chapters {
        return false;
    }
    let mut peers = tracks.iter().filter(|peer| peer.kind() == track.kind());
    if peers.clone().any(|peer| peer.track.disposition.default) {
        return track.track.disposition.default;
    }
    peers.next().is_some_and(|first| std::ptr::eq(first, track))
}

/// Maps the stored picture (mirrored, then turned clockwise) to the first quadrant. Sizes are fixed point 16.16.
fn rotation_matrix(rotation: Rotation, width: u32, height: u32) -> [i32; 9] {
    let fixed = |size: u32| i32::try_from(size).unwrap_or(i32::MAX);
    let (width, height) = (fixed(width), fixed(height));
    let (a, b, c, d, x, y) = match (rotation.degrees(), rotation.is_mirrored()) {
        (90, false) => (0, ONE, -ONE, 0, height, 0),
        (180, false) => (-ONE, 0, 0, -ONE, width, height),
        (270, false) => (0, -ONE, ONE, 0, 0, width),
        (90, true) => (0, -ONE, -ONE, 0, height, width),
        (180, true) => (ONE, 0, 0, -ONE, 0, height),
        (270, true) => (0, ONE, ONE, 0, 0, 0),
        (_, true) => (-ONE, 0, 0, ONE, width, 0),
        (_, false) => return IDENTITY_MATRIX,
    };
    [a, b, 0, c, d, 0, x, y, 0x4000_0000]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the matrix puts a point: a row vector from the left.
    fn mapped(matrix: &[i32; 9], x: i32, y: i32) -> (i32, i32) {
        let [a, b, _, c, d, _, tx, ty, _] = *matrix;
        ((a >> 16) * x + (c >> 16) * y + (tx >> 16), (b >> 16) * x + (d >> 16) * y + (ty >> 16))
    }

    #[test]
    fn turned_pictures_stay_in_view() {
        // Where the top left and the top right corner of a picture of 40 x 30 go.
        for (turns, mirrored, left, right) in [
            (0, false, (0, 0), (40, 0)),
            (1, false, (30, 0), (30, 40)),
            (2, false, (40, 30), (0, 30)),
            (3, false, (0, 40), (0, 0)),
            (0, true, (40, 0), (0, 0)),
            (1, true, (30, 40), (30, 0)),
            (2, true, (0, 30), (40, 30)),
            (3, true, (0, 0), (0, 40)),
        ] {
            let matrix = rotation_matrix(Rotation::new(turns, mirrored), 40 << 16, 30 << 16);
            assert_eq!(mapped(&matrix, 0, 0), left, "{turns} {mirrored}");
            assert_eq!(mapped(&matrix, 40, 0), right, "{turns} {mirrored}");
        }
    }
}
