//! What a faulty disk holds: the names of its files as they are seen, and as they would survive.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::contents::Contents;

/// Files and their names.
#[derive(Clone)]
pub(super) struct Medium {
    files: Vec<Contents>,
    seen: Names,
    durable: Names,
    /// What happened to names since their folder was synced, in order.
    unsynced: Vec<NameChange>,
}

/// A file, by whatever name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FileId(usize);

type Names = BTreeMap<PathBuf, Node>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Node {
    Folder,
    File(FileId),
}

/// What happened to names of a folder, all of it or nothing.
#[derive(Clone, Debug)]
struct NameChange {
    removed: Option<PathBuf>,
    set: Option<(PathBuf, Node)>,
}

impl Default for Medium {
    fn default() -> Self {
        let root = Names::from([("/".into(), Node::Folder)]);
        Medium { files: Vec::new(), seen: root.clone(), durable: root, unsynced: Vec::new() }
    }
}

impl Medium {
    pub(super) fn find(&self, path: &Path) -> Option<FileId> {
        match self.seen.get(path)? {
            Node::File(file) => Some(*file),
            Node::Folder => None,
        }
    }

    pub(super) fn is_named(&self, file: FileId) -> bool {
        self.seen.values().any(|node| *node == Node::File(file))
    }

    pub(super) fn file(&self, file: FileId) -> &Contents {
        &self.files[file.0]
    }

    pub(super) fn file_mut(&mut self, file: FileId) -> &mut Contents {
        &mut self.files[file.0]
    }

    /// The paths of all files.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        self.seen.keys().filter(|path| self.find(path).is_some()).cloned().collect()
    }

    /// How many bytes all files have together.
    pub(super) fn bytes(&self) -> u64 {
        let files = self.seen.keys().filter_map(|path| self.find(path));
        files.map(|file| self.file(file).bytes().len() as u64).sum()
    }

    pub(super) fn create(&mut self, path: &Path) -> io::Result<FileId> {
        self.check_parent(path)?;
        let file = FileId(self.files.len());
        self.files.push(Contents::default());
        self.change(NameChange { removed: None, set: Some((path.into(), Node::File(file))) });
        Ok(file)
    }

    pub(super) fn create_folder(&mut self, path: &Path) -> io::Result<()> {
        self.check_parent(path)?;
        if self.seen.contains_key(path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        self.change(NameChange { removed: None, set: Some((path.into(), Node::Folder)) });
        Ok(())
    }

    pub(super) fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        let node = *self.seen.get(from).ok_or(io::ErrorKind::NotFound)?;
        self.change(NameChange { removed: Some(from.into()), set: Some((to.into(), node)) });
        Ok(())
    }

    pub(super) fn remove(&mut self, path: &Path) -> io::Result<()> {
        self.find(path).ok_or(io::ErrorKind::NotFound)?;
        self.change(NameChange { removed: Some(path.into()), set: None });
        Ok(())
    }

    pub(super) fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        if self.seen.get(path) != Some(&Node::Folder) {
            return Err(io::ErrorKind::NotFound.into());
        }
        let inside = self.seen.keys().filter(|name| name.parent() == Some(path));
        Ok(inside.filter_map(|name| Some(name.file_name()?.to_string_lossy().into_owned())).collect())
    }

    pub(super) fn sync_names(&mut self, folder: &Path) {
        let (synced, unsynced) =
            std::mem::take(&mut self.unsynced).into_iter().partition(|change| change.is_in(folder));
        self.unsynced = unsynced;
        synced.into_iter().for_each(|change: NameChange| change.apply(&mut self.durable));
    }

    /// What is there after a power cut; `choose` gives a number below its argument.
    pub(super) fn after_power_cut(&self, page_bytes: usize, choose: &mut dyn FnMut(usize) -> usize) -> Medium {
        let mut names = self.durable.clone();
        for change in &self.unsynced {
            if choose(2) == 1 {
                change.apply(&mut names);
            }
        }
        // What is in a folder that did not survive cannot be reached.
        let reachable = |path: &Path| path.ancestors().skip(1).all(|above| names.get(above) == Some(&Node::Folder));
        let names: Names = names.iter().filter(|(path, _)| reachable(path)).map(|(p, n)| (p.clone(), *n)).collect();
        let files = self.files.iter().map(|file| file.after_power_cut(page_bytes, choose)).collect();
        Medium { files, seen: names.clone(), durable: names, unsynced: Vec::new() }
    }

    /// Changes a file durably and behind everybody's back.
    pub(super) fn tamper(&mut self, path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
        let file = self.find(path).expect("the file is there");
        self.file_mut(file).tamper(change);
    }

    fn check_parent(&self, path: &Path) -> io::Result<()> {
        match path.parent().and_then(|parent| self.seen.get(parent)) {
            Some(Node::Folder) => Ok(()),
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn change(&mut self, change: NameChange) {
        change.apply(&mut self.seen);
        self.unsynced.push(change);
    }
}

/// What is in a folder goes where that goes.
fn take_along(names: &mut Names, from: &Path, to: &Path) {
    let inside: Vec<PathBuf> = names.keys().filter(|path| path.starts_with(from)).cloned().collect();
    for path in inside {
        let node = names.remove(&path).expect("it was just found");
        let within = path.strip_prefix(from).expect("it begins so");
        names.insert(to.join(within), node);
    }
}

impl NameChange {
    fn apply(&self, names: &mut Names) {
        if let Some(path) = &self.removed {
            names.remove(path);
        }
        if let Some((path, node)) = &self.set {
            names.insert(path.clone(), *node);
        }
        if let NameChange { removed: Some(from), set: Some((to, Node::Folder)) } = self {
            take_along(names, from, to);
        }
    }

    fn is_in(&self, folder: &Path) -> bool {
        let path = self.set.as_ref().map(|(path, _)| path).or(self.removed.as_ref());
        path.is_some_and(|path| path.parent() == Some(folder))
    }
}
