//! What one seed's history is made of. Each draws its own mix, so that some are all about one thing: rare meetings of two
//! rare things are then common in some histories.

use std::fmt;
use std::time::Duration;

use engine::Limits;
use journal::{OpenOptions, StoreId};

use crate::chance::Chance;
use crate::clock;

/// The mix of one history.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// How many things happen.
    pub(crate) events: u64,
    pub(crate) clients: u64,
    /// How often each thing happens, against the others.
    pub(crate) weights: Vec<(u64, Event)>,
    /// Of a hundred lives of the program, those with trouble ahead.
    pub(crate) trouble_percent: u64,
    /// Of a hundred operations of the disk, those during which others do something.
    pub(crate) meanwhile_percent: u64,
    /// Of a hundred calls, those with a request id, several operations, a revision, a long text.
    pub(crate) request_percent: u64,
    pub(crate) transact_percent: u64,
    pub(crate) seen_percent: u64,
    pub(crate) long_percent: u64,
    pub(crate) page_bytes: usize,
    pub(crate) limits: Limits,
    pub(crate) options: OpenOptions,
}

/// The things that happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Call,
    Retry,
    Work,
    Read,
    Subscribe,
    Hear,
    Disconnect,
    Save,
    WriteSnapshot,
    Fill,
    Free,
    Tick,
    Audit,
    Stop,
    Crash,
    Trouble,
    Flip,
}

impl Plan {
    pub(crate) fn draw(chance: &mut Chance) -> Plan {
        let usual = [
            (30, Event::Call),
            (6, Event::Retry),
            (25, Event::Work),
            (4, Event::Read),
            (5, Event::Subscribe),
            (10, Event::Hear),
            (2, Event::Disconnect),
            (4, Event::Save),
            (6, Event::WriteSnapshot),
            (1, Event::Fill),
            (3, Event::Free),
            (2, Event::Tick),
            (1, Event::Audit),
            (1, Event::Stop),
            (1, Event::Crash),
            (3, Event::Trouble),
            (1, Event::Flip),
        ];
        // Some things not at all, some far more than usual.
        let weights = usual.map(|(weight, event)| {
            let times = match event {
                Event::Call | Event::Work => chance.between(1, 2),
                _ => *chance.one(&[0, 1, 1, 1, 3]),
            };
            (weight * times, event)
        });
        let recent = *chance.one(&[4, 12, 40, 400]);
        Plan {
            events: *chance.one(&[50, 120, 200, 350]),
            clients: chance.between(1, 6),
            weights: weights.to_vec(),
            trouble_percent: *chance.one(&[0, 30, 70, 100]),
            meanwhile_percent: *chance.one(&[0, 10, 40]),
            request_percent: *chance.one(&[0, 40, 90]),
            transact_percent: *chance.one(&[0, 20, 60]),
            seen_percent: *chance.one(&[0, 30]),
            long_percent: *chance.one(&[0, 5, 30]),
            page_bytes: *chance.one(&[4_096, 4_096, 512, 64, 1]),
            limits: limits(chance, recent),
            options: options(chance, recent),
        }
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Plan { events, clients, page_bytes, limits, options, .. } = self;
        write!(f, "{events} events, {clients} clients, pages of {page_bytes} bytes, ")?;
        write!(f, "batches of {}, a ring of {}, ", limits.batch_entries_max, limits.ring_entries_max)?;
        let OpenOptions { keep, entries_kept_min, segment_bytes, .. } = options;
        write!(f, "segments of {segment_bytes} bytes, kept for {keep:?}, the last {entries_kept_min} always")
    }
}

fn limits(chance: &mut Chance, recent: u64) -> Limits {
    Limits {
        writes_queued_max: *chance.one(&[4, 16, 64]),
        batch_entries_max: *chance.one(&[1, 3, 1_024]),
        batch_bytes_max: *chance.one(&[2_000, 8 * 1024 * 1024]),
        behind_entries_max: *chance.one(&[2, 6, 10_000]),
        behind_bytes_max: *chance.one(&[0, 3_000]),
        ring_entries_max: *chance.one(&[1, 4, 10_000]),
        ring_bytes_max: *chance.one(&[2_000, 16 * 1024 * 1024]),
        receipts_min: recent as usize,
        ..Limits::default()
    }
}

fn options(chance: &mut Chance, recent: u64) -> OpenOptions {
    OpenOptions {
        keep: *chance.one(&[None, Some(Duration::ZERO), Some(Duration::from_secs(1_000))]),
        entries_kept_min: recent,
        segment_bytes: *chance.one(&[1_000, 4_000, 64 * 1024]),
        store: Some(StoreId("store".into())),
        now: clock::now,
    }
}
