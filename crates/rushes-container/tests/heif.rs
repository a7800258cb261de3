//! Still pictures of HEIF and AVIF: files made by code, read as tracks of one packet.

use std::io::{self, Cursor, Read};

use rushes_container::{DemuxOptions, Demuxer, Source, open_demuxer};
use rushes_core::{CodecId, Error, Packet, Result, TileGrid};

fn boxed(kind: &[u8; 4], payload: &[u8]) -> Vec<u8> {
    let size = u32::try_from(payload.len() + 8).expect("small");
    [&size.to_be_bytes(), &kind[..], payload].concat()
}

fn full(kind: &[u8; 4], version: u8, payload: &[u8]) -> Vec<u8> {
    boxed(kind, &[&[version, 0, 0, 0], payload].concat())
}

fn words(words: &[u16]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

/// An item: its type, its properties by number, its construction method, and where its parts are.
struct Item {
    kind: &'static [u8; 4],
    properties: &'static [u8],
    construction: u16,
    parts: &'static [(u16, u16)],
}

/// Numbers of the properties, as they lie in [`properties`].
const CONFIGURATION: u8 = 1;
const SIZE: u8 = 2;
const ALPHA: u8 = 3;
const TURNED: u8 = 4;

fn properties() -> Vec<u8> {
    let properties = [
        boxed(b"av1C", &[0x81, 0, 0, 0]),
        full(b"ispe", 0, &[0, 0, 0, 8, 0, 0, 0, 4]),
        full(b"auxC", 0, b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0"),
        boxed(b"irot", &[1]),
    ];
    boxed(b"ipco", &properties.concat())
}

/// A file with these items, numbered from one, of which the first is the primary one. Offsets count from the payload of
/// `mdat`, or of `idat`.
fn file(items: &[Item], references: &[u8], data: &[u8], media: &[u8]) -> Vec<u8> {
    let number = |index: usize| u16::try_from(index + 1).expect("small");
    let count = words(&[u16::try_from(items.len()).expect("small")]);
    let numbered = || items.iter().enumerate();
    let infos = numbered().map(|(index, item)| {
        full(b"infe", 2, &[&words(&[number(index), 0]), &item.kind[..], b"\0"].concat())
    });
    let iinf = full(b"iinf", 0, &[count.clone(), infos.collect::<Vec<_>>().concat()].concat());
    let associations = numbered().map(|(index, item)| {
        let count = u8::try_from(item.properties.len()).expect("small");
        [&words(&[number(index)]), &[count][..], item.properties].concat()
    });
    let associations: Vec<u8> = associations.flatten().collect();
    let ipma = full(b"ipma", 0, &[&[0, 0], &count[..], &associations].concat());
    let iprp = boxed(b"iprp", &[properties(), ipma].concat());
    let rest = [iinf, iprp, full(b"iref", 0, references), boxed(b"idat", data)].concat();
    let ftyp = boxed(b"ftyp", b"avif\0\0\0\0mif1avif");
    let build = |origin: u32| {
        let locations = numbered().map(|(index, item)| {
            let count = u16::try_from(item.parts.len()).expect("small");
            let base = if item.construction == 0 { origin } else { 0 };
            let head = [words(&[number(index), item.construction, 0]), base.to_be_bytes().to_vec()];
            let parts =
                item.parts.iter().flat_map(|(offset, length)| words(&[0, *offset, 0, *length]));
            [head.concat(), words(&[count]), parts.collect()].concat()
        });
        let locations: Vec<u8> = locations.flatten().collect();
        let iloc = full(b"iloc", 1, &[&[0x44, 0x40], &count[..], &locations].concat());
        let pitm = full(b"pitm", 0, &words(&[1]));
        let meta = full(b"meta", 0, &[pitm, iloc, rest.clone()].concat());
        [ftyp.clone(), meta, boxed(b"mdat", media)].concat()
    };
    let origin = build(0).len() - media.len();
    build(u32::try_from(origin).expect("small"))
}

fn reference(kind: &[u8; 4], from: u16, to: &[u16]) -> Vec<u8> {
    let count = u16::try_from(to.len()).expect("small");
    boxed(kind, &[words(&[from, count]), words(to)].concat())
}

/// A picture in two parts, and its alpha in front of it.
fn with_alpha() -> Vec<u8> {
    let items = [
        Item {
            kind: b"av01",
            properties: &[0x80 | CONFIGURATION, SIZE, 0x80 | TURNED],
            construction: 0,
            parts: &[(5, 2), (8, 3)],
        },
        Item { kind: b"av01", properties: &[ALPHA], construction: 0, parts: &[(0, 5)] },
    ];
    file(&items, &reference(b"auxl", 2, &[1]), b"", b"alphaPI-CTU")
}

/// Two tiles side by side; what the grid is lies in `idat`, as does the second tile.
fn with_tiles() -> Vec<u8> {
    let tile = |construction, parts| Item {
        kind: b"av01",
        properties: &[CONFIGURATION, SIZE],
        construction,
        parts,
    };
    let grid = Item { kind: b"grid", properties: &[TURNED], construction: 1, parts: &[(0, 8)] };
    let items = [grid, tile(0, &[(0, 4)]), tile(1, &[(8, 0)])];
    let data = [&[0, 0, 0, 1, 0, 15, 0, 4], &b"right"[..]].concat();
    file(&items, &reference(b"dimg", 1, &[2, 3]), &data, b"left")
}

fn open(source: Source) -> Result<Box<dyn Demuxer>> {
    open_demuxer(source, &DemuxOptions::default())
}

fn drain(demuxer: &mut dyn Demuxer) -> Result<Vec<Packet>> {
    let mut packets = Vec::new();
    while let Some(packet) = demuxer.next_packet()? {
        packets.push(packet);
    }
    assert!(demuxer.next_packet()?.is_none());
    Ok(packets)
}

fn contents(packets: &[Packet]) -> Vec<(usize, Vec<u8>)> {
    packets.iter().map(|packet| (packet.track, packet.data.to_vec())).collect()
}

/// Gives one byte at a time.
struct Slow(Cursor<Vec<u8>>);

impl Read for Slow {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let count = bytes.len().min(1);
        self.0.read(&mut bytes[..count])
    }
}

#[test]
fn a_picture_and_its_alpha_are_tracks() {
    let expected = [(1, b"alpha".to_vec()), (0, b"PICTU".to_vec())];
    let file = with_alpha();
    for source in [Source::bytes(file.clone()), Source::forward(Slow(Cursor::new(file)))] {
        let mut demuxer = open(source).expect("opens");
        assert_eq!(demuxer.format(), "avif");
        let [picture, alpha] = demuxer.tracks() else { panic!("two tracks") };
        assert_eq!((&picture.codec.codec, picture.packets), (&CodecId::Av1, Some(1)));
        assert_eq!(*picture.codec.private, [0x81, 0, 0, 0]);
        let video = picture.codec.as_video().expect("a picture");
        assert_eq!((video.width, video.height, video.rotation.degrees()), (8, 4, 270));
        assert_eq!(alpha.metadata.value("title"), Some("Alpha"));
        assert_eq!(picture.unsupported, None);
        let packets = drain(&mut *demuxer).expect("reads");
        assert_eq!(contents(&packets), expected);
        assert!(packets.iter().all(|packet| packet.key && packet.pts.is_some()));
    }
}

#[test]
fn tiles_are_packets_of_a_track_that_is_unsupported() {
    let mut demuxer = open(Source::bytes(with_tiles())).expect("opens");
    let [picture] = demuxer.tracks() else { panic!("one track") };
    let video = picture.codec.as_video().expect("a picture");
    let tiles = TileGrid { columns: 2, rows: 1, tile_width: 8, tile_height: 4 };
    assert_eq!((video.width, video.height, video.tiles), (15, 4, Some(tiles)));
    assert_eq!(picture.codec.codec, CodecId::Av1);
    assert_eq!(picture.unsupported.as_deref(), Some("a picture of 2 x 1 tiles"));
    let packets = drain(&mut *demuxer).expect("reads");
    assert_eq!(contents(&packets), [(0, b"left".to_vec()), (0, b"right".to_vec())]);
    let to = rushes_container::SeekTo {
        time: demuxer.duration().expect("a second"),
        track: None,
        mode: rushes_container::SeekMode::Any,
    };
    assert_eq!(demuxer.seek(to).expect("seeks").pts.ticks(), 0);
    assert_eq!(drain(&mut *demuxer).expect("reads").len(), 2);
}

#[test]
fn a_picture_that_is_cut_off_is_an_error() {
    for file in [with_alpha(), with_tiles()] {
        for length in 0..file.len() {
            let opened = open(Source::bytes(file[..length].to_vec()));
            let result = opened.and_then(|mut demuxer| drain(&mut *demuxer));
            assert!(result.is_err(), "cut to {length}");
        }
    }
}

#[test]
fn every_bit_flipped_ends_in_packets_or_in_an_error() {
    for file in [with_alpha(), with_tiles()] {
        for bit in 0..file.len() * 8 {
            let mut broken = file.clone();
            broken[bit / 8] ^= 1 << (bit % 8);
            if let Ok(mut demuxer) = open(Source::bytes(broken)) {
                while let Ok(Some(_)) = demuxer.next_packet() {}
            }
        }
    }
}

#[test]
fn grids_must_have_their_tiles() {
    let grid = Item { kind: b"grid", properties: &[], construction: 1, parts: &[(0, 8)] };
    let broken = file(&[grid], &[], &[0, 0, 255, 255, 0, 15, 0, 4], b"");
    let error = open(Source::bytes(broken)).err().expect("no tiles").to_string();
    assert!(error.contains("a grid of 256 x 256 tiles that has 0"), "{error}");
}

#[test]
fn items_that_claim_too_much_are_refused_without_memory() {
    let many = vec![(0, 9); 60_000].leak();
    for construction in [0, 1, 2] {
        let item = Item { kind: b"av01", properties: &[], construction, parts: many };
        let data = [7; 6000];
        let mut demuxer = open(Source::bytes(file(&[item], &[], &data, &data))).expect("opens");
        let error = demuxer.next_packet().expect_err("too large");
        let expected = match construction {
            0 | 1 => matches!(error, Error::Malformed(_)),
            _ => matches!(error, Error::Unsupported(_)),
        };
        assert!(expected, "{error}");
        assert!(demuxer.next_packet().expect("the end").is_none());
    }
}
