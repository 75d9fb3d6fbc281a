//! By which token to log in.

use std::fmt;

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
