//! The routes as a value: it is tested without a socket.

use ::access::Principal;
use axum::Router;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, any, delete, get, patch, post, put};
use protocol::openapi::{Endpoint, ROUTES, Route};
use protocol::{Name, Role};

use crate::answer::Refused;
use crate::app::App;
use crate::caller::{Guard, require};
use crate::{
    access, archive, books, budget, changes, descriptions, dress, health, login, metrics, negotiate, pages, rates,
    tokens, websocket,
};

/// Of a later version, and no book's number.
const FACETS: &str = "/books/facets";

/// Every door of `app`, ready to be served or called.
pub fn router(app: App) -> Router {
    let routes = ROUTES.iter().fold(Router::new(), |router, route| router.route(route.path, guarded(route, &app)));
    routes
        .route("/", guard(get(pages::home), Role::Reader, &app))
        .route("/assets/{build}/{name}", get(pages::asset))
        .route(FACETS, any(not_found))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(dress::compression())
        .layer(from_fn(dress::choose_coding))
        .layer(from_fn_with_state(app.clone(), budget::account))
        .layer(from_fn_with_state(app.clone(), rates::charge))
        .layer(from_fn_with_state(app.clone(), access::guard))
        .layer(dress::catch_panic())
        .layer(from_fn_with_state(app.clone(), dress::finish))
        .with_state(app)
}

/// A row's door, for those with the row's role.
fn guarded(route: &Route, app: &App) -> MethodRouter<App> {
    let door = door(route.endpoint);
    match route.role {
        Some(role) => guard(door, role, app),
        None => door,
    }
}

fn guard(door: MethodRouter<App>, role: Role, app: &App) -> MethodRouter<App> {
    door.route_layer(from_fn_with_state(Guard { app: app.clone(), role }, require))
}

/// What serves each row of the table.
fn door(endpoint: Endpoint) -> MethodRouter<App> {
    match endpoint {
        Endpoint::ListBooks => get(books::list),
        Endpoint::CreateBook => post(books::create),
        Endpoint::GetBook => get(book),
        Endpoint::ReplaceBook => put(books::replace),
        Endpoint::UpdateBook => patch(books::patch),
        Endpoint::DeleteBook => delete(books::delete),
        Endpoint::Transact => post(books::transact),
        Endpoint::Changes => get(changes::changes),
        Endpoint::Backup => get(archive::backup),
        Endpoint::Restore => post(archive::restore),
        Endpoint::WebSocket => get(websocket::upgrade),
        Endpoint::OpenApi => get(descriptions::openapi),
        Endpoint::OpenRpc => get(descriptions::openrpc),
        Endpoint::Health => get(health::health),
        Endpoint::Ready => get(health::ready),
        Endpoint::Metrics => get(metrics::metrics),
        Endpoint::LoginPage => get(login::page),
        Endpoint::Login => post(login::login),
        Endpoint::Logout => post(login::logout),
        Endpoint::Ticket => post(login::ticket),
        Endpoint::ListTokens => get(tokens::list),
        Endpoint::CreateToken => post(tokens::create),
        Endpoint::RevokeToken => delete(tokens::revoke),
    }
}

/// A book as a page or as JSON, whichever the client prefers.
async fn book(
    State(app): State<App>,
    principal: Extension<Principal>,
    id: books::IdText,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    vary_on_accept(match negotiate::prefers_html(&headers) {
        true => pages::book(State(app), principal, id, headers, uri).await,
        false => books::read(State(app), id, headers).await.into_response(),
    })
}

/// Nothing is here: a page for people, a problem for programs.
async fn not_found(uri: Uri, headers: HeaderMap) -> Response {
    if negotiate::prefers_html(&headers) {
        return vary_on_accept(pages::missing(&headers, &uri));
    }
    let message = match is_to_come(uri.path()) {
        true => format!("{} is not there yet: it comes with a later version of this server", uri.path()),
        false => format!("there is nothing at {}; /openapi.json lists what there is", uri.path()),
    };
    vary_on_accept(Refused::new(Name::NotFound, message).into_response())
}

/// Routes of later versions: refused by name.
fn is_to_come(path: &str) -> bool {
    let is_history = path.strip_prefix("/books/").and_then(|rest| rest.strip_suffix("/history")).is_some();
    is_history || matches!(path, FACETS | "/imports") || path.starts_with("/imports/")
}

/// Something is here, but not for this method; the router adds `Allow`.
async fn method_not_allowed(method: Method, uri: Uri) -> Refused {
    Refused::new(Name::MethodNotAllowed, format!("{method} is not possible at {}; see Allow", uri.path()))
}

fn vary_on_accept(mut response: Response) -> Response {
    response.headers_mut().append(header::VARY, HeaderValue::from_static("Accept"));
    response
}
