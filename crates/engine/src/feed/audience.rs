//! Who is told, by filter.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering, fence};
use std::sync::{Arc, Mutex, MutexGuard};

use catalogue::{Filter, Revision};

use super::group::{Group, Heard, TAKE_MAX, Taken};
use super::ring::{Behind, Ring};
use super::seen::Looked;
use crate::Bell;

/// The subscribers in force, those with equal filters together.
#[derive(Default)]
pub(crate) struct Audience {
    groups: Mutex<HashMap<Filter, Members>>,
    subscribers: AtomicUsize,
    tests: AtomicU64,
    woken: AtomicU64,
}

struct Members {
    group: Arc<Group>,
    count: usize,
}

/// How subscribers are told of changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Following {
    /// Subscriptions in force.
    pub subscribers: usize,
    /// How many different filters they have, with that of who has none.
    pub filters: usize,
    /// How often an entry was matched with a filter so far.
    pub tests: u64,
    /// How often somebody was woken to be told of changes so far.
    pub woken: u64,
}

/// A place in the audience; it is given up when this is dropped.
pub(crate) struct Seat {
    audience: Arc<Audience>,
    group: Arc<Group>,
    bell: Option<u64>,
}

impl Audience {
    /// A place among those with that filter; what they are told from now on is behind `present`.
    pub(crate) fn sit(self: &Arc<Self>, filter: Filter, present: Revision) -> Seat {
        let mut groups = self.groups();
        let new = || Members { group: Arc::new(Group::new(filter.clone(), present)), count: 0 };
        let members = match groups.get_mut(&filter) {
            Some(members) => members,
            None => groups.entry(filter.clone()).or_insert_with(new),
        };
        members.count += 1;
        self.subscribers.fetch_add(1, Ordering::Release);
        // The other half of what stands where changes are announced.
        fence(Ordering::SeqCst);
        Seat { audience: Arc::clone(self), group: Arc::clone(&members.group), bell: None }
    }

    /// Whether nobody is to be told of anything.
    pub(crate) fn is_empty(&self) -> bool {
        self.subscribers.load(Ordering::Acquire) == 0
    }

    pub(crate) fn following(&self) -> Following {
        Following {
            subscribers: self.subscribers.load(Ordering::Acquire),
            filters: self.groups().len(),
            tests: self.tests.load(Ordering::Relaxed),
            woken: self.woken.load(Ordering::Relaxed),
        }
    }

    /// Matches the entries behind `after` up to `head`, each with each filter once, and wakes whom they concern.
    pub(crate) fn tell(&self, ring: &Ring, mut after: Revision, head: Revision) {
        if after >= head || self.is_empty() {
            return;
        }
        let groups: Vec<_> = self.groups().values().map(|members| Arc::clone(&members.group)).collect();
        while after < head {
            let Behind::Entries { list, reached } = ring.behind(after, head, TAKE_MAX, |entry| Some(Arc::clone(entry)))
            else {
                // What nobody has matched each looks for himself.
                groups.iter().for_each(|group| self.wake(group));
                return;
            };
            if list.is_empty() {
                return;
            }
            let entries = list.iter().map(Looked::new).collect();
            let heard = Heard { after, entries, reached, oldest: ring.oldest() };
            for group in &groups {
                let mut tests = 0;
                if group.hear(&heard, &mut tests) {
                    self.wake(group);
                }
                self.tests.fetch_add(tests, Ordering::Relaxed);
            }
            after = reached;
        }
    }

    fn wake(&self, group: &Group) {
        self.woken.fetch_add(group.ring() as u64, Ordering::Relaxed);
    }

    fn groups(&self) -> MutexGuard<'_, HashMap<Filter, Members>> {
        self.groups.lock().expect("nothing panics while it holds the groups")
    }
}

impl Seat {
    pub(crate) fn filter(&self) -> &Filter {
        &self.group.filter
    }

    /// Has that bell rung, and no other, when there may be something new here.
    pub(crate) fn ring(&mut self, bell: Bell) {
        self.take_down();
        self.bell = Some(self.group.hang(bell));
    }

    /// What concerns this subscriber behind `after` up to `end`; `None` where the group does not know any more.
    pub(crate) fn take(&self, ring: &Ring, after: Revision, end: Revision) -> Option<Taken> {
        let mut tests = 0;
        let taken = self.group.take(ring, after, end, &mut tests);
        self.count(tests);
        taken
    }

    /// Counts entries that were matched for this subscriber.
    pub(crate) fn count(&self, tests: u64) {
        if tests > 0 {
            self.audience.tests.fetch_add(tests, Ordering::Relaxed);
        }
    }

    fn take_down(&mut self) {
        if let Some(number) = self.bell.take() {
            self.group.take_down(number);
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.take_down();
        let mut groups = self.audience.groups();
        if let Some(members) = groups.get_mut(&self.group.filter) {
            members.count -= 1;
            if members.count == 0 {
                groups.remove(&self.group.filter);
            }
        }
        drop(groups);
        self.audience.subscribers.fetch_sub(1, Ordering::Release);
    }
}
