//! The files that the bodies run on: what is known of them from elsewhere, and what a plain read of them gives.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::sync::OnceLock;

use ndarray::{ArrayView2, ArrayView4, Axis};
use rushes::{AudioOutput, FrameRate, Reader, Time, TimeBase, Timestamp, VideoOutput};
use rushes_tests::{corpus, data};

/// A file, and what FFmpeg 5.1 says of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Media {
    pub(crate) file: fn() -> Option<PathBuf>,
    linear: &'static OnceLock<Linear>,
    /// Tracks that are taken by default.
    pub(crate) video: usize,
    pub(crate) audio: usize,
    /// Packets of all audio and video tracks.
    pub(crate) packets: usize,
    pub(crate) frames: usize,
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) rate: (u32, u32),
    /// Numbers of the key frames of the default video track.
    pub(crate) keys: &'static [usize],
    pub(crate) sample_rate: u32,
    /// Samples of each of the two channels, cut to the edit list.
    pub(crate) samples: usize,
}

static CLIP_READ: OnceLock<Linear> = OnceLock::new();
static NASA_READ: OnceLock<Linear> = OnceLock::new();

/// The project's own clip: `tests/data/make.sh`.
pub(crate) const CLIP: Media = Media {
    file: || Some(data("clip.mp4")),
    linear: &CLIP_READ,
    video: 0,
    audio: 1,
    packets: 60 + 88,
    frames: 60,
    width: 160,
    height: 120,
    rate: (30_000, 1001),
    keys: &[0, 30],
    sample_rate: 44_100,
    samples: 88_288,
};

/// The clip of torchaudio's and torchcodec's documents: two video, two audio and two subtitle tracks.
pub(crate) const NASA: Media = Media {
    file: || corpus("torchcodec/nasa_13013.mp4"),
    linear: &NASA_READ,
    video: 3,
    audio: 4,
    packets: 325 + 103 + 390 + 205,
    frames: 390,
    width: 480,
    height: 270,
    rate: (30_000, 1001),
    keys: &[0, 240],
    sample_rate: 16_000,
    samples: 208_896,
};

/// Makes of each body a test on the clip and one on the corpus' file.
macro_rules! on_each {
    ($($body:ident),* $(,)?) => {
        mod clip {
            $(#[test]
            fn $body() {
                super::$body(&$crate::media::CLIP);
            })*
        }
        mod nasa {
            $(#[test]
            fn $body() {
                if ($crate::media::NASA.file)().is_some() {
                    super::$body(&$crate::media::NASA);
                }
            })*
        }
    };
}
pub(crate) use on_each;

/// A whole read with default outputs.
#[derive(Debug, Default)]
pub(crate) struct Linear {
    pub(crate) times: Vec<Time>,
    /// Of each frame's RGB pixels.
    pub(crate) sums: Vec<u64>,
    /// Two channels, interleaved.
    pub(crate) samples: Vec<f32>,
}

impl Media {
    pub(crate) fn path(&self) -> PathBuf {
        (self.file)().expect("the caller has looked for it")
    }

    pub(crate) fn open(&self) -> Reader {
        Reader::open(self.path()).expect("opens")
    }

    /// Exact presentation time of a frame.
    pub(crate) fn time(&self, frame: usize) -> Time {
        let base = FrameRate::new(self.rate.0, self.rate.1).expect("not zero").time_base();
        base.time(Timestamp::new(i64::try_from(frame).expect("few frames")))
    }

    /// Exact presentation time of a sample.
    pub(crate) fn sample_time(&self, sample: usize) -> Time {
        let base = TimeBase::per_second(self.sample_rate).expect("not zero");
        base.time(Timestamp::new(i64::try_from(sample).expect("few samples")))
    }

    /// A plain read; done once.
    pub(crate) fn linear(&self) -> &'static Linear {
        self.linear.get_or_init(|| {
            let mut reader = self.open();
            let mut linear = Linear::default();
            let video = reader.add_video(VideoOutput::new(1).keep_all()).expect("video");
            let audio = reader.add_audio(AudioOutput::unlimited()).expect("audio");
            for chunks in reader.chunks() {
                let chunks = chunks.expect("reads to the end");
                if let Some(chunk) = chunks.video(video) {
                    linear.times.extend(chunk.times());
                    linear.sums.extend(sums(&chunk.array().expect("u8")));
                }
                if let Some(chunk) = chunks.audio(audio) {
                    linear.samples.extend(chunk.array::<f32>().expect("f32"));
                }
            }
            linear
        })
    }
}

/// A sum of the pixels of each frame.
pub(crate) fn sums(array: &ArrayView4<'_, u8>) -> Vec<u64> {
    let sum = |frame: ndarray::ArrayView3<'_, u8>| {
        let mut hasher = DefaultHasher::new();
        match frame.as_slice() {
            Some(pixels) => pixels.hash(&mut hasher),
            None => frame.iter().copied().collect::<Vec<u8>>()[..].hash(&mut hasher),
        }
        hasher.finish()
    };
    array.axis_iter(Axis(0)).map(sum).collect()
}

/// The largest difference between samples and interleaved ones that are wanted; infinite where the numbers differ.
pub(crate) fn distance(samples: &ArrayView2<'_, f32>, wanted: &[f32]) -> f32 {
    if samples.len() != wanted.len() {
        return f32::INFINITY;
    }
    samples.iter().zip(wanted).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}
