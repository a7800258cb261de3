//! WAVE files: RIFF (Microsoft's Multimedia Programming Interface and Data Specifications 1.0), RF64 (EBU Tech 3306)
//! and BW64 (ITU-R BS.2088).

mod chunks;
mod demux;
mod format;
mod mux;

pub(crate) use demux::WavDemuxer;
pub(crate) use mux::WavMuxer;

/// True where these first bytes of a source are those of a WAVE file.
pub(crate) fn probe(bytes: &[u8]) -> bool {
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
