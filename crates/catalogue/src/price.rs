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
    pub fn parse(amount: &str, currency: &str) -> Result<Price, FieldError> {
        let code = currency.trim().to_ascii_uppercase();
        let known = Currency::from_code(&code).ok_or_else(|| {
            FieldError::new("price.currency", format!("{currency:?} is no ISO 4217 code such as \"IDR\" or \"EUR\""))
        })?;
        let decimals = usize::from(known.exponent().unwrap_or(0));
        let amount =
            amount_with(amount.trim(), decimals).map_err(|message| FieldError::new("price.amount", message))?;
        Ok(Price { amount: amount.into(), currency: code.into() })
    }
}

fn amount_with(text: &str, decimals: usize) -> Result<String, String> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits_only = whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits_only || text.ends_with('.') {
        return Err(format!("{text:?} is no amount: write digits with at most one point, such as 79000 or 12.50"));
    }
    let whole = whole.trim_start_matches('0');
    if whole.len() > WHOLE_DIGITS_MAX {
        return Err(format!("has {} digits before the point, at most {WHOLE_DIGITS_MAX} are allowed", whole.len()));
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > decimals {
        return Err(format!("has {} decimals, this currency has {decimals}", fraction.len()));
    }
    let whole = if whole.is_empty() { "0" } else { whole };
    let point = if decimals > 0 { "." } else { "" };
    Ok(format!("{whole}{point}{fraction:0<decimals$}"))
}

/// The most digits an amount has before its point.
const WHOLE_DIGITS_MAX: usize = 12;
