//! What a book may be and what calls make of it, one after the other: the measure for every history.

use todc_utils::Specification;

/// A call on one book. Every write has a token of its own, by which its traces are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Create { token: String },
    Get,
    Update { token: String, add: i64, expects: Option<String> },
    Delete { expects: Option<String> },
}

/// What a call is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Book(Seen),
    Deleted,
    NotFound,
    /// With the book as it is, where there is one.
    Conflict(Option<Seen>),
}

/// A book as somebody saw it: the token of its last write, and its stock.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Seen {
    pub(crate) token: String,
    pub(crate) stock: i64,
}

/// What a book may be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum State {
    #[default]
    Never,
    There(Seen),
    Deleted,
}

impl Call {
    /// The answer, and what the book is then.
    pub(crate) fn carry_out(&self, state: &State) -> (Answer, State) {
        let unchanged = |answer| (answer, state.clone());
        match (self, state) {
            (Call::Create { token }, State::Never) => there(Seen { token: token.clone(), stock: 0 }),
            (Call::Create { .. }, State::There(book)) => unchanged(Answer::Conflict(Some(book.clone()))),
            (Call::Create { .. }, State::Deleted) => unchanged(Answer::Conflict(None)),
            (_, State::Never | State::Deleted) => unchanged(Answer::NotFound),
            (Call::Get, State::There(book)) => unchanged(Answer::Book(book.clone())),
            (Call::Update { expects: Some(token), .. } | Call::Delete { expects: Some(token) }, State::There(book))
                if *token != book.token =>
            {
                unchanged(Answer::Conflict(Some(book.clone())))
            }
            (Call::Update { add, .. }, State::There(book)) if book.stock + add < 0 => {
                unchanged(Answer::Conflict(Some(book.clone())))
            }
            (Call::Update { token, add, .. }, State::There(book)) => {
                there(Seen { token: token.clone(), stock: book.stock + add })
            }
            (Call::Delete { .. }, State::There(_)) => (Answer::Deleted, State::Deleted),
        }
    }
}

impl Answer {
    /// Whether it says that the call did what it was to do.
    pub(crate) fn is_done(&self) -> bool {
        matches!(self, Answer::Book(_) | Answer::Deleted)
    }
}

fn there(book: Seen) -> (Answer, State) {
    (Answer::Book(book.clone()), State::There(book))
}

/// A call with its answer, if one came.
#[derive(Clone, Debug)]
pub(crate) struct Answered {
    pub(crate) call: Call,
    pub(crate) answer: Option<Answer>,
}

/// The same for the checker.
pub(crate) struct Book;

impl Specification for Book {
    type State = State;
    type Operation = Answered;

    fn init() -> State {
        State::Never
    }

    fn apply(Answered { call, answer }: &Answered, state: &State) -> (bool, State) {
        let (right, next) = call.carry_out(state);
        match answer {
            Some(answer) if *answer != right => (false, state.clone()),
            _ => (true, next),
        }
    }
}
