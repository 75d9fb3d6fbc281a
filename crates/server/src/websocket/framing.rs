//! Follows the frames of a WebSocket as their bytes pass by (RFC 6455, section 5.2): how much of a message is there?

/// The longest header: two bytes, eight of length, four of mask.
const HEADER_BYTES_MAX: usize = 14;

/// A header with whatever comes behind it.
type Header = [u8; HEADER_BYTES_MAX];

/// Where the stream stands. What breaks the protocol is of no interest here: it ends the connection elsewhere.
#[derive(Debug, Default)]
pub(super) struct Framing {
    header: Header,
    have: usize,
    /// Of the frame that is passing.
    payload_left: u64,
    frame: Passing,
    /// Of the message that is not whole yet; `None` between two messages.
    message: Option<u64>,
}

#[derive(Clone, Copy, Debug, Default)]
enum Passing {
    /// A ping, a pong, or the end.
    #[default]
    Control,
    /// A part of a message with more to come.
    Part,
    /// The last part of a message.
    Last,
}

/// A payload as it is on the wire.
#[derive(Clone, Copy)]
pub(super) struct Masked<'a> {
    mask: [u8; 4],
    payload: &'a [u8],
}

impl<'a> Masked<'a> {
    /// The text in one frame that these bytes begin with, if it is whole and has the shortest form of a length.
    fn short_text(bytes: &'a [u8]) -> Option<Self> {
        let [0x81, length @ 0x80..0xfe, a, b, c, d, behind @ ..] = bytes else { return None };
        let payload = behind.get(..usize::from(length & 0x7f))?;
        Some(Masked { mask: [*a, *b, *c, *d], payload })
    }

    /// What is said, from the end to the beginning.
    pub(super) fn backwards(self) -> impl Iterator<Item = u8> {
        self.payload.iter().enumerate().rev().map(move |(at, byte)| byte ^ self.mask[at % 4])
    }
}

impl Framing {
    /// The bytes of the message that is not whole yet; `None` between two messages.
    pub(super) fn message_bytes(&self) -> Option<u64> {
        self.message
    }

    /// These bytes come next. Each text that is whole and short in them is `noticed`.
    pub(super) fn pass(&mut self, mut bytes: &[u8], mut noticed: impl FnMut(Masked<'_>)) {
        while !bytes.is_empty() {
            if self.payload_left == 0
                && self.have == 0
                && let Some(text) = Masked::short_text(bytes)
            {
                noticed(text);
            }
            bytes = if self.payload_left == 0 { self.pass_header(bytes) } else { self.pass_payload(bytes) };
        }
    }

    /// Takes a header, or a part of one, and gives what is behind it.
    fn pass_header<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        // Nearly all come whole.
        if self.have == 0
            && let Some(header) = bytes.first_chunk()
        {
            self.begin_frame(*header);
            return &bytes[header_bytes(header)..];
        }
        self.header[self.have] = bytes[0];
        self.have += 1;
        if self.have >= 2 && self.have == header_bytes(&self.header) {
            self.have = 0;
            self.begin_frame(self.header);
        }
        &bytes[1..]
    }

    /// Takes payload, and gives what is behind it.
    fn pass_payload<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let passing = bytes.len().min(usize::try_from(self.payload_left).unwrap_or(usize::MAX));
        self.payload_left -= passing as u64;
        if let (Passing::Part | Passing::Last, Some(message)) = (self.frame, &mut self.message) {
            *message = message.saturating_add(passing as u64);
        }
        if self.payload_left == 0 {
            self.end_frame();
        }
        &bytes[passing..]
    }

    fn begin_frame(&mut self, header: Header) {
        self.payload_left = match header[1] & 0x7f {
            126 => u64::from(u16::from_be_bytes([header[2], header[3]])),
            127 => u64::from_be_bytes(header[2..10].try_into().expect("eight bytes")),
            short => u64::from(short),
        };
        let is_control = header[0] & 0x08 != 0;
        self.frame = match (is_control, header[0] & 0x80 != 0) {
            (true, _) => Passing::Control,
            (false, false) => Passing::Part,
            (false, true) => Passing::Last,
        };
        if !is_control {
            self.message.get_or_insert(0);
        }
        if self.payload_left == 0 {
            self.end_frame();
        }
    }

    fn end_frame(&mut self) {
        if let Passing::Last = self.frame {
            self.message = None;
        }
    }
}

/// How long a header is, as its first two bytes tell.
fn header_bytes(header: &Header) -> usize {
    let mask = if header[1] & 0x80 == 0 { 0 } else { 4 };
    match header[1] & 0x7f {
        126 => 4 + mask,
        127 => 10 + mask,
        _ => 2 + mask,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The state after each of the frames, which come a byte at a time and all at once.
    fn check(frames: &[(&[u8], Option<u64>)]) {
        let mut slow = Framing::default();
        for (bytes, expected) in frames {
            bytes.iter().for_each(|byte| slow.pass(&[*byte], |_| ()));
            assert_eq!(slow.message_bytes(), *expected, "{bytes:?}");
        }
        let mut quick = Framing::default();
        let (last, expected) = frames.last().unwrap();
        let before: Vec<u8> = frames[..frames.len() - 1].iter().flat_map(|(bytes, _)| bytes.iter().copied()).collect();
        quick.pass(&[&before, *last].concat(), |_| ());
        assert_eq!(quick.message_bytes(), *expected);
    }

    #[test]
    fn a_message_is_whole_with_its_last_fragment() {
        check(&[
            (&[0x81, 0x82, 1, 2, 3, 4, b'{', b'}'], None),
            (&[0x01, 0x83, 1, 2, 3, 4, 5, 6, 7], Some(3)),
            (&[0x89, 0x81, 1, 2, 3, 4, 5], Some(3)),
            (&[0x00, 0x80, 1, 2, 3, 4], Some(3)),
            (&[0x00, 0x81, 1, 2, 3, 4, 5], Some(4)),
            (&[0x80, 0x80, 1, 2, 3, 4], None),
            (&[0x8a, 0x80, 1, 2, 3, 4], None),
        ]);
    }

    #[test]
    fn every_form_of_a_length_is_read() {
        let long = [&[0x81, 0xfe, 0x01, 0x00, 1, 2, 3, 4][..], &[0; 255]].concat();
        let longer = [&[0x81, 0xff, 0, 0, 0, 0, 0, 1, 0, 0, 1, 2, 3, 4][..], &[0; 65_535]].concat();
        check(&[(&long, Some(255)), (&[0], None), (&longer, Some(65_535)), (&[0], None)]);
        check(&[(&[0x81, 0x05, b'h', b'e'], Some(2))]);
        check(&[(&[0x81, 0xff, 0x7f, 255, 255, 255, 255, 255, 255, 255, 1, 2, 3, 4, 9], Some(1))]);
    }

    #[test]
    fn texts_that_are_whole_in_a_piece_are_noticed() {
        let stream = [
            &[0x81, 0x83, 1, 2, 3, 4, b'a' ^ 1, b'b' ^ 2, b'c' ^ 3][..],
            &[0x89, 0x81, 1, 2, 3, 4, 5],
            &[0x01, 0x81, 1, 2, 3, 4, 5],
            &[0x80, 0x81, 1, 2, 3, 4, 5],
            &[0x81, 0x80, 9, 9, 9, 9],
            &[0x81, 0x85, 1, 2, 3, 4, b'd' ^ 1, b'e' ^ 2, b'f' ^ 3, b'g' ^ 4, b'h' ^ 1],
        ]
        .concat();
        for cut in 0..=stream.len() {
            let (mut framing, mut noticed) = (Framing::default(), Vec::new());
            for piece in [&stream[..cut], &stream[cut..]] {
                framing.pass(piece, |text| noticed.push(String::from_utf8(text.backwards().collect()).unwrap()));
            }
            let mut expected = vec!["cba", "", "hgfed"];
            // What is cut in two is in neither piece.
            let cuts = |from: usize, to: usize| from < cut && cut < to;
            let lost = [cuts(0, 9), cuts(30, 36), cuts(36, 47)];
            let mut lost = lost.iter();
            expected.retain(|_| !lost.next().unwrap());
            assert_eq!(noticed, expected, "cut at {cut}");
        }
    }
}
