//! What a player hears of a track.

use rushes_codec::{DecoderOptions, decoder_for};
use rushes_core::{CodecParameters, Frame, Packet, Rounding, Sample, TimeBase};

/// Decodes packets; what their trim says is cut, and what lies before the start.
pub(crate) fn decode<T: Sample>(
    parameters: &CodecParameters,
    base: TimeBase,
    packets: &[Packet],
) -> Vec<T> {
    let entry = decoder_for(&parameters.codec).expect("listed");
    let mut decoder = entry.create(parameters, &DecoderOptions::default()).expect("valid");
    let mut samples = Vec::new();
    for packet in packets {
        decoder.submit(packet).expect("a good packet");
        while let Some(Frame::Audio(mut frame)) = decoder.next_frame().expect("a good packet") {
            let rate = TimeBase::per_second(frame.sample_rate).expect("not zero");
            let count = |ticks| {
                let ticks = base.convert_ticks(ticks, rate, Rounding::Nearest).count();
                usize::try_from(ticks).expect("few")
            };
            let before =
                packet.pts.map_or(0, |pts| base.convert(pts, rate, Rounding::Nearest).ticks());
            let start = count(packet.trim.start).max(usize::try_from(-before).unwrap_or(0));
            frame.trim(start, count(packet.trim.end));
            if packet.discard {
                continue;
            }
            let planes: Vec<_> = (0..usize::from(frame.layout.channels()))
                .map(|channel| frame.plane::<T>(channel).expect("the format"))
                .collect();
            (0..frame.len()).for_each(|at| samples.extend(planes.iter().map(|plane| plane[at])));
        }
    }
    samples
}
