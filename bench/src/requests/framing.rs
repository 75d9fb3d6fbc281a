//! Bytes on the wire: calls made ready beforehand, and replies told apart without reading them.

use anyhow::{Context, bail, ensure};

/// The same for every frame: a mask protects proxies, and there are none here.
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
/// A whole text message.
const TEXT: u8 = 0x81;
/// Room for a number that is put into a frame when it is sent.
pub(super) const SLOT_DIGITS: usize = 10;

/// What a server speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wire {
    /// JSON-RPC in text frames (RFC 6455).
    WebSocket,
    /// The same, but what comes back is the call.
    Echo,
    /// Redis' own.
    Resp,
    /// HTTP/1.1 that stays open.
    Http,
}

/// A reply at the head of what was received.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found<'a> {
    /// The reply without its frame.
    pub(super) payload: &'a [u8],
    /// How long it is with it.
    pub(super) bytes: usize,
}

impl Wire {
    pub(super) fn is_websocket(self) -> bool {
        matches!(self, Wire::WebSocket | Wire::Echo)
    }

    /// Appends `payload` as a client sends it.
    pub(super) fn put(self, payload: &[u8], out: &mut Vec<u8>) {
        if !self.is_websocket() {
            out.extend_from_slice(payload);
            return;
        }
        out.push(TEXT);
        match payload.len() {
            short @ 0..126 => out.push(0x80 | short as u8),
            middle @ 126..=0xffff => {
                out.push(0x80 | 126);
                out.extend_from_slice(&(middle as u16).to_be_bytes());
            }
            long => {
                out.push(0x80 | 127);
                out.extend_from_slice(&(long as u64).to_be_bytes());
            }
        }
        out.extend_from_slice(&MASK);
        out.extend(payload.iter().enumerate().map(|(at, byte)| byte ^ MASK[at % 4]));
    }

    /// Puts a number of [`SLOT_DIGITS`] digits into a frame, at byte `at` of its payload of `bytes` bytes.
    pub(super) fn set_number(self, frame: &mut [u8], bytes: usize, at: usize, mut number: u64) {
        let head = frame.len() - bytes;
        for place in (at..at + SLOT_DIGITS).rev() {
            let mask = if self.is_websocket() { MASK[place % 4] } else { 0 };
            frame[head + place] = (b'0' + (number % 10) as u8) ^ mask;
            number /= 10;
        }
    }

    /// The first reply in `received`, if it is there wholly.
    pub(super) fn find(self, received: &[u8]) -> anyhow::Result<Option<Found<'_>>> {
        match self {
            Wire::WebSocket | Wire::Echo => find_text(received),
            Wire::Resp => find_line(received),
            Wire::Http => find_body(received),
        }
    }
}

fn find_text(received: &[u8]) -> anyhow::Result<Option<Found<'_>>> {
    let [first, second, rest @ ..] = received else { return Ok(None) };
    ensure!(*first == TEXT && second & 0x80 == 0, "a frame that is no whole text: {first:#x} {second:#x}");
    let (head, length) = match (second, rest) {
        (126, [a, b, ..]) => (4, usize::from(u16::from_be_bytes([*a, *b]))),
        (127, [a, b, c, d, e, f, g, h, ..]) => {
            (10, usize::try_from(u64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h]))?)
        }
        (126 | 127, _) => return Ok(None),
        (short, _) => (2, usize::from(*short)),
    };
    Ok(received.get(head..head + length).map(|payload| Found { payload, bytes: head + length }))
}

fn find_line(received: &[u8]) -> anyhow::Result<Option<Found<'_>>> {
    let Some(end) = received.iter().position(|byte| *byte == b'\n') else { return Ok(None) };
    Ok(Some(Found { payload: &received[..end.saturating_sub(1)], bytes: end + 1 }))
}

fn find_body(received: &[u8]) -> anyhow::Result<Option<Found<'_>>> {
    let Some(end) = received.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let head = std::str::from_utf8(&received[..end])?;
    if !head.starts_with("HTTP/1.1 200") {
        bail!("answered {:?}", head.lines().next().unwrap_or_default());
    }
    let mut fields = head.lines().filter_map(|line| line.split_once(':'));
    let length = fields.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length: usize = length.context("an answer without a length")?.1.trim().parse()?;
    let from = end + 4;
    Ok(received.get(from..from + length).map(|payload| Found { payload, bytes: from + length }))
}

/// The id of a JSON-RPC message that is followed by `behind`; as cheap as can be, for the shape that PROTOCOL.md shows.
pub(super) fn id_before(payload: &[u8], behind: &[u8]) -> Option<u64> {
    let rest = payload.strip_prefix(b"{\"jsonrpc\":\"2.0\",\"id\":")?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let id = rest[..digits].iter().fold(0, |number: u64, digit| number.wrapping_mul(10) + u64::from(digit - b'0'));
    rest[digits..].starts_with(behind).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a server makes of a frame from a client.
    fn unmasked(frame: &[u8], head: usize) -> Vec<u8> {
        let mask = &frame[head - 4..head];
        frame[head..].iter().enumerate().map(|(at, byte)| byte ^ mask[at % 4]).collect()
    }

    #[test]
    fn a_call_is_one_masked_text_frame_of_the_right_length() {
        for (bytes, head) in [(5, 6), (125, 6), (126, 8), (65_535, 8), (65_536, 14)] {
            let payload = vec![b'x'; bytes];
            let mut frame = Vec::new();
            Wire::WebSocket.put(&payload, &mut frame);
            assert_eq!(frame.len(), head + bytes);
            assert_eq!(frame[0], 0x81);
            assert_eq!(unmasked(&frame, head), payload);
        }
    }

    #[test]
    fn a_number_is_put_where_there_is_room_for_it() {
        let payload = br#"{"shelf":"0000000000"}"#;
        for wire in [Wire::WebSocket, Wire::Resp] {
            let mut frame = Vec::new();
            wire.put(payload, &mut frame);
            wire.set_number(&mut frame, payload.len(), 10, 1_234);
            let sent = if wire == Wire::WebSocket { unmasked(&frame, 6) } else { frame };
            assert_eq!(String::from_utf8(sent).unwrap(), r#"{"shelf":"0000001234"}"#);
        }
    }

    #[test]
    fn a_reply_is_found_when_it_is_there_wholly() {
        let long = [&[0x81, 126, 1, 44][..], &[b'x'; 300]].concat();
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbook";
        for (wire, bytes, payload) in [
            (Wire::WebSocket, &b"\x81\x02{}"[..], &b"{}"[..]),
            (Wire::WebSocket, &long, &[b'x'; 300]),
            (Wire::Resp, b"+OK\r\n", b"+OK"),
            (Wire::Http, answer, b"book"),
        ] {
            for cut in 0..bytes.len() {
                assert_eq!(wire.find(&bytes[..cut]).unwrap(), None, "{wire:?} cut at {cut}");
            }
            let more = [bytes, b"+"].concat();
            assert_eq!(wire.find(&more).unwrap(), Some(Found { payload, bytes: bytes.len() }));
        }
    }

    #[test]
    fn what_is_no_reply_is_an_error() {
        let masked = b"\x81\x82\0\0\0\0{}";
        let close = b"\x88\x02\x03\xe8";
        assert!(Wire::WebSocket.find(masked).is_err() && Wire::WebSocket.find(close).is_err());
        assert!(Wire::Http.find(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").is_err());
    }
}
