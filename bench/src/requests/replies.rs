//! Replies as they come in: counted, and looked at just enough to know that each is the right one.

use anyhow::ensure;
use tokio::io::{AsyncRead, AsyncReadExt};

use super::framing::{Wire, id_before};

const BUFFER_BYTES: usize = 64 * 1024;

/// What a connection received.
pub(crate) struct Replies {
    wire: Wire,
    /// Which call of the ring is answered next.
    position: usize,
    ring: usize,
    buffer: Vec<u8>,
    filled: usize,
}

impl Replies {
    /// Replies to a ring of so many calls.
    pub(crate) fn new(wire: Wire, ring: usize) -> Replies {
        Replies { wire, position: 0, ring, buffer: vec![0; BUFFER_BYTES], filled: 0 }
    }

    /// Waits for bytes, has a look at `each` reply that is whole, and gives how many these were.
    pub(crate) async fn receive(
        &mut self,
        stream: &mut (impl AsyncRead + Unpin),
        mut each: impl FnMut(&[u8]) -> anyhow::Result<()>,
    ) -> anyhow::Result<usize> {
        if self.filled == self.buffer.len() {
            self.buffer.resize(2 * self.filled, 0);
        }
        let read = stream.read(&mut self.buffer[self.filled..]).await?;
        ensure!(read > 0, "the server has ended the connection");
        self.filled += read;
        let (mut from, mut replies) = (0, 0);
        while let Some(found) = self.wire.find(&self.buffer[from..self.filled])? {
            self.expect(found.payload)?;
            each(found.payload)?;
            self.position = (self.position + 1) % self.ring;
            from += found.bytes;
            replies += 1;
        }
        self.buffer.copy_within(from..self.filled, 0);
        self.filled -= from;
        Ok(replies)
    }

    /// The cheap look: the right kind of reply, to the call whose turn it is.
    fn expect(&self, payload: &[u8]) -> anyhow::Result<()> {
        let id = self.position as u64 + 1;
        let is_right = match self.wire {
            Wire::WebSocket => id_before(payload, b",\"result\":") == Some(id),
            Wire::Echo => id_before(payload, b",\"method\":") == Some(id),
            Wire::Resp => payload == b"+OK",
            Wire::Http => true,
        };
        ensure!(is_right, "not the answer to call {id}: {}", String::from_utf8_lossy(payload));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPLIES: &[&str] = &[
        r#"{"jsonrpc":"2.0","id":1,"result":{"revision":1}}"#,
        r#"{"jsonrpc":"2.0","id":2,"result":true}"#,
        r#"{"jsonrpc":"2.0","id":1,"result":{"revision":2}}"#,
    ];

    /// Frames as a server sends them.
    fn frames(payloads: &[&str]) -> Vec<u8> {
        payloads.iter().flat_map(|text| [&[0x81, text.len() as u8], text.as_bytes()].concat()).collect()
    }

    async fn count(mut bytes: &[u8], ring: usize) -> anyhow::Result<usize> {
        let mut replies = Replies::new(Wire::WebSocket, ring);
        let mut counted = 0;
        while !bytes.is_empty() {
            counted += replies.receive(&mut bytes, |_| Ok(())).await?;
        }
        Ok(counted)
    }

    #[tokio::test]
    async fn replies_are_counted_however_they_are_cut() {
        let bytes = frames(REPLIES);
        for cut in 1..bytes.len() {
            let mut replies = Replies::new(Wire::WebSocket, 2);
            let mut counted = 0;
            for mut part in [&bytes[..cut], &bytes[cut..]] {
                counted += replies.receive(&mut part, |_| Ok(())).await.unwrap();
            }
            assert_eq!(counted, 3, "cut at {cut}");
        }
    }

    #[tokio::test]
    async fn a_wrong_order_and_an_error_are_noticed() {
        assert_eq!(count(&frames(REPLIES), 2).await.unwrap(), 3);
        assert!(count(&frames(REPLIES), 3).await.unwrap_err().to_string().contains("call 3"));
        let refusal = r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32001,"message":"no such book"}}"#;
        assert!(count(&frames(&[refusal]), 2).await.unwrap_err().to_string().contains("no such book"));
    }
}
