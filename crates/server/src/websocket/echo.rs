//! For a conformance suite: what comes goes back, over the same wire as every conversation.

use std::future::poll_fn;
use std::task::Poll;

use tokio::io::{AsyncRead, AsyncWrite};

use super::connection::LAST_WORDS_MAX;
use super::wire::{End, Heard, Wire};
use crate::app::App;

/// Sends every message back until either side ends.
pub(super) async fn echo<IO: AsyncRead + AsyncWrite + Unpin>(io: IO, app: &App) {
    let mut wire = Wire::new(io, app);
    let end = loop {
        if let Err(end) = take_turn(&mut wire).await {
            break end;
        }
    };
    wire.close(end, LAST_WORDS_MAX).await;
}

async fn take_turn<IO: AsyncRead + AsyncWrite + Unpin>(wire: &mut Wire<IO>) -> Result<(), End> {
    let heard = match poll_fn(|cx| Poll::Ready(wire.poll_hear(cx))).await {
        Poll::Ready(heard) => heard,
        Poll::Pending => {
            wire.flush().await?;
            poll_fn(|cx| wire.poll_hear(cx)).await
        }
    };
    match heard {
        Heard::Text(text) => wire.feed(text).await,
        Heard::Binary(bytes) => wire.feed_binary(bytes).await,
        Heard::Sign => Ok(()),
        Heard::End(end) => Err(end),
    }
}
