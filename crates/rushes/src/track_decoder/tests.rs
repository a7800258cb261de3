//! The track decoder with a decoder in memory.

use rushes_core::{
    AudioParameters, ChannelLayout, CodecId, PixelFormat, Plane, Rotation, Trim, VideoParameters,
};

use super::*;

/// Gives for each packet as many samples (or pictures) as its first byte says, `rate` fast; an empty packet is broken.
struct Fake {
    rate: Option<u32>,
    out: VecDeque<Frame>,
}

impl Decoder for Fake {
    fn submit(&mut self, packet: &Packet) -> Result<()> {
        let Some(&count) = packet.data.first() else {
            return Err(Error::malformed("empty"));
        };
        match self.rate {
            Some(rate) => {
                // Two blocks per packet, to see that cuts and times go across them.
                for part in [count / 2, count - count / 2] {
                    let samples = (0..part).map(f32::from).collect();
                    let block = AudioFrame::new(samples, ChannelLayout::MONO, rate)?;
                    self.out.push_back(Frame::Audio(block));
                }
            }
            None => {
                let plane = Plane::new(vec![count; 1], 1);
                let mut frame = VideoFrame::new(PixelFormat::Gray8, 1, 1, vec![plane])?;
                frame.pts = packet.pts;
                frame.duration = packet.duration;
                self.out.push_back(Frame::Video(frame));
            }
        }
        Ok(())
    }

    fn next_frame(&mut self) -> Result<Option<Frame>> {
        Ok(self.out.pop_front())
    }

    fn finish(&mut self) -> Result<()> {
        Ok(())
    }

    fn reset(&mut self) {
        self.out.clear();
    }
}

fn base(rate: u32) -> TimeBase {
    TimeBase::per_second(rate).expect("not zero")
}

fn audio(track_rate: u32, output_rate: u32) -> TrackDecoder {
    let parameters = AudioParameters::new(track_rate, ChannelLayout::MONO);
    let codec = CodecParameters::audio(CodecId::Aac, parameters);
    let track = Track::new(1, codec, base(track_rate));
    let fake = Fake { rate: Some(output_rate), out: VecDeque::new() };
    TrackDecoder::with_decoder(0, &track, Box::new(fake))
}

fn video(parameters: VideoParameters) -> TrackDecoder {
    let track = Track::new(1, CodecParameters::video(CodecId::H264, parameters), base(1000));
    let fake = Fake { rate: None, out: VecDeque::new() };
    TrackDecoder::with_decoder(3, &track, Box::new(fake))
}

fn packet(count: u8, pts: Option<i64>) -> Packet {
    let mut packet = Packet::new(0, vec![count]);
    packet.pts = pts.map(Timestamp::new);
    packet
}

/// Times and lengths of all frames that are ready.
fn drain(decoder: &mut TrackDecoder) -> Vec<(i64, usize)> {
    let mut frames = Vec::new();
    while let Some(frame) = decoder.next_frame().expect("decodes") {
        let len = match &frame {
            Frame::Audio(frame) => frame.len(),
            _ => 1,
        };
        frames.push((frame.pts().expect("a time").ticks(), len));
    }
    frames
}

/// R33: delay and padding are cut to the sample, at the rate that comes out.
#[test]
fn ends_are_cut() {
    let check = |output_rate, start, end, pts, expected: &[(i64, usize)]| {
        let mut decoder = audio(100, output_rate);
        let trim = Trim { start: Ticks::new(start), end: Ticks::new(end) };
        decoder.submit(&packet(20, Some(pts)).with_trim(trim)).expect("decodes");
        assert_eq!(drain(&mut decoder), expected, "{output_rate} {start} {end}");
    };
    check(100, 0, 0, 0, &[(0, 10), (10, 10)]);
    check(100, 3, 0, -3, &[(0, 7), (7, 10)]);
    check(100, 12, 3, -12, &[(0, 5)]);
    check(100, 0, 12, 5, &[(5, 8)]);
    check(100, 15, 15, 0, &[]);
    check(100, u64::MAX, 0, 0, &[]);
    // HE-AAC: twice the rate of the track, so that three ticks are six samples.
    check(200, 3, 0, -3, &[(0, 4), (2, 10)]);
}

/// R23: a missing time is the end of the frame before.
#[test]
fn missing_times_follow_from_durations() {
    let mut decoder = audio(100, 100);
    for (pts, expected) in
        [(Some(50), [(50, 2), (52, 2)]), (None, [(54, 2), (56, 2)]), (Some(9), [(9, 2), (11, 2)])]
    {
        decoder.submit(&packet(4, pts)).expect("decodes");
        assert_eq!(drain(&mut decoder), expected);
    }

    let mut decoder = video(VideoParameters::new(1, 1));
    decoder.submit(&packet(0, Some(40)).with_duration(Ticks::new(7))).expect("decodes");
    decoder.submit(&packet(0, None)).expect("decodes");
    assert_eq!(drain(&mut decoder), [(40, 1), (47, 1)]);
    // Without a duration nothing is made up.
    decoder.submit(&packet(0, None)).expect("decodes");
    assert_eq!(decoder.next_frame().expect("decodes").and_then(|frame| frame.pts()), None);
    decoder.reset(Some(Timestamp::new(300)));
    decoder.submit(&packet(0, None)).expect("decodes");
    assert_eq!(drain(&mut decoder), [(300, 1)]);
}

/// R31: pictures before the time are dropped, audio is cut inside a block.
#[test]
fn starts_at_the_sample() {
    let mut decoder = audio(100, 100);
    decoder.start_at(base(1000).time(Timestamp::new(151)));
    decoder.submit(&packet(20, Some(0))).expect("decodes");
    decoder.submit(&packet(20, Some(20))).expect("decodes");
    // 0.151 s lies behind sample 15, so that sample 16 is the first.
    assert_eq!(drain(&mut decoder), [(16, 4), (20, 10), (30, 10)]);

    let mut decoder = video(VideoParameters::new(1, 1));
    decoder.start_at(base(1000).time(Timestamp::new(33)));
    for pts in [0, 20, 32, 33, 50] {
        decoder.submit(&packet(0, Some(pts))).expect("decodes");
    }
    assert_eq!(drain(&mut decoder), [(33, 1), (50, 1)]);
}

#[test]
fn samples_are_counted_exactly() {
    let check = |first: (i64, u32), start: (i64, u32), rate, expected| {
        let time = |(ticks, rate)| base(rate).time(Timestamp::new(ticks));
        assert_eq!(samples_before(time(first), time(start), rate), expected);
    };
    check((0, 48_000), (1, 1000), 48_000, 48);
    check((0, 44_100), (1, 1000), 44_100, 45);
    check((1, 3), (2, 3), 3, 1);
    check((1, 3), (1, 3), 48_000, 0);
    check((5, 3), (1, 3), 48_000, 0);
    check((i64::MIN, 1), (i64::MAX, u32::MAX), u32::MAX, usize::MAX);
}

/// MP4 shortens the last packet to where the sound ends; a shorter packet in between is only a time that wanders.
#[test]
fn the_last_packet_ends_with_its_duration() {
    let check = |track_rate, durations: &[u64], expected: &[(i64, usize)]| {
        let mut decoder = audio(track_rate, 100);
        let mut pts = 0_i64;
        for duration in durations {
            let length = Ticks::new(*duration);
            decoder.submit(&packet(20, Some(pts)).with_duration(length)).expect("decodes");
            pts = pts.checked_add_unsigned(*duration).expect("small");
        }
        decoder.finish().expect("finishes");
        assert_eq!(drain(&mut decoder), expected, "{track_rate} {durations:?}");
    };
    check(100, &[20, 7], &[(0, 10), (10, 10), (20, 7)]);
    check(100, &[20, 13], &[(0, 10), (10, 10), (20, 10), (30, 3)]);
    check(200, &[40, 14], &[(0, 10), (20, 10), (40, 7)]);
    check(100, &[7], &[(0, 7)]);
    check(100, &[20, 13, 20], &[(0, 10), (10, 10), (20, 10), (30, 10), (33, 10), (43, 10)]);
    check(100, &[20, 0], &[(0, 10), (10, 10), (20, 10), (30, 10)]);
    // Nothing can be told from lengths that never fitted, or from ticks longer than samples.
    check(100, &[5, 5], &[(0, 10), (10, 10), (5, 10), (15, 10)]);
    check(10, &[2, 1], &[(0, 10), (1, 10), (2, 10), (3, 10)]);
}

#[test]
fn hidden_packets_are_not_heard() {
    let mut decoder = audio(100, 100);
    let mut hidden = packet(20, Some(-20));
    hidden.discard = true;
    decoder.submit(&hidden).expect("decodes");
    decoder.submit(&packet(4, None)).expect("decodes");
    assert_eq!(drain(&mut decoder), [(0, 2), (2, 2)]);
}

#[test]
fn frames_carry_what_the_container_says() {
    let mut parameters = VideoParameters::new(1, 1);
    parameters.rotation = Rotation::new(1, false);
    parameters.sample_aspect = rushes_core::Ratio::new(4, 3);
    let mut decoder = video(parameters);
    decoder.submit(&packet(0, Some(0))).expect("decodes");
    let Ok(Some(Frame::Video(frame))) = decoder.next_frame() else { panic!("a picture") };
    assert_eq!(frame.rotation.degrees(), 90);
    assert_eq!(frame.sample_aspect.to_string(), "4/3");
}

#[test]
fn errors_name_track_and_time() {
    let mut decoder = video(VideoParameters::new(1, 1));
    let mut broken = Packet::new(3, vec![]).with_pts(Timestamp::new(1500));
    let error = decoder.submit(&broken).expect_err("broken");
    assert_eq!(error.to_string(), "track 3 at 1.500 s: empty");
    broken.pts = None;
    let error = decoder.submit(&broken).expect_err("broken");
    assert_eq!(error.to_string(), "track 3: empty");
    decoder.resync();
    decoder.submit(&broken).expect("forgiven");
}
