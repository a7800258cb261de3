//! AU files of Sun and `NeXT` (manual page `audio_file_format` of Solaris); big-endian throughout.

use rushes_core::{
    AudioParameters, ChannelLayout, CodecId, CodecParameters, Error, MediaKind, PcmFormat, Result,
    TimeBase, Track,
};

use crate::blocks::{self, BlockDemuxer, BlockOpening, Sound, check_metadata};
use crate::id3::Tags;
use crate::input::Input;
use crate::probe::Score;
use crate::registry::{Entry, FormatReader};
use crate::{DemuxOptions, Format};

pub(crate) static FORMATS: [Entry; 1] = [Entry {
    format: Format {
        name: "au",
        long_name: "AU (Sun, NeXT)",
        extensions: &["au", "snd"],
        default_video: None,
        default_audio: None,
    },
    reader: Some(FormatReader {
        probe: |start| start.starts_with(b".snd").then_some(Score::Certain),
        open: |input, options| Ok(Box::new(open(input, options)?)),
    }),
    create: None,
}];

/// Bytes of the fields in front of the annotation.
const HEADER: u32 = 24;
/// Samples of a packet: FFmpeg's choice up to version 6.
const PACKET_SAMPLES: u64 = 1024;
/// The size that means: unknown, to the end.
const UNKNOWN: u32 = u32::MAX;

/// Reads everything but the sound.
fn open(mut input: Input, options: &DemuxOptions) -> Result<BlockDemuxer> {
    options.check_none("au")?;
    if input.read_array()? != *b".snd" {
        return Err(Error::malformed("this is no AU file").at(0));
    }
    let mut fields = [0; 5];
    for field in &mut fields {
        *field = u32::from_be_bytes(input.read_array()?);
    }
    let [start, size, encoding, rate, channels] = fields;
    let channels = u16::try_from(channels).ok().filter(|channels| *channels > 0);
    let (Some(base), Some(channels)) = (TimeBase::per_second(rate), channels) else {
        let message = format!("{} channels at {rate} Hz", fields[4]);
        return Err(Error::malformed(message).at(16));
    };
    let Some(annotation) = start.checked_sub(HEADER) else {
        return Err(Error::malformed(format!("sound at byte {start}, inside the header")).at(4));
    };
    let mut tags = Tags::default();
    check_metadata(&input, annotation.into())?;
    annotate(&input.read_payload(annotation.into())?, &mut tags);
    let mut audio = AudioParameters::new(rate, ChannelLayout::default_for(channels));
    let codec = match format_of(encoding) {
        Some(format) => {
            audio.sample_format = Some(blocks::sample_format(format));
            audio.bits_per_sample = format.bits();
            audio.block_align = u32::from(channels) * u32::from(format.bits() / 8);
            CodecId::Pcm(format)
        }
        None => CodecId::Unknown(MediaKind::Audio, format!("au {encoding}")),
    };
    let block = u64::from(audio.block_align).max(1);
    let mut parameters = CodecParameters::audio(codec, audio);
    parameters.bit_rate =
        Some(block * u64::from(rate) * 8).filter(|_| format_of(encoding).is_some());
    let sound = Sound::here(&input, Some(size).filter(|size| *size != UNKNOWN).map(u64::from));
    let track = Track::new(0, parameters, base);
    let packet = PACKET_SAMPLES * block;
    let opening = BlockOpening { format: "au", track, tags, block, samples: 1, packet, sound };
    BlockDemuxer::new(input, opening)
}

const fn format_of(encoding: u32) -> Option<PcmFormat> {
    Some(match encoding {
        1 => PcmFormat::MuLaw,
        2 => PcmFormat::S8,
        3 => PcmFormat::S16Be,
        4 => PcmFormat::S24Be,
        5 => PcmFormat::S32Be,
        6 => PcmFormat::F32Be,
        7 => PcmFormat::F64Be,
        27 => PcmFormat::ALaw,
        _ => return None,
    })
}

/// Lines of the form `key=value`, as some writers have them; anything else is a comment.
fn annotate(bytes: &[u8], tags: &mut Tags) {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_end_matches('\0');
    let pairs: Option<Vec<_>> = text.lines().map(|line| line.split_once('=')).collect();
    match pairs {
        Some(pairs) => {
            for (key, value) in pairs {
                tags.set(&key.trim().to_lowercase(), value.trim());
            }
        }
        None => tags.set("comment", text.trim()),
    }
}
