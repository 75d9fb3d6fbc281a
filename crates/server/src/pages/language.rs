//! The languages that pages are written in, and which of them a reader gets.

use axum::http::{HeaderMap, header};

use crate::negotiate;

/// The cookie that remembers a choice.
const COOKIE: &str = "lang";
const COOKIE_SECONDS: u32 = 365 * 24 * 60 * 60;

/// A language of the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    English,
    Indonesian,
}

impl Language {
    /// Every language, in the order in which they are offered.
    pub(super) const ALL: [Language; 2] = [Language::English, Language::Indonesian];

    /// What the reader chose before, else the language the browser likes best, else English.
    pub(super) fn preferred(headers: &HeaderMap) -> Language {
        chosen(headers).or_else(|| accepted(headers)).unwrap_or(Language::English)
    }

    /// The language of a tag such as `id` or `en-GB`.
    pub(super) fn from_tag(tag: &str) -> Option<Language> {
        match tag.split('-').next()?.to_ascii_lowercase().as_str() {
            "en" => Some(Language::English),
            // Old systems still say "in" (ISO 639 before 1989).
            "id" | "in" => Some(Language::Indonesian),
            _ => None,
        }
    }

    /// The BCP 47 tag.
    pub(super) fn tag(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::Indonesian => "id",
        }
    }

    /// Its name in itself.
    pub(super) fn own_name(self) -> &'static str {
        match self {
            Language::English => "English",
            Language::Indonesian => "Bahasa Indonesia",
        }
    }

    /// The `Set-Cookie` that remembers this choice.
    pub(super) fn cookie(self) -> String {
        format!("{COOKIE}={}; Path=/; Max-Age={COOKIE_SECONDS}; SameSite=Lax; HttpOnly", self.tag())
    }
}

fn chosen(headers: &HeaderMap) -> Option<Language> {
    let lines = headers.get_all(header::COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).and_then(|(_, tag)| Language::from_tag(tag))
}

fn accepted(headers: &HeaderMap) -> Option<Language> {
    let liked = negotiate::languages(headers);
    liked.iter().find_map(|tag| Language::from_tag(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preferred(accept: &str, cookie: &str) -> &'static str {
        let headers = [(header::ACCEPT_LANGUAGE, accept), (header::COOKIE, cookie)];
        let headers = headers.into_iter().filter(|(_, value)| !value.is_empty());
        Language::preferred(&headers.map(|(name, value)| (name, value.parse().unwrap())).collect()).tag()
    }

    #[test]
    fn the_browser_decides_until_the_reader_does() {
        let table = [
            ("", "", "en"),
            ("id", "", "id"),
            ("id-ID,id;q=0.9,en-US;q=0.8,en;q=0.7", "", "id"),
            ("en-US,en;q=0.9,id;q=0.8", "", "en"),
            ("en;q=0.5, id;q=0.9", "", "id"),
            ("id;q=0, en;q=0.1", "", "en"),
            ("in-ID", "", "id"),
            ("de, jv;q=0.9, ID;q=0.5", "", "id"),
            ("de", "", "en"),
            ("*", "", "en"),
            ("id", "lang=en", "en"),
            ("en", "theme=dark; lang=id", "id"),
            ("id", "lang=tlh", "id"),
            ("id", "lang", "id"),
            ("id;q=nonsense", "", "en"),
        ];
        for (accept, cookie, expected) in table {
            assert_eq!(preferred(accept, cookie), expected, "{accept:?} {cookie:?}");
        }
    }
}
