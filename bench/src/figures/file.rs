//! The file that figures are kept in.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::{Deserialize, Serialize};

use crate::machine::Machine;
use crate::report::Report;

/// What one run of all loads measured, and where.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Figures {
    pub(crate) at: String,
    /// The program and its version.
    pub(crate) program: String,
    pub(crate) machine: Machine,
    /// How busy the machine was before, without us.
    pub(crate) load_before: f64,
    pub(crate) load_after: f64,
    /// How each load is started by itself.
    pub(crate) commands: Vec<String>,
    pub(crate) reports: Vec<Report>,
}

impl Figures {
    pub(super) fn write(&self, path: &Path) -> anyhow::Result<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let text = serde_json::to_string_pretty(self)? + "\n";
        fs::write(path, text).with_context(|| path.display().to_string())
    }
}

/// The figures of all files; of a load that is in several, those of the last.
pub(crate) fn read(files: &[PathBuf]) -> anyhow::Result<Figures> {
    let read = |path: &PathBuf| -> anyhow::Result<Figures> {
        let text = fs::read(path).with_context(|| path.display().to_string())?;
        serde_json::from_slice(&text).with_context(|| format!("{} holds no figures", path.display()))
    };
    let mut all = files.iter().map(read).collect::<anyhow::Result<Vec<_>>>()?.into_iter();
    let first = all.next().context("no file is named")?;
    Ok(all.fold(first, |before, after| before.with(after)))
}

impl Figures {
    fn with(self, after: Figures) -> Figures {
        let is_newer = |load: &str| after.reports.iter().any(|report| report.load == load);
        let mut reports: Vec<_> = self.reports.into_iter().filter(|report| !is_newer(&report.load)).collect();
        let name = |line: &str| line.split(' ').next().unwrap_or_default().to_owned();
        let is_again = |line: &str| after.commands.iter().any(|again| name(again) == name(line));
        let mut commands: Vec<_> = self.commands.into_iter().filter(|line| !is_again(line)).collect();
        reports.extend(after.reports);
        commands.extend(after.commands);
        Figures { reports, commands, ..after }
    }
}
