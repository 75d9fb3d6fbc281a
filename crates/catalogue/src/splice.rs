//! Texts that are JSON already.

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// JSON that is put where it belongs as it stands.
///
/// It gives itself out for what `serde_json::value::RawValue` is to a serializer of `serde_json`, for which there is no other
/// name. To make a `RawValue` of a text `serde_json` would parse it, which costs more than all the rest of writing a book.
pub(crate) struct Spliced<'a>(pub(crate) &'a str);

const RAW_VALUE: &str = "$serde_json::private::RawValue";

impl Serialize for Spliced<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut raw = serializer.serialize_struct(RAW_VALUE, 1)?;
        raw.serialize_field(RAW_VALUE, self.0)?;
        raw.end()
    }
}
