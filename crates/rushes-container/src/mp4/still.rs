//! Still pictures: HEIF (ISO/IEC 23008-12) and AVIF. The primary item is a track of one packet, and its alpha, where it
//! has one, another. A grid is one track whose packets are the tiles, row by row: no decoder of ours puts them together
//! yet, so that the track says that it is unsupported.

use rushes_core::{
    CodecId, CodecParameters, Error, FrameRate, MediaParameters, Metadata, Packet, Result,
    Rotation, Ticks, TileGrid, Time, TimeBase, Timestamp, Track,
};

use super::boxes::{BoxReader, Ftyp, Grid, PlainBox, RawBox};
use super::describe::describe_item;
use super::items::{Item, Items};
use super::metadata;
use crate::input::Input;
use crate::{Demuxer, SeekTo, Seeked};

/// Names of the property `auxC` of a picture that holds the alpha of another.
const ALPHA: [&[u8]; 2] =
    [b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", b"urn:mpeg:hevc:2015:auxid:1"];

/// Reads the pictures of a file without a movie box.
#[derive(Debug)]
pub(super) struct StillDemuxer {
    format: &'static str,
    input: Input,
    items: Items,
    tracks: Vec<Track>,
    /// The items of each track, and how many were given.
    pictures: Vec<(Vec<u32>, usize)>,
    metadata: Metadata,
}

impl StillDemuxer {
    pub(super) fn open(mut input: Input, items: Items, brand: Option<&Ftyp>) -> Result<Self> {
        let Some(primary) = items.primary else {
            return Err(Error::malformed("no primary item (pitm)").within("meta"));
        };
        let Some(item) = items.item(primary) else {
            let message = format!("the primary item {primary} is not listed");
            return Err(Error::malformed(message).within("meta/iinf"));
        };
        let (mut track, sources) = picture(&items, item, &mut input)?;
        track.disposition.default = true;
        let format = if track.codec.codec == CodecId::Av1 { "avif" } else { "heic" };
        let (mut tracks, mut pictures) = (vec![track], vec![(sources, 0)]);
        let alpha = items.auxiliaries(primary).find(|id| is_alpha(&items.properties(*id)));
        if let Some(item) = alpha.and_then(|id| items.item(id)) {
            let (mut track, sources) = picture(&items, item, &mut input)?;
            track.metadata.set("title", "Alpha");
            tracks.push(track);
            pictures.push((sources, 0));
        }
        let mut metadata = Metadata::new();
        metadata::read_brand(brand, &mut metadata);
        Ok(Self { format, input, items, tracks, pictures, metadata })
    }

    /// The track whose item comes next in the file, and that item.
    fn choose(&self) -> Option<(usize, u32)> {
        let heads = self.pictures.iter().enumerate();
        let heads =
            heads.filter_map(|(track, (ids, given))| ids.get(*given).map(|id| (track, *id)));
        heads.min_by_key(|(track, id)| (self.items.start(*id), *track))
    }

    fn read_next(&mut self) -> Result<Option<Packet>> {
        let Some((track, id)) = self.choose() else { return Ok(None) };
        let data = self.items.read_data(id, &mut self.input);
        if data.as_ref().is_err_and(Error::is_would_block) {
            return data.map(|_| None);
        }
        let mut first = false;
        if let Some((_, given)) = self.pictures.get_mut(track) {
            first = *given == 0;
            *given += 1;
        }
        let mut packet =
            Packet::new(track, data.map_err(|error| error.within(format!("item {id}")))?)
                .with_pts(Timestamp::ZERO)
                .with_dts(Timestamp::ZERO)
                .with_duration(Ticks::new(u64::from(first)))
                .with_key(true);
        packet.position = self.items.start(id);
        Ok(Some(packet))
    }
}

impl Demuxer for StillDemuxer {
    fn format(&self) -> &'static str {
        self.format
    }

    fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    fn duration(&self) -> Option<Time> {
        TimeBase::per_second(1).map(|base| base.time(Timestamp::new(1)))
    }

    fn next_packet(&mut self) -> Result<Option<Packet>> {
        self.input.mark();
        let result = self.read_next();
        self.input.rewind_if_blocked(result)
    }

    fn seek(&mut self, to: SeekTo) -> Result<Seeked> {
        to.check(&self.input, self.tracks.len())?;
        let track = to.track.unwrap_or(0);
        self.pictures.iter_mut().for_each(|(_, given)| *given = 0);
        Ok(Seeked { track, pts: Timestamp::ZERO })
    }
}

/// The track of a picture, and the items that are its packets.
fn picture(items: &Items, item: Item, input: &mut Input) -> Result<(Track, Vec<u32>)> {
    let properties = items.properties(item.id);
    let (mut codec, sources, mut unsupported) = match &item.kind.0 {
        b"grid" => grid(items, item, &properties, input)?,
        b"iden" | b"iovl" | b"tmap" => {
            let codec = describe_item(item.kind, &properties)?.codec;
            (codec, Vec::new(), Some(format!("a derived picture ('{}')", item.kind)))
        }
        _ => {
            let description = describe_item(item.kind, &properties)?;
            (description.codec, vec![item.id], description.unsupported)
        }
    };
    if item.protected {
        unsupported = Some("encrypted".to_owned());
    }
    if let MediaParameters::Video(video) = &mut codec.media {
        video.rotation = rotation_of(&properties);
        video.frame_rate = FrameRate::new(1, 1);
        video.constant_frame_rate = true;
    }
    let base = TimeBase::per_second(1).unwrap_or(TimeBase::nanoseconds());
    let mut track = Track::new(u64::from(item.id), codec, base);
    track.start = Some(Timestamp::ZERO);
    track.duration = Some(Ticks::new(1));
    track.packets = Some(sources.len() as u64);
    track.unsupported = unsupported;
    Ok((track, sources))
}

/// A picture of tiles: coded as its first tile is, sized as the grid says.
fn grid(
    items: &Items,
    item: Item,
    properties: &[RawBox],
    input: &mut Input,
) -> Result<(CodecParameters, Vec<u32>, Option<String>)> {
    let data = items.read_data(item.id, input)?;
    let grid = Grid::read(&mut BoxReader::new(&data, 0)).map_err(|error| error.within("grid"))?;
    let (columns, rows) = (u32::from(grid.last_column) + 1, u32::from(grid.last_row) + 1);
    let tiles = items.sources(item.id);
    if tiles.len() as u64 != u64::from(columns) * u64::from(rows) {
        let message = format!("a grid of {columns} x {rows} tiles that has {}", tiles.len());
        return Err(Error::malformed(message).within("meta/iref"));
    }
    let first = tiles.first().and_then(|id| items.item(*id));
    let Some(first) = first else {
        return Err(Error::malformed("a tile that is not listed").within("meta/iinf"));
    };
    let mut codec = describe_item(first.kind, &items.properties(first.id))?.codec;
    let colors = describe_item(item.kind, properties)?.codec;
    if let (MediaParameters::Video(video), Some(whole)) = (&mut codec.media, colors.as_video()) {
        video.tiles =
            Some(TileGrid { columns, rows, tile_width: video.width, tile_height: video.height });
        (video.width, video.height) = (grid.width, grid.height);
        if properties.iter().any(|property| property.kind.0 == *b"colr") {
            video.color = whole.color;
        }
    }
    Ok((codec, tiles.to_vec(), Some(format!("a picture of {columns} x {rows} tiles"))))
}

/// How the properties `irot` and `imir` (ISO/IEC 23008-12, 6.5.10 and 6.5.12) turn a picture, one behind the other.
fn rotation_of(properties: &[RawBox]) -> Rotation {
    properties.iter().fold(Rotation::NONE, |rotation, property| {
        match (&property.kind.0, property.payload.first()) {
            // Stored counterclockwise.
            (b"irot", Some(turns)) => rotation.then(Rotation::new(4 - (turns & 3), false)),
            // Zero lets top and bottom change places, one left and right.
            (b"imir", Some(axis)) => {
                rotation.then(Rotation::new(if axis & 1 == 0 { 2 } else { 0 }, true))
            }
            _ => rotation,
        }
    })
}

/// True where `auxC` says that the picture is the alpha of another.
fn is_alpha(properties: &[RawBox]) -> bool {
    properties.iter().filter(|property| property.kind.0 == *b"auxC").any(|property| {
        let name = property.payload.get(4..).unwrap_or_default();
        let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
        ALPHA.contains(&name)
    })
}

#[cfg(test)]
mod tests {
    use super::super::boxes::FourCc;
    use super::*;

    #[test]
    fn pictures_are_turned_by_one_property_behind_the_other() {
        let check = |properties: &[(&[u8; 4], u8)], degrees, mirrored| {
            let properties = properties
                .iter()
                .map(|(kind, value)| RawBox { kind: FourCc(**kind), payload: vec![*value] });
            let rotation = rotation_of(&properties.collect::<Vec<_>>());
            assert_eq!((rotation.degrees(), rotation.is_mirrored()), (degrees, mirrored));
        };
        check(&[], 0, false);
        check(&[(b"irot", 1)], 270, false);
        check(&[(b"irot", 3)], 90, false);
        check(&[(b"imir", 1)], 0, true);
        check(&[(b"imir", 0)], 180, true);
        // A quarter turn to the left and then a mirror is a mirror and then a quarter turn to the right.
        check(&[(b"irot", 1), (b"imir", 1)], 90, true);
    }
}
