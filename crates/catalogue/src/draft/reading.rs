//! Reading the members of a draft in one pass.

use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::members::{BY_NAME, Known, Member, Members, place};
use crate::strict::{Once, twice};

/// Reads members, or what stands where they should.
pub(super) struct Read;

impl<'de> Visitor<'de> for Read {
    type Value = Result<Members, Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Once.expecting(f)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Once.visit_bool(value).map(Err)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Once.visit_i64(value).map(Err)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        Once.visit_u64(value).map(Err)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        Once.visit_f64(value).map(Err)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
        Once.visit_str(value).map(Err)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Once.visit_unit().map(Err)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, sequence: A) -> Result<Self::Value, A::Error> {
        Once.visit_seq(sequence).map(Err)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut read = Known { texts: String::with_capacity(TEXTS_BYTES), members: Box::default() };
        while let Some(name) = map.next_key_seed(Name)? {
            let place = match name {
                Ok(place) => place,
                Err(unknown) => {
                    let mut members = read.to_map();
                    members.insert(unknown, map.next_value_seed(Once)?);
                    return Once.put_all(members, map).map(Members::Any).map(Ok);
                }
            };
            let value = map.next_value_seed(OneMember { texts: &mut read.texts })?;
            if !matches!(std::mem::replace(&mut read.members[place], value), Member::Absent) {
                return Err(twice(
                    BY_NAME.into_iter().find(|name| super::members::place(name) == Some(place)).unwrap_or_default(),
                ));
            }
        }
        Ok(Ok(Members::Known(read)))
    }
}

/// How long they usually are.
const TEXTS_BYTES: usize = 256;

/// Reads a name and tells its place; an unknown one is an error that keeps it.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Result<usize, String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name {
    type Value = Result<usize, String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(place(name).ok_or_else(|| name.to_owned()))
    }
}

/// Reads a value; a text goes to the others.
struct OneMember<'a> {
    texts: &'a mut String,
}

impl<'de> DeserializeSeed<'de> for OneMember<'_> {
    type Value = Member;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Member, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for OneMember<'_> {
    type Value = Member;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Once.expecting(f)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Member, E> {
        Once.visit_bool(value).map(Member::Other)
    }

    fn visit_i64<E>(self, value: i64) -> Result<Member, E> {
        Ok(Member::Number(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Member, E> {
        i64::try_from(value)
            .map_or_else(|_| Once.visit_u64(value).map(Member::Other), |number| Ok(Member::Number(number)))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Member, E> {
        Once.visit_f64(value).map(Member::Other)
    }

    fn visit_str<E>(self, value: &str) -> Result<Member, E> {
        let begin = self.texts.len();
        self.texts.push_str(value);
        Ok(Member::Text(begin..self.texts.len()))
    }

    fn visit_unit<E>(self) -> Result<Member, E> {
        Ok(Member::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, sequence: A) -> Result<Member, A::Error> {
        Once.visit_seq(sequence).map(Member::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Member, A::Error> {
        Once.visit_map(map).map(Member::Other)
    }
}
