//! Letters as people's programs save them.

use expect_test::expect;

use crate::fixture::{check_csv, open, shown};

const TEXT: &str = "title,author\nLes Misérables,Böll\n";

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

fn described(content: impl AsRef<[u8]>) -> String {
    open("a.csv", content).unwrap().description()
}

#[test]
fn one_text_is_read_the_same_in_every_encoding() {
    let windows: Vec<u8> = TEXT.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let with_mark = |text: &str| format!("\u{feff}{text}");
    let files: [(Vec<u8>, &str); 7] = [
        (TEXT.into(), "CSV, UTF-8"),
        (with_mark(TEXT).into(), "CSV, UTF-8"),
        (utf16(&with_mark(TEXT), u16::to_le_bytes), "CSV, UTF-16LE"),
        (utf16(&with_mark(TEXT), u16::to_be_bytes), "CSV, UTF-16BE"),
        (utf16(TEXT, u16::to_le_bytes), "CSV, UTF-16LE (guessed)"),
        (utf16(TEXT, u16::to_be_bytes), "CSV, UTF-16BE (guessed)"),
        (windows, "CSV, Windows-1252 (guessed)"),
    ];
    for (content, description) in files {
        assert_eq!(described(&content), description);
        assert_eq!(shown("a.csv", content), "2 {\"author\":\"Böll\",\"title\":\"Les Misérables\"}\n", "{description}");
    }
}

#[test]
fn the_signs_that_only_windows_has_are_read() {
    check_csv(
        b"title\n\x93Smart\x94 \x96 quotes\x85 \x805\n",
        expect![[r#"
        2 {"title":"“Smart” – quotes… €5"}
    "#]],
    );
}

#[test]
fn a_few_letters_are_windows_1252_and_many_are_what_they_look_like() {
    for (content, title) in [(&b"title\n\x9cuvre\n"[..], "œuvre"), (b"title\nna\xefve\n", "naïve")] {
        assert_eq!(described(content), "CSV, Windows-1252 (guessed)");
        assert_eq!(shown("a.csv", content), format!("2 {{\"title\":\"{title}\"}}\n"));
    }
    let (russian, ..) = encoding_rs::WINDOWS_1251.encode("title\nПреступление и наказание\nВойна и мир\n");
    assert_eq!(described(&russian), "CSV, windows-1251 (guessed)");
    assert!(shown("a.csv", russian).contains("Война и мир"));
    // Two bytes a letter, and a byte that stands for nothing.
    let (chinese, ..) = encoding_rs::GBK.encode("title\n红楼梦西游记水浒传三国演义\n");
    for content in [&chinese[..], b"title\na\x81b\n"] {
        assert!(open("a.csv", content).is_err_and(|error| error.0.contains("no other encoding fits")));
    }
}

#[test]
fn the_first_accent_may_come_late() {
    let mut content = format!("title\n{}", "Laut Bercerita\n".repeat(20_000)).into_bytes();
    content.extend(b"Les Mis\xe9rables\n");
    let rows: Vec<_> = open("a.csv", &content).unwrap().map(|row| row.unwrap().unwrap()).collect();
    assert_eq!(rows.len(), 20_001);
    assert_eq!(rows[20_000].draft.members()["title"], "Les Misérables");
}

#[test]
fn damaged_utf8_is_told_and_not_read_as_another_encoding() {
    // Every accent but one is right; as Windows-1252 each of them would become two wrong letters.
    check_csv(
        b"title\ncaf\xc3\xa9\nna\xc3\xafve\nM\xfcnchen\n",
        expect![[r#"
        error: line 4, byte 21 of the file: not UTF-8, and no other encoding fits; save the file as UTF-8 and try again
    "#]],
    );
    // An overlong form, and half of a surrogate pair.
    for bytes in [&b"title\nx\xc0\xafx\n"[..], b"title\nx\xed\xa0\x80x\n"] {
        assert!(open("a.csv", bytes).is_err_and(|error| error.0.contains("line 2, byte 8")), "{bytes:?}");
    }
}

#[test]
fn utf16_that_is_cut_off_is_told() {
    let mut content = utf16(&format!("\u{feff}{TEXT}"), u16::to_le_bytes);
    content.pop();
    expect![[r#"
        error: line 2, byte 67 of the file: not UTF-16LE
    "#]]
    .assert_eq(&shown("a.csv", content));
}

#[test]
fn json_is_utf8_and_nothing_guessed() {
    expect![[r#"
        error: line 2, byte 13 of the file: not UTF-8
    "#]]
    .assert_eq(&shown("a.json", b"[\n{\"title\":\"\xe9\"}]"));
    assert_eq!(shown("a.json", "\u{feff}[{\"title\":\"é\"}]"), "1 {\"title\":\"é\"}\n");
    assert_eq!(shown("a.json", utf16("\u{feff}[{\"title\":\"é\"}]", u16::to_le_bytes)), "1 {\"title\":\"é\"}\n");
}

#[test]
fn zeros_and_control_characters_reach_the_catalogue_which_refuses_them() {
    let row = open("a.csv", "title\nNul\0Title\n").unwrap().next().unwrap().unwrap().unwrap();
    assert_eq!(row.draft.members()["title"], "Nul\0Title");
    assert!(row.draft.check().is_err());
}
