//! Texts, languages and subjects.

use serde_json::{Value, json};

use crate::fixture::{cell, open};

#[test]
fn the_mark_before_a_formula_is_taken_away_and_nothing_else() {
    for (written, meant) in [
        ("'=1+1", "=1+1"),
        ("'+62 812", "+62 812"),
        ("'-x", "-x"),
        ("'@home", "@home"),
        ("''t Hof", "'t Hof"),
        ("'t Hof", "'t Hof"),
        ("'", "'"),
        ("=1+1", "=1+1"),
        ("=HYPERLINK(\"http://x\",\"y\")", "=HYPERLINK(\"http://x\",\"y\")"),
        ("=\"1984\"", "1984"),
        ("'=\"1984\"", "=\"1984\""),
    ] {
        assert_eq!(cell("author", written, "author").0, json!(meant), "{written}");
    }
}

#[test]
fn texts_stay_as_they_stand() {
    for text in
        ["  two  blanks ", "-", "👩‍👩‍👧‍👦", "שלום", "cafe\u{301}", "\u{202e}evil", "zero\u{200b}width\u{feff}", "dipinjam"]
    {
        assert_eq!(cell("status", text, "status").0, json!(text));
    }
    // Our own column holds authors as they are; those of others are joined as we join them.
    assert_eq!(cell("author", "A;B", "author").0, json!("A;B"));
    assert_eq!(cell("authors", "A;B ;", "author").0, json!("A; B"));
    assert_eq!(cell("authors", "PEACHAM, Henry/x", "author").0, json!("PEACHAM, Henry/x"));
}

#[test]
fn languages_are_known_by_code_and_by_name() {
    for (text, tag) in [
        ("id", "id"),
        ("ind", "id"),
        ("eng", "en"),
        ("en-US", "en-US"),
        ("en_us", "en-US"),
        ("fre", "fr"),
        ("English", "en"),
        ("Inggris", "en"),
        ("Bahasa Indonesia", "id"),
        ("bahasa jawa", "jv"),
        ("Français", "fr"),
        ("Español", "es"),
        ("日本語", "ja"),
        ("Русский", "ru"),
    ] {
        assert_eq!(cell("language", text, "language"), (json!(tag), vec![]), "{text}");
    }
}

#[test]
fn an_unknown_language_is_left_out_and_told() {
    for text in ["Klingonisch", "x", "inggrisan"] {
        let (tag, notes) = cell("bahasa", text, "language");
        assert_eq!(tag, Value::Null, "{text}");
        assert!(notes[0].contains(&format!("{text:?} was left out")), "{notes:?}");
    }
    let (tag, notes) = cell("bahasa", "Indonesia/Inggris", "language");
    assert_eq!(
        (tag, notes),
        (json!("id"), vec!["language: id was taken from \"Indonesia/Inggris\", a book has one".into()])
    );
}

#[test]
fn subjects_are_split_where_their_column_splits_them() {
    for (column, text, subjects) in [
        ("subjects", "Fiction; School, rural ;; a|b", json!(["Fiction", "School, rural", "a|b"])),
        ("tags", "Creepy, Story Driven", json!(["Creepy", "Story Driven"])),
        ("Kategori", "Novel;Sastra, klasik", json!(["Novel", "Sastra", "klasik"])),
    ] {
        assert_eq!(cell(column, text, "subjects").0, subjects);
    }
}

#[test]
fn columns_of_the_shop_become_extra() {
    let row = open("a.csv", "title,extra.supplier,extra.a.b\nSaman,Gramedia,'=x\nLarung,,\n").unwrap();
    let drafts: Vec<_> = row.map(|row| row.unwrap().unwrap().draft.members().get("extra").cloned()).collect();
    assert_eq!(drafts, [Some(json!({"supplier": "Gramedia", "a.b": "=x"})), None]);
}
