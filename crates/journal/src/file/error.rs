//! Why a data directory cannot be opened, and what to do about it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use catalogue::Revision;

use super::directory::{BOOKS, JOURNAL};
use super::disk::is_full;
use super::restore::PLAN;

/// Why a data directory was not opened. Nothing in it was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process works on it.
    #[error(
        "{directory} is in use by process {pid}, and one process works on a data directory at a time. Stop that one first; commands that speak to a server reach it with --server"
    )]
    Locked {
        /// The data directory.
        directory: PathBuf,
        /// The other process; 0 where the lock names none.
        pid: u32,
    },
    /// What was durable is not as it was written.
    #[error("{0}\nNothing was changed. {advice}", advice = .0.advice())]
    Damaged(Damage),
    /// `books.json` is not as it was written.
    #[error("{0}")]
    Edited(Box<Edited>),
    /// There is a snapshot of ours and no journal.
    #[error(
        "{directory} has a books.json of a store whose journal is missing. Bring the journal back, or begin a new store: bookstore import {directory}/books.json --data NEW-DIRECTORY"
    )]
    JournalMissing {
        /// The data directory.
        directory: PathBuf,
    },
    /// There is nothing.
    #[error("there is no store in {directory}")]
    NoStore {
        /// The directory.
        directory: PathBuf,
    },
    /// There is a `books.json` that nobody can say what it is, and no journal.
    #[error(
        "{path} is no file of books: {found}. Move it away to begin an empty store, or put a right one in its place"
    )]
    NoBooks {
        /// The file.
        path: PathBuf,
        /// What stands in it.
        found: String,
    },
    /// There is a `books.json` of the original's making that cannot become a store.
    #[error("{path} is not taken over: {reason}. Nothing was written")]
    NotTakenOver {
        /// The file.
        path: PathBuf,
        /// What is in the way.
        reason: String,
    },
    /// The disk does not do what it must.
    #[error("cannot {doing} {path}: {cause}{advice}", advice = advice(cause))]
    Io {
        /// What was tried.
        doing: &'static str,
        /// With what.
        path: PathBuf,
        /// What the disk said. It is part of the message, and so no source beside it, which would be told twice.
        cause: io::Error,
    },
}

/// A place where what was durable is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The file.
    pub path: PathBuf,
    /// The line in it, from 1, where it has lines.
    pub line: Option<u64>,
    /// What was found there.
    pub found: String,
}

/// A `books.json` that was edited by hand or damaged.
#[derive(Debug)]
pub struct Edited {
    /// The file.
    pub path: PathBuf,
    /// The revision of the journal's state that it was compared with.
    pub revision: Revision,
    /// How it differs, a line a book; or why it cannot be compared.
    pub differences: Result<Vec<String>, String>,
}

impl OpenError {
    /// Says what was tried, for [`Result::map_err`].
    pub(crate) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> OpenError {
        move |cause| OpenError::Io { doing, path: path.into(), cause }
    }
}

/// What helps against what the disk said, where anything is known to.
fn advice(cause: &io::Error) -> &'static str {
    match is_full(cause) {
        true => ". Free some space on its disk, then try again",
        false => "",
    }
}

impl From<Damage> for OpenError {
    fn from(damage: Damage) -> Self {
        OpenError::Damaged(damage)
    }
}

impl Damage {
    fn advice(&self) -> String {
        if self.path.ends_with(BOOKS) {
            let path = self.path.display();
            return format!("The journal has everything: move {path} away, and the next start writes it anew");
        }
        if self.path.ends_with(PLAN) {
            let directory = self.path.parent().unwrap_or(&self.path).display();
            return format!(
                "It says how a restore is completed. If {directory}/{JOURNAL} is there, move {PLAN} away, and restore the backup again; if not, restore it into a new directory"
            );
        }
        let directory = self.directory().display();
        format!(
            "Bring {directory} back from a backup; or begin a new store with the last snapshot: bookstore import {directory}/{BOOKS} --data NEW-DIRECTORY"
        )
    }

    /// The data directory it is in.
    fn directory(&self) -> &Path {
        let folder = self.path.parent().unwrap_or(&self.path);
        if self.path.ends_with(JOURNAL) { folder } else { folder.parent().unwrap_or(folder) }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        write!(f, ": {}", self.found)
    }
}

impl fmt::Display for Edited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        let differences = match &self.differences {
            Ok(differences) => differences,
            Err(reason) => {
                writeln!(f, "{path} is not as it was written, and cannot be read: {reason}.")?;
                return self.advise_to_discard(f);
            }
        };
        writeln!(
            f,
            "{path} is not as it was written. Compared with the journal's state at revision {}:",
            self.revision
        )?;
        for line in differences.iter().take(LINES_MAX) {
            writeln!(f, "  {line}")?;
        }
        match differences.len() {
            0 => writeln!(f, "  no book differs, only the form of the file does.")?,
            count if count > LINES_MAX => writeln!(f, "  and {} more.", count - LINES_MAX)?,
            _ => {}
        }
        writeln!(f, "To take the difference over: bookstore adopt --data {}", self.directory().display())?;
        self.advise_to_discard(f)
    }
}

impl Edited {
    fn directory(&self) -> &Path {
        self.path.parent().unwrap_or(&self.path)
    }

    fn advise_to_discard(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let directory = self.directory().display();
        write!(f, "To put it aside and go on with what the journal holds: bookstore adopt --discard --data {directory}")
    }
}

/// How many books a message shows.
const LINES_MAX: usize = 50;
