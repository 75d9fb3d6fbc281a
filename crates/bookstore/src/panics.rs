//! What is said of a bug: one line in the log, whoever met it.

use std::any::Any;
use std::panic::{self, Location};
use std::thread;

/// From now on a panic is one line of the log instead of several on stderr. Whether the process goes on is decided by
/// who catches it: a connection's panic ends that connection.
pub(crate) fn log() {
    panic::set_hook(Box::new(|panic| {
        let text = described(panic.payload(), panic.location(), thread::current().name());
        tracing::error!("{text}");
    }));
}

fn described(payload: &dyn Any, location: Option<&Location<'_>>, thread: Option<&str>) -> String {
    let message = payload.downcast_ref::<String>().map(String::as_str);
    let message = message.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("no message");
    let location = location.map_or_else(|| "an unknown place".to_owned(), Location::to_string);
    let thread = thread.unwrap_or("without a name");
    format!("a bug, please report it: panic at {location}, thread {thread}: {message:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_one_line_with_its_place() {
        let line = described(&"of two\nlines".to_owned(), Some(Location::caller()), Some("writer"));
        assert!(line.starts_with("a bug, please report it: panic at crates/bookstore/src/panics.rs:"), "{line}");
        assert!(line.ends_with(r#", thread writer: "of two\nlines""#), "{line}");
        let line = described(&7, None, None);
        assert_eq!(line, r#"a bug, please report it: panic at an unknown place, thread without a name: "no message""#);
    }
}
