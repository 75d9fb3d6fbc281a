//! The file of refused rows: to be corrected and imported again.

use std::borrow::Cow;
use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::Context;
use formats::rewritten;

/// Beside the imported file, `<file>.rejected.csv`; made when the first row is refused.
pub(super) struct Rejected {
    path: PathBuf,
    header: Vec<String>,
    out: Option<csv::Writer<File>>,
}

impl Rejected {
    pub(super) fn beside(file: &Path, header: &[String]) -> Rejected {
        let mut name = OsString::from(file);
        name.push(".rejected.csv");
        Rejected { path: name.into(), header: header.to_vec(), out: None }
    }

    /// Writes a row down with the reason.
    pub(super) fn write(&mut self, line: u64, reason: &str, cells: &[String]) -> anyhow::Result<()> {
        let path = self.path.clone();
        let written = self.row(line, reason, cells);
        written.with_context(|| format!("cannot write the refused rows to {}", path.display()))
    }

    /// Makes sure that all rows are in the file, and gives its name if there is one.
    pub(super) fn finish(&mut self) -> anyhow::Result<Option<&Path>> {
        let Some(out) = &mut self.out else { return Ok(None) };
        out.flush().with_context(|| format!("cannot write the refused rows to {}", self.path.display()))?;
        Ok(Some(&self.path))
    }

    fn row(&mut self, line: u64, reason: &str, cells: &[String]) -> csv::Result<()> {
        let out = match &mut self.out {
            Some(out) => out,
            none => none.insert(begin(&self.path, &self.header)?),
        };
        let own = [line.to_string().into(), rewritten(reason)];
        write(out, own.into_iter().chain(cells.iter().map(|cell| rewritten(cell))))
    }
}

fn begin(path: &Path, header: &[String]) -> csv::Result<csv::Writer<File>> {
    // Rows may have more cells than the header has names.
    let mut out = csv::WriterBuilder::new().flexible(true).from_path(path)?;
    let names = if header.is_empty() { vec!["row".to_owned()] } else { header.to_vec() };
    let own = ["line", "reason"].map(Cow::from);
    write(&mut out, own.into_iter().chain(names.iter().map(|name| rewritten(name))))?;
    Ok(out)
}

fn write<'a>(out: &mut csv::Writer<File>, cells: impl Iterator<Item = Cow<'a, str>>) -> csv::Result<()> {
    out.write_record(cells.map(|cell| cell.into_owned().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_begins_with_line_and_reason() {
        let folder = tempfile::tempdir().unwrap();
        let mut rejected = Rejected::beside(&folder.path().join("a.csv"), &["title".into(), "=x".into()]);
        assert!(rejected.finish().unwrap().is_none());
        let cells = ["A\nB", "=cmd()", "=\"0142402494\"", "more"].map(str::to_owned);
        rejected.write(3, "year: no, \"soon\" is no year", &cells).unwrap();
        let path = rejected.finish().unwrap().unwrap();
        assert_eq!(path, folder.path().join("a.csv.rejected.csv"));
        expect_test::expect![[r#"
            line,reason,title,'=x
            3,"year: no, ""soon"" is no year","A
            B",'=cmd(),"=""0142402494""",more
        "#]]
        .assert_eq(&std::fs::read_to_string(path).unwrap());
    }
}
