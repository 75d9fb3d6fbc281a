//! Money: a decimal text with its currency.

use iso_currency::Currency;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{FieldError, Text};

/// An amount of money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Price {
    /// A decimal number with as many decimals as the currency has (ISO 4217), e.g. `"79000.00"`.
    pub amount: Text,
    /// ISO 4217 code in capitals, e.g. `"IDR"`.
    pub currency: Text,
}

impl Price {
    /// A price from what a client wrote: digits with at most one point, and an ISO 4217 code in any case.
    ///
    /// The amount is kept with the currency's decimals; more of them than it has are an error unless they are zeros.
    pub fn parse(amount: &str, currency: &str) -> Result<Price, Vec<FieldError>> {
        let mut errors = Vec::new();
        Price::read(Some(amount), Some(currency), &mut errors).ok_or(errors)
    }

    /// Whether both parts are as they are kept.
    pub(crate) fn is_kept(amount: &str, currency: &str) -> bool {
        let Some(known) = Currency::from_code(currency) else { return false };
        let decimals = usize::from(known.exponent().unwrap_or(0));
        let (whole, fraction) = amount.split_once('.').unwrap_or((amount, ""));
        let are_digits = whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit());
        let is_whole = (1..=WHOLE_DIGITS_MAX).contains(&whole.len()) && (whole == "0" || !whole.starts_with('0'));
        // Without decimals there is no point either.
        are_digits && is_whole && fraction.len() == decimals && (decimals > 0) == (amount.len() > whole.len())
    }

    /// A price from its parts; what is wrong with those that are there goes to `errors`.
    pub(crate) fn read(amount: Option<&str>, currency: Option<&str>, errors: &mut Vec<FieldError>) -> Option<Price> {
        let currency = currency.and_then(|written| keep("price.currency", known_currency(written), errors));
        // Whether there are too many decimals only the currency can say.
        let decimals = currency.map_or(usize::MAX, |known| usize::from(known.exponent().unwrap_or(0)));
        let digits = amount.and_then(|written| keep("price.amount", Digits::read(written.trim(), decimals), errors));
        let (digits, currency) = (digits?, currency?);
        Some(Price { amount: digits.with(decimals).into(), currency: currency.code().into() })
    }
}

fn keep<T>(field: &str, read: Result<T, String>, errors: &mut Vec<FieldError>) -> Option<T> {
    read.map_err(|message| errors.push(FieldError::new(field, message))).ok()
}

fn known_currency(written: &str) -> Result<Currency, String> {
    let code = written.trim();
    // Most write it as it is, which needs no copy.
    let known = Currency::from_code(code).or_else(|| Currency::from_code(&code.to_ascii_uppercase()));
    known.ok_or_else(|| format!("{written:?} is no ISO 4217 code such as \"IDR\" or \"EUR\""))
}

/// The digits of an amount without zeros that say nothing.
struct Digits<'a> {
    whole: &'a str,
    fraction: &'a str,
}

impl<'a> Digits<'a> {
    fn read(text: &'a str, decimals: usize) -> Result<Self, String> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let are_digits = whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !are_digits || text.ends_with('.') {
            return Err(format!("{text:?} is no amount: write digits with at most one point, such as 79000 or 12.50"));
        }
        let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
        if whole.len() > WHOLE_DIGITS_MAX {
            return Err(format!("has {} digits before the point, at most {WHOLE_DIGITS_MAX} are allowed", whole.len()));
        }
        if fraction.len() > decimals {
            return Err(format!("has too many decimals: this currency has {decimals}"));
        }
        Ok(Digits { whole, fraction })
    }

    fn with(&self, decimals: usize) -> String {
        let whole = if self.whole.is_empty() { "0" } else { self.whole };
        let point = if decimals > 0 { "." } else { "" };
        format!("{whole}{point}{:0<decimals$}", self.fraction)
    }
}

/// The most digits an amount has before its point.
const WHOLE_DIGITS_MAX: usize = 12;
