//! All figures in one run: the loads with what they are given, and the file that comes of it.

mod file;

use std::time::SystemTime;

use anyhow::Context;
use clap::Parser;
use tokio::process::Command;

use crate::args::{self, Arguments, Target};
use crate::machine::{Machine, load_average};
use crate::report::{Reach, Report, note};
use crate::requests::OURS;
use crate::server::Server;
pub(crate) use file::{Figures, read};

/// The loads as they could be started one by one. A new load is a line here, and a place in docs/performance.md.
const FULL: &[&str] = &[
    "requests --books 1000,10000,100000,1000000 --seconds 0.7 --json-server",
    "open-loop",
    "idle",
    "fanout",
    "fanout --filters 0 --books 1000000",
    "list",
    "import",
    "start",
    "snapshot",
];
/// The same in minutes.
const QUICK: &[&str] = &[
    "requests --books 1000,100000 --rounds 3 --seconds 1",
    "open-loop --rounds 3 --seconds 2",
    "idle --rounds 3",
    "fanout --rounds 3 --bursts 30",
    "fanout --rounds 3 --bursts 30 --filters 0 --books 100000",
    "list --books 100000 --rounds 5",
    "import --books 100000 --rounds 3",
    "start --books 10000,100000 --entries 10000 --rounds 3",
    "snapshot --books 100000 --rounds 3",
];
/// The same in seconds.
const SMOKE: &[&str] = &[
    "requests --books 200 --connections 16 --rounds 1 --seconds 0.1",
    "open-loop --books 200 --gets 2000 --writes 100 --rounds 1 --seconds 0.5",
    "idle --connections 100 --rounds 1",
    "fanout --subscribers 20 --bursts 2 --rounds 1",
    "fanout --subscribers 20 --bursts 2 --rounds 1 --filters 0 --books 2000",
    "list --books 20000 --rounds 1 --writes 100",
    "import --books 1000 --rounds 1",
    "start --books 100,1000 --entries 100 --rounds 1",
    "snapshot --books 1000 --rounds 1",
];
/// How much more a delivery may cost with the most books than with the fewest.
const FLAT: f64 = 1.25;

/// Runs the loads, shows what came of each, and writes the file; `true` where all that must hold does.
pub(crate) async fn run(target: &Target, args: &args::Figures) -> anyhow::Result<bool> {
    let load_before = load_average();
    let mut reports = Vec::new();
    for line in lines(args) {
        note(line);
        let parsed = Arguments::try_parse_from(["bench"].into_iter().chain(line.split(' ')))?;
        let args::Command::Load(load) = parsed.command else { anyhow::bail!("{line} is no load") };
        let report = crate::carry_out(target, &load).await.with_context(|| line.to_owned())?;
        print!("{}", report.table());
        reports.push(report);
    }
    reports.extend(feed_by_size(&reports));
    let figures = Figures {
        at: now()?,
        program: version(target).await?,
        machine: Machine::this(),
        load_before,
        load_after: load_average(),
        commands: lines(args).map(str::to_owned).collect(),
        reports,
    };
    figures.write(&args.output)?;
    Ok(figures.reports.iter().all(|report| report.holds()))
}

/// What telling a change costs with many books by what it costs with few.
fn feed_by_size(reports: &[Report]) -> Option<Report> {
    let rows = reports.iter().filter(|report| report.load == "fanout").flat_map(|report| &report.rows);
    let rows = rows.filter(|row| row.server == OURS && row.work.ends_with("no filter"));
    let few = rows.clone().min_by_key(|row| row.books)?;
    let many = rows.max_by_key(|row| row.books).filter(|many| many.books > few.books)?;
    let mut report = Report::new("fanout", serde_json::json!({}));
    let name = format!("{}: CPU a delivery with {} books by that with {}", many.work, many.books, few.books);
    report.goal(name, many.cpu_us / few.cpu_us, "", Reach::AtMost(FLAT));
    Some(report)
}

fn lines(args: &args::Figures) -> impl Iterator<Item = &'static str> + use<'_> {
    let lines = match (args.quick, args.smoke) {
        (_, true) => SMOKE,
        (true, _) => QUICK,
        _ => FULL,
    };
    let is_wanted =
        |line: &&str| args.only.is_empty() || args.only.iter().any(|load| line.split(' ').next() == Some(load));
    lines.iter().copied().filter(is_wanted)
}

fn now() -> anyhow::Result<String> {
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    Ok(jiff::Timestamp::from_second(i64::try_from(since_1970.as_secs())?)?.to_string())
}

/// What the program under load calls itself.
async fn version(target: &Target) -> anyhow::Result<String> {
    let told = Command::new(Server::binary(target)?).arg("--version").output().await?;
    Ok(String::from_utf8_lossy(&told.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Row;

    #[test]
    fn every_line_is_a_load_with_options_that_it_knows() {
        for line in [FULL, QUICK, SMOKE].concat() {
            let parsed = Arguments::try_parse_from(["bench"].into_iter().chain(line.split(' '))).unwrap();
            assert!(matches!(parsed.command, args::Command::Load(_)), "{line}");
        }
    }

    #[test]
    fn nothing_is_in_the_long_form_that_is_not_in_the_short_ones() {
        let loads =
            |lines: &[&str]| lines.iter().map(|line| line.split(' ').next().unwrap().to_owned()).collect::<Vec<_>>();
        assert_eq!(loads(FULL), loads(QUICK));
        assert_eq!(loads(FULL), loads(SMOKE));
    }

    #[test]
    fn every_load_has_its_place_on_the_page() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/performance.md");
        let page = std::fs::read_to_string(page).unwrap();
        for line in FULL {
            let load = line.split(' ').next().unwrap();
            assert!(page.contains(&format!("<!-- figures: {load} -->\n")), "{load} has no place");
        }
    }

    #[test]
    fn the_feed_is_judged_by_the_fewest_and_the_most_books() {
        let rows = [(1_000, 0.5), (1_000_000, 0.6)].map(|(books, cpu_us)| {
            let mut report = Report::new("fanout", serde_json::json!({}));
            report.row(Row { work: "fan-out to 10, no filter".into(), books, cpu_us, ..Row::of("bookstore") });
            report
        });
        let told = feed_by_size(&rows).unwrap();
        assert!((told.figures[0].value - 1.2).abs() < 1e-9, "{:?}", told.figures);
        assert!(feed_by_size(&rows[..1]).is_none());
    }
}
