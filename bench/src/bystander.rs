//! Somebody who goes on working while a load is on.

use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::Context;
use serde_json::Value;
use tokio::sync::mpsc;

use crate::latencies;
use crate::link::{Link, ReceiveBuffer};

/// A client on a connection and a thread of its own, that calls at a fixed rate whether answers come or not.
pub(crate) struct Bystander {
    /// Dropped, it ends.
    end: SyncSender<()>,
    calling: JoinHandle<anyhow::Result<Vec<Asked>>>,
}

/// A method with the parameters of its call of each number.
pub(crate) type Calls = (&'static str, Box<dyn Fn(u64) -> Value + Send>);

/// One call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    /// When it was meant to be sent.
    pub(crate) at: Instant,
    /// From then to its answer.
    pub(crate) took: Duration,
}

/// What is to be said of many calls, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) p999: f64,
    pub(crate) max: f64,
}

impl Bystander {
    /// Begins to call, `rate` times a second.
    pub(crate) fn begin(address: SocketAddr, rate: f64, calls: Calls) -> Bystander {
        let (end, ended) = sync_channel(0);
        let calling = thread::spawn(move || {
            let (tick, ticks) = mpsc::unbounded_channel();
            let pacing = thread::spawn(move || pace(rate, &ended, &tick));
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            let asked = runtime.block_on(call(address, calls, ticks));
            pacing.join().map_err(|_| anyhow::anyhow!("the pace was lost"))?;
            asked
        });
        Bystander { end, calling }
    }

    /// Ends once all is answered, and gives all calls in order.
    pub(crate) async fn end(self) -> anyhow::Result<Vec<Asked>> {
        let Bystander { end, calling } = self;
        drop(end);
        let ended = tokio::task::spawn_blocking(move || calling.join()).await?;
        ended.map_err(|_| anyhow::anyhow!("a bystander broke down"))?.context("a bystander was disturbed")
    }
}

impl Times {
    pub(crate) fn of<'a>(asked: impl IntoIterator<Item = &'a Asked>) -> Times {
        let mut all = latencies::nanos();
        for one in asked {
            all.saturating_record(u64::try_from(one.took.as_nanos()).unwrap_or(u64::MAX));
        }
        let at = |quantile| all.value_at_quantile(quantile) as f64 / 1e6;
        Times { p50: at(0.5), p99: at(0.99), p999: at(0.999), max: at(1.0) }
    }
}

/// Says when each call is due: a thread's wait is finer than the runtime's, which knows whole milliseconds only.
fn pace(rate: f64, end: &Receiver<()>, tick: &mpsc::UnboundedSender<Instant>) {
    let begin = Instant::now();
    let due = (1u32..).map(|number| begin + Duration::from_secs_f64(f64::from(number) / rate));
    for due in due {
        let waited = end.recv_timeout(due.saturating_duration_since(Instant::now()));
        if waited != Err(RecvTimeoutError::Timeout) || tick.send(due).is_err() {
            return;
        }
    }
}

async fn call(
    address: SocketAddr,
    (method, params): Calls,
    mut ticks: mpsc::UnboundedReceiver<Instant>,
) -> anyhow::Result<Vec<Asked>> {
    let mut link = Link::connect(address, ReceiveBuffer::Usual).await?;
    let mut due = Vec::new();
    let mut asked: Vec<Asked> = Vec::new();
    let mut is_over = false;
    while !is_over || asked.len() < due.len() {
        tokio::select! {
            biased;
            tick = ticks.recv(), if !is_over => match tick {
                Some(at) => {
                    link.begin(method, params(due.len() as u64)).await?;
                    link.flush().await?;
                    due.push(at);
                }
                None => is_over = true,
            },
            answer = link.answer(), if asked.len() < due.len() => {
                answer?;
                let at = due[asked.len()];
                asked.push(Asked { at, took: at.elapsed() });
            }
        }
    }
    Ok(asked)
}
