//! Somebody who may do something.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use catalogue::Timestamp;
use protocol::Role;

use crate::clock::moment;

/// The name of who works on the server's own machine: while there is no token, or through the data directory.
pub const LOCAL: &str = "local";
/// The name of who is not logged in where reading is public; such a one never writes.
pub const ANYONE: &str = "anyone";

/// Who calls. It costs nothing to ask again whether it still holds: a token that is revoked ends all who came with it.
#[derive(Clone, Debug)]
pub struct Principal(Arc<Grant>);

#[derive(Debug)]
struct Grant {
    name: Arc<str>,
    role: Role,
    expires: Option<Timestamp>,
    kind: Kind,
    ended: AtomicBool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Local,
    Anyone,
    Token,
}

impl Principal {
    /// Who holds a token.
    pub(crate) fn of_token(name: &str, role: Role, expires: Option<Timestamp>) -> Self {
        Principal::new(name, role, expires, Kind::Token)
    }

    /// Who works on the server's own machine.
    pub(crate) fn local() -> Self {
        Principal::new(LOCAL, Role::Admin, None, Kind::Local)
    }

    /// Who is not logged in where reading is public.
    pub(crate) fn anyone() -> Self {
        Principal::new(ANYONE, Role::Reader, None, Kind::Anyone)
    }

    fn new(name: &str, role: Role, expires: Option<Timestamp>, kind: Kind) -> Self {
        Principal(Arc::new(Grant { name: name.into(), role, expires, kind, ended: AtomicBool::new(false) }))
    }

    /// The token's name, or [`LOCAL`], or [`ANYONE`]: what stands as `by` in the journal.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The same to keep.
    pub fn shared_name(&self) -> Arc<str> {
        Arc::clone(&self.0.name)
    }

    /// What it may do.
    pub fn role(&self) -> Role {
        self.0.role
    }

    /// When it ends by itself.
    pub fn expires(&self) -> Option<Timestamp> {
        self.0.expires
    }

    /// Whether it came with a token, which can also be given back.
    pub fn has_token(&self) -> bool {
        self.0.kind == Kind::Token
    }

    /// Whether it is nobody in particular.
    pub fn is_anyone(&self) -> bool {
        self.0.kind == Kind::Anyone
    }

    /// Whether it still holds.
    pub fn holds(&self, now: SystemTime) -> bool {
        self.holds_at(|| now)
    }

    /// The same by a clock that is asked only about who expires.
    pub(crate) fn holds_at(&self, now: impl FnOnce() -> SystemTime) -> bool {
        !self.0.ended.load(Ordering::Acquire) && self.0.expires.is_none_or(|expires| now() < moment(expires))
    }

    /// How long it holds at most: `None` is without end, zero is over.
    pub fn remaining(&self, now: SystemTime) -> Option<Duration> {
        if self.0.ended.load(Ordering::Acquire) {
            return Some(Duration::ZERO);
        }
        self.0.expires.map(|expires| moment(expires).duration_since(now).unwrap_or_default())
    }

    /// Ends it, and every clone of it.
    pub(crate) fn end(&self) {
        self.0.ended.store(true, Ordering::Release);
    }
}
