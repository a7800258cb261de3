//! Groups beside a decoder that takes the stream alone, and how much waits.

use rushes_core::{PixelFormat, Plane, Ticks, Timestamp, VideoFrame};

use super::*;

/// What a packet of the test's stream is, in its first byte; the second byte is its number.
const KEY: u8 = 0;
const KEY_THAT_DISCARDS: u8 = 1;
const NEXT: u8 = 2;
const BROKEN: u8 = 3;

/// Cuts at keys.
struct KeyCutter;

impl Cutter for KeyCutter {
    fn cut(&mut self, packet: &Packet) -> Option<Cut> {
        let discards = packet.data[0] == KEY_THAT_DISCARDS;
        let key = packet.data[0] == KEY || discards;
        key.then(|| Cut { decoder: self.decoder(), bytes: 1 << 20, discards })
    }

    fn decoder(&self) -> Box<dyn Decoder> {
        Box::new(Delayed::default())
    }
}

/// Shows each picture when the next comes; after damage nothing up to the next key.
#[derive(Default)]
struct Delayed {
    right: bool,
    held: Option<u8>,
    ready: VecDeque<u8>,
}

impl Decoder for Delayed {
    fn submit(&mut self, packet: &Packet) -> Result<()> {
        let [kind, number] = *packet.data else { unreachable!("packets have two bytes") };
        match kind {
            KEY_THAT_DISCARDS => self.held = None,
            BROKEN => {
                *self = Self { ready: mem::take(&mut self.ready), ..Self::default() };
                return Err(Error::malformed(format!("packet {number}")));
            }
            _ => {}
        }
        self.right |= kind != NEXT;
        self.ready.extend(self.held.take());
        self.held = Some(number).filter(|_| self.right);
        Ok(())
    }

    fn next_frame(&mut self) -> Result<Option<Frame>> {
        Ok(self.ready.pop_front().map(|number| Frame::Video(picture(number, 16))))
    }

    fn finish(&mut self) -> Result<()> {
        self.ready.extend(self.held.take());
        Ok(())
    }

    fn reset(&mut self) {
        *self = Self::default();
    }
}

fn picture(number: u8, size: u32) -> VideoFrame {
    let plane = Plane::new(vec![number; (size * size) as usize], size as usize);
    let mut frame = VideoFrame::new(PixelFormat::Gray8, size, size, vec![plane]).expect("fits");
    frame.pts = Some(Timestamp::new(i64::from(number)));
    frame.duration = Some(Ticks::new(1));
    frame
}

/// Groups of many lengths, with damage within them, at their ends and in their first packets.
fn stream() -> Vec<Packet> {
    let kinds = (0..120).map(|number: u8| match number {
        0 | 20 | 21 | 22 | 30 | 47 | 70 | 90 => KEY,
        40 | 80 => KEY_THAT_DISCARDS,
        25 | 39 | 46 | 91 => BROKEN,
        _ => NEXT,
    });
    kinds.zip(0..).map(|(kind, number)| Packet::new(0, vec![kind, number])).collect()
}

fn group_decoder(threads: u16) -> Box<dyn Decoder> {
    let options = DecoderOptions { threads: Some(threads), ..DecoderOptions::default() };
    decoder(KeyCutter, &options)
}

/// What comes out, packet by packet, where up to `ahead` packets are prepared.
fn decode(decoder: &mut dyn Decoder, packets: &[Packet], ahead: usize) -> Vec<String> {
    let mut said = Vec::new();
    let mut take = |decoder: &mut dyn Decoder, result: Result<()>| {
        said.extend(result.err().map(|error| error.to_string()));
        while let Some(frame) = decoder.next_frame().expect("errors come at once") {
            said.push(format!("{:?}", frame.pts()));
        }
        said.push("packet".to_owned());
    };
    let mut prepared = 0;
    for (index, packet) in packets.iter().enumerate() {
        prepared = prepared.max(index);
        while prepared < packets.len().min(index + ahead.min(decoder.look_ahead())) {
            if !decoder.prepare(&packets[prepared]) {
                break;
            }
            prepared += 1;
        }
        let result = decoder.submit(packet);
        take(decoder, result);
    }
    let result = decoder.finish();
    take(decoder, result);
    said
}

#[test]
fn what_comes_out_is_what_one_decoder_gives() {
    let packets = stream();
    let expected = decode(&mut Delayed::default(), &packets, 0);
    assert!(expected.iter().any(|line| line.contains("packet 39")), "{expected:?}");
    for threads in [1, 2, 3, 8] {
        for ahead in [0, 1, 2, 7, 40, usize::MAX] {
            let mut decoder = group_decoder(threads);
            for round in 0..2 {
                let found = decode(&mut *decoder, &packets, ahead);
                assert_eq!(found, expected, "{threads} threads, {ahead} ahead, round {round}");
                decoder.reset();
            }
        }
    }
}

#[test]
fn what_was_prepared_is_forgotten() {
    let packets = stream();
    let expected = decode(&mut Delayed::default(), &packets, 0);
    let mut decoder = group_decoder(3);
    for taken in [17, 30, 60, 119] {
        for (index, packet) in packets[..taken].iter().enumerate() {
            if index == 16 {
                packets[16..].iter().for_each(|packet| assert!(decoder.prepare(packet)));
            }
            decoder.submit(packet).ok();
        }
        decoder.reset();
    }
    assert_eq!(decode(&mut *decoder, &packets, 50), expected);
    decoder.reset();
    packets.iter().for_each(|packet| assert!(decoder.prepare(packet)));
    // Dropped with all the work still to be done.
}

#[test]
fn packets_are_not_asked_for_in_the_run_up_or_with_one_thread() {
    assert_eq!(group_decoder(1).look_ahead(), 0);
    let mut decoder = group_decoder(2);
    for packet in stream().iter().take(16) {
        assert_eq!(decoder.look_ahead(), 0);
        decoder.submit(packet).expect("whole");
    }
    assert!(decoder.look_ahead() > 0);
    decoder.reset();
    assert_eq!(decoder.look_ahead(), 0);
}

/// Gives a large picture for each packet.
struct Large;

impl Cutter for Large {
    fn cut(&mut self, packet: &Packet) -> Option<Cut> {
        let bytes = u64::from(packet.data[1]);
        (packet.data[0] == KEY).then(|| Cut { decoder: self.decoder(), bytes, discards: false })
    }

    fn decoder(&self) -> Box<dyn Decoder> {
        Box::new(LargeDecoder(None))
    }
}

struct LargeDecoder(Option<u8>);

impl Decoder for LargeDecoder {
    fn submit(&mut self, packet: &Packet) -> Result<()> {
        self.0 = Some(packet.data[1]);
        Ok(())
    }

    fn next_frame(&mut self) -> Result<Option<Frame>> {
        Ok(self.0.take().map(|number| Frame::Video(picture(number, 64))))
    }

    fn finish(&mut self) -> Result<()> {
        Ok(())
    }

    fn reset(&mut self) {}
}

#[test]
fn frames_wait_in_bounded_memory() {
    // Eight pictures of 4 KiB may wait.
    let mut limits = Limits::default();
    limits.decoder_bytes = 4 * 8 * 4096;
    let mut decoder = GroupDecoder::new(Box::new(Large), 4, &limits);
    let packets: Vec<_> = (0..60)
        .map(|number: u8| {
            Packet::new(0, vec![if number.is_multiple_of(10) { KEY } else { NEXT }, number])
        })
        .collect();
    packets.iter().for_each(|packet| assert!(decoder.prepare(packet)));
    for (packet, number) in packets.iter().zip(0_i64..) {
        // However long the caller takes, the threads wait.
        thread::sleep(std::time::Duration::from_millis(1));
        assert!(decoder.work.frame_bytes() <= 9 * 4096, "before packet {number}");
        decoder.submit(packet).expect("whole");
        let frame = decoder.next_frame().expect("whole").expect("one for each");
        assert_eq!(frame.pts(), Some(Timestamp::new(number)));
    }
}

#[test]
fn decoders_that_take_too_much_together_work_one_by_one() {
    let mut limits = Limits::default();
    limits.decoder_bytes = 100;
    let mut decoder = GroupDecoder::new(Box::new(Large), 4, &limits);
    let packets: Vec<_> = (90..130).map(|number: u8| Packet::new(0, vec![KEY, number])).collect();
    packets.iter().for_each(|packet| assert!(decoder.prepare(packet)));
    for packet in &packets {
        decoder.submit(packet).expect("whole");
        assert!(decoder.next_frame().expect("whole").is_some());
    }
}
