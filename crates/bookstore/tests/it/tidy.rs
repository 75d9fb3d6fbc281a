//! The tree checks itself: who may import whom, how long things may be, and that the pages tell the truth.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// What each crate may import of ours. Everything else is a change of the design: see ARCHITECTURE.md.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("catalogue", &[]),
    ("journal", &["catalogue"]),
    ("engine", &["catalogue", "journal"]),
    ("formats", &["catalogue"]),
    ("protocol", &["catalogue"]),
    ("access", &["catalogue", "protocol"]),
    ("server", &["access", "catalogue", "engine", "formats", "protocol"]),
    ("bookstore", &["access", "catalogue", "journal", "engine", "formats", "protocol", "server"]),
];

/// What the domain must never be able to do.
const BANNED_IN_CATALOGUE: &[&str] = &["tokio", "axum", "rand", "tempfile"];

/// What the code of each crate does not touch, though the standard library would let it.
const MUST_NOT_TOUCH: &[(&str, &[&str])] = &[
    ("catalogue", &["std::fs", "std::net", "SystemTime", "Instant"]),
    ("journal", &["std::net", "tokio::"]),
    ("engine", &["std::fs", "std::net", "tokio::net"]),
    ("formats", &["std::net", "tokio::"]),
    ("protocol", &["std::fs", "std::net", "std::thread", "tokio::"]),
    ("access", &["std::net::Tcp", "std::thread", "tokio::net", "tokio::time"]),
    ("server", &["std::fs", "File::", "journal::"]),
];

/// The folders whose sources are ours.
const OURS: &[&str] = &["crates", "e2e", "simulation", "bench", "fuzz"];

const FILE_LINES_MAX: usize = 500;

#[test]
fn crates_import_only_what_architecture_allows() {
    for (name, allowed) in MAY_IMPORT {
        let manifest = read(&root().join("crates").join(name).join("Cargo.toml"));
        let imports = dependencies(&manifest);
        let ours = MAY_IMPORT.iter().map(|(crate_name, _)| *crate_name);
        for other in ours.filter(|other| imports.contains(*other)) {
            assert!(allowed.contains(&other), "{name} must not import {other}: see ARCHITECTURE.md");
        }
        if *name == "catalogue" {
            let banned: Vec<_> = BANNED_IN_CATALOGUE.iter().filter(|banned| imports.contains(**banned)).collect();
            assert!(banned.is_empty(), "the catalogue is pure: {banned:?}");
        }
    }
}

#[test]
fn crates_touch_only_what_architecture_allows() {
    for (name, banned) in MUST_NOT_TOUCH {
        for (path, code) in code_of(name) {
            let found = banned.iter().find(|word| code.contains(**word));
            assert!(found.is_none(), "{} must not touch {}: see ARCHITECTURE.md", path.display(), found.unwrap_or(&""));
        }
    }
}

#[test]
fn only_protocol_has_the_words_of_the_wire() {
    let document = protocol::openrpc::document();
    let methods = document["methods"].as_array().expect("a list").iter().filter_map(|method| method["name"].as_str());
    let words: Vec<String> =
        methods.chain(protocol::Name::all().map(|name| name.text())).map(|word| format!("\"{word}\"")).collect();
    for name in ["catalogue", "journal", "engine", "formats", "access", "server"] {
        for (path, code) in code_of(name) {
            let found = words.iter().find(|word| code.contains(word.as_str()));
            assert!(found.is_none(), "{} has {found:?}, which is protocol's: see ARCHITECTURE.md", path.display());
        }
    }
}

#[test]
fn no_source_file_has_two_jobs() {
    let long: Vec<_> = sources()
        .into_iter()
        .map(|path| (read(&path).lines().count(), path))
        .filter(|(lines, _)| *lines > FILE_LINES_MAX)
        .collect();
    assert!(long.is_empty(), "split these by topic, they are over {FILE_LINES_MAX} lines: {long:?}");
}

#[test]
fn nothing_is_left_unfinished_or_switched_off() {
    // Put together here so that this file does not find itself.
    let marks = ["TO-DO", "FIX-ME", "X-XX", "todo-!(", "unimplemented-!(", "#[-ignore", "thread::-sleep"];
    let marks = marks.map(|mark| mark.replace('-', ""));
    for path in sources() {
        for (number, line) in read(&path).lines().enumerate() {
            let found = marks.iter().find(|mark| line.contains(mark.as_str()));
            assert!(found.is_none(), "{}:{}: {}", path.display(), number + 1, line.trim());
        }
    }
}

/// A panic ends one connection because it unwinds to who catches it.
#[test]
fn a_panic_unwinds_in_every_profile() {
    assert!(
        !read(&root().join("Cargo.toml")).contains("abort"),
        "see ARCHITECTURE.md: one connection's panic is its own"
    );
}

#[test]
fn every_name_stands_in_the_protocol_page() {
    let page = read(&root().join("PROTOCOL.md"));
    for name in protocol::Name::all() {
        let row = page.lines().find(|line| line.starts_with(&format!("| `{}` |", name.text())));
        let row = row.unwrap_or_else(|| panic!("PROTOCOL.md has no row for {}", name.text()));
        assert!(row.contains(&name.status().to_string()), "the status of {} differs: {row}", name.text());
    }
}

#[test]
fn every_test_named_in_architecture_exists() {
    let tests = every_source();
    let page = read(&root().join("ARCHITECTURE.md"));
    let named = page.split('`').skip(1).step_by(2).filter(|code| code.contains('_') && !code.contains(['.', '/', '(']));
    for name in named {
        let name = name.rsplit("::").next().unwrap_or(name);
        assert!(tests.contains(&format!("fn {name}(")) || tests.contains(&format!("mod {name}")), "no test {name}");
    }
}

#[test]
fn every_promise_is_held_by_a_test_that_exists() {
    let tests = every_source();
    for (page, rows_min) in [("PROTOCOL.md", 20), ("SECURITY.md", 30)] {
        let text = read(&root().join(page));
        let rows = rows_held_by_tests(&text);
        assert!(rows.len() >= rows_min, "{page} has only {} rows", rows.len());
        for row in rows {
            if row.starts_with("| **") {
                continue;
            }
            let held_by = row.trim_end_matches(" |").rsplit(" | ").next().unwrap_or_default();
            let mut names = held_by.split('`').skip(1).step_by(2).peekable();
            assert!(names.peek().is_some(), "{page}: nothing holds this row: {row}");
            names.for_each(|name| assert!(tests.contains(&format!("fn {name}(")), "{page}: no test {name}"));
        }
    }
}

#[test]
fn every_path_named_in_architecture_exists() {
    let page = read(&root().join("ARCHITECTURE.md"));
    for link in page.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
        assert!(root().join(link).exists(), "ARCHITECTURE.md names {link}, which is not there");
    }
}

/// The rows of all tables whose last column is headed "held by".
fn rows_held_by_tests(page: &str) -> Vec<&str> {
    let tables = page.split("\n\n").filter_map(|block| block.split_once("| held by |\n"));
    tables.flat_map(|(_, rows)| rows.lines().skip(1).filter(|line| line.starts_with("| "))).collect()
}

fn every_source() -> String {
    sources().iter().map(|path| read(path)).collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The names under `[dependencies]`.
fn dependencies(manifest: &str) -> BTreeSet<String> {
    let (_, rest) = manifest.split_once("\n[dependencies]").expect("each crate has dependencies");
    let section = rest.split("\n[").next().unwrap_or(rest);
    let names = section.lines().filter_map(|line| line.split(['.', '=', ' ']).next());
    names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// The Rust of a crate without its tests.
fn code_of(name: &str) -> Vec<(PathBuf, String)> {
    let folder = root().join("crates").join(name).join("src");
    let code = sources().into_iter().filter(|path| path.starts_with(&folder) && path.extension().is_some_and(is_rust));
    let code = code.filter(|path| !path.ends_with("tests.rs"));
    code.map(|path| (path.clone(), read(&path).split("#[cfg(test)]").next().unwrap_or_default().to_owned())).collect()
}

fn is_rust(extension: &OsStr) -> bool {
    extension == "rs"
}

/// Every source file of ours in Rust and JavaScript, tests included.
fn sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = OURS.iter().map(|name| root().join(name)).filter(|path| path.is_dir()).collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("our folders can be read").map(|entry| entry.expect("an entry")) {
            let path = entry.path();
            if path.is_dir() {
                let is_made = path.ends_with("target") || path.ends_with("node_modules");
                folders.extend((!is_made).then_some(path));
            } else if path.extension().is_some_and(|extension| extension == "rs" || extension == "js") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
