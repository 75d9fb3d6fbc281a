//! Every token there is: in memory for who asks, in a file for the next start.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use catalogue::Timestamp;
use protocol::Role;
use protocol::session::Token;
use tokio::sync::watch;

use crate::access::Denied;
use crate::clock::timestamp;
use crate::file::{self, FileError};
use crate::principal::Principal;
use crate::secret::{Digest, Secret};
use crate::token;

/// The most tokens, revoked ones included: their names stay taken.
pub const TOKENS_MAX: usize = 10_000;
/// The longest life that can be given: beyond that say nothing.
const LIFETIME_MAX: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// How long a new token lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// Until it is revoked.
    Endless,
    /// So long.
    Limited(Duration),
}

/// Why a token was not made or revoked.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// The name breaks a rule.
    #[error("{0}")]
    Name(String),
    /// The name was given before.
    #[error("there is, or was, a token {0:?}: choose another name, so that the journal stays clear about who is who")]
    Taken(String),
    /// It would last too long, or not at all.
    #[error("a token lasts from a second to 100 years, or without end")]
    Lifetime,
    /// There are too many.
    #[error("there are {TOKENS_MAX} tokens already, and no more are kept")]
    TooMany,
    /// There is no such token.
    #[error("there is no token {0:?}: `bookstore token list` shows which there are")]
    Unknown(String),
    /// It could not be written down, and has not happened.
    #[error(transparent)]
    File(#[from] FileError),
}

/// Every token. Asking waits for nobody; changes are written down before they count.
#[derive(Debug)]
pub struct Tokens {
    directory: Option<PathBuf>,
    held: ArcSwap<Vec<Held>>,
    /// Held while a change is written down.
    changing: Mutex<()>,
    changes: watch::Sender<u64>,
    /// Who works on this machine while there is no token.
    local: Principal,
}

/// A token with what proves it and who holds it.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) token: Token,
    pub(crate) digest: Digest,
    principal: Principal,
}

impl Held {
    pub(crate) fn new(token: Token, digest: Digest) -> Self {
        let principal = Principal::of_token(&token.name, token.role, token.expires);
        if token.revoked.is_some() {
            principal.end();
        }
        Held { token, digest, principal }
    }
}

impl Default for Tokens {
    /// No tokens, and none that would outlast the process.
    fn default() -> Self {
        Tokens::of(None, Vec::new())
    }
}

impl Tokens {
    /// The tokens of a data directory, with what the operator should know. Nothing is made where nothing is.
    pub fn open(directory: &Path) -> Result<(Self, Vec<String>), FileError> {
        let (held, notices) = file::read(directory)?;
        Ok((Tokens::of(Some(directory.to_owned()), held), notices))
    }

    fn of(directory: Option<PathBuf>, held: Vec<Held>) -> Self {
        Tokens {
            directory,
            held: ArcSwap::from_pointee(held),
            changing: Mutex::default(),
            changes: watch::Sender::new(0),
            local: Principal::local(),
        }
    }

    /// Whether there never was a token. One that has expired or was revoked counts: the doors do not open by themselves.
    pub fn is_empty(&self) -> bool {
        self.held.load().is_empty()
    }

    /// Every token, in the order in which they were made.
    pub fn list(&self) -> Vec<Token> {
        self.held.load().iter().map(|held| held.token.clone()).collect()
    }

    /// Whether somebody can come in as admin.
    pub fn has_admin(&self, now: SystemTime) -> bool {
        self.held.load().iter().any(|held| held.token.role == Role::Admin && held.principal.holds(now))
    }

    /// Who works on this machine, while there is no token.
    pub(crate) fn local(&self) -> Option<Principal> {
        self.is_empty().then(|| self.local.clone())
    }

    /// Moves on with every change; who has a principal asks it again then.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Whose token that is.
    pub(crate) fn find(&self, text: &str, now: SystemTime) -> Result<Principal, Denied> {
        let digest = Digest::of(text);
        let held = self.held.load();
        // All are looked at, whichever it is: the time tells nothing.
        let found = held.iter().fold(None, |found, held| if held.digest.is(&digest) { Some(held) } else { found });
        let found = found.ok_or(Denied::Unknown)?;
        match found.principal.holds(now) {
            true => Ok(found.principal.clone()),
            false if found.token.revoked.is_some() => Err(Denied::Revoked),
            false => Err(Denied::Expired),
        }
    }

    /// Makes a token: this is the only time that it is shown. Waits for the disk.
    pub fn create(
        &self,
        name: &str,
        role: Role,
        lifetime: Lifetime,
        now: SystemTime,
    ) -> Result<(Token, Secret), ChangeError> {
        if let Some(wrong) = token::what_is_wrong_with(name) {
            return Err(ChangeError::Name(wrong));
        }
        let expires = expiry(lifetime, now)?;
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut held = Vec::clone(&self.held.load());
        if held.iter().any(|held| held.token.name.eq_ignore_ascii_case(name)) {
            return Err(ChangeError::Taken(name.to_owned()));
        }
        if held.len() >= TOKENS_MAX {
            return Err(ChangeError::TooMany);
        }
        let token = Token { name: name.into(), role, created: timestamp(now), expires, revoked: None };
        let secret = Secret::token();
        held.push(Held::new(token.clone(), secret.digest()));
        self.put(held)?;
        self.local.end();
        self.tell();
        Ok((token, secret))
    }

    /// Ends a token and all who came with it. Again is no error. Waits for the disk.
    pub fn revoke(&self, name: &str, now: SystemTime) -> Result<Token, ChangeError> {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut held = Vec::clone(&self.held.load());
        let found = held.iter_mut().find(|held| &*held.token.name == name);
        let found = found.ok_or_else(|| ChangeError::Unknown(name.to_owned()))?;
        if found.token.revoked.is_some() {
            return Ok(found.token.clone());
        }
        found.token.revoked = Some(timestamp(now));
        let Held { token, principal, .. } = found.clone();
        self.put(held)?;
        principal.end();
        self.tell();
        Ok(token)
    }

    fn put(&self, held: Vec<Held>) -> Result<(), FileError> {
        if let Some(directory) = &self.directory {
            file::write(directory, &held)?;
        }
        self.held.store(Arc::new(held));
        Ok(())
    }

    fn tell(&self) {
        self.changes.send_modify(|generation| *generation += 1);
    }
}

fn expiry(lifetime: Lifetime, now: SystemTime) -> Result<Option<Timestamp>, ChangeError> {
    let Lifetime::Limited(lifetime) = lifetime else { return Ok(None) };
    if !(Duration::from_secs(1)..=LIFETIME_MAX).contains(&lifetime) {
        return Err(ChangeError::Lifetime);
    }
    Ok(Some(Timestamp(timestamp(now).0 + lifetime.as_secs() as i64)))
}
