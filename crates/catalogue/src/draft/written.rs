//! From a draft to the text of a book, without details in between where its values are plain.

use serde_json::Value;

use super::members::{Known, Members};
use super::{Said, values};
use crate::details::member;
use crate::text::plain;
use crate::{BookId, Details, Draft, Field, FieldError};

impl Draft {
    /// What [`check`](Draft::check) finds, as a book has it in its JSON.
    pub(crate) fn written(&self) -> Result<(Option<BookId>, Vec<u8>), Vec<FieldError>> {
        match (self.id(BookId::GIVEN_MAX), self.right()) {
            (Ok(id), Some(said)) => Ok((id, said)),
            _ => self.check().map(|(id, details)| (id, details.said())),
        }
    }

    /// The same of what it makes of the book `id`.
    pub(crate) fn written_for(&self, id: BookId) -> Result<Vec<u8>, Vec<FieldError>> {
        match (self.renames(id), self.right()) {
            (None, Some(said)) => Ok(said),
            _ => self.check_for(id).map(|details| details.said()),
        }
    }

    /// The fields of a draft that breaks no rule; others are for the check, which tells of all rules.
    fn right(&self) -> Option<Vec<u8>> {
        match &self.0 {
            Members::Known(known) => written(known),
            Members::Any(_) => None,
        }
    }
}

fn written(known: &Known) -> Option<Vec<u8>> {
    known.of(Field::Title)?;
    let mut details = Details { status: Details::STATUS_DEFAULT.into(), ..Details::default() };
    let (mut text, mut errors) = (Vec::with_capacity(Details::SAID_BYTES), Vec::new());
    for field in Field::ALL {
        match known.of(field) {
            Some(Said::Text(raw)) if is_text_written(field, raw, &mut text) => continue,
            Some(Said::Other(Value::Array(all))) if are_subjects_written(field, all, &mut text) => continue,
            Some(said) => values::read(field, said, &mut details, &mut errors),
            None => {}
        }
        details.write(field, &mut text);
    }
    errors.is_empty().then_some(text)
}

/// Writes a text that is kept as it stands, as most are.
fn is_text_written(field: Field, raw: &str, text: &mut Vec<u8>) -> bool {
    let Some(chars_max) = values::chars_max(field) else { return false };
    let plain = plain(raw).filter(|plain| !plain.is_empty() && plain.len() <= chars_max);
    plain.inspect(|plain| member(text, field, plain)).is_some()
}

/// The same of subjects.
fn are_subjects_written(field: Field, subjects: &[Value], text: &mut Vec<u8>) -> bool {
    let are_plain = subjects.iter().all(|subject| subject.as_str().is_some_and(values::is_plain_subject));
    let is_right = field == Field::Subjects && (1..=values::SUBJECTS_MAX).contains(&subjects.len()) && are_plain;
    if is_right {
        member(text, field, &subjects);
    }
    is_right
}
