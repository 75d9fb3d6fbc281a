//! Which states a power cut may leave: the second opinion beside `FaultyDisk`, which shares no line with it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rand::RngExt;

use super::recorder::{FileNumber, Image, Promised, Recording, Step};
use crate::fixture::rng;

/// How many bytes reach the disk together or not at all. Real ones have 512 or 4,096; with smaller ones, more is torn.
const PAGE_BYTES: usize = 64;

/// A disk between two operations: what is on it for certain, and what may be.
#[derive(Clone, Default)]
pub(crate) struct Moment {
    files: Vec<File>,
    names: Names,
    /// What happened to names since their folder was synced, in order.
    pending: Vec<NameChange>,
    pub(crate) promised: Promised,
}

/// What a file held after each operation since its last sync, that moment included.
type File = Vec<Vec<u8>>;
/// A folder has no file.
type Names = BTreeMap<PathBuf, Option<FileNumber>>;

#[derive(Clone)]
struct NameChange {
    gone: Option<PathBuf>,
    set: Option<(PathBuf, Option<FileNumber>)>,
}

impl Moment {
    /// Before the first operation.
    pub(crate) fn first(recording: &Recording) -> Moment {
        let mut names = Names::from([("/".into(), None)]);
        for (file, path) in recording.start.keys().enumerate() {
            names.extend(path.ancestors().skip(1).map(|folder| (folder.to_owned(), None)));
            names.insert(path.clone(), Some(file));
        }
        let files = recording.start.values().map(|bytes| vec![bytes.clone()]).collect();
        Moment { files, names, pending: Vec::new(), promised: Promised::default() }
    }

    /// What one more operation makes of it.
    pub(crate) fn take(&mut self, step: &Step) {
        match step {
            Step::Create { path, file } => {
                self.files.push(vec![Vec::new()]);
                self.name(None, Some((path.clone(), Some(*file))));
            }
            Step::Folder { path } => self.name(None, Some((path.clone(), None))),
            Step::Rename { from, to } => {
                let file = self.seen_names()[from];
                self.name(Some(from.clone()), Some((to.clone(), file)));
            }
            Step::Remove { path } => self.name(Some(path.clone()), None),
            Step::SyncFolder { path } => self.sync_folder(path),
            Step::Write { file, offset, bytes } => self.edit(*file, |seen| {
                let end = offset + bytes.len();
                seen.resize(seen.len().max(end), 0);
                seen[*offset..end].copy_from_slice(bytes);
            }),
            Step::Length { file, length } => self.edit(*file, |seen| seen.resize(*length, 0)),
            Step::Sync { file } => {
                let file = &mut self.files[*file];
                file.drain(..file.len() - 1);
            }
            Step::Promise(promised) => self.promised = promised.clone(),
        }
    }

    /// States that a power cut may leave now: all, or where there are more than `most`, that many, chosen so that of each
    /// undecided thing both is seen: that it alone survives, and that it alone is lost. `seed` chooses the others.
    pub(crate) fn survivors(&self, most: usize, seed: u64) -> BTreeSet<Image> {
        let radices = self.radices();
        let all = radices.iter().try_fold(1_usize, |product, radix| product.checked_mul(*radix));
        match all.filter(|all| *all <= most) {
            Some(all) => (0..all).map(|number| self.image(&digits(&radices, number))).collect(),
            None => systematic(&radices, most, seed).iter().map(|chosen| self.image(chosen)).collect(),
        }
    }

    /// How many ways there are for each undecided thing: names, then lengths and pages of files.
    fn radices(&self) -> Vec<usize> {
        let names = self.pending.iter().map(|_| 2);
        let files = self.files.iter().flat_map(|file| {
            let pages = (0..page_count(file)).map(|page| versions_of_page(file, page).len());
            std::iter::once(lengths(file).len()).chain(pages)
        });
        names.chain(files).collect()
    }

    /// What is there if each undecided thing came out as `chosen`.
    fn image(&self, chosen: &[usize]) -> Image {
        let mut chosen = chosen.iter().copied();
        let mut names = self.names.clone();
        for change in &self.pending {
            if chosen.next() == Some(1) {
                change.apply(&mut names);
            }
        }
        let mut contents = Vec::new();
        for file in &self.files {
            let mut bytes = vec![0; lengths(file)[chosen.next().unwrap()]];
            for page in 0..page_count(file) {
                let survived = versions_of_page(file, page)[chosen.next().unwrap()];
                let start = (page * PAGE_BYTES).min(bytes.len());
                let end = (start + survived.len()).min(bytes.len());
                bytes[start..end].copy_from_slice(&survived[..end - start]);
            }
            contents.push(bytes);
        }
        // What is in a folder that did not survive cannot be reached.
        let is_reachable = |path: &Path| path.ancestors().skip(1).all(|folder| names.get(folder) == Some(&None));
        let files =
            names.iter().filter(|(path, _)| is_reachable(path)).filter_map(|(path, node)| Some((path, (*node)?)));
        files.map(|(path, file)| (path.clone(), contents[file].clone())).collect()
    }

    fn edit(&mut self, file: FileNumber, change: impl FnOnce(&mut Vec<u8>)) {
        let mut next = self.files[file].last().unwrap().clone();
        change(&mut next);
        self.files[file].push(next);
    }

    fn name(&mut self, gone: Option<PathBuf>, set: Option<(PathBuf, Option<FileNumber>)>) {
        self.pending.push(NameChange { gone, set });
    }

    fn sync_folder(&mut self, folder: &Path) {
        let (synced, pending): (Vec<_>, _) = self.pending.drain(..).partition(|change| change.folder() == Some(folder));
        self.pending = pending;
        synced.iter().for_each(|change| change.apply(&mut self.names));
    }

    fn seen_names(&self) -> Names {
        let mut names = self.names.clone();
        self.pending.iter().for_each(|change| change.apply(&mut names));
        names
    }
}

impl NameChange {
    fn apply(&self, names: &mut Names) {
        if let Some(path) = &self.gone {
            names.remove(path);
        }
        names.extend(self.set.clone());
    }

    fn folder(&self) -> Option<&Path> {
        self.set.as_ref().map(|(path, _)| path).or(self.gone.as_ref())?.parent()
    }
}

fn lengths(file: &File) -> Vec<usize> {
    let mut lengths: Vec<usize> = file.iter().map(Vec::len).collect();
    lengths.dedup();
    lengths
}

fn page_count(file: &File) -> usize {
    file.iter().map(|version| version.len().div_ceil(PAGE_BYTES)).max().unwrap_or(0)
}

fn versions_of_page(file: &File, page: usize) -> Vec<&[u8]> {
    let start = page * PAGE_BYTES;
    let cut = |version: &'_ Vec<u8>| start.min(version.len())..(start + PAGE_BYTES).min(version.len());
    let mut versions: Vec<&[u8]> = file.iter().map(|version| &version[cut(version)]).collect();
    versions.dedup();
    versions
}

/// The number as digits of which each has its own radix.
fn digits(radices: &[usize], mut number: usize) -> Vec<usize> {
    let digit = |radix: &usize| {
        let digit = number % radix;
        number /= radix;
        digit
    };
    radices.iter().map(digit).collect()
}

/// `most` choices: nothing survives; all; each alone; all but each; the first ones; the last ones; and any.
fn systematic(radices: &[usize], most: usize, seed: u64) -> Vec<Vec<usize>> {
    let undecided: Vec<usize> = (0..radices.len()).filter(|place| radices[*place] > 1).collect();
    let survive = |is_there: &dyn Fn(usize) -> bool| {
        let mut chosen = vec![0; radices.len()];
        for number in (0..undecided.len()).filter(|number| is_there(*number)) {
            chosen[undecided[number]] = radices[undecided[number]] - 1;
        }
        chosen
    };
    let mut chosen = vec![survive(&|_| false), survive(&|_| true)];
    for one in 0..undecided.len() {
        chosen.push(survive(&|number| number == one));
        chosen.push(survive(&|number| number != one));
        chosen.push(survive(&|number| number < one));
        chosen.push(survive(&|number| number > one));
    }
    let mut rng = rng(seed);
    while chosen.len() > most {
        let place = rng.random_range(2..chosen.len());
        chosen.swap_remove(place);
    }
    while chosen.len() < most {
        chosen.push(radices.iter().map(|radix| rng.random_range(0..*radix)).collect());
    }
    chosen
}
