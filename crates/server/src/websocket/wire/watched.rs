//! A stream of bytes between the library, which never waits, and a task, which does.

use std::io::{self, ErrorKind, Read, Write};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use engine::Engine;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio_tungstenite::tungstenite::Error;

use super::super::ahead::Ahead;
use super::super::meter::Meter;

/// A stream of bytes that knows whether it took some, and gives no more than there is memory for.
///
/// To the library it is a stream that errs with `WouldBlock` where it would have to wait: the task that was
/// [named](Watched::wakes) is woken then.
pub(super) struct Watched<IO> {
    io: IO,
    waker: Waker,
    progressed: bool,
    meter: Meter,
    engine: Engine,
}

impl<IO> Watched<IO> {
    pub(super) fn new(io: IO, meter: Meter, engine: Engine) -> Self {
        Watched { io, waker: Waker::noop().clone(), progressed: false, meter, engine }
    }

    /// Names the task that is woken from now on.
    pub(super) fn wakes(&mut self, cx: &Context<'_>) {
        self.waker.clone_from(cx.waker());
    }

    /// Whether the peer took something since this was asked last.
    pub(super) fn has_progressed(&mut self) -> bool {
        std::mem::take(&mut self.progressed)
    }

    /// The memory that the peer's calls have.
    pub(super) fn meter(&mut self) -> &mut Meter {
        &mut self.meter
    }
}

impl<IO: AsyncWrite + Unpin> Watched<IO> {
    /// Ends the stream below in order.
    pub(super) async fn shutdown(&mut self) -> io::Result<()> {
        self.io.shutdown().await
    }
}

impl<IO: AsyncRead + Unpin> Read for Watched<IO> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Watched { io, waker, meter, engine, .. } = self;
        let mut cx = Context::from_waker(waker);
        at_once(meter.poll_room(&mut cx))?;
        let mut piece = ReadBuf::new(buffer);
        at_once(Pin::new(io).poll_read(&mut cx, &mut piece))?;
        let mut ahead = Ahead::of(engine);
        meter.came(piece.filled(), |call| ahead.notice(call));
        ahead.fetch();
        Ok(piece.filled().len())
    }
}

impl<IO: AsyncWrite + Unpin> Write for Watched<IO> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut cx = Context::from_waker(&self.waker);
        let written = at_once(Pin::new(&mut self.io).poll_write(&mut cx, bytes))?;
        self.progressed = true;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut cx = Context::from_waker(&self.waker);
        at_once(Pin::new(&mut self.io).poll_flush(&mut cx))
    }
}

fn at_once<T>(polled: Poll<io::Result<T>>) -> io::Result<T> {
    match polled {
        Poll::Ready(done) => done,
        Poll::Pending => Err(ErrorKind::WouldBlock.into()),
    }
}

/// What the library did not do because it would have had to wait is pending.
pub(super) fn pending<T>(done: Result<T, Error>) -> Poll<Result<T, Error>> {
    match done {
        Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => Poll::Pending,
        done => Poll::Ready(done),
    }
}
