//! The address of a list: which books, in which order, which page. Everything a list shows can be linked to.

use std::collections::BTreeMap;

use catalogue::{FieldError, Filter, Sort};
use serde_json::{Map, Value, json};
use url::form_urlencoded;

/// The filter's fields, named as in `GET /books`, in the order of the form.
pub(super) const FILTERS: [&str; 10] =
    ["title", "author", "publisher", "year.from", "year.to", "isbn", "status", "shelf", "language", "subjects"];
/// The order nobody needs to ask for: what was added last comes first, so that it is seen.
pub(super) const NEWEST_FIRST: &str = "-id";

/// A list as its address asks for it; what is not understood is left out.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Address {
    /// What was typed into the filter, by the names in [`FILTERS`].
    pub(super) filter: BTreeMap<&'static str, String>,
    /// `title` or `-title`; `None` for [`NEWEST_FIRST`].
    sort: Option<String>,
    /// From 1.
    pub(super) page: usize,
}

impl Address {
    /// Reads the part of an address behind `?`.
    pub(super) fn parse(query: Option<&str>) -> Address {
        let mut address = Address { filter: BTreeMap::new(), sort: None, page: 1 };
        for (key, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            let value = value.trim();
            match &*key {
                "sort" if value.parse::<Sort>().is_ok() => {
                    address.sort = Some(value.to_owned()).filter(|sort| sort != NEWEST_FIRST)
                }
                "page" => address.page = value.parse().unwrap_or(1).max(1),
                _ => address.add_filter(&key, value),
            }
        }
        address
    }

    fn add_filter(&mut self, key: &str, value: &str) {
        if let Some(field) = FILTERS.into_iter().find(|field| *field == key && !value.is_empty()) {
            self.filter.insert(field, value.to_owned());
        }
    }

    /// The filter as the protocol writes it, as a subscription needs it too.
    pub(super) fn members(&self) -> Map<String, Value> {
        let mut members = Map::new();
        for (key, value) in &self.filter {
            match key.split_once('.') {
                Some((field, end)) => members.entry(field).or_insert_with(|| json!({}))[end] = json!(value),
                None => _ = members.insert((*key).to_owned(), json!(value)),
            }
        }
        members
    }

    /// The condition, or what is wrong with it.
    pub(super) fn condition(&self) -> Result<Filter, Vec<FieldError>> {
        Filter::parse(&self.members())
    }

    /// The order of this list.
    pub(super) fn order(&self) -> Sort {
        self.sort_text().parse().expect("only what parsed is kept, and the default does")
    }

    /// The order as written in the address.
    pub(super) fn sort_text(&self) -> &str {
        self.sort.as_deref().unwrap_or(NEWEST_FIRST)
    }

    /// The same books in the order nobody needs to ask for; `None` where they are in it.
    pub(super) fn newest_first(&self) -> Option<Address> {
        (self.sort_text() != NEWEST_FIRST).then(|| Address { sort: None, page: 1, ..self.clone() })
    }

    /// The same books on another page.
    pub(super) fn on_page(&self, page: usize) -> Address {
        Address { page, ..self.clone() }
    }

    /// The same books from the first page in the order of `field`; in reverse if that is the order already.
    pub(super) fn sorted_by(&self, field: &str) -> Address {
        let sort = if self.sort_text() == field { format!("-{field}") } else { field.to_owned() };
        Address { sort: Some(sort), page: 1, ..self.clone() }
    }

    /// Every book in the same order.
    pub(super) fn unfiltered(&self) -> Address {
        Address { filter: BTreeMap::new(), page: 1, ..self.clone() }
    }

    /// The link.
    pub(super) fn link(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&self.filter);
        query.extend_pairs(self.sort.iter().map(|sort| ("sort", sort)));
        if self.page > 1 {
            query.append_pair("page", &self.page.to_string());
        }
        let query = query.finish();
        if query.is_empty() { "/".to_owned() } else { format!("/?{query}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_back_to_itself() {
        for query in ["", "author=Andrea+Hirata", "author=a%26b&year.from=1990&sort=-title&page=3", "sort=year"] {
            let link = Address::parse(Some(query)).link();
            assert_eq!(link.trim_start_matches("/").trim_start_matches('?'), query);
        }
    }

    #[test]
    fn what_is_not_understood_is_left_out() {
        let address = Address::parse(Some("utm=x&page=-3&sort=nonsense&author=+&title=%20A%20"));
        assert_eq!(address.link(), "/?title=A");
        assert_eq!(Address::parse(Some("page=99999999999999999999999")).page, 1);
    }

    #[test]
    fn a_column_sorts_up_then_down() {
        let list = Address::parse(Some("author=X&page=2"));
        let up = list.sorted_by("title");
        assert_eq!(up.link(), "/?author=X&sort=title");
        assert_eq!(up.sorted_by("title").link(), "/?author=X&sort=-title");
        assert_eq!(up.sorted_by("title").sorted_by("title").link(), "/?author=X&sort=title");
        assert_eq!(up.newest_first().map(|list| list.link()).as_deref(), Some("/?author=X"));
        assert_eq!(list.newest_first(), None);
    }

    #[test]
    fn the_filter_is_the_protocols() {
        let address = Address::parse(Some("year.from=1990&year.to=1999&author=Pram&page=2"));
        assert_eq!(Value::Object(address.members()), json!({"author": "Pram", "year": {"from": "1990", "to": "1999"}}));
        assert!(address.condition().is_ok());
    }
}
