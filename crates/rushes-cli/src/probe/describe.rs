//! The report of `probe`, as its JSON shows it. What a file does not say is null.

use std::collections::BTreeMap;
use std::path::Path;

use rushes::{
    AudioParameters, Chapter, ColorInfo, Demuxer, MediaParameters, Metadata, Track,
    VideoParameters, demuxer_formats,
};
use serde::Serialize;

/// A file.
#[derive(Debug, Serialize)]
pub(super) struct FileReport {
    pub(super) file: String,
    pub(super) format: &'static str,
    pub(super) format_long_name: &'static str,
    /// Bytes; `None` for what is no ordinary file.
    pub(super) size: Option<u64>,
    /// Seconds.
    pub(super) duration: Option<f64>,
    /// Bits per second of the whole file.
    pub(super) bit_rate: Option<u64>,
    pub(super) metadata: BTreeMap<String, String>,
    pub(super) chapters: Vec<ChapterReport>,
    pub(super) tracks: Vec<TrackReport>,
}

#[derive(Debug, Serialize)]
pub(super) struct ChapterReport {
    /// Seconds.
    pub(super) start: f64,
    /// Seconds.
    pub(super) end: Option<f64>,
    pub(super) title: String,
}

#[derive(Debug, Serialize)]
pub(super) struct TrackReport {
    pub(super) index: usize,
    pub(super) id: u64,
    pub(super) kind: &'static str,
    pub(super) codec: String,
    pub(super) codec_long_name: String,
    pub(super) time_base: String,
    /// Seconds.
    pub(super) start: Option<f64>,
    /// Seconds.
    pub(super) duration: Option<f64>,
    pub(super) bit_rate: Option<u64>,
    pub(super) packets: Option<u64>,
    pub(super) default: bool,
    #[serde(flatten)]
    pub(super) media: MediaReport,
    pub(super) metadata: BTreeMap<String, String>,
    /// Why the track cannot be decoded.
    pub(super) unsupported: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum MediaReport {
    Video(VideoReport),
    Audio(AudioReport),
    Other {},
}

#[derive(Debug, Serialize)]
pub(super) struct VideoReport {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) pixel_format: Option<&'static str>,
    /// Frames per second, as a fraction.
    pub(super) frame_rate: Option<String>,
    pub(super) frame_rate_seconds: Option<f64>,
    pub(super) constant_frame_rate: bool,
    pub(super) sample_aspect_ratio: Option<String>,
    /// Degrees clockwise.
    pub(super) rotation: u16,
    pub(super) mirrored: bool,
    pub(super) attached_picture: bool,
    pub(super) color: ColorReport,
    pub(super) mastering: Option<MasteringReport>,
    /// Brightest pixel and brightest frame average, in cd/m2.
    pub(super) content_light: Option<(u16, u16)>,
}

#[derive(Debug, Serialize)]
pub(super) struct ColorReport {
    pub(super) matrix: &'static str,
    pub(super) primaries: &'static str,
    pub(super) transfer: &'static str,
    pub(super) range: &'static str,
}

/// In the units of SMPTE ST 2086: 0.00002 for chromaticities, 0.0001 cd/m2 for luminance.
#[derive(Debug, Serialize)]
pub(super) struct MasteringReport {
    primaries: [(u16, u16); 3],
    white_point: (u16, u16),
    max_luminance: u32,
    min_luminance: u32,
}

#[derive(Debug, Serialize)]
pub(super) struct AudioReport {
    pub(super) sample_rate: u32,
    pub(super) channels: u16,
    pub(super) channel_layout: String,
    pub(super) sample_format: Option<&'static str>,
    /// Zero for lossy codecs.
    pub(super) bits_per_sample: u16,
    /// Samples that the encoder put in front.
    pub(super) delay: u32,
    /// Samples that the encoder put behind.
    pub(super) padding: u32,
}

impl FileReport {
    pub(super) fn new(path: &Path, demuxer: &dyn Demuxer) -> Self {
        let format = demuxer_formats().find(|format| format.name == demuxer.format());
        let size = path.metadata().ok().filter(std::fs::Metadata::is_file).map(|file| file.len());
        let duration = demuxer.duration();
        let seconds = duration.map(rushes::Time::seconds);
        Self {
            file: path.display().to_string(),
            format: demuxer.format(),
            format_long_name: format.map_or("", |format| format.long_name),
            size,
            duration: seconds,
            bit_rate: size.zip(seconds).and_then(|(size, seconds)| bit_rate(size, seconds)),
            metadata: tags(demuxer.metadata()),
            chapters: demuxer.chapters().iter().map(ChapterReport::new).collect(),
            tracks: demuxer
                .tracks()
                .iter()
                .enumerate()
                .map(|(index, track)| TrackReport::new(index, track))
                .collect(),
        }
    }
}

impl ChapterReport {
    fn new(chapter: &Chapter) -> Self {
        Self {
            start: chapter.start.seconds(),
            end: chapter.end.map(rushes::Time::seconds),
            title: chapter.title.clone(),
        }
    }
}

impl TrackReport {
    fn new(index: usize, track: &Track) -> Self {
        let base = track.time_base;
        Self {
            index,
            id: track.id,
            kind: track.kind().name(),
            codec: track.codec.codec.name().to_owned(),
            codec_long_name: track.codec.codec.long_name().to_owned(),
            time_base: base.to_string(),
            start: track.start.map(|start| base.time(start).seconds()),
            duration: track.duration.map(|duration| base.seconds(duration)),
            bit_rate: track.codec.bit_rate,
            packets: track.packets,
            default: track.disposition.default,
            media: match &track.codec.media {
                MediaParameters::Video(video) => {
                    MediaReport::Video(VideoReport::new(video, track.disposition.attached_picture))
                }
                MediaParameters::Audio(audio) => MediaReport::Audio(AudioReport::new(audio)),
                _ => MediaReport::Other {},
            },
            metadata: tags(&track.metadata),
            unsupported: track.unsupported.clone(),
        }
    }
}

impl VideoReport {
    fn new(video: &VideoParameters, attached_picture: bool) -> Self {
        Self {
            width: video.width,
            height: video.height,
            pixel_format: video.pixel_format.map(rushes::PixelFormat::name),
            frame_rate: video.frame_rate.map(|rate| format!("{}/{}", rate.numer(), rate.denom())),
            frame_rate_seconds: video.frame_rate.map(rushes::FrameRate::as_f64),
            constant_frame_rate: video.constant_frame_rate,
            sample_aspect_ratio: video.sample_aspect.map(|aspect| aspect.to_string()),
            rotation: video.rotation.degrees(),
            mirrored: video.rotation.is_mirrored(),
            attached_picture,
            color: ColorReport::new(video.color),
            mastering: video.mastering.map(|display| MasteringReport {
                primaries: display.primaries,
                white_point: display.white_point,
                max_luminance: display.max_luminance,
                min_luminance: display.min_luminance,
            }),
            content_light: video
                .content_light
                .map(|light| (light.max_content, light.max_frame_average)),
        }
    }
}

impl ColorReport {
    const fn new(color: ColorInfo) -> Self {
        Self {
            matrix: color.matrix.name(),
            primaries: color.primaries.name(),
            transfer: color.transfer.name(),
            range: color.range.name(),
        }
    }
}

impl AudioReport {
    fn new(audio: &AudioParameters) -> Self {
        Self {
            sample_rate: audio.sample_rate,
            channels: audio.layout.channels(),
            channel_layout: audio.layout.to_string(),
            sample_format: audio.sample_format.map(rushes::SampleFormat::name),
            bits_per_sample: audio.bits_per_sample,
            delay: audio.delay,
            padding: audio.padding,
        }
    }
}

/// Tags by key; several values of one key are joined, as in FFmpeg's reports.
fn tags(metadata: &Metadata) -> BTreeMap<String, String> {
    let mut tags: BTreeMap<String, String> = BTreeMap::new();
    for (key, value) in metadata.iter() {
        tags.entry(key.to_owned())
            .and_modify(|values| {
                values.push(';');
                values.push_str(value);
            })
            .or_insert_with(|| value.to_owned());
    }
    tags
}

fn bit_rate(bytes: u64, seconds: f64) -> Option<u64> {
    let rate = bytes as f64 * 8.0 / seconds;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "finite and positive, checked here; larger values saturate"
    )]
    (rate.is_finite() && rate > 0.0).then_some(rate.round() as u64)
}
