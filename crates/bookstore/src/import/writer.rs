//! Planned rows into the store: batches under way, conflicts decided again.

use std::collections::VecDeque;

use anyhow::anyhow;
use catalogue::{Book, BookId};
use formats::Row;
use protocol::Name;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::batch::{Batch, Planned, Wish};
use super::report::{Counts, Report};
use crate::client::{CallError, Link, Pending, Refusal, request_id};
use crate::matching::{Matching, Verdict};

/// Batches sent and not yet answered: enough that the server has work while rows are read, and answers while it works.
const IN_FLIGHT_MAX: usize = 8;
/// No book is at revision 0: the server checks everything before this, and then refuses the whole.
const NEVER: &str = r#"{"delete":{"id":1,"if_revision":0}}"#;
/// A row whose book changes under its hands so often is refused.
const ATTEMPTS_MAX: u32 = 5;

/// Whether anything is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Write,
    DryRun,
}

/// Writes rows in the order they come.
pub(super) struct Writer<'a> {
    pub(super) report: Report,
    link: &'a Link,
    matching: Matching,
    mode: Mode,
    batch: Batch,
    flights: VecDeque<Flight>,
}

/// A batch that was sent.
struct Flight {
    batch: Batch,
    params: Box<RawValue>,
    pending: Result<Pending, CallError>,
}

#[derive(Deserialize)]
struct Transacted {
    results: Vec<Done>,
}

#[derive(Deserialize)]
struct Done {
    book: Option<Numbered>,
}

#[derive(Deserialize)]
struct Numbered {
    id: BookId,
}

/// The numbers of the books, in the order of the operations.
type Answer = Result<Vec<Option<BookId>>, CallError>;

impl<'a> Writer<'a> {
    pub(super) fn new(link: &'a Link, matching: Matching, report: Report, mode: Mode) -> Self {
        Writer { report, link, matching, mode, batch: Batch::default(), flights: VecDeque::new() }
    }

    /// Decides on a row and puts it on its way.
    pub(super) async fn take(&mut self, row: Row) -> anyhow::Result<()> {
        row.notes.iter().for_each(|note| self.report.note(row.line, note));
        if let Some((planned, bytes)) = self.plan(row, 0)? {
            self.batch.push(planned, bytes);
        }
        if self.batch.is_full() {
            self.dispatch().await?;
        }
        Ok(())
    }

    /// Waits for everything under way.
    pub(super) async fn finish(mut self) -> anyhow::Result<Counts> {
        self.dispatch().await?;
        while let Some(flight) = self.flights.pop_front() {
            self.land(flight).await?;
        }
        self.report.finish()
    }

    fn plan(&mut self, row: Row, attempts: u32) -> anyhow::Result<Option<(Planned, usize)>> {
        let line = row.line;
        let (planned, known_bytes) = match self.matching.decide(line, &row.draft) {
            Verdict::Refused(reason) => {
                self.report.refuse(line, &reason, &row.cells)?;
                return Ok(None);
            }
            Verdict::Unchanged => {
                self.report.unchanged();
                return Ok(None);
            }
            Verdict::Create { id, note } => {
                note.iter().for_each(|note| self.report.note(line, note));
                (Planned::creation(row, id, attempts + 1), 0)
            }
            Verdict::Update { operation, book } => {
                (Planned::update(row, book.id(), &operation, attempts + 1), book.json().len())
            }
        };
        let bytes = known_bytes + planned.operation.len();
        Ok(Some((planned, bytes)))
    }

    async fn dispatch(&mut self) -> anyhow::Result<()> {
        while self.flights.len() >= IN_FLIGHT_MAX
            && let Some(flight) = self.flights.pop_front()
        {
            self.land(flight).await?;
        }
        let batch = std::mem::take(&mut self.batch);
        if !batch.rows.is_empty() {
            let params = self.params(&batch);
            // Sent here and now, so that batches are written, and numbers given, in the order of the rows.
            let pending = self.link.client().await?.begin("books.transact", &params).await;
            self.flights.push_back(Flight { batch, params, pending });
        }
        Ok(())
    }

    fn params(&self, batch: &Batch) -> Box<RawValue> {
        match self.mode {
            Mode::Write => batch.params(None, Some(&request_id())),
            Mode::DryRun => batch.params(Some(NEVER), None),
        }
    }

    async fn land(&mut self, flight: Flight) -> anyhow::Result<()> {
        let Flight { batch, params, pending } = flight;
        let answer = match pending {
            Ok(pending) => pending.answer().await,
            Err(error) => Err(error),
        };
        let answer = match answer {
            // The same request id: if it was carried out before the cut, it is answered and not carried out again.
            Err(CallError::Cut) => self.link.call("books.transact", &params).await,
            Err(CallError::Refused(refusal)) if refusal.is_passing() => self.link.call("books.transact", &params).await,
            other => other,
        };
        let answer = self.read(&batch, answer);
        self.settle(batch, answer).await
    }

    async fn send(&self, batch: &Batch) -> Answer {
        let answer = self.link.call("books.transact", &self.params(batch)).await;
        self.read(batch, answer)
    }

    /// In a dry run, the last operation's refusal says that all the others were right.
    fn read(&self, batch: &Batch, answer: Result<Transacted, CallError>) -> Answer {
        match answer {
            Ok(Transacted { results }) => Ok(results.into_iter().map(|done| Some(done.book?.id)).collect()),
            Err(CallError::Refused(refusal))
                if self.mode == Mode::DryRun && refusal.data.operation == Some(batch.rows.len()) =>
            {
                Ok(vec![None; batch.rows.len()])
            }
            Err(error) => Err(error),
        }
    }

    /// Brings a batch to its end: what is refused is taken out, and the rest sent again.
    async fn settle(&mut self, batch: Batch, answer: Answer) -> anyhow::Result<()> {
        let mut work = vec![(batch, Some(answer))];
        let mut again = Vec::new();
        while let Some((mut batch, answer)) = work.pop() {
            let answer = match answer {
                Some(answer) => answer,
                None => self.send(&batch).await,
            };
            match answer {
                Ok(ids) => self.count(&batch, &ids),
                Err(CallError::Refused(refusal)) if refusal.is(Name::TooLarge) => match batch.halve() {
                    Ok((first, second)) => work.extend([(second, None), (first, None)]),
                    Err(planned) => self.refuse(&planned, &refusal)?,
                },
                Err(CallError::Refused(refusal)) => {
                    let planned = take_out(&mut batch, &refusal)?;
                    if !batch.rows.is_empty() {
                        work.push((batch, None));
                    }
                    again.push((planned, refusal));
                }
                Err(error) => return Err(anyhow!(error).context("the import is not complete; doing it again is safe")),
            }
            // Only now, when the numbers of all that was made are known.
            if work.is_empty() {
                for (planned, refusal) in again.drain(..) {
                    work.extend(self.reconsider(planned, refusal)?.map(|batch| (batch, None)));
                }
            }
        }
        Ok(())
    }

    fn count(&mut self, batch: &Batch, ids: &[Option<BookId>]) {
        for (planned, id) in batch.rows.iter().zip(ids) {
            match planned.wish {
                Wish::Update(_) => self.report.updated(),
                Wish::Creation => {
                    self.matching.made(planned.line(), *id);
                    self.report.created();
                }
            }
        }
    }

    /// A row that met a conflict is matched again with the book as it is now.
    fn reconsider(&mut self, planned: Planned, mut refusal: Refusal) -> anyhow::Result<Option<Batch>> {
        let book = refusal.data.book.take();
        if planned.attempts >= ATTEMPTS_MAX || !self.learn(&planned, &refusal, book) {
            self.refuse(&planned, &refusal)?;
            return Ok(None);
        }
        let mut batch = Batch::default();
        let attempts = planned.attempts;
        if let Some((planned, bytes)) = self.plan(planned.into_row(), attempts)? {
            batch.push(planned, bytes);
        }
        Ok((!batch.rows.is_empty()).then_some(batch))
    }

    /// Whether there is something new to decide on.
    fn learn(&mut self, planned: &Planned, refusal: &Refusal, book: Option<Book>) -> bool {
        let line = planned.line();
        match (planned.wish, book) {
            (Wish::Creation, Some(book)) if refusal.is(Name::Conflict) => {
                self.matching.unmake(line);
                self.matching.learn(line, book);
                true
            }
            (Wish::Update(_), Some(book)) if refusal.is(Name::Conflict) => {
                self.matching.learn(line, book);
                true
            }
            (Wish::Update(id), None) if refusal.is(Name::NotFound) => {
                self.matching.forget(id);
                true
            }
            _ => false,
        }
    }

    fn refuse(&mut self, planned: &Planned, refusal: &Refusal) -> anyhow::Result<()> {
        if planned.wish == Wish::Creation {
            self.matching.unmake(planned.line());
        }
        self.report.refuse(planned.line(), &refusal.reason(), planned.cells())
    }
}

/// The row that a refusal is about.
fn take_out(batch: &mut Batch, refusal: &Refusal) -> anyhow::Result<Planned> {
    let only = (batch.rows.len() == 1).then_some(0);
    match refusal.data.operation.or(only) {
        Some(operation) if operation < batch.rows.len() => Ok(batch.rows.remove(operation)),
        _ => Err(anyhow!("{refusal}").context("the server refuses the import")),
    }
}
