//! Language tags, BCP 47.

use std::str::FromStr;

use icu_locale::{Locale, LocaleCanonicalizer};

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
        let wrong = || format!("{text:?} is no language tag: use one like \"id\", \"en\" or \"en-GB\" (BCP 47)");
        let mut locale: Locale = text.trim().parse().map_err(|_| wrong())?;
        // The registry knows no language of four letters or more: that is a name, such as "Inggris".
        if locale.id.language.as_str().len() > 3 {
            return Err(wrong());
        }
        LocaleCanonicalizer::new_extended().canonicalize(&mut locale);
        Ok(Language(locale.to_string().into()))
    }
}
