//! Sample entries for sound: ISO/IEC 14496-12, 12.2.3; 23003-5 for PCM; "Sound Sample Descriptions" of the QuickTime
//! File Format; the bindings of Opus, FLAC, ALAC and AC-3; 3GPP TS 26.244 for AMR.

use rushes_core::{AudioParameters, CodecId, CodecParameters, Error, PcmFormat, Result};

use super::entry::{BitRates, esds, needed, unsupported};
use super::flavor::Flavor;
use crate::mp4::boxes::{AudioEntry, BoxWriter, Btrt, FourCc, RawBox, SoundVersion};

pub(super) const PCM_MP4: &str = "pcm_s16, pcm_s24, pcm_s32, pcm_f32, pcm_f64 (le and be)";
pub(super) const PCM_MOV: &str =
    "pcm_u8, pcm_s8, pcm_s16, pcm_s24, pcm_s32, pcm_f32, pcm_f64 (le and be), pcm_alaw, pcm_mulaw";

/// Object types of MPEG-4 Systems (ISO/IEC 14496-1, 7.2.6.6.2).
const MPEG4_AUDIO: u8 = 0x40;
const MPEG2_AUDIO: u8 = 0x69;
const MPEG1_AUDIO: u8 = 0x6b;

/// The name and the body of the sample entry.
pub(super) fn entry(
    codec: &CodecParameters,
    audio: &AudioParameters,
    flavor: Flavor,
    rates: BitRates,
) -> Result<(FourCc, Vec<u8>)> {
    let channels = audio.layout.channels();
    if channels == 0 || audio.sample_rate == 0 {
        return Err(Error::usage(format!("{channels} channels at {} Hz", audio.sample_rate)));
    }
    let mut entry = AudioEntry {
        channels,
        sample_bits: 16,
        compression_id: 0,
        // Fixed point 16.16: higher rates do not fit, and stand in the codec's own box and in the media header.
        sample_rate: u16::try_from(audio.sample_rate).map_or(0, |rate| u32::from(rate) << 16),
        version: SoundVersion::Plain(0),
        extensions: Vec::new(),
    };
    let kind = match &codec.codec {
        CodecId::Pcm(format) if flavor == Flavor::Mov => {
            quicktime_pcm(codec, audio, *format, &mut entry)?
        }
        CodecId::Pcm(format) => iso_pcm(codec, audio, *format, flavor, &mut entry)?,
        _ => {
            let kind = compressed(codec, audio, flavor, rates, &mut entry)?;
            if flavor == Flavor::Mov {
                wrap_for_quicktime(kind, audio, &mut entry);
            }
            kind
        }
    };
    let mut w = BoxWriter::new();
    entry.write(&mut w);
    Ok((kind, w.into_bytes()))
}

fn compressed(
    codec: &CodecParameters,
    audio: &AudioParameters,
    flavor: Flavor,
    rates: BitRates,
    entry: &mut AudioEntry,
) -> Result<FourCc> {
    let systems = |object_type, specific: &[u8]| {
        (b"mp4a", RawBox::full(&esds(object_type, 5, specific, rates)))
    };
    let own = |kind, configuration: &[u8; 4], payload| {
        (kind, RawBox { kind: FourCc(*configuration), payload })
    };
    let (kind, configuration) = match codec.codec {
        CodecId::Aac => systems(MPEG4_AUDIO, &needed(codec, b"esds", 2)?),
        CodecId::Mp3 | CodecId::Mp2 | CodecId::Mp1 if audio.sample_rate <= 24_000 => {
            systems(MPEG2_AUDIO, &[])
        }
        CodecId::Mp3 | CodecId::Mp2 | CodecId::Mp1 => systems(MPEG1_AUDIO, &[]),
        CodecId::Opus => own(b"Opus", b"dOps", opus(codec)?),
        CodecId::Flac => own(b"fLaC", b"dfLa", flac(codec)?),
        CodecId::Alac => own(b"alac", b"alac", alac(codec)?),
        CodecId::Ac3 => own(b"ac-3", b"dac3", needed(codec, b"dac3", 3)?),
        CodecId::Eac3 => own(b"ec-3", b"dec3", needed(codec, b"dec3", 5)?),
        CodecId::AmrNb => own(b"samr", b"damr", needed(codec, b"damr", 9)?),
        CodecId::AmrWb => own(b"sawb", b"damr", needed(codec, b"damr", 9)?),
        _ => return Err(unsupported(codec, flavor)),
    };
    if matches!(codec.codec, CodecId::Flac | CodecId::Alac) && audio.bits_per_sample > 0 {
        entry.sample_bits = audio.bits_per_sample;
    }
    if codec.codec == CodecId::Opus {
        // Always 48 kHz, by the binding.
        entry.sample_rate = 48_000 << 16;
    }
    let has_rates = configuration.kind.0 == *b"esds";
    entry.extensions.push(configuration);
    if rates.average > 0 && !has_rates {
        entry.extensions.push(RawBox::plain(&Btrt {
            buffer_size: rates.buffer,
            max_bit_rate: rates.largest,
            average_bit_rate: rates.average,
        }));
    }
    Ok(FourCc(*kind))
}

/// The body of `dOps`, from itself or from the identification header of Ogg and Matroska (RFC 7845, 5.1), whose
/// numbers have the other byte order.
fn opus(codec: &CodecParameters) -> Result<Vec<u8>> {
    let private = needed(codec, b"dOps", 11)?;
    let Some(header) = private.strip_prefix(b"OpusHead") else { return Ok(private) };
    let [_, channels, p0, p1, r0, r1, r2, r3, g0, g1, rest @ ..] = header else {
        return Err(Error::usage("the identification header of opus is cut off"));
    };
    let mut body = vec![0, *channels, *p1, *p0, *r3, *r2, *r1, *r0, *g1, *g0];
    body.extend(rest);
    Ok(body)
}

/// The body of `dfLa`, from itself or from the metadata blocks alone, with or without their marker.
fn flac(codec: &CodecParameters) -> Result<Vec<u8>> {
    let private = needed(codec, b"dfLa", 34)?;
    let blocks = private.strip_prefix(b"fLaC").unwrap_or(&private);
    match blocks {
        // The stream information is block type 0 of 34 bytes, and maybe the last.
        [0 | 0x80, 0, 0, 34, ..] => Ok([&[0; 4], blocks].concat()),
        // The stream information itself.
        _ if blocks.len() == 34 => Ok([&[0, 0, 0, 0, 0x80, 0, 0, 34], blocks].concat()),
        _ => Ok(private),
    }
}

/// The payload of `alac`, version and flags included, from itself or from the bare cookie.
fn alac(codec: &CodecParameters) -> Result<Vec<u8>> {
    let private = needed(codec, b"alac", 24)?;
    match private.len() {
        24 | 48 => Ok([&[0; 4], &private[..]].concat()),
        _ if private.get(4..8) == Some(b"alac") => Ok(private[8..].to_vec()),
        _ => Ok(private),
    }
}

/// PCM by ISO/IEC 23003-5.
fn iso_pcm(
    codec: &CodecParameters,
    audio: &AudioParameters,
    format: PcmFormat,
    flavor: Flavor,
    entry: &mut AudioEntry,
) -> Result<FourCc> {
    let stored = Stored::of(format);
    let Some(Stored { is_float, is_little, is_signed: true, .. }) = stored else {
        return Err(unsupported(codec, flavor));
    };
    if format.bits() == 8 || format.bits() == 64 && !is_float {
        return Err(unsupported(codec, flavor));
    }
    entry.sample_bits = format.bits();
    let [_, bits] = format.bits().to_be_bytes();
    let payload = vec![0, 0, 0, 0, u8::from(is_little), bits];
    entry.extensions.push(RawBox { kind: FourCc(*b"pcmC"), payload });
    if audio.layout.channels() > 2 && audio.layout.mask() != 0 {
        entry.extensions.push(chnl(audio.layout.mask()));
    }
    Ok(FourCc(if is_float { *b"fpcm" } else { *b"ipcm" }))
}

/// PCM as QuickTime stores it.
fn quicktime_pcm(
    codec: &CodecParameters,
    audio: &AudioParameters,
    format: PcmFormat,
    entry: &mut AudioEntry,
) -> Result<FourCc> {
    let kind = match format {
        PcmFormat::U8 => b"raw ",
        PcmFormat::S8 | PcmFormat::S16Le => b"sowt",
        PcmFormat::S16Be => b"twos",
        PcmFormat::S24Le | PcmFormat::S24Be => b"in24",
        PcmFormat::S32Le | PcmFormat::S32Be => b"in32",
        PcmFormat::F32Le | PcmFormat::F32Be => b"fl32",
        PcmFormat::F64Le | PcmFormat::F64Be => b"fl64",
        PcmFormat::ALaw => b"alaw",
        PcmFormat::MuLaw => b"ulaw",
        _ => return Err(unsupported(codec, Flavor::Mov)),
    };
    let channels = u32::from(entry.channels);
    let bytes = u32::from(format.bits() / 8);
    let mut kind = FourCc(*kind);
    entry.sample_bits =
        if format.bits() == 8 && kind.0 != *b"alaw" && kind.0 != *b"ulaw" { 8 } else { 16 };
    if entry.sample_rate == 0 {
        // Only version 2 has room for the rate.
        let stored = Stored::of(format).ok_or_else(|| unsupported(codec, Flavor::Mov))?;
        kind = FourCc(*b"lpcm");
        entry.version = SoundVersion::Two {
            sample_rate: f64::from(audio.sample_rate).to_bits(),
            channels,
            bits: u32::from(format.bits()),
            flags: stored.flags(),
            bytes_per_packet: channels * bytes,
            samples_per_packet: 1,
        };
        // Constants of version 2.
        (entry.channels, entry.sample_bits, entry.compression_id) = (3, 16, -2);
        entry.sample_rate = 0x0001_0000;
    } else {
        entry.version = SoundVersion::One {
            samples_per_packet: 1,
            bytes_per_packet: bytes,
            bytes_per_frame: channels * bytes,
            bytes_per_sample: bytes,
        };
        let is_little = Stored::of(format).is_some_and(|stored| stored.is_little);
        if format.bits() > 16 {
            let enda = u16::from(is_little).to_be_bytes().to_vec();
            let extension = RawBox { kind: FourCc(*b"enda"), payload: enda };
            entry.extensions.push(wave(kind, &[extension]));
        }
    }
    if audio.layout.channels() > 2 && audio.layout.mask() != 0 {
        entry.extensions.push(chan(audio.layout.mask()));
    }
    Ok(kind)
}

/// How a sample of linear PCM is stored.
#[derive(Clone, Copy)]
struct Stored {
    is_float: bool,
    is_signed: bool,
    is_little: bool,
}

impl Stored {
    const fn of(format: PcmFormat) -> Option<Self> {
        let (is_float, is_signed, is_little) = match format {
            PcmFormat::U8 => (false, false, true),
            PcmFormat::S8 => (false, true, true),
            PcmFormat::S16Le | PcmFormat::S24Le | PcmFormat::S32Le | PcmFormat::S64Le => {
                (false, true, true)
            }
            PcmFormat::S16Be | PcmFormat::S24Be | PcmFormat::S32Be | PcmFormat::S64Be => {
                (false, true, false)
            }
            PcmFormat::F32Le | PcmFormat::F64Le => (true, true, true),
            PcmFormat::F32Be | PcmFormat::F64Be => (true, true, false),
            _ => return None,
        };
        Some(Self { is_float, is_signed, is_little })
    }

    /// As version 2 of QuickTime's sound description has them: float, big-endian, signed integer, packed.
    const fn flags(self) -> u32 {
        let integer = if self.is_signed { 4 } else { 0 };
        let kind = if self.is_float { 1 } else { integer };
        kind | if self.is_little { 0 } else { 2 } | 8
    }
}

/// QuickTime has the codec's own box inside `wave`, beside the name of the format.
fn wrap_for_quicktime(kind: FourCc, audio: &AudioParameters, entry: &mut AudioEntry) {
    entry.version = SoundVersion::One {
        samples_per_packet: audio.frame_samples.unwrap_or(0),
        bytes_per_packet: 0,
        bytes_per_frame: 0,
        bytes_per_sample: 2,
    };
    // Packets of variable size.
    entry.compression_id = -2;
    if kind.0 == *b"mp4a" {
        let inner = std::mem::take(&mut entry.extensions);
        entry.extensions.push(wave(kind, &inner));
    }
}

fn wave(kind: FourCc, inner: &[RawBox]) -> RawBox {
    let mut w = BoxWriter::new();
    w.boxed(FourCc(*b"frma"), |w| w.fourcc(kind));
    if kind.0 == *b"mp4a" {
        w.boxed(kind, |w| w.zeros(4));
    }
    for extension in inner {
        w.boxed(extension.kind, |w| w.bytes(&extension.payload));
    }
    // A box without a name ends the list.
    w.boxed(FourCc([0; 4]), |_| {});
    RawBox { kind: FourCc(*b"wave"), payload: w.into_bytes() }
}

/// Channel layout of QuickTime, by a mask whose bits are those of WAVE.
fn chan(mask: u32) -> RawBox {
    let mut w = BoxWriter::new();
    w.u32(0);
    w.u32(1 << 16);
    w.u32(mask);
    w.u32(0);
    RawBox { kind: FourCc(*b"chan"), payload: w.into_bytes() }
}

/// Channel layout of ISO/IEC 14496-12, 12.2.4, with one position of ISO/IEC 23091-3 per channel.
fn chnl(mask: u32) -> RawBox {
    const POSITIONS: [u8; 18] = [0, 1, 2, 3, 8, 9, 6, 7, 10, 4, 5, 25, 17, 19, 18, 20, 22, 21];
    let mut payload = vec![0, 0, 0, 0, 1, 0];
    let set = (0..32_usize).filter(|bit| mask >> bit & 1 == 1);
    // 127 stands for a place that is not known.
    payload.extend(set.map(|bit| POSITIONS.get(bit).copied().unwrap_or(127)));
    RawBox { kind: FourCc(*b"chnl"), payload }
}

#[cfg(test)]
mod tests {
    use rushes_core::{Buffer, ChannelLayout};

    use super::*;

    fn codec(codec: CodecId, private: &[u8]) -> CodecParameters {
        let audio = AudioParameters::new(48_000, ChannelLayout::STEREO);
        let mut codec = CodecParameters::audio(codec, audio);
        codec.private = Buffer::from(private);
        codec
    }

    #[test]
    fn private_data_of_other_containers_is_taken() {
        let head = b"OpusHead\x01\x02\x38\x01\x80\xbb\0\0\x01\0\0";
        let expected = [0, 2, 1, 0x38, 0, 0, 0xbb, 0x80, 0, 1, 0];
        assert_eq!(opus(&codec(CodecId::Opus, head)).expect("whole"), expected);
        assert_eq!(opus(&codec(CodecId::Opus, &expected)).expect("whole"), expected);

        let block = [&[0x80, 0, 0, 34][..], &[7; 34]].concat();
        let expected = [&[0; 4][..], &block].concat();
        for private in [&[&b"fLaC"[..], &block].concat(), &block, &expected, &block[4..].to_vec()] {
            assert_eq!(flac(&codec(CodecId::Flac, private)).expect("whole"), expected);
        }

        let cookie = [9; 24];
        let expected = [&[0; 4][..], &cookie].concat();
        let boxed = [&b"\0\0\0\x24alac"[..], &expected].concat();
        for private in [&cookie[..], &expected, &boxed] {
            assert_eq!(alac(&codec(CodecId::Alac, private)).expect("whole"), expected);
        }
        assert!(alac(&codec(CodecId::Alac, b"")).is_err());
    }

    #[test]
    fn pcm_goes_where_it_can() {
        let check = |format, flavor, expected: Option<&str>| {
            let codec = codec(CodecId::Pcm(format), b"");
            let audio = codec.as_audio().expect("audio");
            let found = entry(&codec, audio, flavor, BitRates::default());
            assert_eq!(found.ok().map(|(kind, _)| kind.to_string()).as_deref(), expected);
        };
        check(PcmFormat::S16Le, Flavor::Mp4, Some("ipcm"));
        check(PcmFormat::F64Be, Flavor::M4a, Some("fpcm"));
        check(PcmFormat::U8, Flavor::Mp4, None);
        check(PcmFormat::MuLaw, Flavor::Mp4, None);
        check(PcmFormat::S64Le, Flavor::Mp4, None);
        check(PcmFormat::S16Le, Flavor::Mov, Some("sowt"));
        check(PcmFormat::S24Le, Flavor::Mov, Some("in24"));
        check(PcmFormat::F32Le, Flavor::Mov, Some("fl32"));
        check(PcmFormat::MuLaw, Flavor::Mov, Some("ulaw"));
        check(PcmFormat::U16Le, Flavor::Mov, None);
    }
}
