//! `tokens.json`: read whole, replaced whole.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use catalogue::Timestamp;
use protocol::Role;
use protocol::session::Token;
use serde::{Deserialize, Serialize};

use crate::secret::Digest;
use crate::token;
use crate::tokens::{Held, TOKENS_MAX};

/// The name of the file in the data directory.
pub const FILE: &str = "tokens.json";
/// What is written first, and then put in the place of the file.
const NEXT: &str = "tokens.json.next";
/// Only the owner may read, and write.
const MODE: u32 = 0o600;

/// Why the file cannot be used. Each says what to do next.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The system said no.
    #[error("cannot {action} {}: {error}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// With which file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// It is not what was written.
    #[error(
        "{} is damaged: {reason}. Put a whole copy of it in its place (`bookstore backup` holds none); or move it away and \
         make new tokens: until then everybody on this machine is admin, and nobody else gets in", path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

impl FileError {
    fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> FileError {
        let path = path.to_owned();
        move |error| FileError::Io { action, path, error }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Contents {
    tokens: Vec<Record>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    name: Box<str>,
    role: Role,
    /// The SHA-256 of the token, in hex.
    sha256: String,
    created: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    revoked: Option<Timestamp>,
}

/// What a directory's file holds, and what the operator should know of it. A file that is not there holds nothing.
pub(crate) fn read(directory: &Path) -> Result<(Vec<Held>, Vec<String>), FileError> {
    let path = directory.join(FILE);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((Vec::new(), Vec::new())),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            return Err(FileError::Damaged { path, reason: "it is not text".to_owned() });
        }
        Err(error) => return Err(FileError::io("read", &path)(error)),
    };
    let notices = mend_mode(&path)?;
    let held = parse(&text).map_err(|reason| FileError::Damaged { path, reason })?;
    Ok((held, notices))
}

/// Takes from others the right to read the file.
fn mend_mode(path: &Path) -> Result<Vec<String>, FileError> {
    let mode = fs::metadata(path).map_err(FileError::io("look at", path))?.permissions().mode() & 0o7777;
    if mode & 0o077 == 0 {
        return Ok(Vec::new());
    }
    fs::set_permissions(path, fs::Permissions::from_mode(MODE)).map_err(FileError::io("protect", path))?;
    Ok(vec![format!(
        "{} could be read or written by others (mode {mode:04o}); it is 0600 now. It holds no token, only hashes; if \
         somebody may have changed it, look at `bookstore token list`",
        path.display()
    )])
}

fn parse(text: &str) -> Result<Vec<Held>, String> {
    let contents: Contents = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if contents.tokens.len() > TOKENS_MAX {
        return Err(format!("it has {} tokens, at most {TOKENS_MAX} are kept", contents.tokens.len()));
    }
    let mut names = HashSet::new();
    contents.tokens.into_iter().map(|record| held(record, &mut names)).collect()
}

fn held(record: Record, names: &mut HashSet<String>) -> Result<Held, String> {
    let Record { name, role, sha256, created, expires, revoked } = record;
    if let Some(wrong) = token::what_is_wrong_with(&name) {
        return Err(format!("the name {name:?}: {wrong}"));
    }
    if !names.insert(name.to_ascii_lowercase()) {
        return Err(format!("the name {name:?} is there twice"));
    }
    let digest = Digest::from_hex(&sha256).ok_or_else(|| format!("the sha256 of {name:?} is not 64 hex digits"))?;
    Ok(Held::new(Token { name, role, created, expires, revoked }, digest))
}

/// Puts `held` in the place of what the file holds: all of it or, where that fails, nothing.
pub(crate) fn write(directory: &Path, held: &[Held]) -> Result<(), FileError> {
    let (path, next) = (directory.join(FILE), directory.join(NEXT));
    let tokens = held.iter().map(record).collect();
    let text = serde_json::to_string_pretty(&Contents { tokens }).expect("records are JSON") + "\n";
    write_whole(&next, &text).map_err(FileError::io("write", &next))?;
    fs::rename(&next, &path).map_err(FileError::io("replace", &path))?;
    File::open(directory).and_then(|names| names.sync_all()).map_err(FileError::io("sync", directory))
}

fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    // Made anew with its mode, so that nobody reads it before it is protected.
    let mut file = File::options().write(true).create_new(true).mode(MODE).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn record(held: &Held) -> Record {
    let Token { name, role, created, expires, revoked } = held.token.clone();
    Record { name, role, sha256: held.digest.to_hex(), created, expires, revoked }
}
