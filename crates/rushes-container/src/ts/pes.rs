//! Packetized elementary streams: ISO/IEC 13818-1, 2.4.3.6 and 2.4.3.7.

/// What a PES packet starts with.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct PesHeader {
    /// Bytes of the header.
    pub(super) length: usize,
    /// Bytes of the payload; `None` where it ends with the next packet.
    pub(super) payload: Option<usize>,
    pub(super) pts: Option<u64>,
    pub(super) dts: Option<u64>,
}

impl PesHeader {
    /// Reads the header; `None` where these bytes are none, or too few.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let [0, 0, 1, id, a, b, rest @ ..] = bytes else { return None };
        let declared = usize::from(u16::from_be_bytes([*a, *b]));
        // Streams without the optional fields: table 2-21.
        if matches!(id, 0xbc | 0xbe | 0xbf | 0xf0 | 0xf1 | 0xf2 | 0xf8 | 0xff) {
            return Some(Self { length: 6, payload: Some(declared), ..Self::default() });
        }
        let [_, flags, length, fields @ ..] = rest else { return None };
        let fields = fields.get(..usize::from(*length))?;
        let time = |at: usize| fields.get(at..).and_then(<[u8]>::first_chunk).map(time_stamp);
        let pts = if flags & 0x80 == 0 { None } else { time(0) };
        let dts = if flags & 0xc0 == 0xc0 { time(5) } else { None };
        let length = 9 + usize::from(*length);
        // Zero means unbounded, and is only right for video; others that say so are treated alike.
        let payload = (declared + 6).checked_sub(length).filter(|_| declared > 0);
        Some(Self { length, payload, pts, dts: dts.or(pts) })
    }
}

fn time_stamp([a, b, c, d, e]: &[u8; 5]) -> u64 {
    let bits = |high: u8, low: u8| u64::from(u16::from_be_bytes([high, low]) >> 1);
    u64::from(a >> 1 & 7) << 30 | bits(*b, *c) << 15 | bits(*d, *e)
}

/// Makes time of the 33 bits of time stamps.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Clock {
    last: Option<i64>,
}

impl Clock {
    const WRAP: i64 = 1 << 33;
    /// A stream that starts this close to the wrap, in seconds, starts before zero: FFmpeg's rule.
    const NEAR: i64 = 60 * 90_000;

    /// The time that is closest to the one before.
    pub(super) fn unroll(&mut self, stamp: u64) -> i64 {
        let stamp = i64::try_from(stamp).unwrap_or(0) & (Self::WRAP - 1);
        let start = if stamp > Self::WRAP - Self::NEAR { 0 } else { stamp };
        let last = self.last.unwrap_or(start);
        let ahead = (stamp - last).rem_euclid(Self::WRAP);
        let step = if ahead > Self::WRAP / 2 { ahead - Self::WRAP } else { ahead };
        let time = last.saturating_add(step);
        self.last = Some(time);
        time
    }

    /// The time that is closest to the last one, which stays the last.
    pub(super) fn near(self, stamp: u64) -> i64 {
        let mut clock = self;
        clock.unroll(stamp)
    }

    /// Goes on from another time.
    pub(super) const fn set(&mut self, time: i64) {
        self.last = Some(time);
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::ts) fn stamp(mark: u8, time: u64) -> [u8; 5] {
        let low = |value: u64| u16::try_from(value & 0x7fff).expect("15 bits") << 1 | 1;
        let [b, c] = low(time >> 15).to_be_bytes();
        let [d, e] = low(time).to_be_bytes();
        [mark << 4 | u8::try_from(time >> 30 & 7).expect("3 bits") << 1 | 1, b, c, d, e]
    }

    #[test]
    fn headers_read() {
        let times = [(1 << 33) - 2, 0x1_2345_6789];
        let mut bytes = vec![0, 0, 1, 0xe0, 0, 0, 0x80, 0xc0, 10];
        bytes.extend(stamp(3, times[0]));
        bytes.extend(stamp(1, times[1]));
        let header = PesHeader::read(&bytes).expect("a header");
        assert_eq!((header.pts, header.dts), (Some(times[0]), Some(times[1])));
        assert_eq!((header.length, header.payload), (19, None));
        for length in 0..bytes.len() {
            assert_eq!(PesHeader::read(&bytes[..length]), None);
        }
        let private = PesHeader::read(&[0, 0, 1, 0xbf, 0, 9]).expect("a header");
        assert_eq!((private.length, private.payload), (6, Some(9)));
    }

    #[test]
    fn clocks_go_on() {
        let check = |stamps: &[u64], expected: &[i64]| {
            let mut clock = Clock::default();
            let times: Vec<_> = stamps.iter().map(|stamp| clock.unroll(*stamp)).collect();
            assert_eq!(times, expected);
        };
        check(&[100, 50, 200], &[100, 50, 200]);
        check(
            &[8_000_000_000, 8_589_934_591, 5, 8_589_934_590],
            &[8_000_000_000, 8_589_934_591, 8_589_934_597, 8_589_934_590],
        );
        check(&[8_589_934_590, 3], &[-2, 3]);
    }
}
