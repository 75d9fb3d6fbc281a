//! Bits that turn over on the disk, each on a copy that is opened beside the history.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use journal::testing::FaultyDisk;
use journal::{Disk, FileJournal, ReadLimit, verify_on};

use super::World;
use super::life::DATA;

impl World {
    /// One bit of one file turns over while nobody works there: a start says so, or what it finds is what was there, but
    /// for a batch that no witness claims.
    pub(super) fn flip(&mut self) -> Result<(), String> {
        self.collect()?;
        if !self.waiting.is_empty() || !self.doubtful.is_empty() || self.disk.is_off() {
            return Ok(());
        }
        let copy = self.disk.inner().after_kill();
        let files: Vec<PathBuf> = copy
            .files()
            .into_iter()
            .filter(|path| copy.contents(path).is_some_and(|bytes| !bytes.is_empty()))
            .collect();
        if files.is_empty() {
            return Ok(());
        }
        let path = self.chance.one(&files).clone();
        let bits = copy.contents(&path).map_or(0, |bytes| bytes.len() as u64) * 8;
        let bit = self.chance.below(bits) as usize;
        let witness = last_witness(&copy);
        copy.tamper(&path, |bytes| bytes[bit / 8] ^= 1 << (bit % 8));
        self.start_on(&copy, &path, witness).map_err(|wrong| format!("bit {bit} of {} turned: {wrong}", path.display()))
    }

    fn start_on(&mut self, copy: &FaultyDisk, path: &Path, witness: u64) -> Result<(), String> {
        let disk: Arc<dyn Disk> = Arc::new(copy.clone());
        let is_damaged = match verify_on(Arc::clone(&disk), Path::new(DATA)) {
            Ok(report) => !report.damage.is_empty(),
            Err(error) => return Err(format!("it cannot be verified: {error}")),
        };
        let opened = match FileJournal::open_on(disk, Path::new(DATA), self.plan.options.clone()) {
            Ok(opened) => opened,
            Err(error) if !is_damaged => return Err(format!("verify finds nothing, and the start: {error}")),
            Err(error) if error.to_string().contains(&*path.to_string_lossy()) => {
                self.tally.count("a turned bit was found");
                return Ok(());
            }
            Err(error) => return Err(format!("the start names another file: {error}")),
        };
        self.tally.count(if is_damaged { "a turned bit was found by verify" } else { "a turned bit was harmless" });
        let found = opened.catalogue.revision().0;
        if found < witness {
            return Err(format!("the start went on from {found}, and {witness} was witnessed"));
        }
        if let Some(difference) = self.model.difference(&opened.catalogue) {
            return Err(format!("another catalogue: {difference}"));
        }
        let all = ReadLimit { entries: usize::MAX, bytes: usize::MAX };
        match opened.journal.read(opened.journal.oldest(), all) {
            Ok(entries) => entries.iter().try_for_each(|entry| self.is_as_made(entry)),
            // What the start did not read is checked when it is read.
            Err(_) if is_damaged => Ok(()),
            Err(error) => Err(format!("verify finds nothing, and the journal cannot be read: {error}")),
        }
    }
}

/// The last revision of which any whole line or snapshot says that it was durable.
pub(super) fn last_witness(disk: &FaultyDisk) -> u64 {
    let claims = |path: PathBuf| {
        let bytes = disk.contents(&path)?;
        let name = path.to_string_lossy();
        match () {
            () if name.ends_with(".jsonl") => {
                let lines = bytes.split(|byte| *byte == b'\n').filter(|line| is_sealed(line));
                lines.filter_map(|line| number_behind(line, "\"durable\":")).max()
            }
            () if name.ends_with(".json") => number_behind(&bytes, "\"revision\":"),
            () => None,
        }
    };
    disk.files().into_iter().filter_map(claims).max().unwrap_or(0)
}

/// Whether a line ends in the checksum of what is before it: half a line claims nothing.
fn is_sealed(line: &[u8]) -> bool {
    let Some((content, seal)) = line.split_last_chunk::<18>() else { return false };
    seal.as_slice() == format!(",\"crc\":\"{:08x}\"}}", crc32c::crc32c(content)).as_bytes()
}

/// The first number behind a member's name.
fn number_behind(text: &[u8], name: &str) -> Option<u64> {
    let text = String::from_utf8_lossy(text);
    text.split(name).nth(1)?.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
}
