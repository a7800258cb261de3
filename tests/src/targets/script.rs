//! Inputs of the decoder targets: pieces of bytes, each behind its length in 16 bits, big-endian.

use rushes::{CodecId, DemuxOptions, Source, open_demuxer};

/// The pieces; the last one may be cut off.
pub(super) fn pieces(mut bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (length, rest) = bytes.split_first_chunk()?;
        let length = usize::from(u16::from_be_bytes(*length)).min(rest.len());
        let (piece, rest) = rest.split_at(length);
        bytes = rest;
        Some(piece)
    })
}

/// Private data and packets of the track of a test file in this codec.
pub(super) fn of(file: &'static [u8], codec: &CodecId) -> Vec<Vec<u8>> {
    let mut demuxer =
        open_demuxer(Source::bytes(file), &DemuxOptions::default()).expect("the file is whole");
    let index = demuxer
        .tracks()
        .iter()
        .position(|track| track.codec.codec == *codec)
        .expect("the file has such a track");
    let mut script = Vec::new();
    push(&demuxer.tracks()[index].codec.private.clone(), &mut script);
    while let Some(packet) = demuxer.next_packet().expect("the file is whole") {
        if packet.track == index {
            push(&packet.data, &mut script);
        }
    }
    vec![script]
}

fn push(piece: &[u8], script: &mut Vec<u8>) {
    let length = u16::try_from(piece.len()).expect("the packets are small");
    script.extend(length.to_be_bytes());
    script.extend(piece);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_come_apart() {
        let pieces: Vec<&[u8]> = pieces(&[0, 1, 7, 0, 0, 0, 9, 1, 2]).collect();
        assert_eq!(pieces, [&[7][..], &[], &[1, 2]]);
    }
}
