//! What the disk itself can do.

use std::io::Write;
use std::time::Instant;

use crate::latencies;
use crate::report::Percentiles;
use crate::requests::percentiles;

/// How often it is asked.
const SYNCS: usize = 500;

/// How long it takes to append so many bytes and make them durable (`fdatasync`), on the disk that servers get here.
pub(super) fn sync_times(bytes: usize) -> anyhow::Result<Percentiles> {
    let mut file = tempfile::tempfile()?;
    let mut times = latencies::nanos();
    let block = vec![b'x'; bytes];
    for _ in 0..SYNCS {
        let began = Instant::now();
        file.write_all(&block)?;
        file.sync_data()?;
        times.saturating_record(u64::try_from(began.elapsed().as_nanos())?);
    }
    Ok(percentiles(&times))
}
