//! Reading CAF files: by blocks where all packets are alike, else by the packet table.

use rushes_core::{
    Error, Metadata, Packet, Result, Rounding, Ticks, Time, TimeBase, Timestamp, Track,
};

use super::describe;
use super::header::Header;
use super::table::{PacketTable, Place};
use crate::blocks::{BlockDemuxer, BlockOpening, PACKET_BYTES, Sound};
use crate::framed::Cut;
use crate::input::Input;
use crate::{DemuxOptions, Demuxer, SeekTo, Seeked};

/// Reads everything but the sound.
pub(super) fn open(mut input: Input, options: &DemuxOptions) -> Result<Box<dyn Demuxer>> {
    options.check_none("caf")?;
    let mut header = Header::read(&mut input).map_err(|error| error.within("caff"))?;
    let missing = |name| Error::malformed(format!("there is no '{name}' chunk")).within("caff");
    let description = header.description.ok_or_else(|| missing("desc"))?;
    let sound = header.sound.ok_or_else(|| missing("data"))?;
    if !options.apply_edits
        && let Some(table) = &mut header.table
    {
        (table.priming, table.remainder) = (0, 0);
    }
    let parameters = describe::parameters(&description, &header);
    let base = TimeBase::per_second(description.sample_rate).unwrap_or(TimeBase::nanoseconds());
    let mut track = Track::new(0, parameters, base);
    if !description.varies() {
        let block = description.packet_bytes.into();
        let samples = description.packet_samples.into();
        let tags = header.tags;
        let packet = PACKET_BYTES;
        let opening = BlockOpening { format: "caf", track, tags, block, samples, packet, sound };
        return Ok(Box::new(BlockDemuxer::new(input, opening)?));
    }
    let table = header.table.ok_or_else(|| missing("pakt"))?;
    let gaps = u64::from(table.priming) + u64::from(table.remainder);
    track.start = Some(Timestamp::ZERO);
    track.disposition.default = true;
    track.packets = Some(table.count);
    track.duration = Some(Ticks::new(table.end.elapsed.saturating_sub(gaps)));
    let heard = table.end.elapsed.saturating_sub(table.remainder.into());
    let cut = Cut { start: table.priming.into(), end: Some((heard, table.end.elapsed)) };
    Ok(Box::new(CafDemuxer {
        input,
        tracks: [track],
        metadata: header.tags.metadata,
        place: table.first(),
        table,
        sound,
        cut,
        ended: false,
    }))
}

/// Reads packets of different sizes.
#[derive(Debug)]
struct CafDemuxer {
    input: Input,
    tracks: [Track; 1],
    metadata: Metadata,
    table: PacketTable,
    sound: Sound,
    cut: Cut,
    /// The next packet.
    place: Place,
    ended: bool,
}

impl CafDemuxer {
    fn pts(&self, place: Place) -> Timestamp {
        let elapsed = i64::try_from(place.elapsed).unwrap_or(i64::MAX);
        Timestamp::new(elapsed).saturating_sub(Ticks::new(self.cut.start))
    }

    fn read_next(&mut self) -> Result<Option<Packet>> {
        let place = self.place;
        let mut next = place;
        let Some(entry) = self.table.step(&mut next).filter(|_| !self.ended) else {
            return Ok(None);
        };
        let length = self.sound.length.unwrap_or(u64::MAX);
        if next.offset > length {
            self.ended = true;
            let message =
                format!("the sound ends in packet {} of {}", place.number, self.table.count);
            return Err(Error::malformed(message).at(self.sound.start.saturating_add(length)));
        }
        let position = self.sound.start.saturating_add(place.offset);
        self.input.seek(position)?;
        let data = match self.input.read_payload(entry.bytes) {
            Ok(data) => data,
            Err(error) => {
                self.ended = !error.is_would_block();
                return Err(error);
            }
        };
        self.place = next;
        let trim = self.cut.trim(place.elapsed, entry.samples);
        let mut packet = Packet::new(0, data)
            .with_pts(self.pts(place))
            .with_dts(self.pts(place))
            .with_duration(Ticks::new(entry.samples))
            .with_key(true)
            .with_trim(trim);
        let cut = trim.start.saturating_add(trim.end).count();
        packet.discard = cut >= entry.samples && entry.samples > 0;
        packet.position = Some(position);
        Ok(Some(packet))
    }
}

impl Demuxer for CafDemuxer {
    fn format(&self) -> &'static str {
        "caf"
    }

    fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    fn duration(&self) -> Option<Time> {
        let track = &self.tracks[0];
        track.duration.map(|length| track.time_base.time(Timestamp::ZERO.saturating_add(length)))
    }

    fn next_packet(&mut self) -> Result<Option<Packet>> {
        self.read_next()
    }

    fn seek(&mut self, to: SeekTo) -> Result<Seeked> {
        to.check(&self.input, 1)?;
        let time = to.time.to_base(self.tracks[0].time_base, Rounding::Down);
        let origin = Timestamp::ZERO.saturating_sub(Ticks::new(self.cut.start));
        self.place = self.table.find(time.since(origin).count());
        self.ended = false;
        Ok(Seeked { track: 0, pts: self.pts(self.place) })
    }
}
