//! Who subscribes to what, and what is written.

use clap::ValueEnum;
use serde_json::{Value, json};

use crate::args;
use crate::link::{Ended, Link};

/// So many books have a shelf of their own; these are the ones that are written to.
pub(crate) const SHELVES: usize = 1_000;

/// Which filters a change concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Concerned {
    /// All of them
    All,
    /// One of them
    One,
}

/// One server with one kind of subscribers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    /// The server that hands out ready frames.
    Ready,
    /// Ours with so many different filters; 0 is none at all. `size` is which of the catalogues, by their place.
    Ours { filters: u64, concerned: Concerned, size: usize },
}

impl Case {
    /// The yardstick first, then what is to be compared with it.
    pub(super) fn all(args: &args::Fanout) -> Vec<Case> {
        let ours = |filters, concerned, size| Case::Ours { filters, concerned, size };
        let by_filters = match args.filters {
            Some(filters) => vec![ours(filters, args.concerned, 0)],
            None => Case::by_filters(args.subscribers),
        };
        let by_size = (1..args.books.len()).map(|size| ours(0, Concerned::All, size));
        [Case::Ready].into_iter().chain(by_filters).chain(by_size).collect()
    }

    fn by_filters(subscribers: usize) -> Vec<Case> {
        let each = (subscribers as u64).min(SHELVES as u64);
        let all = |filters| Case::Ours { filters, concerned: Concerned::All, size: 0 };
        let one = |filters| Case::Ours { filters, concerned: Concerned::One, size: 0 };
        vec![all(0), all(1), all(10), one(10), all(each), one(each)]
    }

    pub(super) fn name(&self) -> String {
        match self {
            Case::Ready => "ready frames".into(),
            Case::Ours { filters: 0, .. } => "no filter".into(),
            Case::Ours { filters: 1, .. } => "one filter".into(),
            Case::Ours { filters, concerned: Concerned::All, .. } => format!("{filters} filters, all match"),
            Case::Ours { filters, concerned: Concerned::One, .. } => format!("{filters} filters, one matches"),
        }
    }

    /// The filter of subscriber `who`.
    pub(super) fn filter(&self, who: usize) -> Value {
        match *self {
            Case::Ready | Case::Ours { filters: 0, .. } => json!({}),
            Case::Ours { filters, concerned: Concerned::All, .. } => {
                json!({"year": {"from": 1_000, "to": 2_100 + who as u64 % filters}})
            }
            Case::Ours { filters, concerned: Concerned::One, .. } => json!({"shelf": shelf(who as u64 % filters)}),
        }
    }

    /// The first change that concerns subscriber `who`, and how far apart they are.
    pub(super) fn sequence(&self, who: usize) -> (u64, u64) {
        match *self {
            Case::Ours { filters, concerned: Concerned::One, .. } if filters > 0 => (who as u64 % filters, filters),
            _ => (0, 1),
        }
    }

    /// After how many changes the same book is written to again.
    pub(super) fn books(&self) -> u64 {
        match *self {
            Case::Ours { filters, concerned: Concerned::One, .. } if filters > 0 => filters,
            _ => SHELVES as u64,
        }
    }

    /// How many books its catalogue has; the yardstick has none and is told with the first one.
    pub(super) fn catalogue(&self, args: &args::Fanout) -> u64 {
        let size = if let Case::Ours { size, .. } = self { *size } else { 0 };
        args.books.get(size).copied().unwrap_or_default()
    }

    /// Whether each change is for everybody.
    pub(super) fn is_for_all(&self) -> bool {
        self.sequence(0) == (0, 1)
    }

    /// How many times as many bursts it takes for about as much work, where few are told of each change.
    pub(super) fn prolonged(&self, subscribers: usize) -> u64 {
        let (_, step) = self.sequence(0);
        step.min(subscribers as u64).div_ceil(10).clamp(1, 20)
    }
}

fn shelf(number: u64) -> String {
    format!("shelf {number}")
}

/// Puts each book that is written to on its shelf.
pub(super) async fn put_on_shelves(link: &mut Link) -> Result<(), Ended> {
    let put = |number| json!({"update": {"id": number + 1, "set": {"shelf": shelf(number)}}});
    let numbers: Vec<u64> = (0..SHELVES as u64).collect();
    for some in numbers.chunks(200) {
        let operations: Vec<Value> = some.iter().map(|number| put(*number)).collect();
        link.call("books.transact", json!({"operations": operations})).await?;
    }
    Ok(())
}

/// A change of the book on that shelf; with another printing it changes something.
pub(super) fn update(shelf: u64, printing: u64) -> Value {
    json!({"id": shelf + 1, "set": {"edition": format!("printing {printing}")}})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_concerns_the_filter_of_its_shelf() {
        let case = Case::Ours { filters: 10, concerned: Concerned::One, size: 0 };
        assert_eq!(case.filter(13), json!({"shelf": "shelf 3"}));
        assert_eq!(case.sequence(13), (3, 10));
        assert_eq!(update(23 % case.books(), 1_000)["id"], 4);
    }
}
