//! What ours is to reach beside the others. Ratios are taken within each round, and their median counts: what else the
//! machine did falls on both.

use super::{Entrant, Event, Turn};
use crate::args::{Work, YardstickKind};
use crate::latencies::median;
use crate::report::{Reach, Report, short};

/// Between servers of different size, and from one to the next.
const FLAT: f64 = 1.25;

/// Compares ours with the others, and with itself at other sizes.
pub(super) fn compare(report: &mut Report, event: Event, entrants: &[Entrant<'_>]) {
    for ours in entrants.iter().filter(|entrant| entrant.contestant.is_ours()) {
        let others = entrants.iter().filter(|entrant| !entrant.contestant.is_ours());
        for other in others.filter(|other| ours.is_comparable(other)) {
            with_another(report, event, ours, other);
        }
        if ours.contestant.books == entrants[0].contestant.books {
            continue;
        }
        if matches!(event.work, Work::Get | Work::Create | Work::Update) {
            let fewest = short(entrants[0].contestant.books as f64);
            let name = format!("{}: CPU by that with {fewest} books", title(event, ours));
            report.goal(name, ratio(ours, &entrants[0], |turn| turn.cpu_us), "", Reach::AtMost(FLAT));
        }
    }
}

fn with_another(report: &mut Report, event: Event, ours: &Entrant<'_>, other: &Entrant<'_>) {
    let title = title(event, ours);
    let name = other.contestant.name;
    let cpu = ratio(ours, other, |turn| turn.cpu_us);
    let rate = ratio(ours, other, |turn| turn.rate);
    if name == YardstickKind::Limit.name() {
        report.goal(format!("{title}: CPU by {name}'s"), cpu, "", Reach::AtMost(1.2));
        return;
    }
    if !event.work.is_durable() {
        report.figure(format!("{title}: CPU by {name}'s"), cpu, "");
        return;
    }
    if event.pipeline == 1 {
        report.goal(format!("{title}: rate by {name}'s"), rate, "", Reach::AtLeast(1.0));
        report.goal(format!("{title}: CPU by {name}'s"), cpu, "", Reach::AtMost(1.3));
    } else {
        report.goal(format!("{title}: rate by {name}'s"), rate, "", Reach::AtLeast(0.6));
        let cpu_us = median(ours.turns.iter().map(|turn| turn.cpu_us).collect());
        report.goal(format!("{title}: CPU a write"), cpu_us, "us", Reach::AtMost(4.0));
    }
}

fn title(event: Event, ours: &Entrant<'_>) -> String {
    format!("{} p={}, {} books", event.work.name(), event.pipeline, short(ours.contestant.books as f64))
}

fn ratio(ours: &Entrant<'_>, other: &Entrant<'_>, of: fn(&Turn) -> f64) -> f64 {
    median(ours.turns.iter().zip(&other.turns).map(|(ours, other)| of(ours) / of(other)).collect())
}

impl Entrant<'_> {
    /// Redis has no books: its keys are what they are beside every catalogue.
    fn is_comparable(&self, other: &Entrant<'_>) -> bool {
        other.contestant.books == 0 || other.contestant.books == self.contestant.books
    }
}
