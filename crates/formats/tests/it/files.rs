//! What is no list of books, and what is packed.

use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use formats::Format;

use crate::fixture::{open, shown, shown_as};

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(content).unwrap();
    packed.finish().unwrap()
}

fn error(name: &str, content: impl AsRef<[u8]>) -> String {
    open(name, content).err().unwrap().0
}

#[test]
fn gzip_is_known_by_its_content() {
    for name in ["a.csv.gz", "a.csv", "a"] {
        let packed = gzip(b"title\nSaman\n");
        assert_eq!(open(name, &packed).unwrap().description(), "CSV, UTF-8, gzip");
        assert_eq!(shown(name, &packed), "2 {\"title\":\"Saman\"}\n");
    }
    assert_eq!(shown("a.jsonl.gz", gzip(b"{\"title\":1\n{\"title\":\"b\"}")).lines().count(), 2);
    let two_members = [gzip(b"title\nSa"), gzip(b"man\n")].concat();
    assert_eq!(shown("a.gz", two_members), "2 {\"title\":\"Saman\"}\n");
}

#[test]
fn a_damaged_gzip_file_is_told() {
    let packed = gzip("title\nSaman\nLarung\n".repeat(100).as_bytes());
    let cut_off = error("a.csv.gz", &packed[..packed.len() / 2]);
    assert_eq!(cut_off, "the file is cut off: its gzip stream does not come to its end; get a whole copy");
    let mut damaged = packed.clone();
    let checksum = damaged.len() - 8;
    damaged[checksum] ^= 1;
    assert!(error("a.csv.gz", damaged).starts_with("the file is damaged"));
}

#[test]
fn a_gzip_bomb_is_refused_before_it_goes_off() {
    let bomb = gzip(&vec![b'\n'; 200 << 20]);
    assert!(bomb.len() < 1 << 20);
    let content = [gzip(b"title\nSaman\n"), bomb].concat();
    let refusal = error("a.csv.gz", &content);
    assert!(refusal.starts_with("the file unpacks to more than 200 times its size"), "{refusal}");
    // Well packed is no bomb.
    let rows = "Laut Bercerita,Leila S. Chudori,Kepustakaan Populer Gramedia\n".repeat(50_000);
    assert_eq!(open("a.gz", gzip(format!("title,author,publisher\n{rows}").as_bytes())).unwrap().count(), 50_000);
}

#[test]
fn other_formats_are_refused_by_name_with_what_to_do() {
    let marc = b"00322nam a2200109 a 4500001000200000\x1e";
    let table: [(&str, &[u8], &str); 18] = [
        ("a.mrc", marc, "MARC"),
        ("a.csv", marc, "MARC"),
        ("a.mrc", b"anything at all", "MARC"),
        ("a.xml", b"<?xml version=\"1.0\"?><collection xmlns=\"http://www.loc.gov/MARC21/slim\">", "MARCXML"),
        ("a.csv", b"\xef\xbb\xbf<ONIXMessage release=\"3.0\">", "ONIX"),
        ("a", b"<feed xmlns=\"http://www.w3.org/2005/Atom\">", "OPDS"),
        ("a.csv", b"<!doctype html><html>", "HTML"),
        ("a.xml", b"<books/>", "XML"),
        ("a", b"@book{x, title={Saman}}", "BibTeX"),
        ("a.bib", b"% nothing", "BibTeX"),
        ("a.csv", b"TY  - BOOK\nTI  - Saman\n", "RIS"),
        ("a.ris", b"\nTY", "RIS"),
        ("a.csv", b"PK\x03\x04xx", "An Excel or LibreOffice workbook"),
        ("a.xls", b"\xd0\xcf\x11\xe0xx", "An Excel or LibreOffice workbook"),
        ("a.ods", b"?", "An Excel or LibreOffice workbook"),
        ("a.json", b"\x89PNG\r\n\x1a\n", "A PNG picture"),
        ("a.csv", b"%PDF-1.7", "A PDF document"),
        ("a.opds", b"?", "OPDS"),
    ];
    for (name, content, format) in table {
        let refusal = error(name, content);
        assert!(refusal.starts_with(format) && refusal.contains("is not read yet: "), "{name}: {refusal}");
    }
    assert!(error("a.csv.gz", gzip(&gzip(b"title\n"))).starts_with("A gzip file within a gzip file"));
    assert!(error("a.xlsx", b"PK\x03\x04").ends_with("save the sheet as \"CSV UTF-8\", and import that"));
    assert_eq!(
        error("a.xml", "{\"books\":[]}"),
        "the file is named .xml but holds JSON: say --format json if it is right"
    );
}

#[test]
fn the_format_asked_for_overrules_name_and_content() {
    assert_eq!(shown_as("a.xml", "title\nSaman\n", Some(Format::Csv)), "2 {\"title\":\"Saman\"}\n");
    assert_eq!(shown_as("a.mrc", "[{\"title\":\"Saman\"}]", Some(Format::Json)), "1 {\"title\":\"Saman\"}\n");
    assert_eq!(shown_as("a.csv", "title\na,b\n", Some(Format::Tsv)), "2 {\"title\":\"a,b\"}\n");
    assert!(shown_as("a.csv", "title\nSaman\n", Some(Format::Json)).starts_with("error: line 1, column 1"));
}

#[test]
fn a_file_without_a_list_is_told() {
    for name in ["a.csv", "a.json", "a.jsonl", "a.mrc"] {
        for content in ["", "\n", "\r\n \n", "\u{feff}", "\u{feff}\n"] {
            assert_eq!(error(name, content), "the file is empty: there is nothing to import", "{name}");
        }
    }
}

#[test]
fn what_is_no_file_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let named_like_a_table = folder.path().join("a.csv");
    std::fs::create_dir(&named_like_a_table).unwrap();
    let error = |path: &Path| formats::open(path, None).err().unwrap().0;
    assert_eq!(error(&named_like_a_table), "this is a directory: name a file in it");
    assert!(error(&folder.path().join("nothing.csv")).contains("No such file"));
}

#[test]
fn names_may_be_odd() {
    assert_eq!(shown("name with spaces & ünïcode — 書.csv", "title\nSaman\n"), "2 {\"title\":\"Saman\"}\n");
}
