//! What a call can fail with.

use std::fmt;

use catalogue::{Book, FieldError, Revision};
use protocol::Name;
use serde::Deserialize;

/// Why a call has no result.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    /// There is no connection.
    #[error("cannot reach {server}: {reason}")]
    Unreachable {
        /// The server as the user named it.
        server: String,
        /// Why not.
        reason: String,
    },
    /// The connection ended before an answer came: a write may or may not have been carried out.
    #[error("the connection to the server ended before it answered. See whether it runs, then try again")]
    Cut,
    /// The server said no.
    #[error("{0}")]
    Refused(Refusal),
    /// The server speaks another language.
    #[error("the server's answer is not understood ({0}). Are program and server of the same version?")]
    Strange(String),
}

/// The server's no: a JSON-RPC error.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Refusal {
    code: i32,
    #[serde(default)]
    pub(crate) message: String,
    #[serde(default)]
    pub(crate) data: Particulars,
}

/// The `data` of an error, as far as it is used here.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Particulars {
    pub(crate) fields: Vec<FieldError>,
    pub(crate) book: Option<Book>,
    pub(crate) operation: Option<usize>,
    pub(crate) retry_after: Option<u64>,
    pub(crate) oldest: Option<Revision>,
}

impl Refusal {
    /// What an HTTP answer of that status says.
    pub(crate) fn of_problem(status: u16, body: &[u8]) -> Self {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Problem {
            r#type: String,
            detail: String,
            #[serde(flatten)]
            data: Particulars,
        }
        let Problem { r#type, detail, data } = serde_json::from_slice(body).unwrap_or_default();
        let known = r#type.strip_prefix("/problems/").and_then(|text| Name::all().find(|name| name.text() == text));
        let message = if detail.is_empty() { format!("the server answered {status}") } else { detail };
        Refusal { code: known.map_or(0, Name::code), message, data }
    }

    /// Whether it is the refusal of that name.
    pub(crate) fn is(&self, name: Name) -> bool {
        self.code == name.code()
    }

    /// Whether the same may be answered otherwise in a moment.
    pub(crate) fn is_passing(&self) -> bool {
        self.is(Name::Unavailable) || self.is(Name::TooManyRequests)
    }

    /// The reason in one line.
    pub(crate) fn reason(&self) -> String {
        if self.data.fields.is_empty() {
            return self.message.clone();
        }
        let fields = self.data.fields.iter().map(|error| format!("{}: {}", error.field, error.message));
        fields.collect::<Vec<_>>().join("; ")
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.data.fields.as_slice() {
            [] if self.is(Name::Unauthenticated) => {
                write!(f, "not logged in: {}. A command takes its token from BOOKSTORE_TOKEN", self.message)
            }
            [] => write!(f, "{} (error {})", self.message, self.code),
            fields => {
                write!(f, "the server refused it:")?;
                fields.iter().try_for_each(|error| write!(f, "\n  {}: {}", error.field, error.message))
            }
        }
    }
}
