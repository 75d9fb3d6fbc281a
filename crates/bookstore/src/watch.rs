//! Every change as it happens, through cut connections, once each.

use std::time::Duration;

use anyhow::anyhow;
use catalogue::{Field, Revision};
use protocol::Name;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use tokio::time::timeout;

use crate::args::WatchArgs;
use crate::client::{BookChange, CallError, Client, Event, Login, Server, Subscription, reconnect, understand};
use crate::failure::{Ended, Failure};
use crate::output;

/// The server speaks every 15 s: after twice that, the connection is dead.
const SILENCE_MAX: Duration = Duration::from_secs(30);

/// Where a watcher stands.
struct Watcher {
    server: Server,
    filter: Map<String, Value>,
    as_json: bool,
    since: Option<Revision>,
    store: Option<String>,
}

/// Prints events until it is stopped.
pub(crate) async fn watch(args: WatchArgs, login: Login) -> Ended {
    let mut watcher = Watcher {
        filter: args.filter.to_json()?,
        server: args.server.named(login),
        as_json: args.json.json,
        since: args.since.map(Revision),
        store: None,
    };
    let client = Client::connect(&watcher.server).await?;
    let mut subscription = client.subscribe(watcher.question(false)).await.map_err(not_begun)?;
    eprintln!("watching {}; Ctrl-C ends it", watcher.server);
    // The client must live as long as its subscription: a dropped one closes the connection.
    let mut clients = vec![client];
    loop {
        watcher.follow(&mut subscription).await?;
        eprintln!("the connection was cut; trying again");
        clients.clear();
        let (client, next) = watcher.resume().await?;
        clients.push(client);
        subscription = next;
    }
}

/// The server's own advice is to take a snapshot, which a watcher has no use for.
fn not_begun(error: CallError) -> Failure {
    let is_gone = matches!(&error, CallError::Refused(refusal) if refusal.is(Name::RevisionGone));
    let error = anyhow!(error);
    if is_gone { error.context("leave --since out to see what happens from now on").into() } else { error.into() }
}

impl Watcher {
    /// Prints events until the connection is cut.
    async fn follow(&mut self, subscription: &mut Subscription) -> Result<(), Failure> {
        while let Ok(Some(json)) = timeout(SILENCE_MAX, subscription.next()).await {
            let event: Event = understand(&json)?;
            // Printed first: what was not printed must come again after a cut.
            self.print(&json, &event)?;
            match event {
                Event::Current { revision, store } => (self.since, self.store) = (Some(revision), Some(store)),
                Event::Change { revision, .. } => self.since = Some(revision),
                // A snapshot cut short is asked for anew.
                Event::Reset { .. } => self.since = None,
                Event::Books { .. } | Event::Unknown => {}
            }
        }
        Ok(())
    }

    /// Connects again and goes on where it stood.
    async fn resume(&self) -> Result<(Client, Subscription), Failure> {
        loop {
            let client = reconnect(&self.server).await?;
            match client.subscribe(self.question(false)).await {
                Ok(subscription) => return Ok((client, subscription)),
                Err(CallError::Cut) => {}
                Err(CallError::Refused(refusal)) if refusal.is_passing() => {}
                Err(CallError::Refused(refusal)) if refusal.is(Name::RevisionGone) => {
                    eprintln!("{}: some changes were missed; going on from now", refusal.message);
                    let subscription = client.subscribe(self.question(true)).await?;
                    return Ok((client, subscription));
                }
                Err(error) => return Err(anyhow!(error).context("cannot go on watching").into()),
            }
        }
    }

    /// The parameters; `afresh` where the position is gone: programs then get a snapshot, people what comes from now on.
    fn question(&self, afresh: bool) -> Value {
        let mut params = json!({});
        if !self.filter.is_empty() {
            params["filter"] = Value::Object(self.filter.clone());
        }
        if let Some(since) = self.since.filter(|_| !afresh || self.as_json) {
            params["since"] = since.0.into();
            if let Some(store) = &self.store {
                params["store"] = store.as_str().into();
            }
        }
        if afresh && self.as_json {
            params["snapshot"] = true.into();
        }
        params
    }

    fn print(&self, json: &RawValue, event: &Event) -> std::io::Result<()> {
        if self.as_json {
            return output::line(json.get());
        }
        match event {
            Event::Change { at, by, changes, .. } => {
                changes.iter().try_for_each(|change| output::line(describe(at, by, change)))
            }
            Event::Reset { revision } => {
                eprintln!("fell too far behind: some changes before revision {revision} were missed");
                Ok(())
            }
            Event::Books { .. } | Event::Current { .. } | Event::Unknown => Ok(()),
        }
    }
}

/// Time, who, what, title.
fn describe(at: &str, by: &str, change: &BookChange) -> String {
    let BookChange { kind, id, book, changed } = change;
    let title = book.as_ref().map(|book| output::plain(&book.text(Field::Title))).unwrap_or_default();
    let fields: Vec<&str> = changed.iter().map(|field| field.name()).collect();
    let fields = if fields.is_empty() { String::new() } else { format!(" ({})", fields.join(", ")) };
    format!("{at}\t{by}\t{kind} {id}{fields}\t{title}").trim_end().to_owned()
}
