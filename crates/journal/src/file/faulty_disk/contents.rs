//! One file's bytes: as they are seen, and as they would survive.

/// A file's bytes, and the way to them from what is durable.
#[derive(Clone, Default)]
pub(super) struct Contents {
    seen: Vec<u8>,
    durable: Vec<u8>,
    unsynced: Vec<Edit>,
    /// How many of those a failed sync left behind: they may have reached the disk, and no later sync takes them there.
    given_up: usize,
}

#[derive(Clone)]
enum Edit {
    Write { offset: usize, bytes: Vec<u8> },
    Length(usize),
}

impl Contents {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.seen
    }

    pub(super) fn write(&mut self, bytes: &[u8], offset: u64) {
        self.edit(Edit::Write { offset: offset as usize, bytes: bytes.to_vec() });
    }

    pub(super) fn set_length(&mut self, length: u64) {
        self.edit(Edit::Length(length as usize));
    }

    pub(super) fn sync(&mut self) {
        for edit in self.unsynced.drain(..).skip(self.given_up) {
            edit.apply(&mut self.durable);
        }
        self.given_up = 0;
    }

    /// What is unsynced is still seen, and no later sync takes it to the disk.
    pub(super) fn fail_sync(&mut self) {
        self.given_up = self.unsynced.len();
    }

    pub(super) fn tamper(&mut self, change: impl FnOnce(&mut Vec<u8>)) {
        change(&mut self.seen);
        *self = Contents { durable: self.seen.clone(), seen: std::mem::take(&mut self.seen), ..Contents::default() };
    }

    /// What is there after a power cut: each page, and the length, as it was after some number of the unsynced edits.
    pub(super) fn after_power_cut(&self, page_bytes: usize, choose: &mut dyn FnMut(usize) -> usize) -> Contents {
        if self.unsynced.is_empty() {
            return Contents { seen: self.durable.clone(), durable: self.durable.clone(), ..Contents::default() };
        }
        let versions = self.versions();
        let length = versions[choose(versions.len())].len();
        let mut bytes = vec![0; length];
        for (number, page) in bytes.chunks_mut(page_bytes).enumerate() {
            let version = &versions[choose(versions.len())];
            let start = (number * page_bytes).min(version.len());
            let survived = &version[start..version.len().min(start + page.len())];
            page[..survived.len()].copy_from_slice(survived);
        }
        Contents { seen: bytes.clone(), durable: bytes, ..Contents::default() }
    }

    fn versions(&self) -> Vec<Vec<u8>> {
        let mut versions = vec![self.durable.clone()];
        for edit in &self.unsynced {
            let mut next = versions.last().expect("there is the durable one").clone();
            edit.apply(&mut next);
            versions.push(next);
        }
        versions
    }

    fn edit(&mut self, edit: Edit) {
        edit.apply(&mut self.seen);
        self.unsynced.push(edit);
    }
}

impl Edit {
    fn apply(&self, to: &mut Vec<u8>) {
        match self {
            Edit::Length(length) => to.resize(*length, 0),
            Edit::Write { offset, bytes } => {
                let end = offset + bytes.len();
                if to.len() < end {
                    to.resize(end, 0);
                }
                to[*offset..end].copy_from_slice(bytes);
            }
        }
    }
}
