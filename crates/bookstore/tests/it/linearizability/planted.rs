//! A server in memory that several clients call at once, right or with a planted bug: the checks are measured by it.

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use super::history::{Entry, Outcome, Recorded, Time};
use super::model::{Answer, Call, State};

const CLIENTS: usize = 5;
const CALLS: usize = 150;
const BOOKS: usize = 4;

/// What is wrong with a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bug {
    None,
    /// Reads are sometimes answered from before the last write.
    StaleRead,
    /// Writes are sometimes made on what the book was before the last one.
    LostUpdate,
    /// Updates are sometimes carried out twice.
    DoubleApply,
    /// A crash takes the last acknowledged write with it.
    LostAcknowledged,
}

/// What clients of such a server take down, and its journal in the end; always the same for the same seed.
pub(crate) fn run(bug: Bug, seed: u64) -> (Vec<Recorded>, Vec<Entry>) {
    let mut server = Server { bug, rng: SmallRng::seed_from_u64(seed), ..Server::default() };
    let mut calls: Vec<Recorded> = Vec::new();
    let mut under_way: [Option<UnderWay>; CLIENTS] = Default::default();
    for time in 0.. {
        if server.rng.random_bool(0.01) {
            under_way = Default::default();
            server.crash();
        }
        let client = server.rng.random_range(0..CLIENTS);
        match &mut under_way[client] {
            None if calls.len() == CALLS => break,
            empty @ None => {
                let part = server.choose(calls.len());
                *empty = Some(UnderWay { call: calls.len(), outcome: None });
                let request = format!("call {}", calls.len());
                calls.push(Recorded { request, parts: vec![part], sent: time, answered: None });
            }
            Some(UnderWay { call, outcome: outcome @ None }) => *outcome = Some(server.carry_out(&calls[*call])),
            Some(UnderWay { call, outcome: Some(outcome) }) => {
                calls[*call].answered = Some((time, outcome.clone()));
                under_way[client] = None;
            }
        }
    }
    (calls, server.journal)
}

/// A call that was sent; its outcome is known once it was carried out.
struct UnderWay {
    call: usize,
    outcome: Option<Outcome>,
}

struct Server {
    bug: Bug,
    rng: SmallRng,
    books: Vec<State>,
    /// Each book before its last write.
    before: Vec<State>,
    last_written: Option<usize>,
    journal: Vec<Entry>,
}

impl Default for Server {
    fn default() -> Self {
        let (books, before) = (vec![State::Never; BOOKS], vec![State::Never; BOOKS]);
        Server {
            bug: Bug::None,
            rng: SmallRng::seed_from_u64(0),
            books,
            before,
            last_written: None,
            journal: Vec::new(),
        }
    }
}

impl Server {
    fn choose(&mut self, number: usize) -> (u64, Call) {
        let book = self.rng.random_range(0..BOOKS);
        let token = number.to_string();
        let expects = match &self.books[book] {
            State::There(book) if self.rng.random_bool(0.5) => Some(book.token.clone()),
            _ => None,
        };
        let call = match self.rng.random_range(0..10) {
            0..4 => Call::Get,
            4 => Call::Create { token },
            _ => Call::Update { token, add: self.rng.random_range(-1..=2), expects },
        };
        (book as u64, call)
    }

    fn carry_out(&mut self, recorded: &Recorded) -> Outcome {
        let (book, call) = &recorded.parts[0];
        let book = *book as usize;
        let is_bad = self.rng.random_bool(0.1);
        let is_read = *call == Call::Get;
        let state = match self.bug {
            Bug::StaleRead if is_bad && is_read => &self.before[book],
            Bug::LostUpdate if is_bad && !is_read => &self.before[book],
            _ => &self.books[book],
        };
        let (mut answer, mut next) = call.carry_out(state);
        if self.bug == Bug::DoubleApply && is_bad && answer.is_done() && !is_read {
            (answer, next) = twice(call, &next);
        }
        if !answer.is_done() {
            return Outcome::Refused { part: 0, answer };
        }
        if !is_read {
            self.write(book, next, &recorded.request);
        }
        Outcome::Done { revision: self.journal.len() as u64, answers: vec![answer] }
    }

    fn write(&mut self, book: usize, next: State, request: &str) {
        self.before[book] = std::mem::replace(&mut self.books[book], next);
        self.last_written = Some(book);
        self.journal.push(Entry { revision: self.journal.len() as u64 + 1, request: request.into() });
    }

    fn crash(&mut self) {
        if self.bug != Bug::LostAcknowledged {
            return;
        }
        if let Some(book) = self.last_written.take() {
            self.books[book] = self.before[book].clone();
            self.journal.pop();
        }
    }
}

/// What a call comes to that is carried out once more, whatever it expected.
fn twice(call: &Call, state: &State) -> (Answer, State) {
    match call {
        Call::Update { token, add, .. } => {
            Call::Update { token: token.clone(), add: *add, expects: None }.carry_out(state)
        }
        other => other.carry_out(state),
    }
}

/// The same history with two answers exchanged that followed each other: their revisions contradict the clock.
pub(crate) fn exchange_two_revisions(calls: &mut [Recorded], journal: &mut [Entry]) {
    let done = |call: &Recorded| -> Option<(Time, u64)> {
        match (&call.parts[0].1, call.answered.as_ref()?) {
            (Call::Get, _) | (_, (_, Outcome::Refused { .. })) => None,
            (_, (time, Outcome::Done { revision, .. })) => Some((*time, *revision)),
        }
    };
    let follow = |one: &Recorded, other: &Recorded| {
        let (Some((ended, _)), Some(_)) = (done(one), done(other)) else { return false };
        ended < other.sent && one.parts[0].0 != other.parts[0].0
    };
    let pairs = (0..calls.len()).flat_map(|one| (one + 1..calls.len()).map(move |other| (one, other)));
    let mut neighbours = pairs.filter(|(one, other)| {
        let revision = |call: usize| done(&calls[call]).map_or(0, |(_, revision)| revision);
        follow(&calls[*one], &calls[*other]) && revision(*one) + 1 == revision(*other)
    });
    let (one, other) = neighbours.next().expect("some two writes follow each other");
    drop(neighbours);
    journal.iter_mut().for_each(|entry| {
        let (first, second) = (&calls[one].request, &calls[other].request);
        if entry.request == *first {
            entry.request.clone_from(second);
        } else if entry.request == *second {
            entry.request.clone_from(first);
        }
    });
    set_revision(calls, one, 1);
    set_revision(calls, other, -1);
}

fn set_revision(calls: &mut [Recorded], call: usize, by: i64) {
    if let Some((_, Outcome::Done { revision, .. })) = &mut calls[call].answered {
        *revision = revision.wrapping_add_signed(by);
    }
}
