//! ISBN as files have them: spreadsheets take zeros and digits away.

use catalogue::Isbn;

/// What a text says.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::import) enum Reading {
    /// A right ISBN.
    Right(Isbn),
    /// A right ISBN, of which something was put right or left out.
    Noted(Isbn, String),
    /// No ISBN; the book is kept without it.
    Wrong(String),
    /// Nothing, or a stroke for nothing.
    Blank,
}

/// Reads one cell.
pub(in crate::import) fn read(text: &str) -> Reading {
    // A mark that keeps spreadsheets from making a number of it, and what is left where it was not there.
    let text = text.trim().trim_start_matches('\'');
    let digits = text.strip_suffix(".0").unwrap_or(text);
    if digits.chars().all(|c| "-–—?. ".contains(c)) {
        return Reading::Blank;
    }
    let error = match digits.parse() {
        Ok(isbn) => return Reading::Right(isbn),
        Err(error) => error,
    };
    if is_float(digits) {
        return Reading::Wrong(format!(
            "isbn: {text:?} was left out: a spreadsheet has made a number of it, and the digits are gone"
        ));
    }
    with_zeros(digits)
        .or_else(|| first_of_several(text))
        .unwrap_or_else(|| Reading::Wrong(format!("isbn: {text:?} was left out: {error}")))
}

/// Reads the cells of one book, the one to believe first: the ISBN, if there is a right one, and what is to be said.
pub(in crate::import) fn choose<'a>(cells: impl Iterator<Item = &'a str>) -> (Option<Isbn>, Vec<String>) {
    let mut chosen = None;
    let mut notes = Vec::new();
    let mut wrong = Vec::new();
    for reading in cells.map(read) {
        let (isbn, note) = match reading {
            Reading::Right(isbn) => (isbn, None),
            Reading::Noted(isbn, note) => (isbn, Some(note)),
            Reading::Wrong(note) => {
                wrong.push(note);
                continue;
            }
            Reading::Blank => continue,
        };
        match chosen {
            None => {
                chosen = Some(isbn);
                notes.extend(note);
            }
            Some(first) if first == isbn => {}
            Some(first) => notes.push(format!("isbn: the row has two, {first} and {isbn}; the first was taken")),
        }
    }
    // A cell that lost its digits is of no matter beside one that has them.
    if chosen.is_none() { (None, wrong) } else { (chosen, notes) }
}

/// "9.78E+12", "9,78043902348e+12".
fn is_float(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else { return false };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits(exponent.trim_start_matches('+')) && digits(&mantissa.replace(['.', ','], ""))
}

/// An ISBN-10 that lost its first zeros as a number, if the check digit proves it.
fn with_zeros(digits: &str) -> Option<Reading> {
    let body = digits.strip_suffix(['x', 'X']).unwrap_or(digits);
    if !(7..=9).contains(&digits.len()) || !body.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let whole = format!("{digits:0>10}");
    let isbn = whole.parse().ok()?;
    Some(Reading::Noted(isbn, format!("isbn: {digits} had lost its first zero, {whole} is proven by its check digit")))
}

/// "9789793062792; 9786020332956": the first that is right.
fn first_of_several(text: &str) -> Option<Reading> {
    let parts: Vec<_> = text.split([';', ',', '/', '|']).collect();
    let isbn = parts.iter().find_map(|part| part.parse::<Isbn>().ok())?;
    Some(Reading::Noted(isbn, format!("isbn: {isbn} was taken from {text:?}")))
}
