//! Writing WAVE files.

use rushes_core::{
    Buffer, CodecId, Error, Metadata, Packet, Result, Rounding, Ticks, TimeBase, Timestamp, Track,
};

use super::chunks::{self, Ds64};
use super::cue;
use super::format::WaveFormat;
use crate::checks::{check_order, no_track};
use crate::id3::{self, Picture};
use crate::output::Output;
use crate::{MuxOptions, Muxer, Sink};

/// The size that means: see `ds64`, or: unknown, to the end.
const UNKNOWN: u32 = u32::MAX;

/// Writes WAVE files.
///
/// A WAVE file has no timeline: the sound of all packets is stored back to back. What the packets say is not presented
/// is cut off PCM.
///
/// Where the sink seeks, room for `ds64` is kept, and the file becomes RF64 only if it outgrows 4 GiB. Until it is
/// finished, and on pipes, the sizes read "unknown", so that a file that was cut off is still readable.
#[derive(Debug)]
pub(crate) struct WavMuxer {
    output: Output,
    format: WaveFormat,
    base: TimeBase,
    is_pcm: bool,
    /// Where the payload of the `fact` chunk is, which all but PCM needs.
    fact: Option<u64>,
    data_start: u64,
    last: Option<Timestamp>,
    /// The last packet ended inside a block.
    is_partial: bool,
    metadata: Metadata,
    /// The track of the sound.
    sound: usize,
    /// The other tracks with their pictures, which go behind the sound.
    pictures: Vec<(usize, Track, Option<Buffer>)>,
}

impl WavMuxer {
    /// Offset of the chunk that keeps room for `ds64`.
    const RESERVED: u64 = 12;

    /// Writes everything in front of the sound.
    pub(crate) fn create(sink: Sink, tracks: &[Track], options: &MuxOptions) -> Result<Self> {
        options.check_none("wav")?;
        let (pictures, sounds): (Vec<_>, Vec<_>) =
            tracks.iter().enumerate().partition(|(_, track)| track.disposition.attached_picture);
        let [(sound, track)] = *sounds else {
            return Err(Error::usage(format!("wav takes 1 audio track, not {}", sounds.len())));
        };
        let format = WaveFormat::for_parameters(&track.codec)?;
        let mut output = Output::new(sink)?;
        check_pictures(&pictures, output.is_seekable())?;
        output.write(b"RIFF")?;
        output.write(&UNKNOWN.to_le_bytes())?;
        output.write(b"WAVE")?;
        if output.is_seekable() {
            output.write(&chunks::chunk(*b"JUNK", &Ds64::default().write())?)?;
        }
        output.write(&chunks::chunk(*b"fmt ", &format.write())?)?;
        let is_pcm = matches!(track.codec.codec, CodecId::Pcm(_));
        let fact = (!format.is_linear()).then(|| output.position() + 8);
        if fact.is_some() {
            // Readers take zero, but not all ones, for "unknown".
            output.write(&chunks::chunk(*b"fact", &[0; 4])?)?;
        }
        let metadata = tags(&options.metadata);
        output.write(&chunks::write_info(&metadata)?)?;
        output.write(&cue::write(&options.chapters, format.sample_rate)?)?;
        if pictures.is_empty() && !chunks::has_place(&metadata) {
            output.write(&chunks::chunk(*b"id3 ", &id3::write_v2(&metadata, &[], &[])?)?)?;
        }
        output.write(b"data")?;
        output.write(&UNKNOWN.to_le_bytes())?;
        let data_start = output.position();
        Ok(Self {
            output,
            format,
            base: track.time_base,
            is_pcm,
            fact,
            data_start,
            last: None,
            is_partial: false,
            metadata,
            sound,
            pictures: pictures
                .into_iter()
                .map(|(index, track)| (index, track.clone(), None))
                .collect(),
        })
    }

    fn write_picture(&mut self, packet: &Packet) -> Result<()> {
        let count = self.pictures.len() + 1;
        let slot = self.pictures.iter_mut().find(|(index, ..)| *index == packet.track);
        match slot {
            Some((.., picture @ None)) => *picture = Some(packet.data.clone()),
            Some(_) => {
                let message = format!("a second picture for track {}", packet.track);
                return Err(Error::usage(message));
            }
            None => {
                return Err(no_track(packet.track, count));
            }
        }
        Ok(())
    }

    /// The chunk with the pictures, and with them all tags; nothing where there are no pictures.
    fn picture_chunk(&self) -> Result<Vec<u8>> {
        let pictures: Vec<Picture<'_>> = self
            .pictures
            .iter()
            .filter_map(|(_, track, data)| Some(Picture { track, data: data.as_ref()? }))
            .collect();
        if self.pictures.is_empty() {
            return Ok(Vec::new());
        }
        chunks::chunk(*b"id3 ", &id3::write_v2(&self.metadata, &[], &pictures)?)
    }

    /// The part of a packet that is heard.
    fn heard<'a>(&self, packet: &'a Packet) -> Result<&'a [u8]> {
        let bytes = &packet.data[..];
        if packet.discard {
            return Ok(&[]);
        }
        // Encoder delay lies in front of time zero.
        let before = packet.pts.map_or(Ticks::ZERO, |pts| Timestamp::ZERO.since(pts));
        let (start, end) = (packet.trim.start.max(before), packet.trim.end);
        if start == Ticks::ZERO && end == Ticks::ZERO {
            return Ok(bytes);
        }
        if !self.is_pcm {
            return Err(Error::unsupported(
                "cutting inside a packet of this codec in wav",
                "packets without trim, PCM",
            ));
        }
        let block = usize::from(self.format.block_align);
        let rate = TimeBase::per_second(self.format.sample_rate).unwrap_or(self.base);
        let cut = |ticks: Ticks| {
            let samples = self.base.convert_ticks(ticks, rate, Rounding::Nearest).count();
            usize::try_from(samples).unwrap_or(usize::MAX).saturating_mul(block).min(bytes.len())
        };
        let (start, end) = (cut(start), bytes.len() - cut(end));
        Ok(bytes.get(start..end).unwrap_or_default())
    }
}

impl Muxer for WavMuxer {
    fn write(&mut self, packet: &Packet) -> Result<()> {
        if packet.track != self.sound {
            return self.write_picture(packet);
        }
        let time = packet.dts.or(packet.pts);
        check_order(time, self.last)?;
        let bytes = self.heard(packet)?;
        if self.is_partial && !bytes.is_empty() {
            return Err(Error::usage(format!(
                "a packet follows one that is no multiple of {} bytes",
                self.format.block_align
            )));
        }
        self.is_partial = !bytes.len().is_multiple_of(usize::from(self.format.block_align));
        self.last = time.or(self.last);
        self.output.write(bytes)
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        // Behind sound of unknown length a padding byte would be heard.
        if !self.output.is_seekable() {
            return self.output.flush();
        }
        let data_size = self.output.position() - self.data_start;
        if !data_size.is_multiple_of(2) {
            self.output.write(&[0])?;
        }
        let pictures = self.picture_chunk()?;
        self.output.write(&pictures)?;
        let riff_size = self.output.position() - 8;
        let sample_count = self.format.samples_in(data_size / u64::from(self.format.block_align));
        if let Some(fact) = self.fact {
            let count = u32::try_from(sample_count).unwrap_or(UNKNOWN);
            self.output.patch(fact, &count.to_le_bytes())?;
        }
        match (u32::try_from(riff_size), u32::try_from(data_size)) {
            (Ok(riff_size), Ok(data_size)) if riff_size < UNKNOWN => {
                self.output.patch(4, &riff_size.to_le_bytes())?;
                self.output.patch(self.data_start - 4, &data_size.to_le_bytes())?;
            }
            _ => {
                let sizes = Ds64 { riff_size, data_size, sample_count };
                self.output.patch(0, b"RF64")?;
                self.output.patch(Self::RESERVED, &chunks::chunk(*b"ds64", &sizes.write())?)?;
            }
        }
        self.output.flush()
    }
}

/// Pictures go behind the sound, whose end nobody would find on a pipe.
fn check_pictures(pictures: &[(usize, &Track)], seekable: bool) -> Result<()> {
    for (_, track) in pictures {
        let codec = &track.codec.codec;
        if Picture::mime(codec).is_none() {
            let what = format!("a picture in {codec} in wav");
            return Err(Error::unsupported(what, "mjpeg, png, gif, webp"));
        }
        if !seekable {
            let what = "a picture in wav on an output that cannot seek";
            return Err(Error::unsupported(what, "outputs that seek"));
        }
    }
    Ok(())
}

/// The file's tags, and who wrote it.
fn tags(metadata: &Metadata) -> Metadata {
    let mut tags = metadata.clone();
    if tags.value("encoder").is_none() {
        tags.set("encoder", crate::ENCODER);
    }
    tags
}
