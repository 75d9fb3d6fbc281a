//! Which server, and by which token.

use std::fmt;

use url::Url;

/// A server with what logs in there.
#[derive(Clone, Debug)]
pub(crate) struct Address {
    pub(crate) url: Url,
    pub(crate) login: Login,
}

/// The token to log in with, if there is one. It never shows itself.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Login(Option<String>);

impl Login {
    /// That token, or none.
    pub(crate) fn new(token: Option<String>) -> Self {
        Login(token)
    }

    /// The `Authorization` header that carries it.
    pub(crate) fn header(&self) -> Option<String> {
        self.0.as_ref().map(|token| format!("Bearer {token}"))
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Login(…)" } else { "Login(none)" })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.url.fmt(f)
    }
}
