//! Prices: an amount in either way of writing numbers, with a currency before or behind it.

use catalogue::Price;
use serde_json::{Value, json};

/// Signs that stand for one currency. "¥" is not among them: it stands for two.
const SIGNS: &[(&str, &str)] = &[
    ("rp", "IDR"),
    ("rupiah", "IDR"),
    ("$", "USD"),
    ("us$", "USD"),
    ("€", "EUR"),
    ("euro", "EUR"),
    ("£", "GBP"),
    ("s$", "SGD"),
    ("a$", "AUD"),
    ("rm", "MYR"),
    ("₹", "INR"),
    ("฿", "THB"),
    ("₫", "VND"),
    ("₱", "PHP"),
    ("₩", "KRW"),
];

/// The code for a sign or a code, in capitals.
pub(in crate::import) fn currency(text: &str) -> Option<String> {
    let name = text.trim().trim_end_matches('.').to_lowercase();
    if let Some((_, code)) = SIGNS.iter().find(|(sign, _)| *sign == name) {
        return Some((*code).to_owned());
    }
    let is_code = name.len() == 3 && Price::parse("0", &name).is_ok();
    is_code.then(|| name.to_uppercase())
}

/// The price that a cell says, with the currency of its column or row where it names none of its own.
///
/// An amount that could be read in two ways is refused: "79.000" may be 79 or 79,000.
pub(in crate::import) fn read(text: &str, beside: Option<&str>) -> Result<Value, String> {
    let parts = Parts::of(text).ok_or_else(|| format!("price: {text:?} holds no amount"))?;
    if parts.before.trim_end().ends_with(['-', '−']) {
        return Err(format!("price: {text:?} is negative, a price is not"));
    }
    let mut named = Vec::new();
    for name in [Some(parts.before), Some(parts.behind), beside].into_iter().flatten() {
        if !name.trim().is_empty() {
            let code = currency(name);
            named.push(code.ok_or_else(|| format!("price: {name:?} is no currency: write a code such as IDR"))?);
        }
    }
    if let Some(other) = named.iter().find(|code| **code != named[0]) {
        return Err(format!("price: {text:?} has two currencies, {} and {other}", named[0]));
    }
    let code = named.first();
    let amount = amount(&parts, code.map(String::as_str)).map_err(|reason| format!("price: {text:?} {reason}"))?;
    Ok(match code {
        Some(code) => json!({"amount": amount, "currency": code}),
        // The catalogue says that the currency is missing.
        None => json!({"amount": amount}),
    })
}

/// A price taken apart.
struct Parts<'a> {
    before: &'a str,
    /// From the first digit to the last.
    number: &'a str,
    behind: &'a str,
    /// "79.000,-": no decimals follow.
    is_whole: bool,
}

impl Parts<'_> {
    fn of(text: &str) -> Option<Parts<'_>> {
        let first = text.find(|c: char| c.is_ascii_digit())?;
        let last = text.rfind(|c: char| c.is_ascii_digit())?;
        let (before, number, rest) = (&text[..first], &text[first..=last], text[last + 1..].trim());
        let strokes = [",-", ".-", ",–", ",--"].into_iter().rev().find_map(|strokes| rest.strip_prefix(strokes));
        Some(Parts { before, number, behind: strokes.unwrap_or(rest), is_whole: strokes.is_some() })
    }
}

/// The amount with a point before its decimals and nothing else between its digits.
fn amount(parts: &Parts<'_>, currency: Option<&str>) -> Result<String, String> {
    let between: Vec<char> = parts.number.chars().filter(|c| !c.is_ascii_digit()).map(plain_space).collect();
    if between.iter().any(|c| !matches!(c, '.' | ',' | ' ' | '\'' | '’')) {
        return Err("is no amount: write digits, such as 79000 or 12.50".into());
    }
    let groups: Vec<&str> = parts.number.split(|c: char| !c.is_ascii_digit()).collect();
    let Some((last, others)) = between.split_last() else { return Ok(parts.number.to_owned()) };
    let is_decimal = match others.first() {
        // "1.234,50" or "1.234.567".
        Some(first) => first != last && matches!(last, '.' | ','),
        None => single_is_decimal(*last, &groups, parts.is_whole, currency)?,
    };
    let (fraction, thousands) =
        if is_decimal { (groups.last(), &groups[..groups.len() - 1]) } else { (None, &groups[..]) };
    let same = others.iter().all(|c| Some(c) == others.first());
    if !same || !are_thousands(thousands) || (is_decimal && parts.is_whole) {
        return Err("is no amount that can be read in only one way: write digits, such as 79000 or 12.50".into());
    }
    let whole = thousands.concat();
    Ok(fraction.map_or_else(|| whole.clone(), |fraction| format!("{whole}.{fraction}")))
}

/// Whether the only sign in a number stands before decimals.
fn single_is_decimal(sign: char, groups: &[&str], is_whole: bool, currency: Option<&str>) -> Result<bool, String> {
    let (first, second) = (groups[0], groups[1]);
    if is_whole || !matches!(sign, '.' | ',') {
        return Ok(false);
    }
    if second.len() != 3 || first.len() > 3 || first.starts_with('0') {
        return Ok(true);
    }
    // Three digits behind the sign: thousands, unless the currency has as many decimals.
    let Some(currency) = currency else {
        return Err(format!(
            "may be {first} or {first}{second}: write it without the sign between, or name the currency"
        ));
    };
    let has_three_decimals = Price::parse("0.001", currency).is_ok();
    if has_three_decimals && sign == ',' {
        return Err(format!("may be {first} or {first}{second}: write the decimals behind a point"));
    }
    Ok(has_three_decimals)
}

/// One to three digits, and then threes; or one group alone.
fn are_thousands(groups: &[&str]) -> bool {
    let (first, others) = (groups[0], &groups[1..]);
    others.is_empty() || (first.len() <= 3 && others.iter().all(|group| group.len() == 3))
}

fn plain_space(c: char) -> char {
    if c.is_whitespace() { ' ' } else { c }
}
