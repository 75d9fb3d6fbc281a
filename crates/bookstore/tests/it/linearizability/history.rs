//! What several clients called and were answered, and whether that could have happened one call after the other.

use std::collections::{BTreeMap, BTreeSet};

use todc_utils::{Action, History, WGLChecker};

use super::model::{Answer, Answered, Book, Call, State};

/// One call, on one book or on several as one.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    /// Its request id.
    pub(crate) request: String,
    pub(crate) parts: Vec<(BookNumber, Call)>,
    /// When it was sent.
    pub(crate) sent: Time,
    /// When its answer came, and which; none where that is not known.
    pub(crate) answered: Option<(Time, Outcome)>,
}

pub(crate) type BookNumber = u64;
/// Moments by their order.
pub(crate) type Time = usize;

/// What a call came to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    /// At that revision, with an answer for each part.
    Done { revision: u64, answers: Vec<Answer> },
    /// Because of that part.
    Refused { part: usize, answer: Answer },
}

/// An entry of the journal in the end.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) revision: u64,
    pub(crate) request: String,
}

/// Checks book by book that some order of all calls explains every answer, an order in which no call comes before
/// another that had ended when it was sent. The journal has no say in it.
pub(crate) fn check_linearizable(calls: &[Recorded]) -> Result<(), String> {
    let mut books: BTreeMap<BookNumber, Vec<(Time, usize, Action<Answered>)>> = BTreeMap::new();
    let mut actions = 0;
    for call in calls {
        for (number, (book, part)) in call.parts.iter().enumerate() {
            let Some((ended, answer)) = answer_to(call, number) else { continue };
            let answered = Answered { call: part.clone(), answer };
            let actions_of_book = books.entry(*book).or_default();
            actions_of_book.push((call.sent, actions, Action::Call(answered.clone())));
            actions_of_book.push((ended, actions, Action::Response(answered)));
            actions += 1;
        }
    }
    for (book, mut actions) in books {
        actions.sort_by_key(|(time, ..)| *time);
        let history = actions.iter().map(|(_, process, action)| (*process, action.clone())).collect();
        if !WGLChecker::<Book>::is_linearizable(History::from_actions(history)) {
            return Err(format!("no order explains what was answered about book {book}: {actions:#?}"));
        }
    }
    Ok(())
}

/// When the answer to a part came, and which; what has none may have happened at any time, or never. `None` where the call
/// was refused for another part's sake.
fn answer_to(call: &Recorded, part: usize) -> Option<(Time, Option<Answer>)> {
    match &call.answered {
        None => Some((Time::MAX, None)),
        Some((time, Outcome::Done { answers, .. })) => Some((*time, Some(answers[part].clone()))),
        Some((time, Outcome::Refused { part: met, answer })) => (*met == part).then(|| (*time, Some(answer.clone()))),
    }
}

/// Checks that the order of the journal is such an order, for all books together: every entry is one call's, what was
/// answered is what the entries make, what was read is the state at the revision it was read at, and no revision
/// contradicts the clock.
pub(crate) fn check_order(calls: &[Recorded], journal: &[Entry]) -> Result<(), String> {
    let by_request: BTreeMap<&str, &Recorded> = calls.iter().map(|call| (&*call.request, call)).collect();
    let mut states = States::default();
    let reads = reads_by_revision(calls);
    states.check_reads(reads.get(&0))?;
    let mut met = BTreeSet::new();
    for (entry, expected) in journal.iter().zip(1..) {
        if entry.revision != expected {
            return Err(format!("revision {} stands where {expected} belongs", entry.revision));
        }
        let call = by_request.get(&*entry.request).ok_or_else(|| format!("nobody sent {entry:?}"))?;
        if !met.insert(&entry.request) {
            return Err(format!("{} is there twice", entry.request));
        }
        states.carry_out(call, entry)?;
        states.check_reads(reads.get(&entry.revision))?;
    }
    if let Some(lost) = calls.iter().find(|call| is_done_write(call) && !met.contains(&call.request)) {
        return Err(format!("an acknowledged write is lost: {lost:?}"));
    }
    check_clock(calls)
}

/// All books at one revision.
#[derive(Default)]
struct States(BTreeMap<BookNumber, State>);

impl States {
    fn get(&self, book: BookNumber) -> State {
        self.0.get(&book).cloned().unwrap_or_default()
    }

    fn carry_out(&mut self, call: &Recorded, entry: &Entry) -> Result<(), String> {
        let mut right = Vec::new();
        for (book, part) in &call.parts {
            let (answer, next) = part.carry_out(&self.get(*book));
            self.0.insert(*book, next);
            right.push(answer);
        }
        if !right.iter().all(Answer::is_done) {
            return Err(format!("{call:?} was to be refused, and is entry {}", entry.revision));
        }
        match &call.answered {
            Some((_, outcome)) if *outcome != (Outcome::Done { revision: entry.revision, answers: right }) => {
                Err(format!("entry {} is not what was answered: {call:?}", entry.revision))
            }
            _ => Ok(()),
        }
    }

    fn check_reads(&self, reads: Option<&Vec<&Recorded>>) -> Result<(), String> {
        for read in reads.into_iter().flatten() {
            let (book, part) = &read.parts[0];
            let right = part.carry_out(&self.get(*book)).0;
            match &read.answered {
                Some((_, Outcome::Done { answers, .. })) if *answers != [right] => {
                    return Err(format!("that was not the state at the revision it was read at: {read:?}"));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn reads_by_revision(calls: &[Recorded]) -> BTreeMap<u64, Vec<&Recorded>> {
    let mut reads: BTreeMap<u64, Vec<&Recorded>> = BTreeMap::new();
    for call in calls.iter().filter(|call| is_read(call)) {
        if let Some((_, Outcome::Done { revision, .. })) = &call.answered {
            reads.entry(*revision).or_default().push(call);
        }
    }
    reads
}

/// No call has a revision below that of one which had ended when it was sent; a write has a larger one.
fn check_clock(calls: &[Recorded]) -> Result<(), String> {
    let mut ends: Vec<(Time, u64)> =
        calls.iter().filter_map(|call| Some((call.answered.as_ref()?.0, revision(call)?))).collect();
    ends.sort_unstable();
    let mut begun: Vec<&Recorded> = calls.iter().collect();
    begun.sort_by_key(|call| call.sent);
    let (mut ends, mut least) = (ends.into_iter().peekable(), 0);
    for call in begun {
        while let Some((_, revision)) = ends.next_if(|(time, _)| *time < call.sent) {
            least = least.max(revision);
        }
        match revision(call) {
            Some(revision) if revision < least + u64::from(!is_read(call)) => {
                return Err(format!("revision {least} was answered before this was sent: {call:?}"));
            }
            _ => {}
        }
    }
    Ok(())
}

fn revision(call: &Recorded) -> Option<u64> {
    match call.answered.as_ref()?.1 {
        Outcome::Done { revision, .. } => Some(revision),
        Outcome::Refused { .. } => None,
    }
}

fn is_read(call: &Recorded) -> bool {
    matches!(call.parts[..], [(_, Call::Get)])
}

fn is_done_write(call: &Recorded) -> bool {
    !is_read(call) && revision(call).is_some()
}
