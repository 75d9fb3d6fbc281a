//! Language tags, BCP 47.

use std::str::FromStr;

use icu_locale::subtags::language;
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
        // BCP 47 keeps room for languages of 5 to 8 letters and has none: "english" is a name, not a tag.
        if locale.id.language.as_str().len() > 3 {
            return Err(wrong());
        }
        let written = locale.id.language;
        LocaleCanonicalizer::new_extended().canonicalize(&mut locale);
        // The canonicalizer's tables (CLDR) take Tagalog for Filipino; BCP 47 has a tag for each.
        if matches!(written.as_str(), "tl" | "tgl") {
            locale.id.language = language!("tl");
        }
        Ok(Language(locale.to_string().into()))
    }
}
