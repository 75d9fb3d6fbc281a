//! From a draft to the text of a book, without details in between where its values are kept as they stand.

use super::members::{Known, Members};
use super::values;
use crate::{BookId, Draft, Field, FieldError};

impl Draft {
    /// Appends what [`check`](Draft::check) finds, as a book has it in its JSON.
    pub(crate) fn write(&self, text: &mut String) -> Result<(), Vec<FieldError>> {
        if self.id(BookId::GIVEN_MAX).is_ok() && self.is_written(text) {
            return Ok(());
        }
        self.check().map(|(_, details)| details.write_all(text))
    }

    /// The same of what it makes of the book `id`.
    pub(crate) fn write_for(&self, id: BookId, text: &mut String) -> Result<(), Vec<FieldError>> {
        if self.renames(id).is_none() && self.is_written(text) {
            return Ok(());
        }
        self.check_for(id).map(|details| details.write_all(text))
    }

    /// Appends the fields of a draft that breaks no rule; others are for the check, which tells of all rules.
    fn is_written(&self, text: &mut String) -> bool {
        let Members::Known(known) = &self.0 else { return false };
        let begin = text.len();
        let is_right = write(known, text).is_some();
        if !is_right {
            text.truncate(begin);
        }
        is_right
    }
}

fn write(known: &Known, text: &mut String) -> Option<()> {
    known.of(Field::Title)?;
    let mut errors = Vec::new();
    for field in Field::ALL {
        if let Some(member) = known.member(field) {
            text.push_str(member);
            continue;
        }
        match known.of(field) {
            Some(said) => values::write(field, said, text, &mut errors),
            None => text.push_str(field.unset()),
        }
    }
    errors.is_empty().then_some(())
}
