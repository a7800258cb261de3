//! Short tracks of video, from encoders.

use rushes_core::{CodecId, CodecParameters, Packet, Timestamp, VideoParameters};

/// A track, and its packets: a key picture and two that refer to it.
pub(crate) type Track = (CodecParameters, Vec<Packet>);

/// All of them, of the codecs that this build has.
pub(crate) fn tracks() -> Vec<Track> {
    let mut tracks = Vec::new();
    if cfg!(feature = "h264") {
        let times = [0, 1, 2];
        tracks.push(track(CodecId::H264, (32, 16), H264_PRIVATE, times, H264_PACKETS));
    }
    if cfg!(feature = "h264-high444") {
        tracks.push(track(CodecId::H264, (16, 16), "", [0, 1, 2], H264_444_PACKETS));
    }
    if cfg!(feature = "hevc") {
        tracks.push(track(CodecId::Hevc, (32, 32), HEVC_PRIVATE, [0, 2, 1], HEVC_PACKETS));
    }
    if cfg!(feature = "vp8") {
        tracks.push(track(CodecId::Vp8, (32, 16), "", [0, 1, 2], VP8_PACKETS));
    }
    if cfg!(feature = "vp9") {
        tracks.push(track(CodecId::Vp9, (32, 16), "", [0, 1, 2], VP9_PACKETS));
    }
    tracks
}

fn track(
    codec: CodecId,
    (width, height): (u32, u32),
    private: &str,
    times: [i64; 3],
    packets: [&str; 3],
) -> Track {
    let mut parameters = CodecParameters::video(codec, VideoParameters::new(width, height));
    parameters.private = hex(private).into();
    let packet =
        |(time, data)| Packet::new(0, hex(data)).with_pts(Timestamp::new(time)).with_key(time == 0);
    (parameters, times.into_iter().zip(packets).map(packet).collect())
}

fn hex(text: &str) -> Vec<u8> {
    text.as_bytes()
        .chunks(2)
        .map(|pair| {
            let pair = std::str::from_utf8(pair).expect("ASCII");
            u8::from_str_radix(pair, 16).expect("hexadecimal")
        })
        .collect()
}

/// Three pictures of 32x16 pixels by OpenH264, High profile.
const H264_PRIVATE: &str = "0164000cffe1001567640c0aac18d167fe00080006dc0808181e1108d401000468ee3c80\
                            fdf8f800";
const H264_PACKETS: [&str; 3] = [
    "0000003365b80004073f6717353ae67753ff2929d69e554bb3261686626c2c68642b353e63ad09ea807bd422b4c218a\
     e06e960b277dbe0",
    "0000001f61e0007e4439ffebf20781dfe1048b9bf06e67edc0b5f81557f26f1edc2714",
    "0000002361e000be4439ffeba8f1a7aa9cdff5f3fc73e4743e63dc03881eec185c7f829467cb40",
];

/// Three pictures of 32x32 pixels by x265, Main profile, in the order in which they are decoded: the second is shown last.
const HEVC_PRIVATE: &str = "0101600000009000000000001ef000fcfdf8f800000f03a00001001840010c0\
                            1ffff01600000030090000003000003001e913024a10001002842010101600000030090000003000003001ea\
                            0420859644eaf2bc05a020000030002000003003210a2000100064401c171a112";
const HEVC_PACKETS: [&str; 3] = [
    "000000df2801af0b60cf3cd8425ac7decd17b062b7209fae738924b0484f5966f69e0f4be2524438abcc\
         c77e34247601e7e36bb60be37f717cddd1c4ee591a08944d56590a5191120e3ddbfa8efe961f5e34462eda96\
         9ee4809ed33632d3638666c4a5de3d32a3775f421a50dad9133fa129b8b84139e659fe4c9f12f35754c5ce96\
         780a47252ba84bf565f4dfd5c44c5d1f6fefe6f4a121a517ae26d40fe11c3714824662206219ace5a293d431\
         f051b85a682b12bf26690482354447ff7c0831e37e4544f1aa173309eec5b01c14aeea47207e1145bfc9b4d8\
         53a49ad50764f35b28",
    "0000000c0201d0115784318710fc1e50",
    "0000000a0001e024bf86083079d6",
];

/// Three pictures of 16x16 pixels by x264, High 4:4:4 Predictive profile, Annex B.
const H264_444_PACKETS: [&str; 3] = [
    "0000000167f4000a919647b011000003000100000300320f1226480000000168ebc0e444844000000001658884\
     097f0f6f0c36308dc3b8a30a84cfb123c3acc732961d8439e3066df9849cecb6d5a875683a6717f0ff11748f80\
     4bffb2966be4064ee87d",
    "00000001419a3b10a7ef80",
    "00000001419a4f0864ca610b7ff081",
];

/// Three pictures of 32x16 pixels by libvpx.
const VP8_PACKETS: [&str; 3] = [
    "b003009d012a200010000dc7088585888584883b020274f46e99940dbeb22ac305aafe72460a00fe15ab4f0444\
     9cccbed196ea8bb21f7144b059e80ba09280f1cd60b5893688ef47f551eb877de1280390374450779d6484d144\
     80160980f14185fc00",
    "b101001e11fc00180018582ff400242000",
    "b101001e11fc00180018582ff400242000",
];

/// The same in profile 0.
const VP9_PACKETS: [&str; 3] = [
    "824983420001f000f60038241c19e20000202000222df0156c58136e5d4a693b8a995b6536a426b46bd32c1b37\
     3a26ee241eebb4ff675e604556cfb90000",
    "860040921c005fe000032000001624",
    "860040921c005f0000032000001624",
];
