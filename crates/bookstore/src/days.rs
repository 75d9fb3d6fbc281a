//! Long times as people write them.

use std::time::Duration;

use crate::failure::Failure;

/// Reads `365d`, `52w` or `2y`, given to `option`.
pub(crate) fn parse(option: &str, text: &str) -> Result<Duration, Failure> {
    let wrong = || Failure::usage(format!("{option} {text}: write a number of days, weeks or years: 365d, 52w, 2y"));
    let (number, days) = [('d', 1), ('w', 7), ('y', 365)]
        .into_iter()
        .find_map(|(unit, days)| Some((text.strip_suffix(unit)?, days)))
        .ok_or_else(wrong)?;
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let seconds = number.checked_mul(days * 24 * 60 * 60).ok_or_else(wrong)?;
    Ok(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_time_is_days_weeks_or_years() {
        for (text, days) in [("365d", 365), ("52w", 364), ("2y", 730), ("0d", 0)] {
            assert_eq!(parse("--keep", text).ok(), Some(Duration::from_secs(days * 86_400)), "{text}");
        }
        for wrong in ["", "365", "d", "-1d", "1m", "99999999999999999999d", "999999999999999999y"] {
            assert!(parse("--keep", wrong).is_err(), "{wrong}");
        }
    }
}
