//! A WebSocket peer that may break every rule: frames are written byte by byte.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::fixture::{Server, soon};

const MASK: [u8; 4] = [1, 2, 3, 4];

pub(crate) const FIN: u8 = 0x80;
pub(crate) const CONTINUATION: u8 = 0;
pub(crate) const TEXT: u8 = 1;
pub(crate) const BINARY: u8 = 2;
pub(crate) const CLOSE: u8 = 8;
pub(crate) const PING: u8 = 9;
pub(crate) const PONG: u8 = 10;

/// One connection.
pub(crate) struct Raw(TcpStream);

/// A frame as it came.
#[derive(Debug, PartialEq)]
pub(crate) struct Frame {
    pub(crate) first: u8,
    pub(crate) payload: Vec<u8>,
}

impl Raw {
    /// A connection on which the handshake is done.
    pub(crate) async fn connect(server: &Server) -> Raw {
        Raw::over(server.raw().await, server).await
    }

    /// The same on a stream that is there already.
    pub(crate) async fn over(stream: TcpStream, server: &Server) -> Raw {
        Raw::shake_hands(stream, server, "").await.0
    }

    /// The same with more header lines; gives the head of the answer as well.
    pub(crate) async fn connect_with(server: &Server, lines: &str) -> (Raw, String) {
        Raw::shake_hands(server.raw().await, server, lines).await
    }

    async fn shake_hands(mut stream: TcpStream, server: &Server, lines: &str) -> (Raw, String) {
        let request = format!(
            "GET /ws HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{lines}\r\n",
            server.address
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(soon(stream.read_u8()).await.unwrap());
        }
        let head = String::from_utf8(head).unwrap();
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        assert!(head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "{head}");
        (Raw(stream), head)
    }

    /// Sends bytes as they are; a peer that is gone already is no matter.
    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        let _ = self.0.write_all(bytes).await;
    }

    /// The next frame, `None` at the end of the connection in order.
    pub(crate) async fn frame(&mut self) -> Option<Frame> {
        let first = soon(self.0.read_u8()).await.ok()?;
        let length = match soon(self.0.read_u8()).await.unwrap() {
            126 => u64::from(self.0.read_u16().await.unwrap()),
            127 => self.0.read_u64().await.unwrap(),
            short => u64::from(short),
        };
        let mut payload = vec![0; length as usize];
        soon(self.0.read_exact(&mut payload)).await.unwrap();
        Some(Frame { first, payload })
    }

    /// Reads on to the close frame and the end behind it; gives the code.
    pub(crate) async fn closed_with(&mut self) -> u16 {
        loop {
            let frame = self.frame().await.expect("a close frame comes before the end");
            if frame.first == FIN | CLOSE {
                let mut rest = Vec::new();
                soon(self.0.read_to_end(&mut rest)).await.expect("the end is in order");
                assert_eq!(rest, b"", "nothing comes behind a close frame");
                return u16::from_be_bytes([frame.payload[0], frame.payload[1]]);
            }
        }
    }
}

/// A frame as a client must write it.
pub(crate) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = header(first, payload.len() as u64);
    bytes.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    bytes
}

/// The header of a masked frame with its mask.
pub(crate) fn header(first: u8, length: u64) -> Vec<u8> {
    let mut bytes = vec![first];
    match length {
        0..=125 => bytes.push(0x80 | length as u8),
        126..=0xffff => {
            bytes.push(0x80 | 126);
            bytes.extend((length as u16).to_be_bytes());
        }
        _ => {
            bytes.push(0x80 | 127);
            bytes.extend(length.to_be_bytes());
        }
    }
    bytes.extend(MASK);
    bytes
}
