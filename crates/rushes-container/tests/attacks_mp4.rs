//! Files that are made to break a demuxer: each must end, soon, in packets or in an error that names the place.

use std::time::{Duration, Instant};

use rushes_container::{DemuxOptions, SeekMode, SeekTo, Source, open_demuxer};
use rushes_core::{Error, IntoTime, Packet, Result};

/// Longest time that any of these files may take, in a build without optimisation on a busy machine.
const LONGEST: Duration = Duration::from_secs(1);

/// Most packets that a file of a few kilobytes may give.
const MOST: usize = 100_000;

fn boxed(kind: &[u8; 4], payload: &[u8]) -> Vec<u8> {
    let size = u32::try_from(payload.len() + 8).expect("small");
    [&size.to_be_bytes(), &kind[..], payload].concat()
}

fn full(kind: &[u8; 4], words: &[u32]) -> Vec<u8> {
    let payload: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
    boxed(kind, &payload)
}

fn concat(parts: &[Vec<u8>]) -> Vec<u8> {
    parts.concat()
}

/// Sample tables; each can be replaced by a broken one.
struct Tables {
    stts: Vec<u8>,
    stsc: Vec<u8>,
    stsz: Vec<u8>,
    stco: Vec<u8>,
    more: Vec<u8>,
}

impl Default for Tables {
    /// Three samples of four bytes in one chunk at byte 8, behind the header of `mdat`.
    fn default() -> Self {
        Self {
            stts: full(b"stts", &[0, 1, 3, 10]),
            stsc: full(b"stsc", &[0, 1, 1, 3, 1]),
            stsz: full(b"stsz", &[0, 0, 3, 4, 4, 4]),
            stco: full(b"stco", &[0, 1, 8]),
            more: Vec::new(),
        }
    }
}

/// What a file is made of.
struct Movie {
    tables: Tables,
    timescales: (u32, u32),
    edits: Vec<u8>,
    handler: [u8; 4],
    /// Sample entries.
    entries: Vec<Vec<u8>>,
    /// Goes behind the track.
    more: Vec<u8>,
}

impl Default for Movie {
    fn default() -> Self {
        Self {
            tables: Tables::default(),
            timescales: (1000, 1000),
            edits: Vec::new(),
            handler: *b"data",
            entries: vec![boxed(b"test", &[0, 0, 0, 0, 0, 0, 0, 1])],
            more: Vec::new(),
        }
    }
}

impl Movie {
    fn moov(&self) -> Vec<u8> {
        let mvhd = {
            let mut words = vec![0, 0, 0, self.timescales.0, 30, 0x1_0000, 0x100_0000, 0, 0];
            words.extend([0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000]);
            words.extend([0, 0, 0, 0, 0, 0, 2]);
            full(b"mvhd", &words)
        };
        let tkhd = {
            let mut words = vec![3, 0, 0, 1, 0, 30, 0, 0, 0, 0];
            words.extend([0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000, 0, 0]);
            full(b"tkhd", &words)
        };
        let mdhd = full(b"mdhd", &[0, 0, 0, self.timescales.1, 30, 0]);
        let handler = u32::from_be_bytes(self.handler);
        let hdlr = full(b"hdlr", &[0, 0, handler, 0, 0, 0]);
        let count = u32::try_from(self.entries.len()).expect("small");
        let stsd = [&[0; 4], &count.to_be_bytes()[..], &self.entries.concat()].concat();
        let stsd = boxed(b"stsd", &stsd);
        let Tables { stts, stsc, stsz, stco, more } = &self.tables;
        let stbl = [&stsd, stts, stsc, stsz, stco, more].map(|part| &part[..]).concat();
        let minf = boxed(b"minf", &boxed(b"stbl", &stbl));
        let mdia = boxed(b"mdia", &concat(&[mdhd, hdlr, minf]));
        let trak = boxed(b"trak", &concat(&[tkhd, self.edits.clone(), mdia]));
        boxed(b"moov", &concat(&[mvhd, trak, self.more.clone()]))
    }

    fn file(&self) -> Vec<u8> {
        concat(&[boxed(b"mdat", b"aaaabbbbcccc"), self.moov()])
    }
}

/// Reads all packets, then seeks about and reads again.
fn read(file: Vec<u8>) -> Result<Vec<Packet>> {
    let start = Instant::now();
    let result = read_all(file);
    let taken = start.elapsed();
    assert!(taken < LONGEST, "{taken:?}");
    result
}

fn read_all(file: Vec<u8>) -> Result<Vec<Packet>> {
    let mut demuxer = open_demuxer(Source::bytes(file), &DemuxOptions::default())?;
    let mut packets = Vec::new();
    while let Some(packet) = demuxer.next_packet()? {
        packets.push(packet);
        assert!(packets.len() <= MOST, "too many packets");
    }
    for mode in [SeekMode::Key, SeekMode::Any] {
        for seconds in [0.0, 0.005, 1e9, -1e9] {
            demuxer.seek(SeekTo { time: seconds.into_time()?, track: None, mode })?;
            demuxer.next_packet()?;
        }
    }
    Ok(packets)
}

fn refused(file: Vec<u8>, expected: &str) {
    let error = read(file).expect_err("broken");
    assert!(error.to_string().contains(expected), "{error}");
}

fn tables(tables: Tables) -> Vec<u8> {
    Movie { tables, ..Movie::default() }.file()
}

#[test]
fn the_file_without_an_attack_is_read() {
    let packets = read(Movie::default().file()).expect("whole");
    let contents: Vec<_> = packets.iter().map(|packet| packet.data.to_vec()).collect();
    assert_eq!(contents, [b"aaaa", b"bbbb", b"cccc"]);
    let times: Vec<_> = packets.iter().filter_map(|packet| packet.pts).collect();
    assert_eq!(times, [0, 10, 20].map(rushes_core::Timestamp::new));
}

#[test]
fn a_child_of_size_zero() {
    let file = concat(&[boxed(b"ftyp", b"isom\0\0\0\0"), boxed(b"moov", b"\0\0\0\0free")]);
    refused(file, "moov: box 'free' inside another has size zero at byte 24");
}

#[test]
fn three_thousand_nested_boxes() {
    for kind in [b"moov", b"trak", b"meta", b"udta"] {
        let mut nested = Vec::new();
        for _ in 0..3000 {
            nested = boxed(kind, &nested);
        }
        // Boxes where none belongs are passed over, whatever they hold.
        let packets = read(boxed(b"moov", &nested)).expect("harmless");
        assert!(packets.is_empty());
    }
}

#[test]
fn the_depth_limit_holds() {
    let mut options = DemuxOptions::default();
    options.limits.depth = 4;
    let source = Source::bytes(Movie::default().file());
    let error = open_demuxer(source, &options).err().expect("too deep");
    assert!(matches!(error, Error::Limit(_)), "{error}");
}

#[test]
fn counts_of_all_ones() {
    let huge = |kind, before: &[u32]| full(kind, &[before, &[u32::MAX, 1, 2, 3]].concat());
    let with = |change: fn(&mut Tables, Vec<u8>), table| {
        let mut all = Tables::default();
        change(&mut all, table);
        tables(all)
    };
    let check = |file, name: &str| refused(file, &format!("moov/trak[0]/mdia/minf/stbl/{name}: "));
    check(with(|all, table| all.stts = table, huge(b"stts", &[0])), "stts");
    check(with(|all, table| all.stsc = table, huge(b"stsc", &[0])), "stsc");
    check(with(|all, table| all.stsz = table, huge(b"stsz", &[0, 0])), "stsz");
    check(with(|all, table| all.stco = table, huge(b"stco", &[0])), "stco");
    check(with(|all, table| all.stco = table, huge(b"co64", &[0])), "co64");
    check(with(|all, table| all.more = table, huge(b"ctts", &[0])), "ctts");
    check(with(|all, table| all.more = table, huge(b"stss", &[0])), "stss");
    let edits = boxed(b"edts", &huge(b"elst", &[0]));
    refused(Movie { edits, ..Movie::default() }.file(), "moov/trak[0]/edts/elst: ");
}

#[test]
fn runs_of_all_ones_stay_symbolic() {
    let stts = full(b"stts", &[0, 2, u32::MAX, u32::MAX - 500_000, u32::MAX, 10]);
    let more = full(b"ctts", &[0, 1, u32::MAX, 7]);
    let packets = read(tables(Tables { stts, more, ..Tables::default() })).expect("fine");
    assert_eq!(packets.len(), 3);
}

#[test]
fn a_fixed_size_of_four_billion_samples() {
    for handler in [*b"soun", *b"vide", *b"data"] {
        for (size, samples) in [(1, u32::MAX), (4, u32::MAX), (u32::MAX, u32::MAX)] {
            let stsz = full(b"stsz", &[0, size, u32::MAX]);
            let stsc = full(b"stsc", &[0, 1, 1, samples, 1]);
            let stts = full(b"stts", &[0, 1, u32::MAX, 1]);
            let all = Tables { stts, stsc, stsz, ..Tables::default() };
            let file = Movie { tables: all, handler, ..Movie::default() }.file();
            refused(file, "sample of track 0: the input ends");
        }
    }
}

#[test]
fn overlapping_chunks_of_symbolic_samples() {
    let chunks = 1000_u32;
    let offsets: Vec<u32> = [0, chunks].into_iter().chain((0..chunks).map(|_| 8)).collect();
    let all = Tables {
        stts: full(b"stts", &[0, 1, u32::MAX, 1]),
        stsc: full(b"stsc", &[0, 1, 1, u32::MAX, 1]),
        stsz: full(b"stsz", &[0, 1, u32::MAX]),
        stco: full(b"stco", &offsets),
        ..Tables::default()
    };
    let _ = read(tables(all));
}

#[test]
fn samples_per_chunk_of_zero() {
    let stsc = full(b"stsc", &[0, 1, 1, 0, 1]);
    assert!(read(tables(Tables { stsc, ..Tables::default() })).expect("empty").is_empty());
    let stsc = full(b"stsc", &[0, 2, 5, 1, 1, 5, 1, 1]);
    refused(tables(Tables { stsc, ..Tables::default() }), "moov/trak[0]/mdia/minf/stbl: chunk 5");
    let stsc = full(b"stsc", &[0, 1, 0, 1, 1]);
    refused(tables(Tables { stsc, ..Tables::default() }), "counts chunks from zero");
}

#[test]
fn time_scales_of_zero() {
    for timescales in [(0, 0), (0, 1000), (1000, 0)] {
        let edits = boxed(b"edts", &full(b"elst", &[0, 1, 30, 0, 0x1_0000]));
        let file = Movie { timescales, edits, ..Movie::default() }.file();
        assert_eq!(read(file).expect("as if it were one").len(), 3, "{timescales:?}");
    }
}

#[test]
fn a_large_size_of_two_to_the_62() {
    let header = |kind: &[u8; 4]| [&[0, 0, 0, 1], &kind[..], &[0x40, 0, 0, 0, 0, 0, 0, 0]].concat();
    refused(concat(&[boxed(b"ftyp", b"isom\0\0\0\0"), header(b"mdat")]), "no movie box (moov)");
    refused(header(b"moov"), "moov: ");
    let inner = boxed(b"moov", &header(b"trak"));
    refused(inner, "moov: box 'trak' of 4611686018427387904 bytes is larger");
}

#[test]
fn an_edit_list_that_repeats_everything() {
    let count = 20_000_u32;
    let entry = [30, 0, 0x1_0000];
    let words: Vec<u32> = [0, count].into_iter().chain((0..count).flat_map(|_| entry)).collect();
    let edits = boxed(b"edts", &full(b"elst", &words));
    let packets = read(Movie { edits, ..Movie::default() }.file()).expect("long, but finite");
    assert_eq!(packets.len(), 60_000);
}

#[test]
fn an_edit_list_of_extremes() {
    let extremes = [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, u32::MAX];
    for duration in extremes {
        for time in extremes {
            let edits = boxed(b"edts", &full(b"elst", &[0, 2, duration, time, 0, 10, 10, 0]));
            let _ = read(Movie { edits, ..Movie::default() }.file());
            let words = [0x0100_0000, 1, duration, duration, time, time, 0];
            let edits = boxed(b"edts", &full(b"elst", &words));
            let _ = read(Movie { edits, ..Movie::default() }.file());
        }
    }
}

fn fragmented(moofs: &[Vec<u8>]) -> Vec<u8> {
    let empty = Tables {
        stts: full(b"stts", &[0, 0]),
        stsc: full(b"stsc", &[0, 0]),
        stsz: full(b"stsz", &[0, 0, 0]),
        stco: full(b"stco", &[0, 0]),
        more: Vec::new(),
    };
    let more = boxed(b"mvex", &full(b"trex", &[0, 1, 1, 10, 4, 0]));
    let moov = Movie { tables: empty, more, ..Movie::default() }.moov();
    concat(&[moov, moofs.concat(), boxed(b"mdat", b"aaaabbbbcccc")])
}

fn moof(trun: &[u32]) -> Vec<u8> {
    let tfhd = full(b"tfhd", &[0x2_0000, 1]);
    boxed(b"moof", &boxed(b"traf", &concat(&[tfhd, full(b"trun", trun)])))
}

#[test]
fn fragments_without_an_attack_are_read() {
    let offset = u32::try_from(moof(&[1, 3, 0]).len() + 8).expect("small");
    let packets = read(fragmented(&[moof(&[1, 3, offset])])).expect("whole");
    let contents: Vec<_> = packets.iter().map(|packet| packet.data.to_vec()).collect();
    assert_eq!(contents, [b"aaaa", b"bbbb", b"cccc"]);
}

#[test]
fn runs_without_fields() {
    refused(fragmented(&[moof(&[1, u32::MAX, 0])]), "larger than the file");
    // Each run fits into the file, all together do not.
    let many: Vec<_> = (0..1000).map(|_| moof(&[1, 100, 0])).collect();
    refused(fragmented(&many), "larger than the file");
    refused(fragmented(&[moof(&[0x201, u32::MAX, 0])]), "moof/traf[0]/trun: ");
    refused(fragmented(&[moof(&[0xf01, u32::MAX, 0])]), "moof/traf[0]/trun: ");
}

#[test]
fn samples_without_sizes_are_no_endless_stream() {
    let tfhd = full(b"tfhd", &[0x10, 1, 0]);
    let trun = full(b"trun", &[1, u32::MAX, 0]);
    let moof = boxed(b"moof", &boxed(b"traf", &concat(&[tfhd, trun])));
    refused(fragmented(&[moof]), "moof/traf[0]/trun: samples without sizes");
}

#[test]
fn extreme_fragment_times_and_places() {
    let tfhd = full(b"tfhd", &[1, 1, u32::MAX, u32::MAX]);
    let tfdt = full(b"tfdt", &[0x0100_0000, u32::MAX, u32::MAX]);
    let trun = full(b"trun", &[0xb01, 1, 0x7fff_ffff, u32::MAX, u32::MAX, u32::MAX]);
    let moof = boxed(b"moof", &boxed(b"traf", &concat(&[tfhd, tfdt, trun])));
    let _ = read(fragmented(&[moof]));
}

#[test]
fn every_truncation_ends_in_packets_or_in_an_error() {
    let files = [Movie::default().file(), fragmented(&[moof(&[1, 3, 72])])];
    for file in files {
        for length in 0..file.len() {
            let _ = read(file[..length].to_vec());
        }
    }
}

#[test]
fn every_bit_flipped() {
    let files = [Movie::default().file(), fragmented(&[moof(&[1, 3, 72])])];
    for file in files {
        for bit in 0..file.len() * 8 {
            let mut broken = file.clone();
            broken[bit / 8] ^= 1 << (bit % 8);
            let _ = read(broken);
        }
    }
}

#[test]
fn too_many_tracks() {
    let traks: Vec<u8> = (0..2000).flat_map(|_| boxed(b"trak", b"")).collect();
    refused(boxed(b"moov", &traks), "limit tracks reached");
}

/// A sample entry of 16 x 16 pixels with this configuration.
fn picture_entry(kind: &[u8; 4], configuration: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut fields = [0; 78];
    (fields[7], fields[25], fields[27]) = (1, 16, 16);
    boxed(kind, &[&fields[..], &boxed(configuration, body)].concat())
}

#[test]
fn a_change_of_the_sample_entry_travels_with_the_packet() {
    let entries = vec![
        picture_entry(b"av01", b"av1C", &[0x81, 0, 0, 0]),
        picture_entry(b"av01", b"av1C", &[0x81, 1, 0, 0]),
        picture_entry(b"hvc1", b"hvcC", &[1; 23]),
    ];
    let check = |descriptions: [u32; 3], expected: &[(&[u8], Option<u8>)]| {
        let [a, b, c] = descriptions;
        let stsc = full(b"stsc", &[0, 3, 1, 1, a, 2, 1, b, 3, 1, c]);
        let stco = full(b"stco", &[0, 3, 8, 12, 16]);
        let tables = Tables { stsc, stco, ..Tables::default() };
        let file =
            Movie { tables, handler: *b"vide", entries: entries.clone(), ..Movie::default() }
                .file();
        let mut demuxer =
            open_demuxer(Source::bytes(file), &DemuxOptions::default()).expect("opens");
        assert_eq!(*demuxer.tracks()[0].codec.private, [0x81, 0, 0, 0]);
        let mut found = Vec::new();
        while let Some(packet) = demuxer.next_packet().expect("reads") {
            let told = packet.new_parameters.map(|parameters| parameters.private[1]);
            found.push((packet.data.to_vec(), told));
        }
        let expected: Vec<_> = expected.iter().map(|(data, told)| (data.to_vec(), *told)).collect();
        assert_eq!(found, expected, "{descriptions:?}");
        let to =
            SeekTo { time: 0.01.into_time().expect("a time"), track: None, mode: SeekMode::Any };
        demuxer.seek(to).expect("seeks");
        let packet = demuxer.next_packet().expect("reads").expect("a packet");
        assert!(packet.new_parameters.is_some(), "after a seek all is told");
    };
    check([1, 2, 1], &[(b"aaaa", None), (b"bbbb", Some(1)), (b"cccc", Some(0))]);
    check([1, 1, 2], &[(b"aaaa", None), (b"bbbb", None), (b"cccc", Some(1))]);
    // Another codec needs another decoder.
    check([1, 3, 2], &[(b"aaaa", None), (b"cccc", Some(1))]);
}

#[test]
fn a_movie_box_behind_the_media_of_a_pipe_is_buffered_if_asked() {
    let file = Movie::default().file();
    let open = |buffer: Option<usize>| {
        let mut options = DemuxOptions::default();
        options.options.extend(buffer.map(|bytes| ("buffer".to_owned(), bytes.to_string())));
        open_demuxer(Source::forward(std::io::Cursor::new(file.clone())), &options)
    };
    for buffer in [None, Some(0), Some(file.len() - 1)] {
        let error = open(buffer).err().expect("refused");
        assert!(matches!(error, Error::Unsupported(_)), "{error}");
        assert!(error.to_string().contains("buffer=BYTES"), "{error}");
    }
    for buffer in [file.len(), usize::MAX] {
        let mut demuxer = open(Some(buffer)).expect("opens");
        let packet = demuxer.next_packet().expect("reads").expect("a packet");
        assert_eq!(*packet.data, *b"aaaa");
    }
}

/// A fragmented file with three samples, indexes in front of its fragment, and what `behind` adds to its end.
fn indexed(indexes: &[Vec<u8>], behind: &[u8]) -> Vec<u8> {
    let offset = u32::try_from(moof(&[1, 3, 0]).len() + 8).expect("small");
    let fragment = moof(&[1, 3, offset]);
    concat(&[fragmented(&[indexes.concat(), fragment]), behind.to_vec()])
}

/// Wrong indexes are only hints: the packets are there all the same, before and after seeks.
fn read_despite(file: Vec<u8>) {
    let packets = read(file.clone()).expect("the samples are whole");
    assert_eq!(packets.len(), 3);
    let mut demuxer = open_demuxer(Source::bytes(file), &DemuxOptions::default()).expect("opens");
    for mode in [SeekMode::Key, SeekMode::Any] {
        let to = SeekTo { time: 0.into_time().expect("a time"), track: Some(0), mode };
        demuxer.seek(to).expect("seeks");
        let packet = demuxer.next_packet().expect("reads").expect("a packet");
        assert_eq!(*packet.data, *b"aaaa");
    }
}

/// A segment index of parts of so many bytes and ten ticks each. The highest bit of a size says: another index.
fn sidx(timescale: u32, earliest: u32, first_offset: u32, sizes: &[u32]) -> Vec<u8> {
    let count = u32::try_from(sizes.len()).expect("small");
    let mut words = vec![0, 1, timescale, earliest, first_offset, count];
    sizes.iter().for_each(|size| words.extend([*size, 10, 0x9000_0000]));
    full(b"sidx", &words)
}

#[test]
fn segment_indexes_in_circles() {
    const INDEX: u32 = 1 << 31;
    // An index of itself, again and again, and one that leads back behind the end of the numbers.
    read_despite(indexed(&[sidx(1000, 0, 0, &[INDEX])], &[]));
    read_despite(indexed(&[sidx(1000, 0, 0, &[INDEX; 60_000])], &[]));
    read_despite(indexed(&[sidx(1000, u32::MAX, u32::MAX, &[u32::MAX; 60_000])], &[]));
    // Two that name each other, and a row of them without an end in sight.
    let back = u32::MAX >> 1;
    read_despite(indexed(&[sidx(1000, 0, 0, &[INDEX | 44]), sidx(1000, 0, 0, &[back])], &[]));
    let row: Vec<_> = (0..5000).map(|_| sidx(1000, 0, 0, &[INDEX | 44])).collect();
    read_despite(indexed(&row, &[]));
    let mut nested = sidx(1000, 0, 0, &[INDEX | 8]);
    for _ in 0..2000 {
        nested = boxed(b"sidx", &nested);
    }
    read_despite(indexed(&[nested], &[]));
}

#[test]
fn segment_indexes_that_lie() {
    read_despite(indexed(&[sidx(0, 0, 0, &[44])], &[]));
    // More references than there are.
    read_despite(indexed(&[full(b"sidx", &[0, 1, 1000, 0, 0, 0xffff, 44, 10, 0])], &[]));
    // 64 bits of time and offset.
    let words = [0x0100_0000, 1, u32::MAX, u32::MAX, u32::MAX, u32::MAX, u32::MAX, 1, 44, 10, 0];
    read_despite(indexed(&[full(b"sidx", &words)], &[]));
}

/// The index behind the fragments; `size` is what it says of its own length.
fn mfra(tables: &[Vec<u8>], size: Option<u32>) -> Vec<u8> {
    let length = u32::try_from(tables.concat().len() + 24).expect("small");
    let mfro = full(b"mfro", &[0, size.unwrap_or(length)]);
    boxed(b"mfra", &concat(&[tables.concat(), mfro]))
}

/// A random access table whose `entries` are a time and a place.
fn tfra(count: u32, entries: &[[u32; 2]]) -> Vec<u8> {
    let mut payload: Vec<u8> =
        [0, 1, 0, count].iter().flat_map(|word| word.to_be_bytes()).collect();
    for [time, place] in entries {
        payload.extend(time.to_be_bytes());
        payload.extend(place.to_be_bytes());
        payload.extend([1, 1, 1]);
    }
    boxed(b"tfra", &payload)
}

#[test]
fn huge_random_access_tables() {
    read_despite(indexed(&[], &mfra(&[tfra(u32::MAX, &[[0, 0]])], None)));
    let check = |entry: fn(u32) -> [u32; 2]| {
        let entries: Vec<_> = (0..60_000).map(entry).collect();
        read_despite(indexed(&[], &mfra(&[tfra(60_000, &entries)], None)));
    };
    check(|_| [0, 0]);
    check(|index| [0, index]);
    check(|index| [index, u32::MAX - 60_000 + index]);
    check(|index| [u32::MAX - index, index]);
    let many: Vec<_> = (0..10_000).map(|_| tfra(0, &[])).collect();
    read_despite(indexed(&[], &mfra(&many, None)));
    for size in [0, 1, 15, 16, 17, 1000, u32::MAX] {
        read_despite(indexed(&[], &mfra(&[tfra(1, &[[0, 0]])], Some(size))));
    }
}

#[test]
fn a_hundred_thousand_sample_entries() {
    let entries = vec![boxed(b"test", &[0, 0, 0, 0, 0, 0, 0, 1]); 100_000];
    for description in [0, 1, 2, 100_000, 100_001, u32::MAX] {
        let stsc = full(b"stsc", &[0, 3, 1, 1, 1, 2, 1, description, 3, 1, 1]);
        let stco = full(b"stco", &[0, 3, 8, 12, 16]);
        let tables = Tables { stsc, stco, ..Tables::default() };
        let file = Movie { tables, entries: entries.clone(), ..Movie::default() }.file();
        let packets = read(file).expect("the samples are whole");
        assert_eq!(packets.first().map(|packet| packet.data.to_vec()), Some(b"aaaa".to_vec()));
    }
}

#[test]
fn sample_entries_that_are_not_there() {
    for count in [2_u32, 70_000, u32::MAX] {
        let mut file = Movie::default().file();
        let stsd = file.windows(4).position(|kind| kind == b"stsd").expect("has one");
        file[stsd + 8..stsd + 12].copy_from_slice(&count.to_be_bytes());
        refused(file, "moov/trak[0]/mdia/minf/stbl/stsd: ");
    }
}
