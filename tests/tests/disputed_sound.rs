//! Sound of the corpus that FFmpeg 5.1 hears otherwise than we do, file by file, with what speaks for us.

use std::path::Path;
use std::process::Command;

use rushes::{
    AudioFrame, DecoderOptions, DemuxOptions, Frame, FrameReader, SampleFormat, Source,
    open_demuxer,
};
use rushes_tests::{corpus, skipped};

/// What two decoders with floats differ by.
const TOLERANCE: f64 = 1e-4;

/// All blocks of a track.
fn blocks(path: &Path, track: usize) -> Vec<AudioFrame> {
    let mut reader = FrameReader::new(Source::open(path).expect("is there")).expect("opens");
    reader.select(track, &DecoderOptions::default()).expect("a decoder");
    let mut blocks = Vec::new();
    while let Some(found) = reader.next_frame().expect("decodes") {
        let Frame::Audio(block) = found.frame else { panic!("no sound") };
        blocks.push(block);
    }
    blocks
}

/// Samples in the order of time, then of channels; full scale is 1.
fn samples(blocks: &[AudioFrame]) -> Vec<f64> {
    let mut all = Vec::new();
    for block in blocks {
        let channels = usize::from(block.layout.channels());
        let planes: Vec<Vec<f64>> = (0..channels).map(|channel| plane(block, channel)).collect();
        all.extend((0..block.len()).flat_map(|at| planes.iter().map(move |plane| plane[at])));
    }
    all
}

fn plane(block: &AudioFrame, channel: usize) -> Vec<f64> {
    let known = "of the format that it says";
    match block.format() {
        SampleFormat::F32 => {
            block.plane::<f32>(channel).expect(known).iter().map(|s| f64::from(*s)).collect()
        }
        SampleFormat::S32 => {
            let full = f64::from(1_u32 << 31);
            block.plane::<i32>(channel).expect(known).iter().map(|s| f64::from(*s) / full).collect()
        }
        other => panic!("samples of {other}"),
    }
}

/// What a program prints; `None` where it is not installed.
fn output(program: &str, arguments: &[&str], path: &Path, rest: &[&str]) -> Option<Vec<u8>> {
    let Ok(output) = Command::new(program).args(arguments).arg(path).args(rest).output() else {
        skipped(&format!("{program} is not installed"));
        return None;
    };
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    Some(output.stdout)
}

/// FFmpeg's samples of the first sound of a file.
fn ffmpeg(path: &Path) -> Option<Vec<f64>> {
    let rest = ["-map", "0:a:0", "-f", "f32le", "-"];
    let bytes = output("ffmpeg", &["-nostdin", "-v", "error", "-i"], path, &rest)?;
    let (samples, _) = bytes.as_chunks::<4>();
    Some(samples.iter().map(|sample| f64::from(f32::from_le_bytes(*sample))).collect())
}

/// The largest difference, full scale at most.
fn worst<'s>(pairs: impl Iterator<Item = (&'s f64, &'s f64)>) -> f64 {
    pairs.map(|(a, b)| (a.clamp(-1.0, 1.0) - b.clamp(-1.0, 1.0)).abs()).fold(0.0, f64::max)
}

/// Edits that end within the last frame: FFmpeg plays it to its end, we stop where the edit does (ISO/IEC 14496-12, 8.6.6).
/// Until there all samples are alike; in files this short the tail shows in the root mean square.
#[test]
fn edits_end_within_a_frame() {
    let files = [
        ("mp4parse/mp4parse/metadata.mp4", 1, 1920, 2048),
        ("mp4parse/mp4parse/metadata_gnre.mp4", 1, 1920, 2048),
        ("androidx-media/mp4/bbb_1ch_16kHz_aac.mp4", 0, 16_000, 16_384),
        ("androidx-media/mp4/dolbyVision-hdr.MOV", 1, 4631, 5056),
    ];
    for (name, track, count, whole) in files {
        let Some(path) = corpus(name) else { continue };
        let blocks = blocks(&path, track);
        let channels = usize::from(blocks[0].layout.channels());
        let ours = samples(&blocks);
        assert_eq!(ours.len(), count * channels, "{name}");
        let Some(theirs) = ffmpeg(&path) else { return };
        assert!(theirs.len() >= ours.len() && theirs.len() <= whole * channels, "{name}");
        let worst = worst(ours.iter().zip(&theirs));
        assert!(worst < TOLERANCE, "{name}: off by {worst}");
    }
}

/// Streams of MPEG audio whose samples come with minimp3: FFmpeg 5.1 is off by 0.04 to 0.38 in `M2L3_compl24`, which FFmpeg 8
/// decodes as we do, `l3-test45` and `l3-test46`, and mixes down what `l3-he_mode` has in stereo.
#[test]
fn layer_3_is_that_of_the_suite() {
    let files = [
        ("M2L3_bitrate_16_all", 0),
        ("M2L3_bitrate_22_all", 0),
        ("M2L3_bitrate_24_all", 0),
        ("M2L3_compl24", 0),
        ("l3-he_mode", 0),
        ("l3-test45", 0),
        ("l3-test46", 0),
        // The samples that are known end a frame before the stream.
        ("l3-he_32khz", 1152),
        ("l3-si", 1152),
        ("l3-si_huff", 1152),
    ];
    for (name, behind) in files {
        let Some(known) = corpus(&format!("refs/minimp3-pcm/{name}.pcm.xz")) else { continue };
        let Some(path) = corpus(&format!("minimp3/{name}.bit")) else { continue };
        let Some(bytes) = output("xz", &["-dc"], &known, &[]) else { return };
        let (known, _) = bytes.as_chunks::<2>();
        let known: Vec<f64> =
            known.iter().map(|s| f64::from(i16::from_le_bytes(*s)) / 32_768.0).collect();
        let ours = samples(&blocks(&path, 0));
        assert_eq!(ours.len(), known.len() + behind, "{name}");
        let worst = worst(ours.iter().zip(&known));
        // What 16 bits round away, and the largest that they hold.
        assert!(worst <= 1.001 / 32_768.0, "{name}: off by {worst}");
    }
}

/// Layers 1 and 2: FFmpeg takes a first frame for junk that is in another stereo mode than the second. `mpg123` has all, as we.
#[test]
fn the_first_frame_counts() {
    for (name, frames) in [("l1-fl1", 49), ("l1-fl2", 49), ("l2-fl10", 49), ("l2-fl11", 49)] {
        let Some(path) = corpus(&format!("minimp3/{name}.bit")) else { continue };
        assert_eq!(blocks(&path, 0).len(), frames, "{name}");
        let Some(theirs) = output("mpg123", &["-q", "-e", "f32", "-s"], &path, &[]) else { return };
        let (theirs, _) = theirs.as_chunks::<4>();
        let theirs: Vec<f64> =
            theirs.iter().map(|sample| f64::from(f32::from_le_bytes(*sample))).collect();
        let ours = samples(&blocks(&path, 0));
        assert_eq!(ours.len(), theirs.len(), "{name}");
        assert!(worst(ours.iter().zip(&theirs)) < TOLERANCE, "{name}");
    }
}

/// 24 bits in 4 bytes: FFmpeg takes them for the floats that Cool Edit wrote under such a header, and gives nearly nothing. The
/// tests of hound, which these files are from, say that they are integers.
#[test]
fn integers_of_24_bits_in_32() {
    let check = |form: &str, bits: u32, expected: [f64; 4]| {
        let name = format!("lofty/files/assets/hound/{form}-24bit-4byte-48kHz-stereo.wav");
        let Some(path) = corpus(&name) else { return };
        let samples = samples(&blocks(&path, 0));
        let integers: Vec<f64> =
            samples.iter().map(|sample| sample * f64::from(1_u32 << (bits - 1))).collect();
        assert_eq!(integers, expected, "{name}");
    };
    check("pcmwaveformat", 24, [-96.0, 23_052.0, 8_388_607.0, -8_360_672.0]);
    // This header says 32 bits of which 24 count, and those are the upper ones; hound has them in the lower.
    let whole = [0x00ff_ffa0, 0x5a0c, 0x007f_ffff, 0x0080_6d20].map(f64::from);
    check("waveformatextensible", 32, whole);
}

/// A `pcmC` box says 24 bits (ISO/IEC 23003-5, 4.3), which the sample entry cannot: FFmpeg before 7 takes them for 16.
#[test]
fn the_box_of_pcm_says_the_bits() {
    let name = "androidx-media/mp4/sample_ipcm_24le.mp4";
    let Some(path) = corpus(name) else { return };
    let source = Source::open(&path).expect("is there");
    let mut demuxer = open_demuxer(source, &DemuxOptions::default()).expect("opens");
    assert_eq!(demuxer.tracks()[1].codec.codec.name(), "pcm_s24le");
    let mut bytes = 0;
    while let Some(packet) = demuxer.next_packet().expect("whole") {
        bytes += if packet.track == 1 { packet.data.len() } else { 0 };
    }
    let samples = samples(&blocks(&path, 1));
    assert_eq!((bytes, samples.len()), (3 * 45_056, 45_056));
    // Speech that was recorded softly, not noise at full scale.
    let peak = samples.iter().fold(0.0, |peak: f64, sample| peak.max(sample.abs()));
    assert!((peak - 0.002_656).abs() < 1e-6, "{peak}");
}

/// Without an edit list nothing is cut from Opus in MP4: its `PreSkip` is informative (Encapsulation of Opus in ISO Base Media
/// File Format, 4.3.2). Here it is also in the wrong order of bytes, 39936 for 156.
#[test]
fn the_pre_skip_of_mp4_cuts_nothing() {
    let Some(path) = corpus("mp4parse/mp4parse_capi/opus_audioinit.mp4") else { return };
    let counts = blocks(&path, 0).iter().map(AudioFrame::len).sum::<usize>();
    assert_eq!(counts, 547 * 960);
}
