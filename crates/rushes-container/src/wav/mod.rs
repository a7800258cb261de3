//! WAVE files: RIFF (Microsoft's Multimedia Programming Interface and Data Specifications 1.0), RF64 (EBU Tech 3306)
//! and BW64 (ITU-R BS.2088).

mod chunks;
mod cue;
mod demux;
mod format;
mod mux;
mod w64;

use rushes_core::{CodecId, PcmFormat};

pub(crate) use self::chunks::read_info;
pub(crate) use self::format::WaveFormat;
use self::mux::WavMuxer;
use crate::Format;
use crate::probe::Score;
use crate::registry::{Entry, FormatReader};

pub(crate) static FORMATS: [Entry; 2] = [
    Entry {
        format: Format {
            name: "wav",
            long_name: "WAV / WAVE (Waveform Audio)",
            extensions: &["wav", "wave", "rf64", "bw64"],
            default_video: None,
            default_audio: Some(CodecId::Pcm(PcmFormat::S16Le)),
        },
        reader: Some(FormatReader {
            probe: |start| probe(start).then_some(Score::Certain),
            open: |input, options| Ok(Box::new(demux::open(input, options)?)),
        }),
        create: Some(|sink, tracks, options| {
            Ok(Box::new(WavMuxer::create(sink, tracks, options)?))
        }),
    },
    Entry {
        format: Format {
            name: "w64",
            long_name: "Wave64 (Sony)",
            extensions: &["w64"],
            default_video: None,
            default_audio: None,
        },
        reader: Some(FormatReader {
            probe: |start| start.starts_with(&w64::RIFF).then_some(Score::Certain),
            open: |input, options| Ok(Box::new(w64::open(input, options)?)),
        }),
        create: None,
    },
];

/// True where these first bytes of a source are those of a WAVE file.
fn probe(bytes: &[u8]) -> bool {
    bytes.len() >= 12
        && matches!(&bytes[..4], b"RIFF" | b"RIFX" | b"RF64" | b"BW64")
        && &bytes[8..12] == b"WAVE"
}

#[cfg(test)]
mod tests {
    use super::probe;

    #[test]
    fn only_wave_files_probe() {
        for (bytes, expected) in [
            (&b"RIFF\xff\xff\xff\xffWAVEfmt "[..], true),
            (b"RF64\xff\xff\xff\xffWAVE", true),
            (b"RIFF\xff\xff\xff\xffAVI LIST", false),
            (b"RIFF\xff\xff\xff\xffWAV", false),
            (b"", false),
        ] {
            assert_eq!(probe(bytes), expected);
        }
    }
}
