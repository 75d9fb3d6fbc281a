//! What happened, line by line.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};

/// How many lines are kept to be shown when something is wrong.
const LINES_KEPT: usize = 40;

/// The lines of one history: the last ones whole, all of them in a hash.
pub(crate) struct Trace {
    lines: VecDeque<String>,
    hash: DefaultHasher,
    is_verbose: bool,
}

impl Trace {
    pub(crate) fn new(is_verbose: bool) -> Self {
        Trace { lines: VecDeque::new(), hash: DefaultHasher::new(), is_verbose }
    }

    pub(crate) fn line(&mut self, line: String) {
        line.hash(&mut self.hash);
        if self.is_verbose {
            println!("{line}");
        }
        if self.lines.len() == LINES_KEPT {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
    }

    pub(crate) fn hash(&self) -> u64 {
        self.hash.finish()
    }

    pub(crate) fn last_lines(&self) -> Vec<String> {
        self.lines.iter().cloned().collect()
    }
}
