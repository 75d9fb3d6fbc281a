//! The pages for people: written on the server, so that they show without scripts; the scripts in `web/assets` keep
//! them live.
//!
//! Everything a page needs comes from this program. Texts stand in `web/locales`, one file a language.

mod address;
mod assets;
mod book;
mod dialogs;
mod filter;
mod home;
mod language;
mod layout;
mod login;
mod missing;
mod show;
mod table;
mod texts;

use access::Principal;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use maud::Markup;
use protocol::Role;
use url::form_urlencoded;

use crate::answer::header_text;
use language::Language;
use texts::Texts;

pub(crate) use assets::asset;
pub(crate) use book::book;
pub(crate) use home::home;
pub(crate) use login::{Occasion, Visit, login};
pub(crate) use missing::missing;

const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
const LOOKED_AT: HeaderValue = HeaderValue::from_static("Accept-Language, Cookie");
/// The parameter by which a link chooses a language.
const LANG: &str = "lang";

/// Who looks at a page, as far as it matters to the page.
#[derive(Clone, Copy)]
struct Reader<'a> {
    texts: &'static Texts,
    uri: &'a Uri,
    /// Who it is, where that is known.
    principal: Option<&'a Principal>,
}

impl<'a> Reader<'a> {
    fn new(headers: &HeaderMap, uri: &'a Uri) -> Self {
        Reader { texts: Texts::of(Language::preferred(headers)), uri, principal: None }
    }

    /// The same reader, whose name is known.
    fn known(self, principal: &'a Principal) -> Self {
        Reader { principal: Some(principal), ..self }
    }

    /// Whether this reader may write.
    fn may_edit(self) -> bool {
        self.principal.is_some_and(|principal| principal.role() >= Role::Editor)
    }

    /// A page in this reader's language.
    fn page(self, status: StatusCode, page: &Markup) -> Response {
        let headers = [
            (header::CONTENT_TYPE, HTML),
            (header::CONTENT_LANGUAGE, HeaderValue::from_static(self.texts.language.tag())),
            (header::VARY, LOOKED_AT),
        ];
        let mut response = (status, headers, page.0.clone()).into_response();
        // Whoever sits down at this browser after a logout must not go "back" to what was read.
        if self.principal.is_some_and(Principal::has_token) {
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        response
    }
}

/// Where `?lang=` is asked for: the choice is remembered in a cookie and the address goes on without it.
fn choose_language(uri: &Uri) -> Option<Response> {
    let pairs = || form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let (_, tag) = pairs().find(|(key, _)| key == LANG)?;
    let language = Language::from_tag(&tag)?;
    let rest =
        form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs().filter(|(key, _)| key != LANG)).finish();
    // Two slashes at the start would be another site's name.
    let path = format!("/{}", uri.path().trim_start_matches('/'));
    let address = if rest.is_empty() { path } else { format!("{path}?{rest}") };
    let headers = [
        (header::LOCATION, header_text(&address)),
        (header::SET_COOKIE, header_text(&language.cookie())),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Some((StatusCode::SEE_OTHER, headers).into_response())
}
