//! Inputs of the decoder targets: pieces of bytes, each behind its length in 16 bits, big-endian.

use rushes::codec::{EncoderOptions, encoder_for};
use rushes::{
    CodecId, DemuxOptions, Frame, MediaParameters, Plane, Source, VideoFrame, VideoParameters,
    open_demuxer,
};

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

/// Packets of a file that are enough: a fuzzer wants small inputs.
const PACKETS: usize = 8;

/// Private data and the first packets of the track of a test file in this codec.
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
    let mut packets = 0;
    while packets < PACKETS
        && let Some(packet) = demuxer.next_packet().expect("the file is whole")
    {
        if packet.track == index {
            push(&packet.data, &mut script);
            packets += 1;
        }
    }
    vec![script]
}

/// The same of several files.
pub(super) fn of_all<const COUNT: usize>(
    files: [&'static [u8]; COUNT],
    codec: &CodecId,
) -> Vec<Vec<u8>> {
    files.into_iter().flat_map(|file| of(file, codec)).collect()
}

/// Private data and packets that our own encoder makes of two small pictures.
pub(super) fn encoded(codec: &CodecId) -> Vec<Vec<u8>> {
    let entry = encoder_for(codec).expect("listed");
    let Some(format) = entry.pixel_formats.first().copied() else { return Vec::new() };
    let mut video = VideoParameters::new(20, 12);
    video.pixel_format = Some(format);
    let Ok(mut encoder) = entry.create(&EncoderOptions::new(MediaParameters::Video(video))) else {
        return Vec::new();
    };
    let mut packets = Vec::new();
    for index in 0..2 {
        let planes = format.planes().iter().map(|layout| {
            let (row, rows) = (layout.row_bytes(20), layout.height(12) as usize);
            let samples: Vec<u8> = (0..=250).step_by(3 + index).cycle().take(row * rows).collect();
            Plane::new(samples, row)
        });
        let planes = planes.collect();
        let frame = VideoFrame::new(format, 20, 12, planes).expect("fits");
        encoder.submit(&Frame::Video(frame)).expect("a good frame");
        packets.extend(encoder.next_packet().expect("a good frame"));
    }
    let packets = packets.iter().map(|packet| &packet.data[..]);
    vec![join(&encoder.parameters().private, packets)]
}

/// Pieces behind their lengths.
pub(super) fn join<'a>(private: &[u8], packets: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut script = Vec::new();
    push(private, &mut script);
    packets.into_iter().for_each(|packet| push(packet, &mut script));
    script
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
