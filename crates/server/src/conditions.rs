//! Request headers that set conditions: `If-Match`, `If-None-Match`, `Idempotency-Key`.

use axum::http::{HeaderMap, HeaderName, header};
use catalogue::{FieldError, Revision};
use protocol::Problem;

/// Names one request, so that a retry is recognised.
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The most revisions `If-Match` may name: each may have to be tried.
const TAGS_MAX: usize = 100;

/// The tags of an `If-Match` or `If-None-Match`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Tags {
    /// `*`: whatever there is.
    Any,
    /// Any of these.
    List(Vec<Tag>),
}

/// One entity tag.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tag {
    weak: bool,
    opaque: String,
}

impl Tags {
    /// Whether a tag names `revision`, weak or strong: what `If-None-Match` asks.
    pub(crate) fn names_weakly(&self, revision: Revision) -> bool {
        match self {
            Tags::Any => true,
            Tags::List(tags) => tags.iter().any(|tag| tag.opaque == revision.to_string()),
        }
    }

    /// The revisions a write may meet, `None` for whichever, at least one. A write names one, `If-Match` may name several:
    /// the one that is `present` comes first. What can never match (a weak tag, a tag not of ours) is revision 0, which no
    /// book has.
    pub(crate) fn wanted(&self, present: Option<Revision>) -> Vec<Option<Revision>> {
        let Tags::List(tags) = self else { return vec![None] };
        let mut named: Vec<_> =
            tags.iter().filter(|tag| !tag.weak).filter_map(|tag| tag.revision()).map(Some).collect();
        named.sort_by_key(|revision| *revision != present);
        named.dedup();
        if named.is_empty() { vec![Some(Revision::ZERO)] } else { named }
    }
}

impl Tag {
    fn revision(&self) -> Option<Revision> {
        self.opaque.parse().ok().map(Revision).filter(|revision| revision.to_string() == self.opaque)
    }
}

/// The tags of `If-Match`; one that cannot be read is refused, since ignoring it could overwrite somebody's work.
pub(crate) fn if_match(headers: &HeaderMap) -> Result<Option<Tags>, Problem> {
    let malformed = || one_field("If-Match", "write revisions in double quotes, e.g. \"17\", or *");
    let read = list_header(headers, &header::IF_MATCH).map(|text| tags(&text).ok_or_else(malformed)).transpose()?;
    match read {
        Some(Tags::List(tags)) if tags.len() > TAGS_MAX => {
            Err(one_field("If-Match", &format!("names {} revisions, at most {TAGS_MAX} are tried", tags.len())))
        }
        read => Ok(read),
    }
}

/// The tags of `If-None-Match`; what cannot be read matches nothing.
pub(crate) fn if_none_match(headers: &HeaderMap) -> Option<Tags> {
    tags(&list_header(headers, &header::IF_NONE_MATCH)?)
}

/// The request id in `Idempotency-Key`, quoted or bare.
pub(crate) fn idempotency_key(headers: &HeaderMap, chars_max: usize) -> Result<Option<String>, Problem> {
    let mut lines = headers.get_all(IDEMPOTENCY_KEY).into_iter();
    let Some(line) = lines.next() else { return Ok(None) };
    let refuse = |message: &str| Err(one_field("Idempotency-Key", message));
    if lines.next().is_some() {
        return refuse("send one key, not several");
    }
    let Some(key) = std::str::from_utf8(line.as_bytes()).ok().and_then(|text| unquote(text.trim())) else {
        return refuse("write the key bare or wholly in double quotes, in UTF-8");
    };
    match key.chars().count() {
        0 => refuse("the key is empty: choose one for each request, e.g. a UUID"),
        count if count > chars_max => refuse(&format!("the key has {count} characters, at most {chars_max} are kept")),
        _ => Ok(Some(key)),
    }
}

/// One field that breaks a rule.
pub(crate) fn one_field(field: &str, message: &str) -> Problem {
    Problem::invalid(vec![FieldError::new(field, message)])
}

/// The text between double quotes, with `\"` and `\\` resolved; a text without quotes is itself.
fn unquote(text: &str) -> Option<String> {
    let Some(inner) = text.strip_prefix('"') else { return (!text.contains('"')).then(|| text.to_owned()) };
    let mut chars = inner.chars();
    let mut key = String::new();
    loop {
        match chars.next()? {
            '"' => return chars.next().is_none().then_some(key),
            '\\' => key.push(chars.next()?),
            other => key.push(other),
        }
    }
}

/// All lines of a list header as one.
fn list_header(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let lines: Vec<_> =
        headers.get_all(name).into_iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
    (!lines.is_empty()).then(|| lines.join(","))
}

fn tags(text: &str) -> Option<Tags> {
    if text.trim() == "*" {
        return Some(Tags::Any);
    }
    let mut list = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        if let Some(behind) = rest.strip_prefix(',') {
            rest = behind.trim_start();
            continue;
        }
        let (tag, behind) = tag(rest)?;
        list.push(tag);
        rest = behind.trim_start();
        if !(rest.is_empty() || rest.starts_with(',')) {
            return None;
        }
    }
    (!list.is_empty()).then_some(Tags::List(list))
}

fn tag(text: &str) -> Option<(Tag, &str)> {
    let (weak, quoted) = text.strip_prefix("W/").map_or((false, text), |strong| (true, strong));
    let (opaque, behind) = quoted.strip_prefix('"')?.split_once('"')?;
    Some((Tag { weak, opaque: opaque.to_owned() }, behind))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }

    #[test]
    fn a_write_tries_the_revisions_that_if_match_names_the_present_one_first() {
        let table: [(&str, &[Option<u64>]); 9] = [
            ("\"17\"", &[Some(17)]),
            ("\"3\"", &[Some(3)]),
            ("\"3\", \"17\", \"3\"", &[Some(17), Some(3)]),
            ("\"3\" , \"4\"", &[Some(3), Some(4)]),
            ("W/\"17\"", &[Some(0)]),
            ("W/\"17\", \"4\"", &[Some(4)]),
            ("\"abc,def\"", &[Some(0)]),
            ("\"017\"", &[Some(0)]),
            ("*", &[None]),
        ];
        for (text, wanted) in table {
            let tags = if_match(&with(header::IF_MATCH, text)).unwrap().unwrap();
            let tried = tags.wanted(Some(Revision(17))).into_iter().map(|revision| revision.map(|revision| revision.0));
            assert_eq!(tried.collect::<Vec<_>>(), wanted, "{text}");
        }
        let many = vec!["\"1\""; TAGS_MAX + 1].join(",");
        assert!(if_match(&with(header::IF_MATCH, &many)).is_err());
    }

    #[test]
    fn an_if_match_that_cannot_be_read_is_refused() {
        for text in ["17", "\"17", "\"1\" \"2\"", "", ",", "w/\"1\"", "*, \"1\"", "\"1\"x"] {
            assert!(if_match(&with(header::IF_MATCH, text)).is_err(), "{text}");
        }
        assert_eq!(if_match(&HeaderMap::new()).unwrap(), None);
    }

    #[test]
    fn if_none_match_compares_weakly_and_ignores_nonsense() {
        for text in ["\"17\"", "W/\"17\"", "\"3\", W/\"17\"", "*"] {
            assert!(if_none_match(&with(header::IF_NONE_MATCH, text)).unwrap().names_weakly(Revision(17)), "{text}");
        }
        assert!(!if_none_match(&with(header::IF_NONE_MATCH, "\"18\"")).unwrap().names_weakly(Revision(17)));
        assert_eq!(if_none_match(&with(header::IF_NONE_MATCH, "nonsense")), None);
    }

    #[test]
    fn a_quoted_and_a_bare_key_are_the_same() {
        let key = |text: &str| idempotency_key(&with(IDEMPOTENCY_KEY, text), 8).map_err(|problem| problem.message);
        let long = "Idempotency-Key: the key has 9 characters, at most 8 are kept";
        assert_eq!(key("abc"), Ok(Some("abc".to_owned())));
        assert_eq!(key("\"abc\""), Ok(Some("abc".to_owned())));
        assert_eq!(key(r#""a\"b\\""#), Ok(Some(r#"a"b\"#.to_owned())));
        assert_eq!(key("12345678"), Ok(Some("12345678".to_owned())));
        assert_eq!(key("123456789"), Err(long.into()));
        for broken in ["", "\"\"", "\"abc", "abc\"", "\"a\"b"] {
            assert!(key(broken).is_err(), "{broken}");
        }
    }
}
