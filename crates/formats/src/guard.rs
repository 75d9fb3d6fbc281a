//! Cells that a spreadsheet would take for a formula carry one leading `'`.

use std::borrow::Cow;

/// What a formula begins with, and the mark itself, so that taking it away is the exact reverse of adding it.
const GUARDED: [char; 5] = ['=', '+', '-', '@', '\''];

/// A text as it is written into a cell. A plain number is no formula, and stays one.
pub(crate) fn guarded(text: &str) -> Cow<'_, str> {
    let is_guarded = text.starts_with(GUARDED) && !is_plain_number(text);
    if is_guarded { Cow::from(format!("'{text}")) } else { Cow::from(text) }
}

/// A cell of a file that was read, as it is written into another one: it reads the same, and is no formula.
pub fn rewritten(cell: &str) -> Cow<'_, str> {
    let is_guarded = unguarded(cell).len() < cell.len();
    if is_guarded { Cow::from(cell) } else { guarded(cell) }
}

/// What a cell says, without the mark.
///
/// `="0142402494"` is how other programs keep a spreadsheet from counting with a text: what stands in the quotes is meant.
pub(crate) fn unguarded(cell: &str) -> &str {
    if let Some(rest) = cell.strip_prefix('\'').filter(|rest| rest.starts_with(GUARDED)) {
        return rest;
    }
    let quoted = cell.trim().strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'));
    quoted.filter(|text| !text.contains('"')).unwrap_or(cell)
}

/// Digits with at most one point between them, and a sign before.
fn is_plain_number(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    all_digits(whole) && all_digits(fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_written_again_is_no_formula_and_reads_the_same() {
        for (cell, written) in [
            ("=1+1", "'=1+1"),
            ("'=1+1", "'=1+1"),
            ("-5", "-5"),
            ("+62.5", "+62.5"),
            ("-5-3", "'-5-3"),
            ("-inf", "'-inf"),
            ("-1e9", "'-1e9"),
            ("'-5", "'-5"),
            ("-x", "'-x"),
            ("'t Hof", "''t Hof"),
            ("=\"0142402494\"", "=\"0142402494\""),
            ("a", "a"),
        ] {
            assert_eq!(rewritten(cell), written, "{cell}");
            assert_eq!(unguarded(&rewritten(cell)), unguarded(cell), "{cell}");
        }
    }
}
