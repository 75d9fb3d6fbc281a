//! Tables in Markdown.

use crate::figures::Figures;
use crate::report::{Report, Row};

/// The load average of a machine that does something else too.
const BUSY: f64 = 0.5;

/// Where and when it was measured.
pub(super) fn machine(figures: &Figures) -> String {
    let Figures { at, program, machine, load_before, .. } = figures;
    let day = at.split('T').next().unwrap_or_default();
    let processors = machine.processors;
    let busy = if *load_before > BUSY {
        " **Others had a part of the machine: rates and times say little, ratios and processor time a call something.**"
    } else {
        ""
    };
    format!(
        "{program}, {day}: {processors} processors ({}), {:.0} GiB, {}, {}; load average before the run {load_before:.1}.{busy} Each load \
         by itself:\n\n```sh\n{}```\n",
        machine.model,
        machine.memory_gib,
        machine.kernel,
        machine.disk,
        figures.commands.iter().map(|line| format!("target/release/bench {line}\n")).collect::<String>(),
    )
}

/// All that has a goal, of all loads.
pub(super) fn goals(reports: &[Report]) -> String {
    let of = |report: &Report| {
        let figures = report.figures.iter().filter_map(|figure| Some((figure, figure.reach?)));
        figures
            .map(|(figure, reach)| {
                let [name, value, unit, told] = figure.cells();
                let told = told.split(',').next().unwrap_or_default().to_owned();
                let reached = if reach.is_reached(figure.value) { "yes" } else { "**no**" };
                vec![report.load.clone(), name, with_unit(&value, &unit), told, reached.to_owned()]
            })
            .collect::<Vec<_>>()
    };
    table(&["load", "figure", "measured", "to reach", "reached"], &reports.iter().flat_map(of).collect::<Vec<_>>())
}

/// All that a load measured: what servers did, and what has no goal.
pub(super) fn report(report: &Report) -> String {
    let rows: Vec<Vec<String>> = report.rows.iter().map(|row| row.cells().to_vec()).collect();
    let others = report.figures.iter().filter(|figure| figure.reach.is_none()).map(|figure| {
        let [name, value, unit, _] = figure.cells();
        vec![name, with_unit(&value, &unit)]
    });
    let tables = [table(&Row::HEADER, &rows), table(&["figure", "measured"], &others.collect::<Vec<_>>())];
    tables.iter().filter(|table| !table.is_empty()).cloned().collect::<Vec<_>>().join("\n")
}

fn with_unit(value: &str, unit: &str) -> String {
    format!("{value} {unit}").trim_end().to_owned()
}

/// Columns in which nothing stands are left out, and so is a table without rows.
fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let is_used = |column: &usize| rows.iter().any(|row| !row[*column].is_empty());
    let used: Vec<usize> = (0..header.len()).filter(is_used).collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "));
    if rows.is_empty() {
        return String::new();
    }
    let mut text = line(&mut used.iter().map(|column| header[*column]));
    text += &format!("|{}\n", "---|".repeat(used.len()));
    text.extend(rows.iter().map(|row| line(&mut used.iter().map(|column| row[*column].as_str()))));
    text
}
