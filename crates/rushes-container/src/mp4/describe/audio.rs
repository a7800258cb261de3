//! Audio sample entries: ISO/IEC 14496-12, 12.2; ETSI TS 102 366, annex F; the bindings of Opus, FLAC and ALAC to
//! ISOBMFF; "Sound Sample Descriptions" of the QuickTime File Format.

use rushes_core::{
    AudioParameters, Buffer, ChannelLayout, CodecId, CodecParameters, MediaKind, Result,
    SampleFormat,
};

use super::{AudioEntry, Description, Extensions, bit_rate_of, codec_of_object_type, pcm, private};
use crate::mp4::boxes::{BoxReader, FourCc, SampleEntry, SoundVersion};
use crate::mp4::layout::Grouping;
use crate::mp4::movie::TrackBoxes;

pub(super) fn describe(
    track: &TrackBoxes,
    entry: &SampleEntry,
    quicktime: bool,
) -> Result<Description> {
    let quicktime = quicktime || track.descriptions.version == 0;
    let audio = AudioEntry::read(&mut BoxReader::new(&entry.body, 0), quicktime)?;
    let extensions = Extensions::read(&audio.extensions)?;
    let kind = extensions.clear_kind(entry);
    let timescale = track.media.as_ref().map_or(0, |media| media.timescale);
    let mut parameters = entry_parameters(&audio, timescale);
    let (codec, private) = codec_of(kind, &audio, &extensions, &mut parameters);
    let grouping = grouping_of(&codec, &audio, &parameters);
    if codec == CodecId::Dts {
        parameters.layout = dolby_layout(None, &parameters);
    }
    if let CodecId::Pcm(format) = codec {
        let frame = u32::from(format.bits() / 8) * u32::from(parameters.layout.channels());
        parameters.block_align = frame;
        parameters.bits_per_sample = format.bits();
    }
    let unsupported =
        extensions.protection(entry).or_else(|| problem_of(&codec, private.is_empty()));
    let mut codec = CodecParameters::audio(codec, parameters);
    codec.private = Buffer::from(private);
    codec.bit_rate = bit_rate_of(extensions.esds.as_ref(), extensions.payload(*b"btrt"));
    Ok(Description { codec, unsupported, grouping, external: false })
}

/// Codecs that cannot be decoded without private data, where it is missing or broken.
fn problem_of(codec: &CodecId, missing: bool) -> Option<String> {
    let what = match codec {
        CodecId::Opus => "Opus configuration (dOps)",
        CodecId::Flac => "FLAC configuration (dfLa)",
        CodecId::Vorbis => "Vorbis headers",
        _ => return None,
    };
    missing.then(|| format!("no usable {what}"))
}

/// What the entry itself says. Rates above 65535 do not fit it; the time scale is the sample rate then.
fn entry_parameters(entry: &AudioEntry, timescale: u32) -> AudioParameters {
    let (rate, channels) = match entry.version {
        SoundVersion::Two { sample_rate, channels, .. } => {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "float to integer casts saturate, and NaN becomes zero"
            )]
            let rate = f64::from_bits(sample_rate).round() as u32;
            (rate, u16::try_from(channels).unwrap_or(0))
        }
        _ => (entry.sample_rate >> 16, entry.channels),
    };
    let rate = if rate == 0 { timescale } else { rate };
    AudioParameters::new(rate.max(1), ChannelLayout::default_for(channels.max(1)))
}

fn codec_of(
    kind: FourCc,
    entry: &AudioEntry,
    extensions: &Extensions,
    audio: &mut AudioParameters,
) -> (CodecId, Vec<u8>) {
    if let Some(format) = pcm::format_of(kind, entry, extensions) {
        return (CodecId::Pcm(format), Vec::new());
    }
    let body = |name| extensions.payload(name).unwrap_or_default().to_vec();
    let full_body = |name| extensions.full_payload(name).unwrap_or_default().to_vec();
    match &kind.0 {
        b"mp4a" => mpeg4_of(extensions, audio),
        b".mp3" | b"mp3 " | b"ms\0U" => (CodecId::Mp3, Vec::new()),
        b".mp2" | b"ms\0P" => (CodecId::Mp2, Vec::new()),
        b"ac-3" | b"sac3" | b"ms \0" => {
            let private = body(*b"dac3");
            audio.layout = dolby_layout(ac3_channels(&private), audio);
            audio.frame_samples = Some(1536);
            (CodecId::Ac3, private)
        }
        b"ec-3" => {
            let private = body(*b"dec3");
            audio.layout = dolby_layout(eac3_channels(&private), audio);
            (CodecId::Eac3, private)
        }
        b"dtsc" | b"dtsh" | b"dtsl" | b"dtse" | b"dts-" | b"dts+" | b"dtsx" => {
            (CodecId::Dts, body(*b"ddts"))
        }
        b"Opus" => {
            let fields = extensions.payload(*b"dOps").unwrap_or_default();
            apply_opus(audio, fields);
            (CodecId::Opus, private::opus_head(fields).unwrap_or_default())
        }
        b"fLaC" => {
            let blocks = extensions.full_payload(*b"dfLa").unwrap_or_default();
            apply_flac(audio, blocks);
            (CodecId::Flac, private::flac_blocks(blocks).unwrap_or_default())
        }
        b"alac" => {
            let private = full_body(*b"alac");
            apply_alac(audio, &private);
            (CodecId::Alac, private)
        }
        // AMR is mono, whatever the entry says (3GPP TS 26.244, 6.5).
        b"samr" => {
            (audio.layout, audio.sample_rate) = (ChannelLayout::MONO, 8000);
            (CodecId::AmrNb, body(*b"damr"))
        }
        b"sawb" => {
            (audio.layout, audio.sample_rate) = (ChannelLayout::MONO, 16_000);
            (CodecId::AmrWb, body(*b"damr"))
        }
        b"ms\0\x02" => (CodecId::AdpcmMs, Vec::new()),
        b"ms\0\x11" => (CodecId::AdpcmIma, Vec::new()),
        _ => (CodecId::Unknown(MediaKind::Audio, kind.to_string()), Vec::new()),
    }
}

/// Codecs behind an elementary stream descriptor.
fn mpeg4_of(extensions: &Extensions, audio: &mut AudioParameters) -> (CodecId, Vec<u8>) {
    let Some(config) = &extensions.esds else { return (CodecId::Aac, Vec::new()) };
    let mut private = config.specific.clone();
    let mut codec = codec_of_object_type(config.object_type, MediaKind::Audio);
    if config.object_type == 0x40 {
        let mut bits = Bits { bytes: &private, position: 0 };
        match read_audio_specific_config(&mut bits, audio) {
            Some(32) => codec = CodecId::Mp1,
            Some(33) => codec = CodecId::Mp2,
            Some(34) => codec = CodecId::Mp3,
            Some(36) => codec = CodecId::Unknown(MediaKind::Audio, "mp4als".to_owned()),
            _ => {}
        }
    }
    match codec {
        CodecId::Vorbis => private = private::vorbis_headers(&private).unwrap_or_default(),
        CodecId::Flac => private = private::flac_blocks(&private).unwrap_or_default(),
        _ => {}
    }
    (codec, private)
}

/// Reads the head of an `AudioSpecificConfig` (ISO/IEC 14496-3, 1.6.2.1) and returns the audio object type.
fn read_audio_specific_config(bits: &mut Bits<'_>, audio: &mut AudioParameters) -> Option<u32> {
    let object_type = read_object_type(bits)?;
    let rate = read_rate(bits)?;
    let channels = bits.read(4)?;
    let mut shown = rate;
    // Spectral band replication that is signalled up front doubles the rate.
    if matches!(object_type, 5 | 29) {
        shown = read_rate(bits)?;
    }
    if (1..=768_000).contains(&shown) {
        audio.sample_rate = shown;
    }
    // Parametric stereo makes two channels of one.
    let channels = if object_type == 29 && channels == 1 { 2 } else { channels };
    match channels {
        count @ 1..=6 => audio.layout = ChannelLayout::default_for(u16::try_from(count).ok()?),
        7 => audio.layout = ChannelLayout::default_for(8),
        _ => {}
    }
    Some(object_type)
}

fn read_object_type(bits: &mut Bits<'_>) -> Option<u32> {
    match bits.read(5)? {
        31 => bits.read(6).map(|more| 32 + more),
        object_type => Some(object_type),
    }
}

fn read_rate(bits: &mut Bits<'_>) -> Option<u32> {
    const RATES: [u32; 13] = [
        96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025,
        8000, 7350,
    ];
    match bits.read(4)? {
        15 => bits.read(24),
        index => RATES.get(usize::try_from(index).ok()?).copied(),
    }
}

/// Reads bits from the most significant on.
struct Bits<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl Bits<'_> {
    fn read(&mut self, count: u32) -> Option<u32> {
        let mut value = 0;
        for _ in 0..count {
            let byte = *self.bytes.get(self.position / 8)?;
            value = value << 1 | u32::from(byte >> (7 - self.position % 8) & 1);
            self.position += 1;
        }
        Some(value)
    }
}

/// Channels of an `AC3SpecificBox`.
fn ac3_channels(body: &[u8]) -> Option<u16> {
    let mut bits = Bits { bytes: body, position: 7 };
    channels_of_acmod(&mut bits)
}

/// Channels of the first substream of an `EC3SpecificBox`, and those that dependent substreams add.
fn eac3_channels(body: &[u8]) -> Option<u16> {
    let mut bits = Bits { bytes: body, position: 25 };
    let channels = channels_of_acmod(&mut bits)?;
    bits.read(3)?;
    if bits.read(4)? == 0 {
        return Some(channels);
    }
    // Each location is a pair, but for the rear centre, the two above and the second LFE.
    let locations = bits.read(9)?;
    let singles = (locations & 0b1_1000_1100).count_ones();
    let pairs = locations.count_ones() - singles;
    u16::try_from(singles + 2 * pairs).ok().map(|more| channels + more)
}

fn channels_of_acmod(bits: &mut Bits<'_>) -> Option<u16> {
    // Behind it is the bit stream mode.
    bits.read(3)?;
    let full = match bits.read(3)? {
        1 => 1,
        0 | 2 => 2,
        3 | 4 => 3,
        5 | 6 => 4,
        _ => 5,
    };
    let low = bits.read(1)?;
    u16::try_from(full + low).ok()
}

/// AC-3 and DTS have side channels where the usual layouts have back channels.
fn dolby_layout(channels: Option<u16>, audio: &AudioParameters) -> ChannelLayout {
    match channels.unwrap_or(audio.layout.channels()) {
        5 => ChannelLayout::from_mask(5, 0x607),
        6 => ChannelLayout::SURROUND_5_1_SIDE,
        other => ChannelLayout::default_for(other),
    }
}

fn apply_opus(audio: &mut AudioParameters, body: &[u8]) {
    audio.sample_rate = 48_000;
    if let [_version, channels, skip_high, skip_low, ..] = *body {
        audio.layout = ChannelLayout::default_for(u16::from(channels.max(1)));
        audio.delay = u32::from(u16::from_be_bytes([skip_high, skip_low]));
    }
}

/// The stream information block of FLAC (RFC 9639, 8.2) behind the header of a metadata block.
fn apply_flac(audio: &mut AudioParameters, body: &[u8]) {
    let mut bits = Bits { bytes: body, position: (4 + 10) * 8 };
    let fields = (bits.read(20), bits.read(3), bits.read(5));
    if let (Some(rate @ 1..), Some(channels), Some(depth)) = fields {
        audio.sample_rate = rate;
        audio.layout = ChannelLayout::default_for(u16::try_from(channels + 1).unwrap_or(1));
        audio.bits_per_sample = u16::try_from(depth + 1).unwrap_or(0);
        audio.sample_format = Some(lossless_format(audio.bits_per_sample));
    }
}

/// `ALACSpecificConfig`.
fn apply_alac(audio: &mut AudioParameters, body: &[u8]) {
    let Some(config) = body.first_chunk::<24>() else { return };
    let word = |at: usize| config[at..].first_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes));
    audio.frame_samples = Some(word(0)).filter(|samples| *samples > 0);
    audio.bits_per_sample = u16::from(config[5]);
    audio.sample_format = Some(lossless_format(audio.bits_per_sample));
    audio.layout = ChannelLayout::default_for(u16::from(config[9].max(1)));
    audio.sample_rate = if word(20) == 0 { audio.sample_rate } else { word(20) };
}

const fn lossless_format(bits: u16) -> SampleFormat {
    if bits <= 16 { SampleFormat::S16 } else { SampleFormat::S32 }
}

/// How samples of one tick are read in groups: QuickTime's fields, else whole samples of all channels.
fn grouping_of(codec: &CodecId, entry: &AudioEntry, audio: &AudioParameters) -> Option<Grouping> {
    if let CodecId::Pcm(format) = codec {
        let bytes_per_frame = u32::from(format.bits() / 8) * u32::from(audio.layout.channels());
        return Some(Grouping { samples_per_frame: 1, bytes_per_frame });
    }
    match entry.version {
        SoundVersion::One { samples_per_packet, bytes_per_frame, .. }
            if samples_per_packet > 1 && bytes_per_frame > 0 =>
        {
            Some(Grouping { samples_per_frame: samples_per_packet, bytes_per_frame })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn audio_specific_configs() {
        let check = |bytes: &[u8], object_type, rate, channels| {
            let mut audio = AudioParameters::new(1, ChannelLayout::MONO);
            let mut bits = Bits { bytes, position: 0 };
            assert_eq!(read_audio_specific_config(&mut bits, &mut audio), object_type);
            assert_eq!((audio.sample_rate, audio.layout.channels()), (rate, channels));
        };
        check(&[0x12, 0x10], Some(2), 44_100, 2);
        check(&[0x2b, 0x92, 0x08, 0x00], Some(5), 22_050 * 2, 2);
        check(&[0x11, 0xb8], Some(2), 48_000, 8);
        check(&[0x12], None, 1, 1);
        check(&[], None, 1, 1);
    }

    #[test]
    fn dolby_channels() {
        assert_eq!(ac3_channels(&[0x10, 0x3d, 0xe0]), Some(6));
        assert_eq!(ac3_channels(&[0x10]), None);
    }
}
