//! Languages by code or by name.

use catalogue::{Language, fold};

/// Names in English, in Indonesian and of their own, folded.
const NAMES: &[(&str, &[&str])] = &[
    ("ar", &["arabic", "arab"]),
    ("ban", &["balinese", "bali"]),
    ("bg", &["bulgarian", "bulgaria"]),
    ("bn", &["bengali", "benggala"]),
    ("bug", &["buginese", "bugis"]),
    ("ca", &["catalan", "katalan"]),
    ("cs", &["czech", "ceko"]),
    ("cy", &["welsh"]),
    ("da", &["danish", "denmark", "dansk"]),
    ("de", &["german", "jerman", "deutsch"]),
    ("el", &["greek", "yunani"]),
    ("en", &["english", "inggris"]),
    ("es", &["spanish", "spanyol", "espanol", "castellano"]),
    ("fa", &["persian", "persia", "farsi"]),
    ("fi", &["finnish", "finlandia", "suomi"]),
    ("fil", &["filipino"]),
    ("fr", &["french", "prancis", "perancis", "francais"]),
    ("grc", &["ancient greek", "yunani kuno"]),
    ("he", &["hebrew", "ibrani"]),
    ("hi", &["hindi"]),
    ("hu", &["hungarian", "hungaria", "magyar"]),
    ("id", &["indonesian", "indonesia"]),
    ("it", &["italian", "italia", "italiano"]),
    ("ja", &["japanese", "jepang", "日本語"]),
    ("jv", &["javanese", "jawa"]),
    ("ko", &["korean", "korea", "한국어"]),
    ("la", &["latin"]),
    ("mad", &["madurese", "madura"]),
    ("min", &["minangkabau", "minang"]),
    ("ms", &["malay", "melayu", "malaysia"]),
    ("mul", &["multiple languages", "multilingual", "multibahasa"]),
    ("nl", &["dutch", "belanda", "nederlands"]),
    ("no", &["norwegian", "norwegia", "norsk"]),
    ("pl", &["polish", "polandia", "polski"]),
    ("pt", &["portuguese", "portugis", "portugues"]),
    ("ro", &["romanian", "rumania"]),
    ("ru", &["russian", "rusia", "русскии"]),
    ("sa", &["sanskrit", "sanskerta"]),
    ("su", &["sundanese", "sunda"]),
    ("sv", &["swedish", "swedia", "svenska"]),
    ("ta", &["tamil"]),
    ("th", &["thai", "thailand"]),
    ("tr", &["turkish", "turki", "turkce"]),
    ("uk", &["ukrainian", "ukraina"]),
    ("vi", &["vietnamese", "vietnam"]),
    ("zh", &["chinese", "mandarin", "tionghoa", "cina", "中文"]),
];

/// The tag for a code ("eng", "en_US") or a name ("Bahasa Indonesia"), and what is to be said; no tag for anything else.
pub(in crate::import) fn read(text: &str) -> (Option<String>, Option<String>) {
    let mut several = text.split([';', '/', '|', ',']).map(str::trim).filter(|name| !name.is_empty());
    let first = several.next().unwrap_or_default();
    match (one(text).or_else(|| one(first)), several.next()) {
        (None, _) => (None, Some(format!("language: {text:?} was left out: write a tag such as \"id\" or \"en\""))),
        (Some(tag), None) => (Some(tag), None),
        (Some(tag), Some(_)) => {
            let note = format!("language: {tag} was taken from {text:?}, a book has one");
            (Some(tag), Some(note))
        }
    }
}

fn one(text: &str) -> Option<String> {
    let name = fold(text.trim());
    let name = name.strip_prefix("bahasa ").unwrap_or(&name);
    if let Some((tag, _)) = NAMES.iter().find(|(_, names)| names.contains(&name)) {
        return Some((*tag).to_owned());
    }
    let tag: Language = text.replace('_', "-").parse().ok()?;
    Some(tag.as_str().to_owned())
}
