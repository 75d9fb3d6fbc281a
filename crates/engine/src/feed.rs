//! The shared ring of recent entries.

use std::sync::{Arc, OnceLock};

use catalogue::Entry;

/// An entry on its way to subscribers, with room for its wire form so that it is made once for all of them.
#[derive(Debug)]
pub struct FeedEntry {
    /// The entry.
    pub entry: Arc<Entry>,
    rendered: OnceLock<Box<str>>,
}

impl FeedEntry {
    /// The entry's form for subscribers without a filter, made by `render` at the first call.
    pub fn rendered(&self, render: impl FnOnce(&Entry) -> String) -> &str {
        self.rendered.get_or_init(|| render(&self.entry).into_boxed_str())
    }
}
