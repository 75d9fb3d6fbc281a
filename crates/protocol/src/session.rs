//! Tokens, tickets and logins on the wire.

use std::fmt;

use catalogue::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Role;

/// The method of the notification that a login is about to end.
pub const EXPIRING: &str = "session.expiring";

/// What is known of a token; never the token itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Token {
    /// Whose it is: what stands as `by` at what it writes. No other token ever gets the same name.
    pub name: Box<str>,
    /// What it may do.
    pub role: Role,
    /// When it was made.
    pub created: Timestamp,
    /// When it ends by itself; absent: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// When it was revoked; absent: it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked: Option<Timestamp>,
}

/// What a new token shall be.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub struct TokenDraft {
    /// Whose it will be.
    pub name: String,
    /// What it will be able to do.
    pub role: Role,
    /// How many seconds it will last; absent: until it is revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<u64>,
}

/// A new token: the only time that it is shown.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct NewToken {
    /// The token itself.
    pub token: String,
    /// What is known of it from now on.
    #[serde(flatten)]
    pub known: Token,
}

/// Every token there is or was.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct TokenList {
    /// In the order in which they were made.
    pub tokens: Vec<Token>,
}

/// A one-time ticket for `GET /ws?ticket=…`.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Ticket")]
pub struct Ticket<'a> {
    /// The ticket.
    pub ticket: &'a str,
    /// For how many seconds it can be used.
    pub expires_in: u64,
}

/// A token as somebody brings it along. It does not show itself in messages and logs.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Presented(pub String);

impl fmt::Debug for Presented {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Presented(…)")
    }
}

/// A login with a token.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub struct Login {
    /// The token, as it was handed out.
    #[schemars(with = "String")]
    pub token: Presented,
    /// Where to go then: a path on this server.
    #[serde(default)]
    pub next: Option<String>,
}

/// When a login ends.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Expiring {
    /// Then the connection is closed, unless somebody logs in on it before.
    expires: Timestamp,
}

/// The notification that the login of a connection is about to end.
pub fn expiring(expires: Timestamp) -> String {
    let params = serde_json::to_string(&Expiring { expires }).expect("a time is JSON");
    format!("{{\"jsonrpc\":\"2.0\",\"method\":\"{EXPIRING}\",\"params\":{params}}}")
}
