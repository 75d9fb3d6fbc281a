//! Calls by the clock: connections in turn, at even distances.

use std::io::{ErrorKind, Write};
use std::net::TcpStream;
use std::num::NonZeroU64;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;
use futures_util::future::try_join_all;
use hdrhistogram::Histogram;
use tokio::io::AsyncRead;
use tokio::time::timeout;

use crate::latencies;
use crate::report::Percentiles;
use crate::requests::{Calls, Connection, Load, Replies, percentiles};

/// Calls of this time at the beginning are not counted.
pub(super) const WARM_UP: Duration = Duration::from_millis(500);
/// How long the last answers may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// From the making of a plan to its first call.
const AHEAD: Duration = Duration::from_millis(10);
/// A system that takes no more for a moment is asked again after this.
const FULL: Duration = Duration::from_micros(50);

/// A load at a fixed rate.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paced {
    pub(super) load: Load,
    /// Calls a second, of all connections together.
    pub(super) rate: f64,
    /// How long is counted.
    pub(super) how_long: Duration,
}

/// When each call is to be sent.
#[derive(Clone, Copy, Debug)]
struct Plan {
    begin: Instant,
    every: Duration,
    connections: u64,
    calls: u64,
    uncounted: u64,
}

/// A connection's sending end.
struct Sender {
    stream: TcpStream,
    calls: Calls,
}

/// Calls as planned and waits for all answers; times are from when a call was meant to be sent.
pub(super) async fn run(paced: Paced) -> anyhow::Result<Percentiles> {
    let connections = Connection::connect_all(paced.load).await?;
    let (mut senders, mut readers) = (Vec::new(), Vec::new());
    for Connection { stream, calls, replies, .. } in connections {
        let stream = stream.into_std()?;
        senders.push(Sender { stream: stream.try_clone()?, calls });
        readers.push((tokio::net::TcpStream::from_std(stream)?, replies));
    }
    let plan = Plan::new(paced);
    let sending = thread::spawn(move || send(plan, senders));
    let reading = (0..).zip(readers).map(|(who, (stream, replies))| tokio::spawn(read(plan, who, stream, replies)));
    let read = timeout(paced.how_long + WARM_UP + PATIENCE, try_join_all(reading)).await;
    let read = read.context("answers are missing")??;
    sending.join().map_err(|_| anyhow::anyhow!("the sender broke down"))??;
    let mut all = latencies::nanos();
    for times in read {
        all.add(times?).context("all have the same bounds")?;
    }
    Ok(percentiles(&all))
}

impl Plan {
    fn new(Paced { load, rate, how_long }: Paced) -> Plan {
        let calls = |time: Duration| (time.as_secs_f64() * rate) as u64;
        Plan {
            begin: Instant::now() + AHEAD,
            every: Duration::from_secs_f64(1.0 / rate),
            connections: load.connections,
            calls: calls(how_long + WARM_UP),
            uncounted: calls(WARM_UP),
        }
    }

    /// When call `number` is to be sent.
    fn at(&self, number: u64) -> Instant {
        self.begin + Duration::from_nanos(self.every.as_nanos() as u64 * number)
    }

    /// The calls of connection `who`, in order.
    fn of(&self, who: u64) -> impl Iterator<Item = u64> + use<> {
        (who..self.calls).step_by(self.connections as usize)
    }
}

/// Sends each call when its time has come. A thread of its own: the runtime's timer knows only milliseconds.
fn send(plan: Plan, mut senders: Vec<Sender>) -> anyhow::Result<()> {
    // Else the system wakes it up to 50 us late, to save power.
    rustix::thread::set_current_timer_slack(NonZeroU64::new(1)).context("the timer cannot be made exact")?;
    for number in 0..plan.calls {
        while let Some(early) = plan.at(number).checked_duration_since(Instant::now()) {
            thread::park_timeout(early);
        }
        let sender = &mut senders[(number % plan.connections) as usize];
        write_all(&mut sender.stream, sender.calls.next(1))?;
    }
    Ok(())
}

fn write_all(stream: &mut TcpStream, mut bytes: &[u8]) -> anyhow::Result<()> {
    while !bytes.is_empty() {
        match stream.write(bytes) {
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == ErrorKind::WouldBlock => thread::park_timeout(FULL),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

async fn read(
    plan: Plan,
    who: u64,
    mut stream: impl AsyncRead + Unpin,
    mut replies: Replies,
) -> anyhow::Result<Histogram<u64>> {
    let mut times = latencies::nanos();
    let mut expected = plan.of(who);
    let mut next = expected.next();
    while next.is_some() {
        let answered = replies.receive(&mut stream, |_| Ok(())).await?;
        let now = Instant::now();
        for _ in 0..answered {
            let number = next.context("more answers than calls")?;
            if number >= plan.uncounted {
                let took = now.saturating_duration_since(plan.at(number));
                times.saturating_record(u64::try_from(took.as_nanos())?);
            }
            next = expected.next();
        }
    }
    Ok(times)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::requests::Wire;

    /// Ten calls of two connections in a tenth of a second, the first one not counted.
    fn plan(begin: Instant) -> Plan {
        Plan { begin, every: Duration::from_millis(10), connections: 2, calls: 10, uncounted: 1 }
    }

    #[test]
    fn connections_take_turns_at_even_distances() {
        let plan = plan(Instant::now());
        assert_eq!(plan.of(0).collect::<Vec<_>>(), [0, 2, 4, 6, 8]);
        assert_eq!(plan.of(1).collect::<Vec<_>>(), [1, 3, 5, 7, 9]);
        assert_eq!(plan.at(9) - plan.begin, Duration::from_millis(90));
    }

    #[tokio::test]
    async fn a_time_begins_when_the_call_was_meant_to_be_sent() {
        let late = Duration::from_secs(1);
        let plan = plan(Instant::now() - late);
        let replies = b"+OK\r\n".repeat(5);
        let times = read(plan, 0, &replies[..], Replies::new(Wire::Resp, 5)).await.unwrap();
        assert_eq!(times.len(), 4, "one is not counted");
        // The last one of this connection was meant to be sent 80 ms after the first.
        assert!(times.min() >= 919_000_000, "{} ns", times.min());
    }
}
