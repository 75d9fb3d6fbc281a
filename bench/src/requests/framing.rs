//! Bytes on the wire: calls made ready beforehand, and replies told apart without reading them.

use anyhow::{Context, bail, ensure};

/// The same for every frame: a mask protects proxies, and there are none here.
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
/// A whole text message.
const TEXT: u8 = 0x81;
/// Room for a number that is put into a frame when it is sent.
pub(crate) const SLOT_DIGITS: usize = 10;

/// What a server speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wire {
    /// JSON-RPC in text frames (RFC 6455).
    WebSocket,
    /// Redis' own.
    Resp,
    /// HTTP/1.1 that stays open.
    Http,
}

/// A reply at the head of what was received.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Found<'a> {
    /// The reply without its frame.
    pub(crate) payload: &'a [u8],
    /// How long it is with it.
    pub(crate) bytes: usize,
}

impl Wire {
    /// `payload` as a client sends it, and where byte `at` of it comes to lie.
    pub(crate) fn put(self, payload: &[u8], out: &mut Vec<u8>) {
        if self != Wire::WebSocket {
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
    pub(crate) fn set_number(self, frame: &mut [u8], bytes: usize, at: usize, mut number: u64) {
        let head = frame.len() - bytes;
        for place in (at..at + SLOT_DIGITS).rev() {
            let mask = if self == Wire::WebSocket { MASK[place % 4] } else { 0 };
            frame[head + place] = (b'0' + (number % 10) as u8) ^ mask;
            number /= 10;
        }
    }

    /// The first reply in `received`, if it is there wholly.
    pub(crate) fn find(self, received: &[u8]) -> anyhow::Result<Option<Found<'_>>> {
        match self {
            Wire::WebSocket => find_text(received),
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
    let length = head.lines().filter_map(|line| line.split_once(':'));
    let length =
        length.filter(|(name, _)| name.eq_ignore_ascii_case("content-length")).map(|(_, length)| length.trim());
    let length: usize = length.last().context("an answer without a length")?.parse()?;
    let from = end + 4;
    Ok(received.get(from..from + length).map(|payload| Found { payload, bytes: from + length }))
}

/// The id of a JSON-RPC reply that is a result; as cheap as can be, for replies of the shape that PROTOCOL.md shows.
pub(crate) fn result_id(payload: &[u8]) -> Option<u64> {
    let rest = payload.strip_prefix(b"{\"jsonrpc\":\"2.0\",\"id\":")?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    rest[digits..].starts_with(b",\"result\":").then(|| number(&rest[..digits]))
}

/// The id of a call that was sent back as it is.
pub(crate) fn echoed_id(payload: &[u8]) -> Option<u64> {
    let rest = payload.strip_prefix(b"{\"jsonrpc\":\"2.0\",\"id\":")?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    rest[digits..].starts_with(b",\"method\":").then(|| number(&rest[..digits]))
}

fn number(digits: &[u8]) -> u64 {
    digits.iter().fold(0, |number, digit| number * 10 + u64::from(digit - b'0'))
}
