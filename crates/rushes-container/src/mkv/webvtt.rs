//! `WebVTT` in WebM: a block holds the identifier and the settings of a cue in lines before its text.

use rushes_core::{Buffer, Packet};

/// Leaves the text in the packet, and puts settings and identifier beside it, as `S_TEXT/WEBVTT` has them: in the addition of
/// number 1, the settings first.
pub(super) fn separate(packet: &mut Packet) {
    let data = &packet.data;
    let Some(first) = line_end(data, 0) else { return };
    let Some(second) = line_end(data, first.1) else { return };
    let (identifier, settings) = (&data[..first.0], &data[first.1..second.0]);
    if !identifier.is_empty() || !settings.is_empty() {
        let addition = [settings, b"\n", identifier, b"\n"].concat();
        packet.additions.push((1, Buffer::from(addition)));
    }
    if let Some(text) = data.slice(second.1..data.len()) {
        packet.data = text;
    }
}

/// The bytes of a packet with settings and identifier in front of the text.
pub(super) fn join(packet: &Packet) -> Buffer {
    let beside = packet.additions.iter().find(|(id, _)| *id == 1);
    let beside = beside.map_or(&[][..], |(_, data)| data);
    let mut lines = beside.split(|byte| *byte == b'\n');
    let (settings, identifier) =
        (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    [identifier, b"\n", settings, b"\n", &packet.data].concat().into()
}

/// Where the line that starts here ends, and where the next one starts.
fn line_end(data: &[u8], start: usize) -> Option<(usize, usize)> {
    let end = start + data.get(start..)?.iter().position(|byte| matches!(byte, b'\n' | b'\r'))?;
    let length = if data[end..].starts_with(b"\r\n") { 2 } else { 1 };
    Some((end, end + length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cues_come_apart() {
        let check = |data: &[u8], text: &[u8], addition: Option<&[u8]>| {
            let mut packet = Packet::new(0, data.to_vec());
            separate(&mut packet);
            assert_eq!(&*packet.data, text);
            assert_eq!(packet.additions.first().map(|(_, data)| &**data), addition);
            let mut again = Packet::new(0, join(&packet));
            again.additions.clear();
            separate(&mut again);
            assert_eq!(again, packet);
        };
        check(b"id\nalign:start\nHello\nthere", b"Hello\nthere", Some(b"align:start\nid\n"));
        check(b"\r\n\r\nHello", b"Hello", None);
        check(b"\n\n", b"", None);
        check(b"no lines", b"no lines", None);
        check(b"", b"", None);
    }
}
