//! What is around every page: head, header with the state of the connection and the languages, footer.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use url::form_urlencoded;

use super::language::Language;
use super::{LANG, Reader, assets};
use crate::login;

/// One page's own part.
pub(super) struct Content {
    /// Which script serves it: `home`, `book`, `login`, or `none`.
    pub(super) kind: &'static str,
    pub(super) title: String,
    /// The `main` element and the dialogs.
    pub(super) body: Markup,
}

/// A whole page.
pub(super) fn page(reader: Reader<'_>, content: &Content) -> Markup {
    let texts = reader.texts;
    html! {
        (DOCTYPE)
        html lang=(texts.language.tag()) data-build=(assets::build()) {
            (head(reader, &content.title))
            body data-page=(content.kind) data-login=[name(reader, content.kind)] {
                a .skip href="#main" { (texts.say("site.skip")) }
                (header(reader, content.kind))
                (content.body)
                (footer(reader, content.kind))
                script #texts type="application/json" { (PreEscaped(texts.for_scripts())) }
            }
        }
    }
}

/// Who is logged in, by the token's name, for scripts; empty is nobody. Where it is not known it is left out.
fn name<'a>(reader: Reader<'a>, kind: &str) -> Option<&'a str> {
    match reader.principal {
        Some(principal) if principal.has_token() => Some(principal.name()),
        Some(_) => Some(""),
        None => (kind == "login").then_some(""),
    }
}

/// Whether the page follows the catalogue.
fn is_live(kind: &str) -> bool {
    matches!(kind, "home" | "book")
}

fn head(reader: Reader<'_>, title: &str) -> Markup {
    let name = reader.texts.say("site.name");
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            title { (title) " – " (name) }
            link rel="icon" type="image/svg+xml" href=(assets::address("icon.svg"));
            @for sheet in ["base.css", "list.css", "form.css"] {
                link rel="stylesheet" href=(assets::address(sheet));
            }
            noscript { link rel="stylesheet" href=(assets::address("plain.css")); }
            @for module in assets::modules() {
                link rel="modulepreload" href=(module);
            }
            script type="module" src=(assets::address("main.js")) {}
        }
    }
}

fn header(reader: Reader<'_>, kind: &str) -> Markup {
    let texts = reader.texts;
    html! {
        header .site {
            a .brand href="/" {
                img src=(assets::address("icon.svg")) alt="" width="28" height="28";
                (texts.say("site.name"))
            }
            @if is_live(kind) {
                p #link .link.needs-script role="status" data-state="connecting" { (texts.say("live.connecting")) }
            }
            (session(reader))
            nav .languages aria-label=(texts.say("site.language")) {
                @for language in Language::ALL {
                    a href=(in_language(reader, language)) lang=(language.tag()) hreflang=(language.tag())
                        aria-label=(language.own_name())
                        aria-current=[(language == texts.language).then_some("true")] {
                        span .long aria-hidden="true" { (language.own_name()) }
                        span .short aria-hidden="true" { (language.tag().to_uppercase()) }
                    }
                }
            }
        }
        @if kind != "login" { noscript { p .notice { (texts.say("site.no_script")) } } }
        @if is_live(kind) {
            div #lost .notice.warning role="status" hidden {
                span {}
                button type="button" { (texts.say("live.retry")) }
            }
            div #unsaved .notice.warning role="status" hidden {}
            div #expiring .notice.warning role="status" hidden {}
        }
    }
}

/// Who is logged in, and the way out or in.
fn session(reader: Reader<'_>) -> Markup {
    let texts = reader.texts;
    html! {
        @if let Some(principal) = reader.principal {
            @if principal.has_token() {
                form .session method="post" action="/logout" {
                    span .quiet { (texts.say("login.as")) " " }
                    span .name title=(principal.name()) { (principal.name()) }
                    button .small type="submit" { (texts.say("login.out")) }
                }
            } @else if principal.is_anyone() {
                a .session href=(login::address(reader.uri)) { (texts.say("login.title")) }
            }
        }
    }
}

/// The address shown, in another language.
fn in_language(reader: Reader<'_>, language: Language) -> String {
    let query = reader.uri.query().unwrap_or_default();
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| key != LANG))
        .append_pair(LANG, language.tag())
        .finish();
    format!("?{query}")
}

fn footer(reader: Reader<'_>, kind: &str) -> Markup {
    let texts = reader.texts;
    html! {
        footer .site {
            p { (texts.say("site.name")) " " (env!("CARGO_PKG_VERSION")) }
            @if kind == "home" {
                p .keys.needs-script {
                    (texts.say("site.keys")) " "
                    kbd { "/" } " " (texts.say("site.key.filter"))
                    @if reader.may_edit() { " · " kbd { "n" } " " (texts.say("site.key.add")) }
                }
            }
        }
    }
}
