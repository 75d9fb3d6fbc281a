//! What a client would rather have (RFC 9110, section 12): media types, content codings and languages with their qualities.

use axum::http::{HeaderMap, HeaderName, header};

/// A quality in thousandths: 1000 where none is given, 0 means "not this".
type Quality = u16;

/// Whether `Accept` prefers a page to JSON. No `Accept`, `*/*` and a tie mean JSON.
pub(crate) fn prefers_html(headers: &HeaderMap) -> bool {
    let accepted = preferences(headers, &header::ACCEPT);
    let json = media_quality(&accepted, "application/json").max(media_quality(&accepted, "application/problem+json"));
    !accepted.is_empty() && media_quality(&accepted, "text/html") > json
}

/// The content coding to use: `br` or `gzip` where accepted and not liked less than none at all.
pub(crate) fn content_coding(headers: &HeaderMap) -> Option<&'static str> {
    let accepted = preferences(headers, &header::ACCEPT_ENCODING);
    let identity = named(&accepted, "identity").unwrap_or(1);
    let quality = |coding| named(&accepted, coding).or_else(|| named(&accepted, "*")).unwrap_or(0);
    let (brotli, gzip) = (quality("br"), quality("gzip"));
    let best = if brotli >= gzip { ("br", brotli) } else { ("gzip", gzip) };
    (best.1 > 0 && best.1 >= identity).then_some(best.0)
}

/// The accepted languages, best liked first; those of one quality in the order given.
pub(crate) fn languages(headers: &HeaderMap) -> Vec<String> {
    let mut accepted = preferences(headers, &header::ACCEPT_LANGUAGE);
    accepted.retain(|(_, quality)| *quality > 0);
    accepted.sort_by_key(|(_, quality)| std::cmp::Reverse(*quality));
    accepted.into_iter().map(|(tag, _)| tag).collect()
}

/// The members of a list header, in lower case, with their qualities.
fn preferences(headers: &HeaderMap, name: &HeaderName) -> Vec<(String, Quality)> {
    let lines = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split(',')).filter_map(preference).collect()
}

fn preference(member: &str) -> Option<(String, Quality)> {
    let mut parts = member.split(';').map(str::trim);
    let name = parts.next().filter(|name| !name.is_empty())?.to_ascii_lowercase();
    let given = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    Some((name, given.map_or(1000, quality)))
}

/// Thousandths of a text such as `0.8`; what is no quality counts as "not this".
fn quality(text: &str) -> Quality {
    match text.parse::<f32>() {
        Ok(number) if (0.0..=1.0).contains(&number) => (number * 1000.0).round() as Quality,
        _ => 0,
    }
}

/// The most specific range decides: `text/html`, then `text/*`, then `*/*`.
fn media_quality(accepted: &[(String, Quality)], media_type: &str) -> Quality {
    let group = media_type.split_once('/').map(|(group, _)| format!("{group}/*")).unwrap_or_default();
    named(accepted, media_type).or_else(|| named(accepted, &group)).or_else(|| named(accepted, "*/*")).unwrap_or(0)
}

fn named(accepted: &[(String, Quality)], name: &str) -> Option<Quality> {
    accepted.iter().filter(|(given, _)| given == name).map(|(_, quality)| *quality).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }

    #[test]
    fn a_page_is_given_only_where_accept_prefers_it() {
        let table = [
            ("text/html", true),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", true),
            ("TEXT/HTML;Q=0.9, application/json;q=0.8", true),
            ("text/*, application/json;q=0.5", true),
            ("text/html;q=0.5, */*;q=0.1", true),
            ("*/*", false),
            ("", false),
            ("application/json", false),
            ("application/json, text/html", false),
            ("text/html;q=0.4, */*;q=0.5", false),
            ("text/html;q=0, */*", false),
            ("text/html;q=0.3, application/problem+json;q=0.9", false),
            ("text/html;q=nonsense", false),
        ];
        for (accept, expected) in table {
            assert_eq!(prefers_html(&headers(header::ACCEPT, accept)), expected, "{accept}");
        }
        assert!(!prefers_html(&HeaderMap::new()));
    }

    #[test]
    fn a_coding_is_used_only_where_it_is_accepted() {
        let table = [
            ("gzip, deflate, br", Some("br")),
            ("gzip", Some("gzip")),
            ("gzip;q=1.0, br;q=0.5", Some("gzip")),
            ("*", Some("br")),
            ("br;q=0, *", Some("gzip")),
            ("gzip;q=0", None),
            ("*;q=0", None),
            ("identity;q=0", None),
            ("identity;q=1, gzip;q=0.5", None),
            ("deflate", None),
            ("", None),
        ];
        for (accepted, expected) in table {
            assert_eq!(content_coding(&headers(header::ACCEPT_ENCODING, accepted)), expected, "{accepted}");
        }
    }
}
