//! `GET /books/changes`: the feed as Server-Sent Events.

use std::convert::Infallible;
use std::future::poll_fn;
use std::sync::Arc;

use access::Principal;
use axum::body::{Body, Bytes};
use axum::extract::{Extension, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, header};
use axum::response::IntoResponse;
use catalogue::{FieldError, Filter, Revision};
use engine::{Bell, Event, Next, Position, Start, StoreId, Subscription};
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, stream};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::answer::{Answered, Refused};
use crate::app::{App, Client};
use crate::budget::{self, Share};
use crate::query::Params;
use crate::session::Session;
use crate::{dispatch, events};

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// The id of a `reset`: who comes back with it gets a snapshot, since nothing before it counts any more.
const RESET: &str = "reset";
/// Events that are ready are written together up to about this many bytes.
const BURST_BYTES: usize = 32 * 1024;
/// A line that says nothing: where nobody takes it, the client is gone.
const SIGN_OF_LIFE: &[u8] = b":\n\n";
/// How long a browser waits before it connects again, in milliseconds.
const RETRY: &str = "retry: 2000\n\n";

/// What a client asks for.
#[derive(Debug)]
struct Wanted {
    filter: Filter,
    start: Start,
}

/// Answers `GET /books/changes`.
pub(crate) async fn changes(
    State(app): State<App>,
    Extension(principal): Extension<Principal>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Answered {
    let wanted = wanted(query.as_deref(), &headers)?;
    let published = app.engine.published();
    let mut subscription = app.engine.subscribe(wanted.filter, wanted.start).map_err(dispatch::gone)?;
    let bell = Bell::default();
    subscription.rings(&bell);
    let session = Session::new(Arc::clone(&app.options.access), Some(principal));
    let events = Events {
        logged_out: session.ended(app.engine.limits().login_timeout).boxed(),
        _client: app.clients.enter(),
        next_current: next_current(&app),
        share: app.budget.outgoing.share(),
        session,
        subscription,
        bell,
        published,
        app,
    };
    let first = stream::iter([Ok::<_, Infallible>(Bytes::from_static(RETRY.as_bytes()))]);
    let bursts = stream::unfold(events, |mut events| async move { Some((Ok(events.burst().await?), events)) });
    let body = Body::from_stream(stream::StreamExt::chain(first, bursts));
    Ok(([(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-cache")], body).into_response())
}

fn wanted(query: Option<&str>, headers: &HeaderMap) -> Result<Wanted, Refused> {
    let mut params = Params::parse(query);
    let asked = params.take("snapshot").map(|text| flag(&text));
    let snapshot = asked.and_then(|flag| params.keep("snapshot", flag)).unwrap_or(false);
    let since = params.take("since").map(|text| position(&text));
    let since = match last_event_id(headers) {
        // A browser cannot choose another: what cannot be read is a position that is gone.
        Some(text) => Some(position(&text).unwrap_or_else(|_| nowhere())),
        None => since.and_then(|position| params.keep("since", position)),
    };
    let filter = params.filter()?;
    // A stream cannot answer "gone" to a browser that only reconnects: there a reset and a snapshot follow.
    let start = Start { snapshot: snapshot || since.is_some(), since };
    Ok(Wanted { filter, start })
}

fn last_event_id(headers: &HeaderMap) -> Option<String> {
    let text = String::from_utf8_lossy(headers.get(LAST_EVENT_ID)?.as_bytes()).trim().to_owned();
    (!text.is_empty()).then_some(text)
}

fn flag(text: &str) -> Result<bool, FieldError> {
    match text {
        "true" | "1" | "" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(FieldError::new("snapshot", "true or false")),
    }
}

/// `<store>-<revision>`, a bare number, or `reset`, which is a position of no store.
fn position(text: &str) -> Result<Position, FieldError> {
    if text == RESET {
        return Ok(nowhere());
    }
    let (store, number) = match text.rsplit_once('-') {
        Some((store, number)) => (Some(StoreId(store.into())), number),
        None => (None, text),
    };
    let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let revision = number.parse().ok().filter(|_| digits && store.as_ref().is_none_or(|store| !store.0.is_empty()));
    let message = "the id of an event, <store>-<revision>, or a revision";
    revision.map(|number| Position { revision: Revision(number), store }).ok_or(FieldError::new("since", message))
}

/// A position of no store.
fn nowhere() -> Position {
    Position { revision: Revision::ZERO, store: Some(StoreId(RESET.into())) }
}

/// A little early: what is promised is the longest time, and the way to the client takes some.
fn next_current(app: &App) -> Instant {
    let longest = app.engine.limits().current_interval;
    Instant::now() + longest - longest / 10
}

/// A subscription on its way into one response; it moves only when the socket takes more.
struct Events {
    app: App,
    subscription: Subscription,
    /// Rings when there may be something new.
    bell: Bell,
    published: watch::Receiver<Revision>,
    next_current: Instant,
    session: Session,
    logged_out: BoxFuture<'static, ()>,
    /// The memory of the burst that is being written.
    share: Share,
    _client: Client,
}

impl Events {
    /// The next events as text, `None` when the server stops or the login has ended.
    async fn burst(&mut self) -> Option<Bytes> {
        let mut text = Vec::new();
        loop {
            if !self.session.holds() {
                return None;
            }
            let head = *self.published.borrow();
            while text.len() < BURST_BYTES
                && let Next::Event(event) = self.subscription.next_ready(head).await
            {
                let wanted = text.len() + events::bytes(&event);
                if wanted > BURST_BYTES && !self.has_room(wanted).await {
                    // Who comes again goes on where it was.
                    return None;
                }
                self.write(&mut text, &event);
            }
            if self.next_current <= Instant::now() {
                self.write_current(&mut text);
            }
            if !text.is_empty() {
                let rest = self.app.budget.outgoing.share();
                return Some(budget::held(text, Arc::new(std::mem::replace(&mut self.share, rest))));
            }
            self.wait().await?;
        }
    }

    /// Waits for the memory that a burst of so many bytes takes; not for longer than anybody may be told of it.
    async fn has_room(&mut self, bytes: usize) -> bool {
        tokio::select! {
            came = self.share.grow(bytes) => came,
            () = self.app.stopping.cancelled() => false,
            () = &mut self.logged_out => false,
        }
    }

    /// Until there may be something new, or `current` is due again.
    async fn wait(&mut self) -> Option<()> {
        tokio::select! {
            () = self.app.stopping.cancelled() => None,
            () = &mut self.logged_out => None,
            () = poll_fn(|cx| self.subscription.poll_arrival(cx)) => Some(()),
            () = self.bell.rings() => Some(()),
            () = tokio::time::sleep_until(self.next_current) => Some(()),
        }
    }

    /// `current`, where all that there is was told; else a line that says nothing.
    fn write_current(&mut self, text: &mut Vec<u8>) {
        self.next_current = next_current(&self.app);
        match self.subscription.current() {
            Some(revision) => self.write(text, &Event::Current { revision }),
            None => text.extend_from_slice(SIGN_OF_LIFE),
        }
    }

    fn write(&mut self, text: &mut Vec<u8>, event: &Event) {
        let store = self.app.engine.store();
        let id = match event {
            Event::Books { .. } => None,
            Event::Current { revision } => Some(format!("{store}-{revision}")),
            Event::Change { entry, .. } => Some(format!("{store}-{}", entry.entry.revision)),
            Event::Reset { .. } => Some(RESET.to_owned()),
        };
        if let Some(id) = id {
            text.extend_from_slice(format!("id: {id}\n").as_bytes());
        }
        text.extend_from_slice(b"data: ");
        text.extend_from_slice(&events::json(event, &store.0));
        text.extend_from_slice(b"\n\n");
        if matches!(event, Event::Current { .. }) {
            self.next_current = next_current(&self.app);
        }
    }
}
