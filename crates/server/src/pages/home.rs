//! The home page: the books as a table.

use access::Principal;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use catalogue::{Book, FieldError, Filter, ListQuery, Page, Revision};
use engine::Lists;
use maud::{Markup, html};
use protocol::Problem;
use serde_json::Value;

use super::address::Address;
use super::layout::{self, Content};
use super::show::number;
use super::{Reader, choose_language, dialogs, filter, table};
use crate::answer::Refused;
use crate::app::App;
use crate::dispatch::aside;

/// Books on a page.
const PAGE_BOOKS: usize = 50;

/// One page of the list, as found.
pub(super) struct Listing {
    pub(super) address: Address,
    pub(super) books: Vec<Book>,
    pub(super) total: usize,
    pub(super) revision: Revision,
}

impl Listing {
    /// How many pages there are; at least one.
    pub(super) fn pages(&self) -> usize {
        self.total.div_ceil(PAGE_BOOKS).max(1)
    }

    /// The position of the first book shown, from 1.
    pub(super) fn first(&self) -> usize {
        (self.address.page - 1) * PAGE_BOOKS + 1
    }
}

/// Answers `GET /`.
pub(crate) async fn home(
    State(app): State<App>,
    Extension(principal): Extension<Principal>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    if let Some(answer) = choose_language(&uri) {
        return answer;
    }
    let reader = Reader::new(&headers, &uri).known(&principal);
    let address = Address::parse(uri.query());
    let (status, page) = match address.condition() {
        Ok(filter) => match find(app.engine.lists(), filter, address).await {
            Ok(listing) => (StatusCode::OK, shown(reader, &app, &listing, &[])),
            Err(refused) => return refused.into_response(),
        },
        Err(errors) => {
            let revision = app.engine.view().revision();
            let nothing = Listing { address, books: Vec::new(), total: 0, revision };
            (StatusCode::UNPROCESSABLE_ENTITY, shown(reader, &app, &nothing, &errors))
        }
    };
    reader.page(status, &page)
}

/// The page asked for; the last one where there are fewer.
async fn find(lists: Lists, filter: Filter, mut address: Address) -> Result<Listing, Refused> {
    // Filtering and sorting a large catalogue takes longer than other connections should wait.
    let listing = aside(move || {
        let sort = Some(address.order());
        let query = ListQuery { filter, sort, cursor: None, skip: 0, limit: PAGE_BOOKS, bytes_max: usize::MAX / 2 };
        let page =
            |number: usize| lists.list(&ListQuery { skip: (number - 1).saturating_mul(PAGE_BOOKS), ..query.clone() });
        let mut found = page(address.page)?;
        let pages = found.total.div_ceil(PAGE_BOOKS).max(1);
        if address.page > pages {
            address.page = pages;
            found = page(pages)?;
        }
        let Page { books, total, revision, .. } = found;
        Ok(Listing { address, books, total, revision })
    });
    listing.await?.map_err(|error: FieldError| Problem::invalid(vec![error]).into())
}

fn shown(reader: Reader<'_>, app: &App, listing: &Listing, errors: &[FieldError]) -> Markup {
    let texts = reader.texts;
    let filter = Value::Object(listing.address.members());
    let kind = if errors.is_empty() { "home" } else { "none" };
    let body = html! {
        main #main tabindex="-1" data-revision=(listing.revision) data-store=(app.engine.store())
            data-filter=(filter) data-sort=(listing.address.sort_text()) {
            div .top {
                h1 { (texts.say("home.title")) }
                p #total { @if errors.is_empty() { (total(reader, listing)) } }
                @if let Some(newest) = listing.address.newest_first() {
                    a href=(newest.link()) { (texts.say("order.newest")) }
                }
                @if errors.is_empty() && reader.may_edit() {
                    button #add .primary.needs-script type="button" aria-keyshortcuts="n" { (texts.say("action.add")) }
                }
            }
            (filter::form(texts, &listing.address, errors))
            p #news .news role="status" {}
            @if errors.is_empty() { (table::list(reader, listing)) }
            @if errors.is_empty() { (pager(reader, listing)) }
        }
        (dialogs::all(texts))
    };
    let title = texts.say("home.title").to_owned();
    layout::page(reader, &Content { kind, title, body })
}

fn total(reader: Reader<'_>, listing: &Listing) -> String {
    match listing.address.filter.is_empty() {
        true => reader.texts.count("home.total", listing.total),
        false => reader.texts.count("home.found", listing.total),
    }
}

fn pager(reader: Reader<'_>, listing: &Listing) -> Markup {
    let texts = reader.texts;
    let (page, pages) = (listing.address.page, listing.pages());
    let [shown, of] = [page, pages].map(|n| number(texts.language, n));
    let link = |name: &str, to: usize, rel: Option<&str>| {
        let label = texts.say(&format!("pager.{name}"));
        html! {
            @if to != page && (1..=pages).contains(&to) {
                a href=(listing.address.on_page(to).link()) rel=[rel] data-to=(name) { (label) }
            } @else {
                span aria-hidden="true" { (label) }
            }
        }
    };
    html! {
        nav #pager aria-label=(texts.say("pager.title")) hidden[pages == 1] {
            (link("first", 1, None))
            (link("previous", page - 1, Some("prev")))
            span .position { (texts.fill("pager.position", &[("page", &shown), ("pages", &of)])) }
            (link("next", page + 1, Some("next")))
            (link("last", pages, None))
        }
    }
}
