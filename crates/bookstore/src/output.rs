//! Stdout: one line at a time, and no panic when the reader is gone.

use std::io::{self, BufRead, IsTerminal, Write};

use serde::Serialize;

/// Writes a line.
pub(crate) fn line(text: impl std::fmt::Display) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()
}

/// Writes a value as one line of JSON.
pub(crate) fn json(value: &impl Serialize) -> io::Result<()> {
    line(serde_json::to_string(value)?)
}

/// Whether a person reads along.
pub(crate) fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Whether a person, asked at the terminal, says yes; where nobody can be asked, no.
pub(crate) fn confirmed(question: impl std::fmt::Display) -> io::Result<bool> {
    if !io::stdin().is_terminal() {
        return Ok(false);
    }
    eprint!("{question} [y/N] ");
    io::stderr().flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes" | "ya"))
}

/// A text without what would break a line, move a cursor, or turn the direction of what follows.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || is_direction(c) { ' ' } else { c }).collect()
}

/// The embeddings, overrides and isolates of Unicode's bidirectional algorithm: their effect goes on behind the text.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn what_would_disturb_a_terminal_becomes_a_space() {
        for (text, shown) in [
            ("a\nb\tc", "a b c"),
            ("\u{1b}[31mred", " [31mred"),
            ("\u{202e}evil", " evil"),
            ("\u{2067}a\u{2069}", " a "),
            ("שלום 日本 👩\u{200d}👧", "שלום 日本 👩\u{200d}👧"),
        ] {
            assert_eq!(plain(text), shown);
        }
    }
}
