//! What pages say, in the reader's language.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::language::Language;

static ENGLISH: LazyLock<Texts> =
    LazyLock::new(|| Texts::read(Language::English, include_str!("../web/locales/en.json")));
static INDONESIAN: LazyLock<Texts> =
    LazyLock::new(|| Texts::read(Language::Indonesian, include_str!("../web/locales/id.json")));

/// The texts that scripts say: the rest is on the page already.
const FOR_SCRIPTS: [&str; 10] =
    ["live.", "form.", "conflict.", "delete.", "extra.", "field.", "status.", "rule.", "refused.", "action."];

/// Every text of one language.
pub(super) struct Texts {
    pub(super) language: Language,
    texts: BTreeMap<String, String>,
    for_scripts: String,
}

impl Texts {
    /// The texts of `language`.
    pub(super) fn of(language: Language) -> &'static Texts {
        match language {
            Language::English => &ENGLISH,
            Language::Indonesian => &INDONESIAN,
        }
    }

    fn read(language: Language, json: &str) -> Texts {
        let texts: BTreeMap<String, String> = serde_json::from_str(json).expect("a test reads every locale");
        let is_for_scripts = |key: &&String| FOR_SCRIPTS.iter().any(|start| key.starts_with(start));
        let for_scripts: BTreeMap<_, _> = texts.iter().filter(|(key, _)| is_for_scripts(key)).collect();
        let for_scripts = serde_json::to_string(&for_scripts).expect("texts are JSON");
        // "</script" in a text must not end the element that holds them.
        Texts { language, for_scripts: for_scripts.replace('<', "\\u003c"), texts }
    }

    /// The text of `key`.
    pub(super) fn say(&'static self, key: &str) -> &'static str {
        self.texts.get(key).unwrap_or_else(|| panic!("no text {key}; a test looks for such keys"))
    }

    /// The text of `key` with `{name}` replaced by its value.
    pub(super) fn fill(&'static self, key: &str, values: &[(&str, &str)]) -> String {
        let mut filled = String::new();
        let mut rest = self.say(key);
        // Values are not looked into: a title may say "{total}".
        while let Some((before, name, after)) = next_placeholder(rest) {
            filled.push_str(before);
            filled.push_str(values.iter().find(|(known, _)| *known == name).map_or(name, |(_, value)| value));
            rest = after;
        }
        filled + rest
    }

    /// The text of `key` for `n` things, `{n}` replaced by the number as written in this language.
    pub(super) fn count(&'static self, key: &str, n: usize) -> String {
        let form = if n == 1 { "one" } else { "other" };
        self.fill(&format!("{key}.{form}"), &[("n", &super::show::number(self.language, n))])
    }

    /// The texts that scripts say, as JSON that may stand inside a `script` element.
    pub(super) fn for_scripts(&'static self) -> &'static str {
        &self.for_scripts
    }
}

fn next_placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}

#[cfg(test)]
mod tests;
