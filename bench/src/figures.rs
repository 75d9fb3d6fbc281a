//! All figures in one run: the loads with what they are given, and the file that comes of it.

mod file;

use std::time::SystemTime;

use anyhow::Context;
use clap::Parser;
use tokio::process::Command;

use crate::args::{self, Arguments, Target};
use crate::machine::{Machine, load_average};
use crate::report::note;
use crate::server::Server;
pub(crate) use file::{Figures, read};

/// The loads as they could be started one by one. A new load is a line here, and a place in docs/performance.md.
const FULL: &[&str] = &[
    "requests --books 1000,10000,100000,1000000 --seconds 0.7 --json-server",
    "open-loop",
    "idle",
    "fanout --books 1000,1000000",
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
    "fanout --rounds 3 --bursts 30 --books 1000,100000",
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
    "fanout --subscribers 20 --bursts 2 --rounds 1 --books 1000,2000",
    "list --books 20000 --rounds 1 --writes 100",
    "import --books 1000 --rounds 1",
    "start --books 100,1000 --entries 100 --rounds 1",
    "snapshot --books 1000 --rounds 1",
];

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
}
