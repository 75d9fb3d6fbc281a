//! Who calls: by the token it brought along, else by where it comes from. And whether that suffices.

mod credential;
mod sender;

use axum::extract::{Request, State};
use axum::http::{Extensions, HeaderMap, Method, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use protocol::{Name, Problem, Role};

use ::access::{Denied, Principal};

use crate::answer::{Refused, header_text};
use crate::app::App;
use crate::rates::{Cost, Source};
use crate::{login, negotiate};
pub(crate) use credential::set_cookie;
pub(crate) use sender::{Sender, look_behind_proxy};

/// What guards one route.
#[derive(Clone)]
pub(crate) struct Guard {
    pub(crate) app: App,
    /// What it takes.
    pub(crate) role: Role,
}

/// Lets who may do it through to a route, with the [`Principal`] among the request's extensions.
pub(crate) async fn require(State(guard): State<Guard>, mut request: Request, next: Next) -> Response {
    let Guard { app, role } = guard;
    let identified = identify(&app, request.headers(), request.extensions());
    let checked = identified.and_then(|caller| Ok(check(caller.as_ref(), role, &app).map(|()| caller)?));
    match checked.and_then(|caller| charge(&app, &request, caller)) {
        Ok(principal) => {
            request.extensions_mut().insert(principal);
            next.run(request).await
        }
        Err(refused) => refuse(refused, request.method(), request.uri(), request.headers()),
    }
}

/// Takes the cost of a request from its token's bucket; its address has paid already.
fn charge(app: &App, request: &Request, caller: Option<Principal>) -> Result<Principal, Refused> {
    let principal = caller.expect("nobody in particular has no role");
    let source = Source::of(request.extensions()).known(&principal);
    let taken = app.buckets.take_of_token(&source, Cost::of_request(request));
    taken.map_err(|refused| refused.problem())?;
    Ok(principal)
}

/// Who calls; `None` is nobody in particular. What was brought along and is no good is refused, always: who thinks to be
/// logged in must learn that it is not so.
pub(crate) fn identify(app: &App, headers: &HeaderMap, extensions: &Extensions) -> Result<Option<Principal>, Refused> {
    let sender = Sender::of(headers, extensions);
    match credential::token(headers, sender.transport)? {
        Some(token) => Ok(Some(authenticate(app, &token, &sender)?)),
        None => Ok(unknown(app, &sender)),
    }
}

/// Who comes without anything.
pub(crate) fn unknown(app: &App, sender: &Sender) -> Option<Principal> {
    if sender.is_local { app.options.access.local() } else { app.options.access.stranger() }
}

/// Whose token that is.
pub(crate) fn authenticate(app: &App, token: &str, sender: &Sender) -> Result<Principal, Problem> {
    app.options.access.authenticate(token, sender.address).map_err(|denied| denied_to(app, denied, sender))
}

/// Whose ticket that is; it is used up.
pub(crate) fn redeem(app: &App, ticket: &str, sender: &Sender) -> Result<Principal, Problem> {
    app.options.access.redeem(ticket, sender.address).map_err(|denied| denied_to(app, denied, sender))
}

/// What a failed login is told; the operator reads of it without the token.
fn denied_to(app: &App, denied: Denied, sender: &Sender) -> Problem {
    app.metrics.failed_logins.inc();
    match denied {
        Denied::TooOften { retry_after } => {
            let seconds = u32::try_from(retry_after.as_millis().div_ceil(1_000)).unwrap_or(u32::MAX);
            let problem = Problem::new(Name::TooManyRequests, format!("{denied} {seconds} s"));
            Problem { retry_after: Some(seconds), ..problem }
        }
        Denied::Unknown | Denied::Expired | Denied::Revoked | Denied::Ticket => {
            tracing::warn!(address = %sender.address, reason = ?denied, "a login failed");
            Problem::new(Name::Unauthenticated, denied.to_string())
        }
    }
}

/// Whether `caller` may do what takes `role`.
pub(crate) fn check(caller: Option<&Principal>, role: Role, app: &App) -> Result<(), Problem> {
    match caller {
        None => Err(Problem::new(Name::Unauthenticated, who_are_you(app))),
        Some(principal) if !app.options.access.holds(principal) => {
            Err(Problem::new(Name::Unauthenticated, "this login has ended: log in again"))
        }
        Some(principal) if principal.role() < role => Err(Problem::new(Name::Forbidden, too_little(principal, role))),
        Some(_) => Ok(()),
    }
}

fn who_are_you(app: &App) -> &'static str {
    match app.options.access.tokens().is_empty() {
        true => "there are no tokens yet, so only this machine is served: make one here, bookstore token create",
        false => "log in: send Authorization: Bearer TOKEN, or call session.login on a WebSocket",
    }
}

fn too_little(principal: &Principal, role: Role) -> String {
    match principal.has_token() {
        true => format!("this takes the role {role}; {} has the role {}", principal.name(), principal.role()),
        false => format!("this takes the role {role}: log in with a token of that role"),
    }
}

/// A browser that wants a page is sent to log in; a cookie that is no good is taken from it.
fn refuse(refused: Refused, method: &Method, uri: &Uri, headers: &HeaderMap) -> Response {
    let wants_page = matches!(*method, Method::GET | Method::HEAD) && negotiate::prefers_html(headers);
    let is_by_token = headers.contains_key(header::AUTHORIZATION);
    if refused.0.name != Name::Unauthenticated || !wants_page || is_by_token {
        return refused.into_response();
    }
    let address = header_text(&login::address(uri));
    let mut response = (axum::http::StatusCode::SEE_OTHER, [(header::LOCATION, address)]).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, axum::http::HeaderValue::from_static("no-store"));
    response
}
