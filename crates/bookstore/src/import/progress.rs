//! A progress bar on a terminal, nothing elsewhere.

use std::path::Path;
use std::time::Duration;

use indicatif::{HumanCount, ProgressBar, ProgressState, ProgressStyle};

/// Nobody reads faster than so many rows pass; moving the bar costs as much as a row.
const ROWS_BETWEEN: u64 = 128;

/// How far an import has come, for the person who waits. On stderr.
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// A file is read; how many rows it has is not known yet.
    pub(super) fn reading(file: &Path) -> Progress {
        let bar = ProgressBar::new_spinner().with_style(style("{spinner} reading {msg}: {human_pos} rows"));
        bar.set_message(file.display().to_string());
        Progress(bar)
    }

    /// Rows are imported.
    pub(super) fn importing(rows: u64) -> Progress {
        let shape = "{bar:30} {human_pos}/{human_len} rows  {rate}/s  {eta} left";
        let bar = ProgressBar::new(rows).with_style(style(shape));
        bar.enable_steady_tick(Duration::from_millis(250));
        Progress(bar)
    }

    /// So many rows are done. Cheap enough to be told of each.
    pub(super) fn at(&self, rows: u64) {
        if rows.is_multiple_of(ROWS_BETWEEN) {
            self.0.set_position(rows);
        }
    }

    /// Says something without breaking the bar.
    pub(super) fn say(&self, text: &str) {
        self.0.suspend(|| eprintln!("{text}"));
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        self.0.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    let rate = |state: &ProgressState, out: &mut dyn std::fmt::Write| {
        // Nobody can tell of an error here; the next picture of the bar is tried anew.
        let _ = write!(out, "{}", HumanCount(state.per_sec() as u64));
    };
    ProgressStyle::with_template(template).expect("the template is one of the two above").with_key("rate", rate)
}
