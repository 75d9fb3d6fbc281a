//! Whether something grows.

/// A straight line through samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Trend {
    pub(super) mean: f64,
    /// Growth a second.
    pub(super) slope: f64,
    /// From the first sample to the last, in seconds.
    pub(super) length: f64,
}

impl Trend {
    /// The line with the least squares through points of seconds and value; `None` where there are too few.
    pub(super) fn of(samples: &[(f64, f64)]) -> Option<Trend> {
        let (first, last) = (samples.first()?, samples.last()?);
        let length = last.0 - first.0;
        if length <= 0.0 {
            return None;
        }
        let count = samples.len() as f64;
        let at_mean = samples.iter().map(|(at, _)| at).sum::<f64>() / count;
        let mean = samples.iter().map(|(_, value)| value).sum::<f64>() / count;
        let together = samples.iter().map(|(at, value)| (at - at_mean) * (value - mean)).sum::<f64>();
        let spread = samples.iter().map(|(at, _)| (at - at_mean).powi(2)).sum::<f64>();
        Some(Trend { mean, slope: together / spread, length })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_grows_has_a_slope_and_what_swings_has_none() {
        let line: Vec<_> = (0..100).map(|second| (f64::from(second), 1_000.0 + 2.0 * f64::from(second))).collect();
        let Trend { mean, slope, length } = Trend::of(&line).unwrap();
        assert!((mean - 1_099.0).abs() < 1e-6 && (slope - 2.0).abs() < 1e-6, "{mean} {slope}");
        assert!((length - 99.0).abs() < 1e-6);
        let swing: Vec<_> = (0..100).map(|second| (f64::from(second), f64::from(second % 2))).collect();
        assert!(Trend::of(&swing).unwrap().slope.abs() < 1e-3);
    }

    #[test]
    fn one_sample_has_no_trend() {
        assert_eq!(Trend::of(&[]), None);
        assert_eq!(Trend::of(&[(1.0, 5.0)]), None);
    }
}
