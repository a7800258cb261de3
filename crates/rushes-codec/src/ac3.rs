//! AC-3 and E-AC-3 decoder: ATSC A/52 (ETSI TS 102 366), with `oxideav-ac3`.

use std::fmt::Display;

use oxideav_ac3::audblk::{self, Ac3State};
use oxideav_ac3::decoder::verify_packet_crc;
use oxideav_ac3::eac3::chanmap::ChannelLocation;
use oxideav_ac3::eac3::{Eac3DecoderState, decode_eac3_packet};
use oxideav_ac3::{bsi, syncinfo};
use rushes_core::{AudioFrame, ChannelLayout, CodecParameters, Error, Packet, Result};

use crate::guard::guard;
use crate::sound::{Engine, SoundDecoder};
use crate::{Decoder, DecoderOptions, options};

/// Samples of a frame of AC-3.
const SAMPLES: usize = 1536;
/// Streams up to this version are AC-3, later ones E-AC-3.
const LAST_AC3: u8 = 10;
const LOW: u32 = 0x8;

/// Makes a decoder for the registry.
pub(crate) fn create(
    _parameters: &CodecParameters,
    options: &DecoderOptions,
) -> Result<Box<dyn Decoder>> {
    options::check(&options.options, &[])?;
    Ok(SoundDecoder::boxed(Ac3Decoder::default()))
}

#[derive(Default)]
struct Ac3Decoder {
    plain: Box<Ac3State>,
    enhanced: Box<Eac3DecoderState>,
}

/// Interleaved samples, and where their channels belong, as bits of a mask of speakers.
struct Sound {
    samples: Vec<f32>,
    speakers: Vec<u32>,
    rate: u32,
}

impl Engine for Ac3Decoder {
    fn decode(&mut self, packet: &Packet) -> Result<Option<AudioFrame>> {
        let result = guard(|| self.packet(&packet.data))
            .unwrap_or_else(|_| Err(Error::malformed("a packet of AC-3 leads out of the tables")));
        if result.is_err() {
            // What overlaps with a broken frame is garbled.
            self.reset();
        }
        result
    }

    fn reset(&mut self) {
        *self = Self::default();
    }
}

impl Ac3Decoder {
    /// All frames of a packet; several where those of E-AC-3 have few blocks.
    fn packet(&mut self, data: &[u8]) -> Result<Option<AudioFrame>> {
        let mut all: Option<Sound> = None;
        for program in programs(data)? {
            let sound = self.program(program)?;
            match &mut all {
                None => all = Some(sound),
                Some(all) if (all.rate, &all.speakers) == (sound.rate, &sound.speakers) => {
                    all.samples.extend(sound.samples);
                }
                Some(_) => {
                    return Err(Error::unsupported("AC-3 that changes inside of a packet", ""));
                }
            }
        }
        all.map(planar).transpose()
    }

    /// A frame, and those that depend on it.
    fn program(&mut self, data: &[u8]) -> Result<Sound> {
        if version(data) > LAST_AC3 {
            let frame = decode_eac3_packet(&mut self.enhanced, data).map_err(broken)?;
            if let Some(problem) = &self.enhanced.last_error {
                return Err(Error::malformed(format!("E-AC-3: {problem}")));
            }
            let mut speakers = speakers(frame.acmod, frame.lfeon);
            speakers.extend(frame.dep_locations.iter().copied().map(speaker));
            let samples = self.enhanced.indep_pcm_f32().to_vec();
            return Ok(Sound { samples, speakers, rate: frame.sample_rate });
        }
        let sync = syncinfo::parse(data).map_err(broken)?;
        let info = bsi::parse(&data[5..]).map_err(broken)?;
        let speakers = speakers(info.acmod, info.lfeon);
        let mut samples = vec![0.0; SAMPLES * speakers.len()];
        audblk::decode_frame(&mut self.plain, &sync, &info, data, &mut samples).map_err(broken)?;
        Ok(Sound { samples, speakers, rate: sync.sample_rate })
    }
}

fn broken(error: impl Display) -> Error {
    Error::malformed(format!("AC-3: {error}"))
}

/// The frames of the first program, each with those that depend on it.
fn programs(data: &[u8]) -> Result<Vec<&[u8]>> {
    let mut programs: Vec<&[u8]> = Vec::new();
    let (mut at, mut is_first) = (0, false);
    while at < data.len() {
        let rest = &data[at..];
        let length = length(rest).ok_or_else(|| {
            Error::malformed("a frame of AC-3 has no header, or is cut off").at(at as u64)
        })?;
        let frame = &rest[..length];
        if !verify_packet_crc(frame).is_ok_and(|status| status.all_ok()) {
            return Err(Error::malformed("a frame of AC-3 has a wrong checksum").at(at as u64));
        }
        let kind = frame[2] >> 6;
        if version(frame) <= LAST_AC3 || kind != 1 {
            is_first = version(frame) <= LAST_AC3 || frame[2] >> 3 & 7 == 0;
            if is_first {
                programs.push(frame);
            }
        } else if let Some(program) = programs.last_mut().filter(|_| is_first) {
            // A frame that depends on another follows it.
            let start = at - program.len();
            *program = &data[start..at + length];
        }
        at += length;
    }
    Ok(programs)
}

/// The length of the frame at the start; `None` where there is none, or where it is cut off.
fn length(data: &[u8]) -> Option<usize> {
    let [0x0b, 0x77, high, low, _, _, ..] = *data else { return None };
    let length = if version(data) > LAST_AC3 {
        (usize::from(high & 7) << 8 | usize::from(low)) * 2 + 2
    } else {
        syncinfo::parse(data).ok()?.frame_length as usize
    };
    (6..=data.len()).contains(&length).then_some(length)
}

/// The version of the syntax, which is at the same place in all of them.
fn version(frame: &[u8]) -> u8 {
    frame.get(5).map_or(0, |byte| byte >> 3)
}

/// The speakers of the channels in the order they are stored: A/52, table 5.8.
fn speakers(mode: u8, low: bool) -> Vec<u32> {
    let full: &[u32] = match mode {
        1 => &[0x4],
        3 => &[0x1, 0x4, 0x2],
        4 => &[0x1, 0x2, 0x100],
        5 => &[0x1, 0x4, 0x2, 0x100],
        6 => &[0x1, 0x2, 0x200, 0x400],
        7 => &[0x1, 0x4, 0x2, 0x200, 0x400],
        // Two programs of a channel each are given as left and right.
        _ => &[0x1, 0x2],
    };
    let mut speakers = full.to_vec();
    speakers.extend(low.then_some(LOW));
    speakers
}

/// The speaker of a channel that a dependent frame adds: A/52, table E2.5. 0 for one that masks do not know.
const fn speaker(location: ChannelLocation) -> u32 {
    match location {
        ChannelLocation::Left => 0x1,
        ChannelLocation::Right => 0x2,
        ChannelLocation::Center => 0x4,
        ChannelLocation::Lfe => LOW,
        ChannelLocation::LeftRearSurround => 0x10,
        ChannelLocation::RightRearSurround => 0x20,
        ChannelLocation::LeftCenter => 0x40,
        ChannelLocation::RightCenter => 0x80,
        ChannelLocation::CenterSurround => 0x100,
        ChannelLocation::LeftSurround => 0x200,
        ChannelLocation::RightSurround => 0x400,
        ChannelLocation::TopSurround => 0x800,
        ChannelLocation::VerticalHeightLeft => 0x1000,
        ChannelLocation::VerticalHeightCenter => 0x2000,
        ChannelLocation::VerticalHeightRight => 0x4000,
        ChannelLocation::TopSurroundLeft => 0x8000,
        ChannelLocation::TopSurroundRight => 0x2_0000,
        _ => 0,
    }
}

/// The samples of each channel, in the order of the mask.
fn planar(sound: Sound) -> Result<AudioFrame> {
    let Sound { samples, speakers, rate } = sound;
    let mask = speakers.iter().fold(0, |mask, speaker| mask | speaker);
    if speakers.contains(&0) || mask.count_ones() as usize != speakers.len() {
        return Err(Error::unsupported("E-AC-3 with channels beyond the usual speakers", ""));
    }
    let mut order: Vec<usize> = (0..speakers.len()).collect();
    order.sort_by_key(|channel| speakers[*channel]);
    let mut planes = Vec::<f32>::with_capacity(samples.len());
    for channel in order {
        planes.extend(samples.iter().skip(channel).step_by(speakers.len()));
    }
    let channels = u16::try_from(speakers.len()).unwrap_or(0);
    AudioFrame::new(planes, ChannelLayout::from_mask(channels, mask), rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_come_in_the_order_of_the_mask() {
        let samples = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5].to_vec();
        let sound = Sound { samples, speakers: speakers(7, true), rate: 48_000 };
        let frame = planar(sound).expect("six speakers");
        assert_eq!(frame.layout, ChannelLayout::SURROUND_5_1_SIDE);
        for (channel, expected) in [0.0, 0.2, 0.1, 0.5, 0.3, 0.4].into_iter().enumerate() {
            assert_eq!(frame.plane::<f32>(channel), Some(&[expected][..]), "{channel}");
        }
        for mode in 0..8 {
            assert_eq!(speakers(mode, false).len(), [2, 1, 2, 3, 3, 4, 4, 5][usize::from(mode)]);
        }
        let speakers = vec![0x1, 0x2, speaker(ChannelLocation::Lfe2)];
        let sound = Sound { samples: vec![0.0; 3], speakers, rate: 48_000 };
        assert!(matches!(planar(sound), Err(Error::Unsupported(_))));
    }

    #[test]
    fn frames_are_told_apart() {
        for (data, expected) in [
            // 32 kbit/s at 48 kHz.
            (&b"\x0b\x77\0\0\0\x40"[..], None),
            (b"\x0b\x77\0\x02\0\x80", Some(6)),
            (b"\x0b\x77\x04\x02\0\x80", None),
            (b"\x0b\x78\0\x02\0\x80", None),
            (b"\x0b\x77\0\x02\0", None),
        ] {
            assert_eq!(length(data), expected, "{data:x?}");
        }
        assert!(programs(b"").is_ok_and(|programs| programs.is_empty()));
        assert!(programs(b"\x0b\x77\0\x02\0\x80").is_err(), "the checksum is wrong");
    }
}
