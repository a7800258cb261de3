//! Fragmented MP4: segments with and without indexes, wrong indexes, seeks, files that were cut.

use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rushes_container::{DemuxOptions, Demuxer, SeekMode, SeekTo, Source, open_demuxer};
use rushes_core::{Error, Packet, Result, TimeBase, Timestamp};

/// Fragments of the file, one second each.
const FRAGMENTS: u32 = 400;

/// Samples of each track in a fragment.
const SAMPLES: u32 = 4;

/// Ticks per second of the tracks, of the movie and of the indexes.
const TIMESCALES: [u32; 2] = [1000, 8000];

/// Bytes in front of the samples of a fragment, so that reading all fragments takes more reads than seeking.
const PADDING: usize = 3000;

fn boxed(kind: &[u8; 4], payload: &[u8]) -> Vec<u8> {
    let size = u32::try_from(payload.len() + 8).expect("small");
    [&size.to_be_bytes(), &kind[..], payload].concat()
}

fn full(kind: &[u8; 4], words: &[u32]) -> Vec<u8> {
    let payload: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
    boxed(kind, &payload)
}

/// How the file is made.
#[derive(Clone, Copy, Default)]
struct Layout {
    /// Indexes in front: none, or their number.
    sidx: u32,
    /// Index behind.
    mfra: bool,
    /// An index in front of each fragment, and the start of a segment.
    segments: bool,
    without_tfdt: bool,
    /// What the indexes say is this many bytes off.
    lie: u32,
    /// Only every so many fragments have a key frame.
    keys_every: u32,
}

fn moov() -> Vec<u8> {
    const MATRIX: [u32; 9] = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000];
    let head = [0, 0, 0, 1000, 0, 0x1_0000, 0x100_0000, 0, 0];
    let mvhd = full(b"mvhd", &[&head[..], &MATRIX, &[0, 0, 0, 0, 0, 0, 3]].concat());
    let track = |number: u32| {
        let tkhd = [&[3, 0, 0, number, 0, 0, 0, 0, 0, 0][..], &MATRIX, &[0, 0]].concat();
        let scale = TIMESCALES[usize::try_from(number - 1).expect("small")];
        let (handler, entry) = if number == 1 {
            (*b"vide", boxed(b"test", &[&[0, 0, 0, 0, 0, 0, 0, 1], &[0; 70][..]].concat()))
        } else {
            (*b"soun", boxed(b"test", &[&[0, 0, 0, 0, 0, 0, 0, 1], &[0; 20][..]].concat()))
        };
        let stsd = boxed(b"stsd", &[&[0, 0, 0, 0, 0, 0, 0, 1], &entry[..]].concat());
        let stbl = [
            stsd,
            full(b"stts", &[0, 0]),
            full(b"stsc", &[0, 0]),
            full(b"stsz", &[0, 0, 0]),
            full(b"stco", &[0, 0]),
        ];
        let mdia = [
            full(b"mdhd", &[0, 0, 0, scale, 0, 0]),
            full(b"hdlr", &[0, 0, u32::from_be_bytes(handler), 0, 0, 0]),
            boxed(b"minf", &boxed(b"stbl", &stbl.concat())),
        ];
        boxed(b"trak", &[full(b"tkhd", &tkhd), boxed(b"mdia", &mdia.concat())].concat())
    };
    let trex = |number, scale| full(b"trex", &[0, number, 1, scale / SAMPLES, 4, 0x1_0000]);
    let mvex = boxed(b"mvex", &[trex(1, TIMESCALES[0]), trex(2, TIMESCALES[1])].concat());
    boxed(b"moov", &[mvhd, track(1), track(2), mvex].concat())
}

/// One second: the samples of track 1, then those of track 2, four bytes each, which are the letter of the track and the
/// number of the sample.
fn fragment(number: u32, layout: Layout) -> Vec<u8> {
    let build = |offset: u32| {
        let traf = |track: u32, scale: u32, offset: u32| {
            let tfhd = full(b"tfhd", &[0x2_0000, track]);
            let tfdt = full(b"tfdt", &[0, number * scale]);
            let key = if number.is_multiple_of(layout.keys_every.max(1)) { 0 } else { 0x1_0000 };
            let trun = full(b"trun", &[5, SAMPLES, offset, key]);
            let tfdt = if layout.without_tfdt { Vec::new() } else { tfdt };
            boxed(b"traf", &[tfhd, tfdt, trun].concat())
        };
        let mfhd = full(b"mfhd", &[0, number + 1]);
        let video = traf(1, TIMESCALES[0], offset);
        let audio = traf(2, TIMESCALES[1], offset + 4 * SAMPLES);
        boxed(b"moof", &[mfhd, video, audio].concat())
    };
    let offset = build(0).len() + 8 + PADDING;
    let moof = build(u32::try_from(offset).expect("small"));
    let mut media = vec![0; PADDING];
    for letter in [b'v', b'a'] {
        for sample in number * SAMPLES..(number + 1) * SAMPLES {
            let [_, rest @ ..] = sample.to_be_bytes();
            media.push(letter);
            media.extend(rest);
        }
    }
    [moof, boxed(b"mdat", &media)].concat()
}

/// An index of fragments that start behind it, `number` being the first.
fn sidx(number: u32, sizes: &[u32], lie: u32) -> Vec<u8> {
    let count = u32::try_from(sizes.len()).expect("small");
    let mut words = vec![0, 1, TIMESCALES[0], number * TIMESCALES[0], lie, count];
    sizes.iter().for_each(|size| words.extend([*size, TIMESCALES[0], 0x9000_0000]));
    full(b"sidx", &words)
}

fn file(layout: Layout) -> Vec<u8> {
    let fragments: Vec<_> = (0..FRAGMENTS).map(|number| fragment(number, layout)).collect();
    let size = |fragment: &Vec<u8>| u32::try_from(fragment.len()).expect("small");
    let mut file = [boxed(b"ftyp", b"iso6\0\0\0\0"), moov()].concat();
    if layout.sidx > 0 {
        let sizes: Vec<_> = fragments.iter().map(size).collect();
        let per = sizes.len().div_ceil(usize::try_from(layout.sidx).expect("small"));
        let chunks: Vec<_> = sizes.chunks(per).collect();
        let mut numbers = (0..FRAGMENTS).step_by(per).zip(&chunks);
        // The later indexes lie between, and so does what they say.
        let behind: Vec<u32> = (1..=chunks.len())
            .rev()
            .map(|left| {
                u32::try_from((left - 1) * 32).expect("small")
                    + chunks[chunks.len() - left + 1..]
                        .iter()
                        .map(|chunk| 12 * u32::try_from(chunk.len()).expect("small"))
                        .sum::<u32>()
                    + chunks[..chunks.len() - left].iter().copied().flatten().sum::<u32>()
            })
            .collect();
        for behind in behind {
            let (number, chunk) = numbers.next().expect("as many");
            file.extend(sidx(number, chunk, behind + layout.lie));
        }
    }
    let mut places = Vec::new();
    for (number, fragment) in (0..).zip(&fragments) {
        if layout.segments {
            file.extend(boxed(b"styp", b"msdh\0\0\0\0"));
            file.extend(sidx(number, &[size(fragment)], layout.lie));
        }
        places.push(u32::try_from(file.len()).expect("small"));
        file.extend(fragment);
    }
    if layout.mfra {
        let tfra = |track: u32| {
            let scale = TIMESCALES[usize::try_from(track - 1).expect("small")];
            let mut words = vec![0, track, 0, FRAGMENTS];
            for (number, place) in (0..).zip(&places) {
                // The three short numbers fill no word, and so go behind the next entry's.
                words.extend([number * scale, place + layout.lie]);
                words.push(0x0101_0100);
            }
            let mut payload = Vec::new();
            for (index, word) in words.iter().enumerate() {
                let is_numbers = index >= 4 && (index - 4) % 3 == 2;
                payload.extend(&word.to_be_bytes()[..if is_numbers { 3 } else { 4 }]);
            }
            boxed(b"tfra", &payload)
        };
        let tracks = [tfra(1), tfra(2)].concat();
        let size = u32::try_from(8 + tracks.len() + 16).expect("small");
        file.extend(boxed(b"mfra", &[tracks, full(b"mfro", &[0, size])].concat()));
    }
    file
}

/// Counts the reads of a source.
struct Counted(Cursor<Vec<u8>>, Arc<AtomicUsize>);

impl Read for Counted {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.read(bytes)
    }
}

impl Seek for Counted {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

fn open(file: Vec<u8>) -> (Box<dyn Demuxer>, Arc<AtomicUsize>) {
    let reads = Arc::new(AtomicUsize::new(0));
    let source = Source::seekable(Counted(Cursor::new(file), Arc::clone(&reads)));
    let mut options = DemuxOptions::default();
    options.buffer_size = 512;
    (open_demuxer(source, &options).expect("opens"), reads)
}

fn drain(demuxer: &mut dyn Demuxer) -> (Vec<Packet>, Result<()>) {
    let mut packets = Vec::new();
    loop {
        match demuxer.next_packet() {
            Ok(Some(packet)) => packets.push(packet),
            Ok(None) => return (packets, Ok(())),
            Err(error) => return (packets, Err(error)),
        }
    }
}

/// The time must agree with the number of the sample, and the letter with the track.
fn check_sample(packet: &Packet) {
    let [letter, rest @ ..] = *packet.data.first_chunk::<4>().expect("four bytes");
    let number = u32::from_be_bytes([0, rest[0], rest[1], rest[2]]);
    let ticks = i64::from(TIMESCALES[packet.track] / SAMPLES) * i64::from(number);
    assert_eq!(packet.pts, Some(Timestamp::new(ticks)));
    assert_eq!(letter, [b'v', b'a'][packet.track]);
}

fn seek(demuxer: &mut dyn Demuxer, milliseconds: i64, mode: SeekMode) -> i64 {
    let base = TimeBase::per_second(1000).expect("not zero");
    let time = base.time(Timestamp::new(milliseconds));
    demuxer.seek(SeekTo { time, track: None, mode }).expect("seeks").pts.ticks()
}

const LAYOUTS: [(&str, Layout); 10] = {
    const PLAIN: Layout = Layout {
        sidx: 0,
        mfra: false,
        segments: false,
        without_tfdt: false,
        lie: 0,
        keys_every: 1,
    };
    [
        ("plain", PLAIN),
        ("sidx", Layout { sidx: 1, ..PLAIN }),
        ("three sidx", Layout { sidx: 3, ..PLAIN }),
        ("mfra", Layout { mfra: true, ..PLAIN }),
        ("segments", Layout { segments: true, ..PLAIN }),
        ("without times", Layout { sidx: 1, mfra: true, without_tfdt: true, ..PLAIN }),
        ("wrong sidx", Layout { sidx: 1, lie: 5, ..PLAIN }),
        ("sidx that runs ahead", Layout { sidx: 1, lie: 3116 * 7, ..PLAIN }),
        ("wrong mfra", Layout { mfra: true, lie: 77, ..PLAIN }),
        ("rare keys", Layout { sidx: 1, keys_every: 20, ..PLAIN }),
    ]
};

#[test]
fn all_samples_have_their_times() {
    for (name, layout) in LAYOUTS {
        let (mut demuxer, _) = open(file(layout));
        let (packets, end) = drain(&mut *demuxer);
        end.expect("whole");
        assert_eq!(
            packets.len(),
            usize::try_from(2 * FRAGMENTS * SAMPLES).expect("small"),
            "{name}"
        );
        packets.iter().for_each(check_sample);
    }
}

#[test]
fn seeks_agree_with_reading() {
    for (name, layout) in LAYOUTS {
        let (mut demuxer, _) = open(file(layout));
        for milliseconds in [399_900, 0, 250_300, 60, 7_999, 250_000, -5, 1_000_000, 123_456] {
            for mode in [SeekMode::Key, SeekMode::Any] {
                let pts = seek(&mut *demuxer, milliseconds, mode);
                let clamped = milliseconds.clamp(0, 399_750);
                let step =
                    if mode == SeekMode::Key { 1000 * i64::from(layout.keys_every) } else { 250 };
                assert_eq!(pts, clamped / step * step, "{name} {milliseconds} {mode:?}");
                let mut first = [None, None];
                while first.contains(&None) {
                    let packet = demuxer.next_packet().expect("reads").expect("not the end");
                    check_sample(&packet);
                    first[packet.track].get_or_insert(packet.pts.expect("a time").ticks());
                }
                assert_eq!(first, [Some(pts), Some(pts * 8)], "{name} {milliseconds} {mode:?}");
            }
        }
    }
}

#[test]
fn indexes_spare_the_search() {
    for (name, layout) in LAYOUTS {
        let (mut demuxer, reads) = open(file(layout));
        reads.store(0, Ordering::Relaxed);
        seek(&mut *demuxer, 250_300, SeekMode::Key);
        let reads = reads.load(Ordering::Relaxed);
        match name {
            "sidx" | "three sidx" | "mfra" => assert!(reads < 40, "{name}: {reads} reads"),
            "rare keys" => assert!(reads < 120, "{name}: {reads} reads"),
            "plain" => assert!(reads > 300, "the test cannot fail: {reads} reads"),
            _ => {}
        }
    }
}

#[test]
fn the_length_is_known_from_indexes() {
    let length = |layout| open(file(layout)).0.duration().map(|time| time.seconds());
    for (name, layout) in LAYOUTS {
        let expected = match name {
            "plain" | "segments" | "wrong sidx" | "wrong mfra" | "sidx that runs ahead" => None,
            _ => Some(400.0),
        };
        assert_eq!(length(layout), expected, "{name}");
    }
}

#[test]
fn cut_files_give_all_whole_fragments() {
    let whole = file(Layout::default());
    let (head, size) = (8 + 8 + moov().len(), fragment(0, Layout::default()).len());
    for cut in [0, 4, 7, 8, 60, size - 3110, size - 40, size - 1] {
        let length = head + 5 * size + cut;
        let (mut demuxer, _) = open(whole[..length].to_vec());
        let (packets, end) = drain(&mut *demuxer);
        let least = usize::try_from(5 * 2 * SAMPLES).expect("small");
        assert!(packets.len() >= least, "{cut}: {} packets", packets.len());
        packets.iter().for_each(check_sample);
        if cut == 0 {
            end.expect("whole");
        } else {
            let error = end.expect_err("cut");
            assert!(matches!(error, Error::Malformed(_)), "{cut}: {error}");
            assert!(error.to_string().contains("ends"), "{cut}: {error}");
        }
        assert!(demuxer.next_packet().expect("the end").is_none());
        // Seeking in what is left works, too.
        assert_eq!(seek(&mut *demuxer, 4_100, SeekMode::Key), 4_000);
    }
}

#[test]
fn segments_stream() {
    let (sought, _) = drain(&mut *open(file(LAYOUTS[4].1)).0);
    let source = Source::forward(Cursor::new(file(LAYOUTS[4].1)));
    let mut demuxer = open_demuxer(source, &DemuxOptions::default()).expect("opens");
    let (packets, end) = drain(&mut *demuxer);
    end.expect("whole");
    assert_eq!(packets, sought);
}
