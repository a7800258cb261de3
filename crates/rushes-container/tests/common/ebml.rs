//! Writes elements of EBML for tests.

/// An element of this identifier around these bytes.
pub(crate) fn element(id: u32, body: &[u8]) -> Vec<u8> {
    let size = u32::try_from(body.len()).expect("short") | 0x1000_0000;
    [name(id), size.to_be_bytes().to_vec(), body.to_vec()].concat()
}

/// An element of unknown size around these bytes.
pub(crate) fn open_element(id: u32, body: &[u8]) -> Vec<u8> {
    [name(id), vec![0x01, 255, 255, 255, 255, 255, 255, 255], body.to_vec()].concat()
}

/// The header alone of an element that claims this size.
pub(crate) fn claim(id: u32, size: u64) -> Vec<u8> {
    [name(id), (size | 1 << 56).to_be_bytes().to_vec()].concat()
}

/// An unsigned integer.
pub(crate) fn uint(id: u32, value: u64) -> Vec<u8> {
    element(id, &value.to_be_bytes())
}

/// A string.
pub(crate) fn text(id: u32, value: &str) -> Vec<u8> {
    element(id, value.as_bytes())
}

fn name(id: u32) -> Vec<u8> {
    id.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect()
}

pub(crate) const EBML: u32 = 0x1a45_dfa3;
pub(crate) const SEGMENT: u32 = 0x1853_8067;
pub(crate) const TRACKS: u32 = 0x1654_ae6b;
pub(crate) const CLUSTER: u32 = 0x1f43_b675;

/// The header of a file.
pub(crate) fn header() -> Vec<u8> {
    element(EBML, &text(0x4282, "matroska"))
}

/// A track: number, type, codec, and whatever else there is.
pub(crate) fn track(number: u64, kind: u64, codec: &str, more: &[u8]) -> Vec<u8> {
    let fields = [uint(0xd7, number), uint(0x73c5, number), uint(0x83, kind), text(0x86, codec)];
    element(0xae, &[fields.concat(), more.to_vec()].concat())
}

/// Sound of this rate.
pub(crate) fn audio(rate: f64, more: &[u8]) -> Vec<u8> {
    element(0xe1, &[element(0xb5, &rate.to_be_bytes()), more.to_vec()].concat())
}

/// A block without its element: track, time, flags, data.
pub(crate) fn block(track: u8, time: i16, flags: u8, data: &[u8]) -> Vec<u8> {
    let [high, low] = time.to_be_bytes();
    [&[0x80 | track, high, low, flags], data].concat()
}

/// A `SimpleBlock` with a key frame.
pub(crate) fn simple(track: u8, time: i16, data: &[u8]) -> Vec<u8> {
    element(0xa3, &block(track, time, 0x80, data))
}

/// A cluster at this time.
pub(crate) fn cluster(time: u64, blocks: &[Vec<u8>]) -> Vec<u8> {
    element(CLUSTER, &[uint(0xe7, time), blocks.concat()].concat())
}

/// A file with these tracks and whatever follows them.
pub(crate) fn file(tracks: &[Vec<u8>], rest: &[Vec<u8>]) -> Vec<u8> {
    let body = [element(TRACKS, &tracks.concat()), rest.concat()].concat();
    [header(), element(SEGMENT, &body)].concat()
}
