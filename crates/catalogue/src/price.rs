//! Money: a decimal text with its currency.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Text;

/// An amount of money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Price {
    /// A decimal number with as many decimals as the currency has (ISO 4217), e.g. `"79000.00"`.
    pub amount: Text,
    /// ISO 4217 code in capitals, e.g. `"IDR"`.
    pub currency: Text,
}
