//! A book is its JSON: what is read from the text is what was put into it, whatever that was.

use std::collections::BTreeMap;

use catalogue::{Book, BookId, Catalogue, Details, Field, Price, Revision, Text, Timestamp};
use proptest::prelude::*;

use crate::fixture::*;

/// A text with what JSON must escape, and with what looks like the members around it.
fn text() -> impl Strategy<Value = Text> {
    const PIECES: [&str; 16] = [
        "a",
        "é",
        "😀",
        "\"",
        "\\",
        "\n",
        "\u{0}",
        "\u{1f}",
        "\u{7f}",
        ",",
        "]",
        "}",
        ":",
        ",\"year\":",
        "\u{2028}",
        "/",
    ];
    prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..6).prop_map(|pieces| pieces.concat().into())
}

fn number() -> impl Strategy<Value = Option<i64>> {
    prop::option::of(prop_oneof![any::<i64>(), -3i64..3, Just(i64::MIN), Just(i64::MAX)])
}

/// Facts of any kind, those among them that today's rules refuse.
fn details() -> impl Strategy<Value = Details> {
    let texts = [(); 6].map(|()| text());
    let optional = [(); 5].map(|()| prop::option::of(text()));
    let numbers = [(); 3].map(|()| number());
    let price = prop::option::of((text(), text()));
    let several = (prop::collection::vec(text(), 0..3), prop::collection::btree_map(text(), text(), 0..3));
    (texts, optional, numbers, price, several).prop_map(|(texts, optional, numbers, price, (subjects, extra))| {
        let [title, author, publisher, edition, description, status] = texts;
        let [isbn, language, series, shelf, barcode] = optional;
        let [year, pages, stock] = numbers;
        let price = price.map(|(amount, currency)| Price { amount, currency });
        Details {
            title,
            author,
            publisher,
            year,
            pages,
            edition,
            description,
            status,
            isbn,
            language,
            subjects,
            series,
            shelf,
            barcode,
            stock,
            price,
            extra,
        }
    })
}

fn book() -> impl Strategy<Value = Book> {
    // The years that a calendar has, some of them with a sign.
    let time = prop_oneof![0..4_000_000_000i64, -377_000_000_000..253_000_000_000i64];
    (any::<u64>(), details(), any::<u64>(), time)
        .prop_map(|(id, details, revision, time)| Book::new(BookId(id), &details, Revision(revision), Timestamp(time)))
}

/// The same text with something of it changed, mostly so that it is no book's any more.
fn damaged(json: &str, place: usize, piece: &str) -> String {
    let place = json.floor_char_boundary(place % (json.len() + 1));
    let behind = json.ceil_char_boundary((place + piece.len() % 3).min(json.len()));
    format!("{}{piece}{}", &json[..place], &json[behind..])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn what_is_read_from_a_book_is_what_was_put_into_it(
        id in any::<u64>(), details in details(), revision in any::<u64>(), time in 0..4_000_000_000i64,
    ) {
        let book = Book::new(BookId(id), &details, Revision(revision), Timestamp(time));
        prop_assert_eq!((book.id(), book.revision(), book.updated_at()), (BookId(id), Revision(revision), Timestamp(time)));
        prop_assert_eq!(book.details(), details.clone());
        for field in Field::ALL {
            let value = details.value(field);
            prop_assert_eq!(&book.value(field), &value, "{}", field.name());
            prop_assert_eq!(book.number(field), value.as_i64());
            prop_assert_eq!(&*book.text(field), value.as_str().unwrap_or_default());
        }
        prop_assert!(book.subjects().eq(details.subjects.iter().map(|subject| &**subject)));
        prop_assert!(book.extra().eq(details.extra.iter().map(|(name, value)| (name[..].into(), value[..].into()))));
        prop_assert_eq!(book.price(), details.price);
    }

    #[test]
    fn a_book_is_read_back_from_its_own_text_and_from_any_other_spelling_of_it(book in book()) {
        prop_assert_eq!(&Book::from_json(book.json()).unwrap(), &book);
        prop_assert_eq!(&serde_json::from_str::<Book>(book.json()).unwrap(), &book);
        prop_assert_eq!(serde_json::to_string(&book).unwrap(), book.json());
        // Members by name, and white space between them.
        let spelt = serde_json::to_string_pretty(&serde_json::to_value(&book).unwrap()).unwrap();
        prop_assert_eq!(&Book::from_json(&spelt).unwrap(), &book);
    }

    #[test]
    fn whatever_is_taken_for_a_book_has_the_text_that_its_parts_are_written_as(
        book in book(),
        place in any::<usize>(),
        piece in prop::sample::select(vec![
            "", "0", "-", "null", "\"", "\\", "\\u0041", "\\u001F", "\\/", "\n", " ", ",", "{}", "[]", "Z", "+00:00", ".5", "e1",
            "\"\":\"\",", ",\"stock\":1", ",\"isbn\":null", "\"id\":1,", "\\ud800",
        ]),
    ) {
        let text = damaged(book.json(), place, piece);
        match (Book::from_json(&text), serde_json::from_str::<Book>(&text)) {
            (Ok(taken), Ok(decoded)) => {
                let again = Book::new(taken.id(), &taken.details(), taken.revision(), taken.updated_at());
                prop_assert_eq!((&again, &decoded), (&taken, &taken), "from {}", text);
            }
            (Err(_), Err(_)) => {}
            (taken, decoded) => prop_assert!(false, "{text}: {taken:?} {decoded:?}"),
        }
    }

    #[test]
    fn a_time_is_written_as_rfc_3339_has_it(second in prop_oneof![
        -377_000_000_000..253_000_000_000i64, -62_400_000_000..-61_900_000_000i64, 0..4_000_000_000i64, any::<i64>(),
    ]) {
        let moment = jiff::Timestamp::from_second(second).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        prop_assert_eq!(Timestamp(second).to_string(), moment.to_string());
    }

    #[test]
    fn two_books_differ_in_the_fields_that_differ(one in details(), other in details(), taken in any::<u32>()) {
        let mixed = Field::ALL.into_iter().fold(one.clone(), |mut mixed, field| {
            if taken >> (field as u32) & 1 == 1 {
                copy(field, &other, &mut mixed);
            }
            mixed
        });
        let book = |details: &Details| Book::new(BookId(1), details, Revision(1), Timestamp(0));
        let expected: Vec<_> = Field::ALL.into_iter().filter(|field| one.value(*field) != mixed.value(*field)).collect();
        prop_assert_eq!(book(&one).says_the_same(&book(&mixed)), one == mixed);
        prop_assert!(book(&one).says_the_same(&Book::new(BookId(20), &one, Revision(300), Timestamp(9))));
        // An optional text that is there and empty is a fact of files only.
        if [&one, &mixed].iter().all(|details| details.isbn.as_deref() != Some("")) {
            prop_assert_eq!(book(&one).differing(&book(&mixed)), expected);
        }
    }
}

fn copy(field: Field, from: &Details, to: &mut Details) {
    match field {
        Field::Title => to.title = from.title.clone(),
        Field::Year => to.year = from.year,
        Field::Isbn => to.isbn = from.isbn.clone(),
        Field::Subjects => to.subjects = from.subjects.clone(),
        Field::Price => to.price = from.price.clone(),
        Field::Extra => to.extra = from.extra.clone(),
        _ => {}
    }
}

#[test]
fn a_state_names_what_changed_since_another_each_as_it_was_and_is() {
    let mut store = Store::with((1..=2_000).map(|number| serde_json::json!({"title": format!("Book {number}")})));
    let before = store.catalogue.clone();
    store.does_all([titled("new"), set(7, serde_json::json!({"year": 2005})), delete(1_999)]);
    store.does_all([set(8, serde_json::json!({"year": 2006}))]);
    store.does_all([set(8, serde_json::json!({"year": null}))]);
    let told = |book: Option<&Book>| book.map_or("none".to_owned(), brief);
    let changed: BTreeMap<u64, String> = (store.catalogue.changed_since(&before))
        .map(|(id, old, new)| (id.0, format!("{} -> {}", told(old), told(new))))
        .collect();
    expect_test::expect![[r#"
        {
            7: "7@7 {\"title\":\"Book 7\"} -> 7@2001 {\"title\":\"Book 7\",\"year\":2005}",
            8: "8@8 {\"title\":\"Book 8\"} -> 8@2003 {\"title\":\"Book 8\"}",
            1999: "1999@1999 {\"title\":\"Book 1999\"} -> none",
            2001: "none -> 2001@2001 {\"title\":\"new\"}",
        }
    "#]]
    .assert_debug_eq(&changed);
    assert_eq!(before.changed_since(&store.catalogue).count(), 4);
    assert_eq!(store.catalogue.changed_since(&store.catalogue.clone()).count(), 0);
    assert_eq!(before.changed_since(&Catalogue::default()).count(), 2_000);
}
