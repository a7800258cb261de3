//! Private data in the one form that each codec has, whatever the container: from `dOps` ("Encapsulation of Opus in ISO
//! Base Media File Format", 4.3.2), from `dfLa` ("Encapsulation of FLAC in ISO Base Media File Format", 3.3.2), and from
//! the decoder specific info of Vorbis.

/// The marker in front of the metadata blocks of FLAC (RFC 9639, 7).
const FLAC_MARKER: &[u8] = b"fLaC";

/// Type and length of a stream information block that is the last.
const STREAM_INFO_ALONE: [u8; 4] = [0x80, 0, 0, 34];

/// The identification header of Opus (RFC 7845, 5.1) that says what the body of a `dOps` says; `None` where the body is
/// too short for its fields. Its numbers are little-endian, those of the box big-endian.
pub(super) fn opus_head(body: &[u8]) -> Option<Vec<u8>> {
    let [_, channels, p0, p1, r0, r1, r2, r3, g0, g1, family, mapping @ ..] = body else {
        return None;
    };
    // Families other than zero have the numbers of streams and of coupled ones, and a stream for each channel.
    let mapping = match family {
        0 => &[],
        _ => mapping.get(..2 + usize::from(*channels))?,
    };
    let mut head = b"OpusHead".to_vec();
    head.extend([1, *channels, *p1, *p0, *r3, *r2, *r1, *r0, *g1, *g0, *family]);
    head.extend(mapping);
    Some(head)
}

/// The metadata blocks of FLAC behind their marker, from the blocks with or without it, or from the stream information
/// alone; `None` where there is no stream information.
pub(super) fn flac_blocks(body: &[u8]) -> Option<Vec<u8>> {
    let blocks = body.strip_prefix(FLAC_MARKER).unwrap_or(body);
    match blocks {
        [0 | 0x80, 0, 0, 34, rest @ ..] if rest.len() >= 34 => Some([FLAC_MARKER, blocks].concat()),
        _ if blocks.len() == 34 => Some([FLAC_MARKER, &STREAM_INFO_ALONE, blocks].concat()),
        _ => None,
    }
}

/// The three headers of Vorbis in Xiph lacing, from that or from headers with lengths of 16 bits in front; `None` where
/// it is neither.
pub(super) fn vorbis_headers(body: &[u8]) -> Option<Vec<u8>> {
    const IDENTIFICATION: u16 = 30;
    if body.first() == Some(&2) {
        return Some(body.to_vec());
    }
    let mut rest = body;
    let mut headers = [&[][..]; 3];
    for header in &mut headers {
        let (length, behind) = rest.split_first_chunk::<2>()?;
        (*header, rest) = behind.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    }
    if headers[0].len() != usize::from(IDENTIFICATION) {
        return None;
    }
    let mut laced = vec![2];
    for header in &headers[..2] {
        laced.extend(std::iter::repeat_n(255, header.len() / 255));
        laced.push(u8::try_from(header.len() % 255).unwrap_or(0));
    }
    headers.iter().for_each(|header| laced.extend(*header));
    Some(laced)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opus_heads_have_the_other_byte_order() {
        let body = [0, 2, 0x01, 0x38, 0, 0, 0xbb, 0x80, 0xff, 0xfe, 0];
        let head = b"OpusHead\x01\x02\x38\x01\x80\xbb\0\0\xfe\xff\0";
        assert_eq!(opus_head(&body).as_deref(), Some(&head[..]));
        for cut in 0..body.len() {
            assert_eq!(opus_head(&body[..cut]), None);
        }
    }

    #[test]
    fn opus_heads_have_a_stream_per_channel() {
        let fields = [0, 3, 1, 0x38, 0, 0, 0xbb, 0x80, 0, 0, 1, 2, 1];
        let body = [&fields[..], &[0, 2, 1, 9]].concat();
        let head = opus_head(&body).expect("whole");
        assert_eq!(head[18..], [1, 2, 1, 0, 2, 1]);
        assert_eq!(opus_head(&body[..15]), None);
    }

    #[test]
    fn flac_has_its_marker() {
        let block = [&STREAM_INFO_ALONE[..], &[7; 34]].concat();
        let expected = [FLAC_MARKER, &block].concat();
        for body in [&block[..], &block[4..], &expected] {
            assert_eq!(flac_blocks(body).as_deref(), Some(&expected[..]));
        }
        let comment = [0, 0, 0, 34].iter().chain(&[7; 34]).chain(&[0x84, 0, 0, 0]);
        let comment: Vec<u8> = comment.copied().collect();
        assert_eq!(flac_blocks(&comment).map(|blocks| blocks.len()), Some(4 + comment.len()));
        for broken in [&b""[..], &block[..37], &[0x84, 0, 0, 0]] {
            assert_eq!(flac_blocks(broken), None);
        }
    }

    #[test]
    fn vorbis_headers_are_laced() {
        let (first, second, third) = ([1; 30], [3; 300], [5; 7]);
        let sized = [&[0, 30], &first[..], &[1, 44], &second[..], &[0, 7], &third[..]].concat();
        let laced = [&[2, 30, 255, 45], &first[..], &second[..], &third[..]].concat();
        assert_eq!(vorbis_headers(&sized).as_deref(), Some(&laced[..]));
        assert_eq!(vorbis_headers(&laced).as_deref(), Some(&laced[..]));
        assert_eq!(vorbis_headers(&sized[..100]), None);
        assert_eq!(vorbis_headers(b""), None);
    }
}
