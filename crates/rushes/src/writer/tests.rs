//! The writer into memory, row by row of the specification.

use std::io::{Cursor, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex};

use ndarray::{Array2, Axis};
use rushes_core::{ErrorKind, SampleFormat};

use super::*;
use crate::{AudioOutput, Reader, Source};

/// A sink that can be looked into while a writer has it, and that fails on demand.
#[derive(Clone, Default)]
struct Memory {
    bytes: Arc<Mutex<Cursor<Vec<u8>>>>,
    room: Option<usize>,
}

impl Memory {
    fn contents(&self) -> Vec<u8> {
        self.bytes.lock().expect("not poisoned").get_ref().clone()
    }
}

impl Write for Memory {
    fn write(&mut self, data: &[u8]) -> std::io::Result<usize> {
        let mut bytes = self.bytes.lock().expect("not poisoned");
        if self.room.is_some_and(|room| bytes.get_ref().len() + data.len() > room) {
            return Err(std::io::ErrorKind::StorageFull.into());
        }
        bytes.write(data)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Seek for Memory {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.bytes.lock().expect("not poisoned").seek(to)
    }
}

fn open(memory: &Memory, format: &str, input: AudioInput) -> (OpenWriter, AudioInputId) {
    let mut writer = Writer::new(Sink::seekable(memory.clone()), format).expect("known");
    let id = writer.add_audio(input).expect("adds");
    (writer.open().expect("opens"), id)
}

fn samples(frames: usize) -> Array2<i16> {
    Array2::from_shape_fn((frames, 2), |(frame, channel)| {
        let value = i16::try_from(frame % 1000).expect("small");
        if channel == 0 { value } else { -value }
    })
}

fn stereo() -> AudioInput {
    AudioInput::new(8000, 2).format(SampleFormat::S16)
}

/// What a reader finds in a file of one audio track.
fn read(bytes: Vec<u8>) -> Array2<i16> {
    let mut reader = Reader::new(Source::bytes(bytes)).expect("opens");
    let id = reader.add_audio(AudioOutput::unlimited().source_format()).expect("adds");
    reader.process_all_packets().expect("reads");
    let chunk = reader.pop_chunks().take_audio(id).expect("samples");
    chunk.into_array().expect("16 bits")
}

/// W8: any chunking gives the same file, views of any strides and empty ones included.
#[test]
fn w8_chunking_changes_nothing() {
    let all = samples(5000);
    let write = |format: &str, sizes: &[usize]| {
        let memory = Memory::default();
        let (mut writer, id) = open(&memory, format, stereo().encoder("pcm_s16le"));
        let mut at = 0;
        for size in sizes.iter().cycle() {
            let end = (at + size).min(all.nrows());
            writer.write_audio(id, all.slice_axis(Axis(0), (at..end).into())).expect("writes");
            at = end;
            if at == all.nrows() {
                break;
            }
        }
        writer.finish().expect("finishes");
        memory.contents()
    };
    for format in ["wav", "mov"] {
        let whole = write(format, &[5000]);
        for sizes in [&[1][..], &[1000], &[0, 7, 1023]] {
            assert!(write(format, sizes) == whole, "{format} {sizes:?}");
        }
    }
    assert_eq!(read(write("wav", &[700])), all);
}

#[test]
fn w8_strides_do_not_matter() {
    let all = samples(100);
    let memory = Memory::default();
    let (mut writer, id) = open(&memory, "wav", stereo());
    let by_channel = all.t().as_standard_layout().to_owned();
    writer.write_audio(id, by_channel.t()).expect("writes");
    writer.write_audio_by_channel(id, by_channel.view()).expect("writes");
    let mut backwards = all.clone();
    backwards.invert_axis(Axis(0));
    backwards.invert_axis(Axis(0));
    writer.write_audio(id, backwards.view()).expect("writes");
    writer.finish().expect("finishes");
    let found = read(memory.contents());
    for part in 0..3 {
        assert_eq!(found.slice_axis(Axis(0), (part * 100..(part + 1) * 100).into()), all);
    }
}

/// W8: what does not fit is refused, and the file is as it was.
#[test]
fn w8_misfits_are_refused() {
    let memory = Memory::default();
    let (mut writer, id) = open(&memory, "wav", stereo());
    let (other, foreign) = open(&Memory::default(), "wav", stereo());
    drop(other);
    writer.write_audio(id, samples(10).view()).expect("writes");
    let mono = Array2::<i16>::zeros((10, 1));
    let floats = Array2::<f32>::zeros((10, 2));
    for error in [
        writer.write_audio(id, mono.view()),
        writer.write_audio(id, floats.view()),
        writer.write_audio(foreign, samples(1).view()),
        writer.write_audio_at(id, samples(1).view(), -1.0),
        writer.write_audio_at(id, samples(1).view(), f64::NAN),
        writer.write_audio_at(id, samples(1).view(), 0.0005),
        writer.write_audio_at(id, samples(1).view(), 1e6),
    ] {
        assert_eq!(error.map_err(|error| error.kind()), Err(ErrorKind::Usage));
    }
    writer.write_audio(id, samples(5).view()).expect("goes on");
    writer.finish().expect("finishes");
    assert_eq!(read(memory.contents()).nrows(), 15);
}

/// W9: times are rounded to the nearest sample, then count on; a gap is silence.
#[test]
fn w9_times_are_kept() {
    let memory = Memory::default();
    let (mut writer, id) = open(&memory, "wav", stereo());
    let ones = Array2::<i16>::ones((8, 2));
    writer.write_audio(id, ones.view()).expect("writes");
    // Sample 16, as near as 125 microseconds a sample go; then one that follows on, and one without a gap.
    writer.write_audio_at(id, ones.view(), 0.002_04).expect("writes");
    writer.write_audio(id, ones.view()).expect("writes");
    writer.write_audio_at(id, ones.view(), 0.004).expect("writes");
    writer.finish().expect("finishes");
    let found = read(memory.contents());
    let left: Vec<i16> = found.column(0).to_vec();
    let expected: Vec<i16> =
        [(1, 8), (0, 8), (1, 24)].iter().flat_map(|(value, len)| vec![*value; *len]).collect();
    assert_eq!(left, expected);
}

/// W10: dropping finishes the file; finishing tells what the sink said.
#[test]
fn w10_files_are_finished() {
    let memory = Memory::default();
    let (mut writer, id) = open(&memory, "wav", stereo());
    writer.write_audio(id, samples(3000).view()).expect("writes");
    drop(writer);
    assert_eq!(read(memory.contents()).nrows(), 3000);

    let memory = Memory { room: Some(2000), ..Memory::default() };
    let mut writer = Writer::new(Sink::forward(memory), "wav").expect("known");
    let id = writer.add_audio(stereo()).expect("adds");
    let result = writer.open().and_then(|mut writer| {
        writer.write_audio(id, samples(100_000).view())?;
        writer.finish()
    });
    assert_eq!(result.map_err(|error| error.kind()), Err(ErrorKind::Io));
}

/// W1, W3, W4: what is unknown or does not fit is told with what is known and fits.
#[test]
fn settings_are_checked() {
    let check = |result: Result<()>, kind, part: &str| {
        let error = result.expect_err(part);
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(part), "{error}");
    };
    check(Writer::create("out.xyz").map(drop), ErrorKind::Unsupported, "mp4");
    check(Writer::create("out").map(drop), ErrorKind::Unsupported, "wav");
    check(Writer::create_as("out", "xyz").map(drop), ErrorKind::Unsupported, "wav");
    let add = |input: AudioInput| {
        let mut writer = Writer::new(Sink::seekable(Memory::default()), "wav")?;
        writer.add_audio(input)?;
        writer.open().map(drop)
    };
    check(add(AudioInput::new(0, 2)), ErrorKind::Usage, "rate");
    check(add(AudioInput::new(8000, 0)), ErrorKind::Usage, "channel");
    check(add(stereo().encoder("nonsense")), ErrorKind::Unsupported, "pcm_s16le");
    check(add(stereo().encoder_format(SampleFormat::F64)), ErrorKind::Usage, "s16");
    check(add(stereo().bit_rate(64_000)), ErrorKind::Usage, "bit_rate");
    let mut writer = Writer::new(Sink::seekable(Memory::default()), "wav").expect("known");
    let error = writer.add_video(VideoInput::new(16, 16, 25)).expect_err("no pictures in WAV");
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    check(writer.open().map(drop), ErrorKind::Usage, "without tracks");
    let mut writer = Writer::new(Sink::seekable(Memory::default()), "mp4").expect("known");
    for input in [VideoInput::new(0, 16, 25), VideoInput::new(16, 16, 0)] {
        assert_eq!(writer.add_video(input).map_err(|error| error.kind()), Err(ErrorKind::Usage));
    }
}

/// W2: the encoder's rate and channels may differ from what is given.
#[test]
fn w2_sound_is_converted() {
    let memory = Memory::default();
    let input = stereo().encoder_sample_rate(16_000).encoder_channels(1);
    let (mut writer, id) = open(&memory, "wav", input);
    for part in samples(8000).axis_chunks_iter(Axis(0), 333) {
        writer.write_audio(id, part).expect("writes");
    }
    writer.finish().expect("finishes");
    let found = read(memory.contents());
    assert_eq!(found.dim(), (16_000, 1));
    // Left and right cancel out.
    assert!(found.iter().all(|sample| sample.abs() <= 1));
}

/// W14: a track that starts late starts with what was given, not with the encoder's delay.
#[cfg(feature = "aac")]
#[test]
fn w14_a_late_start_is_exact() {
    let memory = Memory::default();
    let (mut writer, id) = open(&memory, "mp4", stereo());
    writer.write_audio_at(id, samples(3000).view(), 0.5).expect("writes");
    writer.finish().expect("finishes");
    let mut reader = Reader::new(Source::bytes(memory.contents())).expect("opens");
    let id = reader.add_audio(AudioOutput::unlimited()).expect("adds");
    reader.process_all_packets().expect("reads");
    let chunk = reader.pop_chunks().take_audio(id).expect("samples");
    assert_eq!((chunk.frames(), chunk.pts()), (3000, 0.5.into_time().expect("finite")));
}

/// W2: what is converted is rounded to the bits that the encoder keeps; what is not may not lose any.
#[cfg(feature = "flac")]
#[test]
fn w2_bits_are_lost_by_conversion_alone() {
    let memory = Memory::default();
    let input = AudioInput::new(8000, 2).format(SampleFormat::F32).encoder("flac");
    let (mut writer, id) = open(&memory, "flac", input);
    let tone = Array2::from_shape_fn((5000, 2), |(frame, _)| {
        (f32::from(u16::try_from(frame).expect("small")) * 0.1).sin() * 0.3
    });
    writer.write_audio(id, tone.view()).expect("is rounded");
    writer.finish().expect("is rounded");
    let input = AudioInput::new(8000, 2).format(SampleFormat::S32).encoder("flac");
    let (mut writer, id) = open(&memory, "flac", input);
    let error = writer.write_audio(id, Array2::<i32>::from_elem((5000, 2), 0x101).view());
    assert_eq!(error.expect_err("a bit is lost").kind(), ErrorKind::Usage);
}
