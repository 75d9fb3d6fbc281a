//! What a call costs by how many books there are, as pictures: flat is what it should be.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Context;
use plotters::prelude::*;

use crate::args;
use crate::figures;
use crate::report::{Report, Row, note};

/// The plots by name, and the work that each shows.
const PLOTS: [(&str, &str); 4] =
    [("get", "get"), ("update", "update"), ("create", "create"), ("feed", "fan-out to 1000, no filter")];
const SIZE: (u32, u32) = (720, 400);
/// Above the lines, for their names.
const HEADROOM: f64 = 1.5;
const COLOURS: [RGBColor; 6] = [
    RGBColor(0, 90, 160),
    RGBColor(0, 150, 210),
    RGBColor(90, 90, 90),
    RGBColor(160, 160, 160),
    RGBColor(190, 80, 30),
    RGBColor(230, 150, 90),
];

/// One server at one depth: its cost by the number of books.
type Series = BTreeMap<String, Vec<(f64, f64)>>;

/// Writes a plot for each work.
pub(crate) fn run(args: &args::Plots) -> anyhow::Result<()> {
    let figures = figures::read(&args.files)?;
    fs::create_dir_all(&args.into)?;
    for (name, work) in PLOTS {
        let series = series(&figures.reports, work);
        if series.is_empty() {
            note(format_args!("{work} was not measured at several sizes: no plot"));
            continue;
        }
        let path = args.into.join(format!("{name}.svg"));
        draw(&path, name, &series).with_context(|| path.display().to_string())?;
    }
    Ok(())
}

fn series(reports: &[Report], work: &str) -> Series {
    let mut series = Series::new();
    for row in reports.iter().flat_map(|report| &report.rows).filter(|row| row.work == work && row.books > 0) {
        let Row { pipeline, server, books, cpu_us, .. } = row;
        series.entry(format!("{server}, {pipeline} at once")).or_default().push((*books as f64, *cpu_us));
    }
    series.retain(|_, points| points.len() > 1);
    series.values_mut().for_each(|points| points.sort_by(|a, b| a.0.total_cmp(&b.0)));
    series
}

fn draw(path: &Path, name: &str, series: &Series) -> anyhow::Result<()> {
    let area = SVGBackend::new(path, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let points = || series.values().flatten();
    let books =
        points().fold(f64::MAX, |least, point| least.min(point.0))..points().fold(0.0, |most, point| point.0.max(most));
    let most = points().fold(0.0, |most, point| point.1.max(most));
    let mut chart = ChartBuilder::on(&area)
        .caption(format!("{name}: processor time of the server"), ("sans-serif", 18))
        .margin(12)
        .margin_right(36)
        .x_label_area_size(40)
        .y_label_area_size(56)
        .build_cartesian_2d(books.log_scale(), 0.0..most * HEADROOM)?;
    chart
        .configure_mesh()
        .x_desc("books in the catalogue")
        .y_desc("microseconds")
        .x_label_formatter(&|books| crate::report::number(*books))
        .light_line_style(WHITE)
        .draw()?;
    for ((name, points), colour) in series.iter().zip(COLOURS.iter().cycle()) {
        let line = LineSeries::new(points.iter().copied(), colour.stroke_width(2)).point_size(3);
        chart
            .draw_series(line)?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2)));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .border_style(RGBColor(200, 200, 200))
        .background_style(WHITE)
        .draw()?;
    area.present()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(work: &str, books: u64, cpu_us: f64) -> Row {
        Row { work: work.into(), books, cpu_us, ..Row::of("bookstore") }
    }

    #[test]
    fn what_was_measured_at_several_sizes_becomes_a_line_from_few_books_to_many() {
        let mut report = Report::new("requests", json!({}));
        for (work, books, cpu_us) in [("get", 1_000_000, 7.0), ("get", 1_000, 6.0), ("update", 1_000, 9.0)] {
            report.row(row(work, books, cpu_us));
        }
        let reports = [report];
        let get = series(&reports, "get");
        assert_eq!(get["bookstore, 1 at once"], [(1_000.0, 6.0), (1_000_000.0, 7.0)]);
        assert!(series(&reports, "update").is_empty());

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("get.svg");
        draw(&path, "get", &get).unwrap();
        let picture = fs::read_to_string(path).unwrap();
        for text in ["<svg", "polyline", "bookstore, 1 at once", "books in the catalogue"] {
            assert!(picture.contains(text), "{text} is not in the plot");
        }
    }
}
