//! Bytes in any encoding as a stream of UTF-8.

use std::io::{self, BufRead, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding};

use super::source::Stream;

const RAW_BYTES: usize = 64 * 1024;

/// A text being decoded. What is read from it is whole characters of UTF-8, and never a replacement for a broken one.
pub(super) struct Decoded {
    stream: Stream,
    decoder: Decoder,
    raw: Box<[u8]>,
    /// The part of `raw` that was read and is not decoded.
    waiting: std::ops::Range<usize>,
    text: Box<[u8]>,
    /// The part of `text` that was decoded and is not consumed.
    ready: std::ops::Range<usize>,
    bytes: u64,
    line: u64,
    ended: bool,
}

/// Bytes that mean nothing in the encoding.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("line {line}, byte {byte} of the file: not {encoding}")]
pub(super) struct Malformed {
    /// The first wrong byte, from 1.
    pub(super) byte: u64,
    /// The line it stands in, from 1.
    pub(super) line: u64,
    pub(super) encoding: &'static str,
}

impl Decoded {
    /// Decodes `stream` behind its byte order mark, which is `mark_bytes` long.
    pub(super) fn new(mut stream: Stream, encoding: &'static Encoding, mark_bytes: usize) -> io::Result<Decoded> {
        io::copy(&mut (&mut stream).take(mark_bytes as u64), &mut io::sink())?;
        Ok(Decoded {
            stream,
            decoder: encoding.new_decoder_without_bom_handling(),
            raw: vec![0; RAW_BYTES].into(),
            waiting: 0..0,
            text: vec![0; RAW_BYTES].into(),
            ready: 0..0,
            bytes: mark_bytes as u64,
            line: 1,
            ended: false,
        })
    }

    /// Decodes until there is text or the end.
    fn decode(&mut self) -> io::Result<()> {
        while self.ready.is_empty() && !self.ended {
            let mut last = false;
            if self.waiting.is_empty() {
                let bytes = self.stream.read(&mut self.raw)?;
                self.waiting = 0..bytes;
                last = bytes == 0;
            }
            let raw = &self.raw[self.waiting.clone()];
            let (result, read, written) = self.decoder.decode_to_utf8_without_replacement(raw, &mut self.text, last);
            self.waiting.start += read;
            self.bytes += read as u64;
            self.line += memchr::memchr_iter(b'\n', &self.text[..written]).count() as u64;
            self.ready = 0..written;
            match result {
                DecoderResult::InputEmpty => self.ended = last,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(wrong, behind) => return Err(self.malformed(wrong, behind)),
            }
        }
        Ok(())
    }

    fn malformed(&self, wrong: u8, behind: u8) -> io::Error {
        let byte = self.bytes.saturating_sub(u64::from(wrong) + u64::from(behind)) + 1;
        io::Error::other(Malformed { byte, line: self.line, encoding: self.decoder.encoding().name() })
    }
}

impl BufRead for Decoded {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.decode()?;
        Ok(&self.text[self.ready.clone()])
    }

    fn consume(&mut self, bytes: usize) {
        self.ready.start += bytes;
    }
}

impl Read for Decoded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.fill_buf()?.read(buffer)?;
        self.consume(bytes);
        Ok(bytes)
    }
}
