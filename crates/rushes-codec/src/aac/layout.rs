//! Which speakers the channels of AAC belong to: ISO/IEC 14496-3, table 1.19 and 4.5.1.2.

use rushes_core::ChannelLayout;
use rusty_aac::config::{Pce, PceElement, StreamConfig};

const FRONT: u32 = 0x3;
const CENTER: u32 = 0x4;
const LOW: u32 = 0x8;
const BACK: u32 = 0x30;
const FRONT_OF_CENTER: u32 = 0xc0;
const BACK_CENTER: u32 = 0x100;
const SIDE: u32 = 0x600;

/// The layout of `channels` decoded channels; the decoder puts them in the order of the mask.
pub(crate) fn of(config: Option<&StreamConfig>, channels: u16) -> ChannelLayout {
    match config {
        // With parametric stereo, one coded channel becomes two.
        Some(StreamConfig { pce: Some(pce), .. }) if pce.channels() == usize::from(channels) => {
            ChannelLayout::from_mask(channels, mask(pce).unwrap_or(0))
        }
        Some(StreamConfig { channel_config: 11, .. }) if channels == 7 => {
            ChannelLayout::from_mask(7, FRONT | CENTER | LOW | BACK | BACK_CENTER)
        }
        _ => ChannelLayout::default_for(channels),
    }
}

/// The speakers of a program, as FFmpeg assigns them; `None` where it has more than there are usual places for.
fn mask(pce: &Pce) -> Option<u32> {
    let front = match shape(&pce.front)? {
        (0, 0) => 0,
        (1, 0) => CENTER,
        (single, 1) => FRONT | (CENTER * single),
        (single, 2) => FRONT | FRONT_OF_CENTER | (CENTER * single),
        _ => return None,
    };
    let (side, back) = match (shape(&pce.side)?, shape(&pce.back)?) {
        ((0, pairs @ 0..=1), (single, 0)) => (SIDE * pairs, BACK_CENTER * single),
        ((0, pairs @ 0..=1), (single, 1)) => (SIDE * pairs, BACK | (BACK_CENTER * single)),
        ((0, 0), (single, 2)) => (SIDE, BACK | (BACK_CENTER * single)),
        _ => return None,
    };
    let low = match pce.lfe.len() {
        0 => 0,
        1 => LOW,
        _ => return None,
    };
    Some(front | side | back | low)
}

/// Single channels (at most one) and pairs of a group of speakers.
fn shape(elements: &[PceElement]) -> Option<(u32, u32)> {
    let pairs = elements.iter().filter(|element| element.is_cpe).count();
    let single = elements.len() - pairs;
    Some((u32::try_from(single).ok().filter(|single| *single < 2)?, u32::try_from(pairs).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_get_the_usual_speakers() {
        let elements = |text: &str| -> Vec<PceElement> {
            text.chars().map(|kind| PceElement { is_cpe: kind == 'p', tag: 0 }).collect()
        };
        let check = |front: &str, side: &str, back: &str, low: usize, expected: Option<&str>| {
            let pce = Pce {
                front: elements(front),
                side: elements(side),
                back: elements(back),
                lfe: vec![0; low],
                ..Pce::default()
            };
            let channels = u16::try_from(pce.channels()).expect("few");
            let layout =
                mask(&pce).map(|mask| ChannelLayout::from_mask(channels, mask).to_string());
            assert_eq!(layout.as_deref(), expected, "{front} {side} {back} {low}");
        };
        check("s", "", "", 0, Some("mono"));
        check("p", "", "", 0, Some("stereo"));
        check("sp", "", "s", 0, Some("4.0"));
        check("sp", "", "p", 1, Some("5.1"));
        check("sp", "p", "", 1, Some("5.1(side)"));
        check("sp", "p", "p", 1, Some("7.1"));
        check("sp", "", "pp", 1, Some("7.1"));
        check("ss", "", "", 0, None);
        check("p", "", "", 2, None);
    }
}
