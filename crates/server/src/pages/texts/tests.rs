use std::collections::BTreeSet;
use std::path::Path;

use catalogue::Field;

use super::*;

/// Keys that are put together from a name, so that they stand in no source as a whole.
const COMPOSED: [&str; 5] = ["field.", "rule.", "hint.", "refused.", "pager."];

fn keys(language: Language) -> BTreeSet<&'static str> {
    Texts::of(language).texts.keys().map(String::as_str).collect()
}

/// Every text file below `folder` of this crate's sources, in one.
fn sources(folder: &str) -> String {
    let mut all = String::new();
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(folder)).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            all.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
    all
}

/// Whatever stands between quotes in `source` and looks like a key: two or more words with points between.
fn literals(source: &str) -> BTreeSet<&str> {
    let groups: BTreeSet<_> = keys(Language::English).iter().filter_map(|key| key.split('.').next()).collect();
    let is_word = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    let is_key = |text: &&str| {
        let words: Vec<_> = text.split('.').collect();
        let is_file = ["js", "css", "svg"].contains(words.last().unwrap());
        words.len() > 1 && !is_file && words.iter().all(|word| is_word(word)) && groups.contains(words[0])
    };
    source.split('"').filter(is_key).collect()
}

/// The keys that a literal stands for: itself, or the two forms of a count.
fn meant<'a>(known: &BTreeSet<&'a str>, literal: &str) -> Vec<&'a str> {
    let forms = [literal.to_owned(), format!("{literal}.one"), format!("{literal}.other")];
    forms.iter().filter_map(|form| known.get(form.as_str()).copied()).collect()
}

fn placeholders(text: &str) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    let mut rest = text;
    while let Some((_, name, after)) = next_placeholder(rest) {
        found.insert(name);
        rest = after;
    }
    found
}

#[test]
fn both_languages_say_the_same_things() {
    assert_eq!(keys(Language::English), keys(Language::Indonesian));
}

#[test]
fn a_translation_fills_in_what_the_original_does() {
    for (key, english) in &Texts::of(Language::English).texts {
        let indonesian = Texts::of(Language::Indonesian).say(key);
        assert!(!english.trim().is_empty() && !indonesian.trim().is_empty(), "{key} is empty");
        // Rules of fields are the server's words in English and a whole sentence elsewhere.
        if !key.starts_with("rule.") {
            assert_eq!(placeholders(english), placeholders(indonesian), "{key}");
        }
    }
}

#[test]
fn templates_and_scripts_say_only_what_there_is_and_all_of_it() {
    let (templates, scripts) = (sources("pages"), sources("web/assets"));
    let (templates, scripts) = (literals(&templates), literals(&scripts));
    assert!(templates.len() > 20 && scripts.len() > 20, "the sources were not found");
    let known = keys(Language::English);
    let mut said = BTreeSet::new();
    for literal in templates.union(&scripts) {
        let keys = meant(&known, literal);
        assert!(!keys.is_empty(), "{literal} is said but there is no such text");
        said.extend(keys);
    }
    for key in &scripts {
        assert!(FOR_SCRIPTS.iter().any(|start| key.starts_with(start)), "{key} is not sent to the scripts");
    }
    let is_composed = |key: &str| COMPOSED.iter().any(|start| key.starts_with(start));
    let unsaid: Vec<_> = known.difference(&said).filter(|key| !is_composed(key)).collect();
    assert!(unsaid.is_empty(), "nobody says {unsaid:?}");
}

#[test]
fn every_field_has_a_label_in_every_language() {
    for language in Language::ALL {
        for field in Field::ALL {
            assert!(keys(language).contains(format!("field.{}", field.name()).as_str()), "{}", field.name());
        }
    }
}

#[test]
fn values_are_not_read_as_placeholders() {
    let filled = Texts::of(Language::English).fill("action.of", &[("action", "{title}"), ("title", "{action}")]);
    assert_eq!(filled, "{title}: {action}");
}

#[test]
fn counts_follow_the_language() {
    let [english, indonesian] = Language::ALL.map(Texts::of);
    assert_eq!([0, 1, 12_345].map(|n| english.count("home.total", n)), ["0 books", "1 book", "12,345 books"]);
    assert_eq!([0, 1, 12_345].map(|n| indonesian.count("home.total", n)), ["0 buku", "1 buku", "12.345 buku"]);
}
