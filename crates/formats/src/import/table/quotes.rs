//! How the quotes of a cell stand.

/// What has been seen of a cell so far. The csv library reads any quotes somehow; this says whether they are right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quotes {
    /// Nothing yet.
    Fresh,
    /// A cell without quotes; a `"` within it is a letter like others.
    Plain,
    /// Behind the opening quote.
    Open,
    /// Behind a quote that closes the cell, or is the first of two that stand for one.
    Closed,
    /// Text behind the closing quote.
    Broken,
}

impl Quotes {
    /// After `raw`, which ends with the cell or goes before more of it.
    pub(super) fn after(self, raw: &[u8], delimiter: u8) -> Quotes {
        let mut state = self;
        for byte in raw {
            state = match (state, *byte) {
                (Quotes::Fresh, b'"') => Quotes::Open,
                (Quotes::Fresh | Quotes::Plain, _) => return Quotes::Plain,
                (Quotes::Open, b'"') => Quotes::Closed,
                (Quotes::Open, _) => Quotes::Open,
                (Quotes::Closed, b'"') => Quotes::Open,
                (Quotes::Closed, b'\r' | b'\n') => Quotes::Closed,
                (Quotes::Closed, byte) if byte == delimiter => Quotes::Closed,
                (Quotes::Closed | Quotes::Broken, _) => return Quotes::Broken,
            };
        }
        state
    }
}
