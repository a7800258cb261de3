//! Targets of the containers that are only read, and of pictures, with inputs to start from.

use super::{Target, demux};

/// The targets.
pub(super) const TARGETS: [Target; 6] = [
    Target { name: "demux_jpeg", run: demux_jpeg, seeds: || vec![JPEG.to_vec()] },
    Target { name: "demux_png", run: demux_png, seeds: || vec![PNG.to_vec()] },
    Target { name: "demux_gif", run: demux_gif, seeds: || vec![GIF.to_vec()] },
    Target { name: "demux_webp", run: demux_webp, seeds: || vec![WEBP.to_vec()] },
    Target { name: "demux_avi", run: demux_avi, seeds: || vec![AVI.to_vec()] },
    Target { name: "demux_ts", run: demux_ts, seeds: || vec![vec![0x47; 376]] },
];

const JPEG: &[u8] = b"\xff\xd8\xff\xc0\0\x0b\x08\0\x07\0\x09\x01\x01\x11\0\xff\xda\0\x08\x01\x01\0\0\x3f\0data\xff\xd9\
    \xff\xd8\xff\xc0\0\x0b\x08\0\x07\0\x09\x01\x01\x11\0\xff\xda\0\x08\x01\x01\0\0\x3f\0data\xff\xd9";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x09\0\0\0\x07\x08\x02\0\0\0\0\0\0\0\
    \0\0\0\x08acTL\0\0\0\x01\0\0\0\0\0\0\0\0\
    \0\0\0\x1afcTL\0\0\0\0\0\0\0\x09\0\0\0\x07\0\0\0\0\0\0\0\0\0\x01\0\x0a\0\0\0\0\0\0\
    \0\0\0\x04IDATdata\0\0\0\0\0\0\0\0IEND\xae\x42\x60\x82";
const GIF: &[u8] = b"GIF89a\x09\0\x07\0\0\0\0\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0\
    \x21\xf9\x04\0\x0a\0\0\0\x2c\0\0\0\0\x09\0\x07\0\0\x02\x02ab\0\
    \x21\xf9\x04\0\x0a\0\0\0\x2c\0\0\0\0\x09\0\x07\0\0\x02\x02cd\0;";
const WEBP: &[u8] =
    b"RIFF\x54\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0\x08\0\0\x06\0\0ANIM\x06\0\0\0\0\0\0\0\0\0\
    ANMF\x10\0\0\0\0\0\0\0\0\0\x08\0\0\x06\0\0\x64\0\0\x02";
const AVI: &[u8] = b"RIFF\xff\0\0\0AVI LIST\x7c\0\0\0hdrlLIST\x70\0\0\0strlstrh\x30\0\0\0vidsXVID\0\0\0\0\0\0\0\0\0\0\0\0\
    \x01\0\0\0\x19\0\0\0\0\0\0\0\x03\0\0\0\0\0\0\0\xff\xff\xff\xff\0\0\0\0\
    strf\x28\0\0\0\x28\0\0\0\x40\0\0\0\x30\0\0\0\x01\0\x18\0XVID\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\
    JUNK\0\0\0\0LIST\x20\0\0\0movi00dc\x06\0\0\0\0\0\x01\xb6\x10a00dc\x06\0\0\0\0\0\x01\xb6\x50b\
    idx1\x20\0\0\x0000dc\x10\0\0\0\x04\0\0\0\x06\0\0\x0000dc\0\0\0\0\x12\0\0\0\x06\0\0\0";

/// Reads bytes as JPEG pictures: all packets, then from somewhere in the middle.
pub fn demux_jpeg(bytes: &[u8]) {
    demux("jpeg", bytes);
    demux("mjpeg", bytes);
}

/// Reads bytes as PNG or APNG: all packets, then from somewhere in the middle.
pub fn demux_png(bytes: &[u8]) {
    demux("png", bytes);
}

/// Reads bytes as GIF: all packets, then from somewhere in the middle.
pub fn demux_gif(bytes: &[u8]) {
    demux("gif", bytes);
}

/// Reads bytes as WebP: all packets, then from somewhere in the middle.
pub fn demux_webp(bytes: &[u8]) {
    demux("webp", bytes);
}

/// Reads bytes as AVI: all packets, then from somewhere in the middle.
pub fn demux_avi(bytes: &[u8]) {
    demux("avi", bytes);
}

/// Reads bytes as a transport stream: all packets, then from somewhere in the middle.
pub fn demux_ts(bytes: &[u8]) {
    demux("mpegts", bytes);
}
