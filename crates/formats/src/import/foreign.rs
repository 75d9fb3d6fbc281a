//! What a file is: by its content, then by its name. What is not read is refused by its name.

use std::path::Path;

use super::ImportError;
use crate::Format;

/// The format of a file that begins with these bytes, the same as text.
pub(super) fn format_of(start: &[u8], text: &str, path: &Path) -> Result<Format, ImportError> {
    if let Some(refusal) = by_content(start, text) {
        return Err(ImportError(refusal));
    }
    let extension = extension(path);
    if is_json(text) {
        if by_name(&extension).is_some() {
            return Err(ImportError(format!(
                "the file is named .{extension} but holds JSON: say --format json if it is right"
            )));
        }
        return Ok(match extension.as_str() {
            "jsonl" | "ndjson" if !is_document(text) => Format::JsonLines,
            _ => Format::Json,
        });
    }
    match extension.as_str() {
        "json" => Ok(Format::Json),
        "jsonl" | "ndjson" => Ok(Format::JsonLines),
        "tsv" | "tab" => Ok(Format::Tsv),
        other => match by_name(other) {
            Some(refusal) => Err(ImportError(refusal)),
            None => Ok(Format::Csv),
        },
    }
}

/// The end of the name, in lower case, as it was before the file was packed.
fn extension(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    name.rsplit_once('.').map(|(_, extension)| extension.to_owned()).unwrap_or_default()
}

/// A list of objects or an object with members; a table's header may begin with a bracket, but not so.
fn is_json(text: &str) -> bool {
    let text = text.trim_start();
    match text.chars().next() {
        Some('{') => text[1..].trim_start().starts_with(['"', '}']),
        Some('[') => text[1..].trim_start().starts_with(['{', ']']),
        _ => false,
    }
}

/// Whether a file that is named JSON Lines is one document all the same.
fn is_document(text: &str) -> bool {
    let text = text.trim_start();
    let is_spread_out = text.lines().next().is_some_and(|line| line.trim_end() == "{");
    let members = text.strip_prefix('{').map(str::trim_start).unwrap_or_default();
    text.starts_with('[') || is_spread_out || members.starts_with("\"books\"") || members.starts_with("\"store\"")
}

const SIGNATURES: &[(&[u8], &str)] = &[
    (b"PK\x03\x04", EXCEL),
    (b"PK\x05\x06", EXCEL),
    (b"\xd0\xcf\x11\xe0", EXCEL),
    (b"%PDF", "A PDF document"),
    (b"\x89PNG", "A PNG picture"),
    (b"\xff\xd8\xff", "A JPEG picture"),
    (b"GIF8", "A GIF picture"),
    (b"SQLite format 3", "An SQLite database"),
    (b"\x1f\x8b", "A gzip file within a gzip file"),
    (b"BZh", "A bzip2 file"),
    (b"\xfd7zXZ", "An xz file"),
    (b"\x28\xb5\x2f\xfd", "A Zstandard file"),
    (b"7z\xbc\xaf", "A 7-Zip archive"),
    (b"Rar!", "A RAR archive"),
    (b"TY  - ", "RIS"),
];

const EXCEL: &str = "An Excel or LibreOffice workbook, or another zip archive,";

fn by_content(start: &[u8], text: &str) -> Option<String> {
    let text = text.trim_start();
    let signed = SIGNATURES.iter().find(|(signature, _)| start.starts_with(signature)).map(|(_, name)| *name);
    let name = signed
        .or_else(|| is_marc(start).then_some("MARC"))
        .or_else(|| text.starts_with('<').then(|| markup(text)))
        .or_else(|| is_bibtex(text).then_some("BibTeX"))?;
    Some(not_read(name))
}

/// The leader of ISO 2709: the record's length, and "22" and "45" where MARC 21 and UNIMARC have them.
fn is_marc(start: &[u8]) -> bool {
    let digits = |bytes: Option<&[u8]>| bytes.is_some_and(|bytes| bytes.iter().all(u8::is_ascii_digit));
    digits(start.get(..5)) && start.get(10..12) == Some(b"22") && start.get(20..22) == Some(b"45")
}

fn markup(text: &str) -> &'static str {
    let holds = |mark: &str| text.contains(mark);
    match () {
        () if holds("MARC21/slim") || holds("marcxchange") => "MARCXML",
        () if holds("ONIXMessage") || holds("ONIXmessage") => "ONIX",
        () if holds("<feed") => "OPDS",
        () if holds("<html") || holds("<!DOCTYPE html") || holds("<!doctype html") => "HTML",
        () => "XML",
    }
}

fn is_bibtex(text: &str) -> bool {
    let kind = text.strip_prefix('@').and_then(|text| text.split_once('{')).map(|(kind, _)| kind.trim());
    kind.is_some_and(|kind| !kind.is_empty() && kind.bytes().all(|byte| byte.is_ascii_alphabetic()))
}

fn by_name(extension: &str) -> Option<String> {
    let name = match extension {
        "mrc" | "marc" | "iso2709" => "MARC",
        "xml" | "marcxml" => "XML",
        "onix" => "ONIX",
        "opds" | "atom" => "OPDS",
        "bib" => "BibTeX",
        "ris" => "RIS",
        "xls" | "xlsx" | "ods" => EXCEL,
        "jsonld" => "JSON-LD",
        _ => return None,
    };
    Some(not_read(name))
}

/// The refusal of a format, with what to do instead.
pub(super) fn not_read(name: &str) -> String {
    let instead = if name == EXCEL {
        "open it in a spreadsheet program, save the sheet as \"CSV UTF-8\", and import that"
    } else {
        "import CSV, TSV, JSON or JSON Lines, which the program it comes from may be able to export"
    };
    format!("{name} is not read yet: {instead}")
}
