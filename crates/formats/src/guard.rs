//! Cells that a spreadsheet would take for a formula carry one leading `'`.

use std::borrow::Cow;

/// What a formula begins with, and the mark itself, so that taking it away is the exact reverse of adding it.
const GUARDED: [char; 5] = ['=', '+', '-', '@', '\''];

/// A text as it is written into a cell.
pub(crate) fn guarded(text: &str) -> Cow<'_, str> {
    if text.starts_with(GUARDED) { Cow::from(format!("'{text}")) } else { Cow::from(text) }
}

/// A cell of a file that was read, as it is written into another one: it reads the same, and is no formula.
pub fn rewritten(cell: &str) -> Cow<'_, str> {
    let is_guarded = unguarded(cell).len() < cell.len();
    let is_number = cell.parse::<f64>().is_ok();
    if is_guarded || is_number { Cow::from(cell) } else { guarded(cell) }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_written_again_is_no_formula_and_reads_the_same() {
        for (cell, written) in [
            ("=1+1", "'=1+1"),
            ("'=1+1", "'=1+1"),
            ("-5", "-5"),
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
