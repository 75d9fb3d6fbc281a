//! How long things took.

use std::sync::Mutex;
use std::time::Duration;

use hdrhistogram::Histogram;

/// Counted in parts, so that many tasks do not wait for each other.
const PARTS: usize = 16;
/// Longer times count as this.
const LONGEST: Duration = Duration::from_secs(600);

/// Times from many tasks, to a thousandth.
pub(crate) struct Latencies(Vec<Mutex<Histogram<u64>>>);

/// What is to be said of many times, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spread {
    pub(crate) count: u64,
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) p999: f64,
    pub(crate) max: f64,
}

impl Latencies {
    pub(crate) fn new() -> Self {
        let part = || Histogram::new_with_max(micros(LONGEST), 3).expect("these bounds are allowed");
        Latencies((0..PARTS).map(|_| Mutex::new(part())).collect())
    }

    /// Counts one time; `who` only spreads the work.
    pub(crate) fn add(&self, who: usize, time: Duration) {
        let mut part = self.0[who % PARTS].lock().expect("nothing panics while it holds a part");
        part.saturating_record(micros(time));
    }

    pub(crate) fn spread(&self) -> Spread {
        let mut all = Histogram::<u64>::new_with_max(micros(LONGEST), 3).expect("these bounds are allowed");
        for part in &self.0 {
            all.add(&*part.lock().expect("nothing panics while it holds a part"))
                .expect("all parts have the same bounds");
        }
        let ms = |micros: u64| micros as f64 / 1_000.0;
        let at = |quantile| ms(all.value_at_quantile(quantile));
        Spread { count: all.len(), p50: at(0.5), p99: at(0.99), p999: at(0.999), max: ms(all.max()) }
    }
}

/// For one thread's times in nanoseconds, to a thousandth.
pub(crate) fn nanos() -> Histogram<u64> {
    let longest = u64::try_from(LONGEST.as_nanos()).unwrap_or(u64::MAX);
    Histogram::new_with_max(longest, 3).expect("these bounds are allowed")
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// The middle one; of an even number the lower.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len().saturating_sub(1) / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_many_are_one_spread() {
        let latencies = Latencies::new();
        (1..=1_000).for_each(|who| latencies.add(who, Duration::from_millis(who as u64)));
        let Spread { count, p50, p99, max, .. } = latencies.spread();
        assert_eq!(count, 1_000);
        for (is, should_be) in [(p50, 500.0), (p99, 990.0), (max, 1_000.0)] {
            assert!((is / should_be - 1.0_f64).abs() < 0.002, "{is} instead of {should_be}");
        }
    }

    #[test]
    fn the_median_does_not_mind_one_that_is_far_off() {
        assert_eq!(median(vec![5.0, 900.0, 4.0]), 5.0);
        assert_eq!(median(vec![2.0, 1.0]), 1.0);
    }
}
