//! A backup that gets its name only once it is whole, on the disk, and read back.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use flate2::Compression;
use flate2::write::GzEncoder;

/// A file beside the one that it is to become; it goes when it is dropped before.
pub(crate) struct Draft {
    beside: PathBuf,
    file: PathBuf,
    out: Option<Out>,
}

enum Out {
    Plain(BufWriter<File>),
    Packed(GzEncoder<BufWriter<File>>),
}

impl Draft {
    /// Packed with gzip where the name ends in `.gz`.
    pub(crate) fn beside(file: &Path) -> anyhow::Result<Draft> {
        let mut name = file.as_os_str().to_owned();
        name.push(".tmp");
        let beside = PathBuf::from(name);
        let created = File::create(&beside).with_context(|| format!("cannot write {}", beside.display()))?;
        let plain = BufWriter::new(created);
        let out = match file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz")) {
            true => Out::Packed(GzEncoder::new(plain, Compression::default())),
            false => Out::Plain(plain),
        };
        Ok(Draft { beside, file: file.to_owned(), out: Some(out) })
    }

    /// Gives it its name, if it is a sound backup. Says what it holds.
    pub(crate) fn finish(mut self) -> anyhow::Result<Vec<String>> {
        let failing = || format!("cannot write {}", self.file.display());
        let out = self.out.take().context("it is finished once")?;
        let plain = match out {
            Out::Plain(plain) => plain,
            Out::Packed(packed) => packed.finish().with_context(failing)?,
        };
        let file = plain.into_inner().map_err(io::IntoInnerError::into_error).with_context(failing)?;
        file.sync_all().with_context(failing)?;
        let report = journal::verify_backup(&self.beside)?;
        if !report.damage.is_empty() {
            bail!("what arrived is no sound backup, and is not kept: {}. Try again", report.damage.join("\n"));
        }
        fs::rename(&self.beside, &self.file).with_context(failing)?;
        let folder = self.file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).with_context(failing)?;
        Ok(report.lines)
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.out {
            Some(Out::Plain(plain)) => plain.write(bytes),
            Some(Out::Packed(packed)) => packed.write(bytes),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.out {
            Some(Out::Plain(plain)) => plain.flush(),
            Some(Out::Packed(packed)) => packed.flush(),
            None => Ok(()),
        }
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // Half a backup is of no use; that it cannot be removed, or has its name already, changes nothing of what is told.
        let _ = fs::remove_file(&self.beside);
    }
}

/// Passes a backup on that nobody reads back, and sees whether its closing line came.
pub(crate) struct Checked<W> {
    out: W,
    check: journal::ClosingCheck,
}

impl<W: Write> Checked<W> {
    pub(crate) fn new(out: W) -> Self {
        Checked { out, check: journal::ClosingCheck::default() }
    }

    /// Fails where it was cut off.
    pub(crate) fn finish(mut self) -> anyhow::Result<()> {
        self.out.flush()?;
        match self.check.is_whole() {
            true => Ok(()),
            false => bail!("it was cut off, or changed on its way. Try again"),
        }
    }
}

impl<W: Write> Write for Checked<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.check.take(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
