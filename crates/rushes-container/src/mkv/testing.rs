//! Writes elements for tests.

/// An element of this identifier around these bytes.
pub(super) fn element(id: u32, body: &[u8]) -> Vec<u8> {
    let size = u32::try_from(body.len()).expect("short") | 0x1000_0000;
    [header_id(id), size.to_be_bytes().to_vec(), body.to_vec()].concat()
}

/// An unsigned integer.
pub(super) fn uint(id: u32, value: u64) -> Vec<u8> {
    element(id, &value.to_be_bytes())
}

/// A float.
pub(super) fn float(id: u32, value: f64) -> Vec<u8> {
    element(id, &value.to_be_bytes())
}

/// A string.
pub(super) fn text(id: u32, value: &str) -> Vec<u8> {
    element(id, value.as_bytes())
}

fn header_id(id: u32) -> Vec<u8> {
    id.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect()
}
