//! One turn of one server.

use std::time::Duration;

use hdrhistogram::Histogram;
use tokio::runtime::Handle;

use super::client::{Crew, Load};
use crate::metrics;
use crate::process::Process;
use crate::report::Percentiles;

/// Before a turn, for so long, what is not counted.
const WARM_UP: Duration = Duration::from_millis(200);

/// What came of a turn.
pub(crate) struct Turn {
    pub(crate) cpu_us: f64,
    pub(crate) rate: f64,
    pub(crate) latency: Percentiles,
    pub(crate) writes_per_sync: Option<f64>,
    pub(crate) disk_idle: Option<f64>,
}

/// What our server says that its journal took.
#[derive(Clone, Copy)]
struct Appends {
    batches: f64,
    entries: f64,
    seconds: f64,
}

/// Loads a server for so long. One that `counts` what its journal takes is asked about that before and after.
pub(super) fn take_turn(
    load: Load,
    process: Process,
    how_long: Duration,
    counts: Option<&Handle>,
) -> anyhow::Result<Turn> {
    let mut crew = Crew::connect(load)?;
    crew.run(WARM_UP)?;
    let appends = || counts.map(|runtime| runtime.block_on(Appends::so_far(load))).transpose();
    let (before, appends_before) = (process.processor_s()?, appends()?);
    let seen = crew.run(how_long)?;
    let (after, appends_after) = (process.processor_s()?, appends()?);
    let took = appends_after.flatten().zip(appends_before.flatten()).map(|(after, before)| after.since(before));
    let took = took.filter(|took| took.batches > 0.0);
    let messages = seen.latencies.len() as f64;
    Ok(Turn {
        cpu_us: (after - before) * 1e6 / messages,
        rate: messages / seen.took.as_secs_f64(),
        latency: percentiles(&seen.latencies),
        writes_per_sync: took.map(|took| took.entries / took.batches),
        disk_idle: took.map(|took| 1.0 - took.seconds / seen.took.as_secs_f64()),
    })
}

/// What is told of times in nanoseconds.
pub(crate) fn percentiles(nanos: &Histogram<u64>) -> Percentiles {
    let at = |quantile| nanos.value_at_quantile(quantile) as f64 / 1_000.0;
    Percentiles { p50_us: at(0.5), p99_us: at(0.99), p999_us: at(0.999) }
}

impl Appends {
    /// `None` where the server is so old that it does not count them.
    async fn so_far(load: Load) -> anyhow::Result<Option<Appends>> {
        let text = metrics::get(load.address, "/metrics").await?;
        let counters =
            ["bookstore_appends_total", "bookstore_appended_entries_total", "bookstore_append_seconds_total"];
        let [batches, entries, seconds] = counters.map(|name| metrics::value(&text, name));
        let counted = batches.zip(entries).zip(seconds);
        Ok(counted.map(|((batches, entries), seconds)| Appends { batches, entries, seconds }))
    }

    fn since(self, before: Appends) -> Appends {
        Appends {
            batches: self.batches - before.batches,
            entries: self.entries - before.entries,
            seconds: self.seconds - before.seconds,
        }
    }
}
