//! Language tags, BCP 47.

use std::str::FromStr;

use crate::Text;

/// A BCP 47 tag in its shortest form: `ind` is `id`, `eng` is `en`, `fre` is `fr`, `en-us` is `en-US`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Language(Text);

impl Language {
    /// The tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Language {
    /// What is wrong with the text, for people.
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let _ = text;
        todo!()
    }
}
