//! `/login`, `/logout` and `/ws-ticket`: how a browser comes by a login, and rid of it.

use axum::body::Body;
use axum::extract::{Extension, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use catalogue::FieldError;
use engine::Limits;
use protocol::method::LoginResult;
use protocol::session::{Login, Presented, Ticket};
use protocol::{Name, Problem};
use url::{Url, form_urlencoded};

use ::access::{Principal, TICKET_LASTS};

use crate::answer::{Answered, Refused, header_text, json};
use crate::app::App;
use crate::caller::{self, Sender, set_cookie};
use crate::pages::{Occasion, Visit};
use crate::session::NOTICE;
use crate::{body, negotiate, pages};

const FORM: &str = "application/x-www-form-urlencoded";
/// How long a browser keeps a login at most; the token may end before.
const KEPT_SECONDS: u64 = 30 * 24 * 60 * 60;
/// More than any token and address needs.
const LOGIN_BYTES_MAX: usize = 16 * 1024;
/// The parameter by which a page says that its login has ended.
const ENDED: &str = "ended";
const NOT_KEPT: HeaderValue = HeaderValue::from_static("no-store");

/// Answers `GET /login`: who is logged in already goes on, unless that ends soon; a cookie that is no good is forgotten.
pub(crate) async fn page(State(app): State<App>, request: Request) -> Response {
    let (uri, headers) = (request.uri(), request.headers());
    let show = |occasion| pages::login(headers, uri, &visit(&app, &next_of(uri), occasion));
    match caller::identify(&app, headers, request.extensions()) {
        Ok(Some(principal)) if principal.is_anyone() => show(first_or_ended(uri)),
        Ok(Some(principal)) if ends_soon(&principal, &app) => show(Occasion::EndsSoon(&principal)),
        Ok(Some(_)) => go_on(&next_of(uri)),
        Ok(None) => show(first_or_ended(uri)),
        Err(_) => {
            let Sender { transport, .. } = Sender::of(headers, request.extensions());
            let mut response = show(Occasion::Ended);
            response.headers_mut().append(header::SET_COOKIE, set_cookie("", 0, transport));
            response
        }
    }
}

/// Answers `POST /login`: the cookie, and on; a program gets who it is.
pub(crate) async fn login(State(app): State<App>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let wants_page = negotiate::prefers_html(&parts.headers);
    let Login { token: Presented(token), next } = match read(&parts.headers, body, &app).await {
        Ok(login) => login,
        Err(refused) => return refused.into_response(),
    };
    let next = next.as_deref().map_or_else(|| "/".to_owned(), local);
    let sender = Sender::of(&parts.headers, &parts.extensions);
    match caller::authenticate(&app, token.trim(), &sender) {
        Ok(principal) => {
            let mut response = if wants_page { go_on(&next) } else { who(&principal) };
            response.headers_mut().insert(header::SET_COOKIE, kept(token.trim(), &principal, &app, &sender));
            response.headers_mut().insert(header::CACHE_CONTROL, NOT_KEPT);
            response
        }
        Err(problem) if wants_page => {
            pages::login(&parts.headers, &parts.uri, &visit(&app, &next, Occasion::Failed(&problem)))
        }
        Err(problem) => Refused::from(problem).into_response(),
    }
}

/// Answers `POST /logout`: the cookie is forgotten.
pub(crate) async fn logout(headers: HeaderMap, request: Request) -> Response {
    let Sender { transport, .. } = Sender::of(&headers, request.extensions());
    let mut response = go_on("/");
    response.headers_mut().insert(header::SET_COOKIE, set_cookie("", 0, transport));
    response
}

/// Answers `POST /ws-ticket`.
pub(crate) async fn ticket(State(app): State<App>, Extension(principal): Extension<Principal>) -> Answered {
    let ticket = app.options.access.issue_ticket(&principal);
    let ticket = ticket.map_err(|error| {
        let problem = Problem::new(Name::TooManyRequests, error.to_string());
        Problem { retry_after: Some(TICKET_LASTS.as_secs() as u32), ..problem }
    })?;
    let result = Ticket { ticket: ticket.reveal(), expires_in: TICKET_LASTS.as_secs() };
    Ok(private(StatusCode::OK, serde_json::to_vec(&result).expect("a ticket is JSON")))
}

/// JSON that nobody on the way may keep.
pub(crate) fn private(status: StatusCode, body: impl Into<Body>) -> Response {
    let mut response = json(status, body);
    response.headers_mut().insert(header::CACHE_CONTROL, NOT_KEPT);
    response
}

/// Where a browser logs in to come back to `uri`.
pub(crate) fn address(uri: &Uri) -> String {
    let here = uri.path_and_query().map_or("/", |path| path.as_str());
    if here == "/" {
        return "/login".to_owned();
    }
    let next = form_urlencoded::Serializer::new(String::new()).append_pair("next", here).finish();
    format!("/login?{next}")
}

fn visit<'a>(app: &App, next: &'a str, occasion: Occasion<'a>) -> Visit<'a> {
    Visit { next, occasion, is_public: app.options.access.stranger().is_some() }
}

/// The scripts of a page say that a login ended there: its cookie may be gone by then.
fn first_or_ended(uri: &Uri) -> Occasion<'static> {
    match form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).any(|(key, _)| key == ENDED) {
        true => Occasion::Ended,
        false => Occasion::First,
    }
}

/// Whether pages were told already that this login ends.
fn ends_soon(principal: &Principal, app: &App) -> bool {
    principal.remaining(app.options.access.now()).is_some_and(|rest| rest <= NOTICE)
}

async fn read(headers: &HeaderMap, body: Body, app: &App) -> Result<Login, Refused> {
    // Whoever it is may send one.
    let limits = Limits { message_bytes_max: LOGIN_BYTES_MAX, ..app.engine.limits().clone() };
    let mut share = app.budget.incoming.share();
    let given = headers.get(header::CONTENT_TYPE).and_then(|given| given.to_str().ok()).unwrap_or_default();
    if !given.starts_with(FORM) {
        return body::json(headers, body, &["application/json", FORM], &limits, &mut share).await;
    }
    let text = body::text(headers, body, &[FORM], &limits, &mut share).await?;
    let field = |name: &str| form_urlencoded::parse(text.as_bytes()).find(|(key, _)| key == name);
    let missing = || Problem::invalid(vec![FieldError::new("token", "must be given")]);
    let (_, token) = field("token").ok_or_else(missing)?;
    Ok(Login { token: Presented(token.into_owned()), next: field("next").map(|(_, next)| next.into_owned()) })
}

fn next_of(uri: &Uri) -> String {
    let mut pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    pairs.find(|(key, _)| key == "next").map_or_else(|| "/".to_owned(), |(_, next)| local(&next))
}

/// `next` if it is a path of this server, whichever way it is written; else the home page.
fn local(next: &str) -> String {
    let here = Url::parse("http://here.invalid/").expect("this is a URL");
    let there = here.join(next).ok().filter(|there| next.starts_with('/') && there.origin() == here.origin());
    let Some(there) = there else { return "/".to_owned() };
    // Two slashes at the start would be another site's name.
    let path = format!("/{}", there.path().trim_start_matches('/'));
    there.query().map_or_else(|| path.clone(), |query| format!("{path}?{query}"))
}

fn go_on(next: &str) -> Response {
    let headers = [(header::LOCATION, header_text(next)), (header::CACHE_CONTROL, NOT_KEPT)];
    (StatusCode::SEE_OTHER, headers).into_response()
}

fn who(principal: &Principal) -> Response {
    let result = LoginResult { name: principal.name(), role: principal.role(), expires: principal.expires() };
    json(StatusCode::OK, serde_json::to_vec(&result).expect("a result is JSON"))
}

/// The cookie of a token that was found good.
fn kept(token: &str, principal: &Principal, app: &App, sender: &Sender) -> HeaderValue {
    let rest = principal.remaining(app.options.access.now());
    let seconds = rest.map_or(KEPT_SECONDS, |rest| rest.as_secs().min(KEPT_SECONDS));
    set_cookie(token, seconds, sender.transport)
}

#[cfg(test)]
mod tests {
    use super::local;

    #[test]
    fn next_stays_on_this_server() {
        let table = [
            ("/", "/"),
            ("/books/7?lang=id", "/books/7?lang=id"),
            ("/?author=Ayu%20Utami#x", "/?author=Ayu%20Utami"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("/.//evil.example", "/evil.example"),
            ("/\t/evil.example", "/"),
            ("https://evil.example/", "/"),
            ("javascript:alert(1)", "/"),
            ("///evil.example", "/"),
            ("\\\\evil.example", "/"),
            ("HTTPS:evil.example", "/"),
            (" //evil.example", "/"),
            ("%2f%2fevil.example", "/"),
            ("/%2f%2fevil.example", "/%2f%2fevil.example"),
            ("/%5cevil.example", "/%5cevil.example"),
            ("/..//evil.example", "/evil.example"),
            ("books/7", "/"),
            ("/x\r\nset-cookie: a=b", "/xset-cookie:%20a=b"),
            ("", "/"),
        ];
        for (next, expected) in table {
            assert_eq!(local(next), expected, "{next:?}");
        }
    }
}
