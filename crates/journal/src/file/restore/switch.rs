//! From the present store to the restored one, in steps that can be taken again after a crash.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::prepare::remove_leftovers;
use crate::file::aside::{put, read_all};
use crate::file::creation::make_directory;
use crate::file::directory::{BOOKS, Directory, JOURNAL};
use crate::file::error::{Damage, OpenError};
use crate::file::seal::{is_sealed, seal_object};

/// Where the restored store's files wait.
pub(super) const RESTORED_JOURNAL: &str = "journal.restored";
pub(super) const RESTORED_BOOKS: &str = "books.json.restored";
/// What says that they count.
pub(crate) const PLAN: &str = "restore.json";
/// What becomes what; the journal first, for it is the store.
const PLACES: [(&str, &str); 2] = [(RESTORED_JOURNAL, JOURNAL), (RESTORED_BOOKS, BOOKS)];
/// The folder for what was there before, with a number behind it.
const ASIDE: &str = "replaced-";

/// What is to be said of a directory that is between two stores.
pub(crate) const IS_UNDER_WAY: &str =
    "a restore is under way, or was cut short: the restored store counts, and the next start puts it in its place";

/// What `restore.json` says.
#[derive(Serialize, Deserialize)]
pub(super) struct Plan {
    /// The folder for what was there before.
    aside: String,
    /// The names that go there.
    moves: Vec<String>,
}

/// Whether a name is what a restore left behind that came to nothing.
pub(super) fn is_left_over(name: &str) -> bool {
    let draft = |of: &str| name.strip_suffix(".tmp") == Some(of);
    name == RESTORED_JOURNAL || name == RESTORED_BOOKS || draft(RESTORED_BOOKS) || draft(PLAN)
}

/// Whether a restore waits to be completed.
pub(crate) fn is_under_way(directory: &Directory) -> Result<bool, OpenError> {
    Ok(names(directory)?.iter().any(|name| name == PLAN))
}

/// The folders of what was there before earlier restores.
pub(crate) fn set_aside(directory: &Directory) -> Result<Vec<String>, OpenError> {
    let is_numbered = |name: &String| name.strip_prefix(ASIDE).is_some_and(|number| number.parse::<u32>().is_ok());
    let mut found: Vec<String> = names(directory)?.into_iter().filter(is_numbered).collect();
    found.sort();
    Ok(found)
}

impl Plan {
    /// What to do with what is there now.
    pub(super) fn of(directory: &Directory) -> Result<Plan, OpenError> {
        let names = names(directory)?;
        let mut numbered = (1_u32..).map(|number| format!("{ASIDE}{number}"));
        let aside = numbered.find(|name| !names.contains(name)).expect("one of the numbers is free");
        Ok(Plan { aside, moves: names.into_iter().filter(|name| is_a_stores(name)).collect() })
    }

    /// The folder for what is there; `None` where nothing is.
    pub(super) fn aside_in(&self, directory: &Directory) -> Option<PathBuf> {
        (!self.moves.is_empty()).then(|| directory.root().join(&self.aside))
    }

    /// The moment from which on the prepared store counts. What came to be since the plan was made is moved as well.
    pub(super) fn commit(&mut self, directory: &Directory) -> Result<(), OpenError> {
        self.moves = names(directory)?.into_iter().filter(|name| is_a_stores(name)).collect();
        let mut line = serde_json::to_vec(self).expect("names are texts, and memory does not fail");
        seal_object(&mut line, 0);
        line.push(b'\n');
        let path = directory.root().join(PLAN);
        put(directory.disk.as_ref(), &path, &line).map_err(OpenError::io("write", &path))
    }
}

/// Completes a restore that was committed, and says so; removes what is left of one that was not.
pub(crate) fn settle(directory: &Directory) -> Result<Option<String>, OpenError> {
    let found = names(directory)?;
    let is_there = |name: &str| found.iter().any(|found| found == name);
    if !is_there(PLAN) {
        // Where the journal is missing it could be the only one; else it takes space, as much as a store may.
        if is_there(JOURNAL) && found.iter().any(|name| is_left_over(name)) {
            // It does no other harm: no start fails for it.
            let _ = remove_leftovers(directory);
        }
        return Ok(None);
    }
    let plan = read_plan(directory)?;
    move_aside(directory, &plan)?;
    let found = names(directory)?;
    for (waiting, place) in PLACES.iter().filter(|(waiting, _)| found.iter().any(|name| name == waiting)) {
        rename(directory, &directory.root().join(waiting), &directory.root().join(place))?;
    }
    let path = directory.root().join(PLAN);
    directory.disk.remove(&path).map_err(OpenError::io("remove", &path))?;
    sync(directory, directory.root())?;
    Ok(Some(match plan.aside_in(directory) {
        None => "a restore was completed".into(),
        Some(aside) => format!("a restore was completed; the store that was here before is in {}", aside.display()),
    }))
}

fn move_aside(directory: &Directory, plan: &Plan) -> Result<(), OpenError> {
    let Some(aside) = plan.aside_in(directory) else { return Ok(()) };
    make_directory(directory.disk.as_ref(), &aside)?;
    let found = names(directory)?;
    let is_there = |name: &str| found.iter().any(|found| found == name);
    for name in plan.moves.iter().filter(|name| is_there(name)) {
        let waiting = PLACES.iter().find(|(_, place)| place == name);
        // Once what waited is in this place, it is the new store's.
        if waiting.is_none_or(|(waiting, _)| is_there(waiting)) {
            rename(directory, &directory.root().join(name), &aside.join(name))?;
        }
    }
    Ok(())
}

/// Whether a name is of a store's files: everything but the lock, the address, tokens, and what earlier restores set aside.
fn is_a_stores(name: &str) -> bool {
    name == JOURNAL || (name.starts_with(BOOKS) && !is_left_over(name))
}

fn read_plan(directory: &Directory) -> Result<Plan, OpenError> {
    let path = directory.root().join(PLAN);
    let bytes = read_all(directory.disk.as_ref(), &path).map_err(OpenError::io("read", &path))?;
    let line = bytes.strip_suffix(b"\n").filter(|line| is_sealed(line));
    let plan = line.and_then(|line| serde_json::from_slice(line).ok());
    plan.ok_or_else(|| Damage { path, line: None, found: "its checksum does not hold".into() }.into())
}

/// What there is; nothing where the directory is not there.
fn names(directory: &Directory) -> Result<Vec<String>, OpenError> {
    match directory.disk.list(directory.root()) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        listed => listed.map_err(OpenError::io("list", directory.root())),
    }
}

/// Gives a file or folder another name, durably.
fn rename(directory: &Directory, from: &Path, to: &Path) -> Result<(), OpenError> {
    directory.disk.rename(from, to).map_err(OpenError::io("move", from))?;
    let folder = to.parent().unwrap_or(directory.root());
    sync(directory, folder)?;
    if folder != directory.root() { sync(directory, directory.root()) } else { Ok(()) }
}

fn sync(directory: &Directory, folder: &Path) -> Result<(), OpenError> {
    directory.disk.sync_dir(folder).map_err(OpenError::io("sync", folder))
}
