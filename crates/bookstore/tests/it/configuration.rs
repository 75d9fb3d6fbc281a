//! Options from the command line, the environment and the file, and how a run can end.

use crate::server::{Ended, Server, bookstore, run};

#[test]
fn line_beats_environment_beats_file_beats_default() {
    let folder = tempfile::tempdir().unwrap();
    let file = |text: &str| std::fs::write(folder.path().join("bookstore.toml"), text).unwrap();
    // A port of 99999 is refused wherever it comes from, and the message shows which value won.
    let listen = |environment: Option<&str>, line: Option<&str>| {
        let mut command = bookstore(folder.path());
        command.arg("serve").args(["--data", "data"]);
        environment.map(|value| command.env("BOOKSTORE_LISTEN", value));
        line.map(|value| command.args(["--listen", value]));
        Ended::of(&mut command).fails_with(2)
    };
    file("listen = \"file:99999\"\n");
    assert!(listen(None, None).contains("file:99999"));
    assert!(listen(Some("environment:99999"), None).contains("environment:99999"));
    assert!(listen(Some("environment:99999"), Some("line:99999")).contains("line:99999"));
    assert!(listen(Some(""), None).contains("file:99999"), "an empty variable says nothing");
}

#[test]
fn switches_and_lists_are_keys_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bookstore.toml");
    std::fs::write(
        &path,
        "require_revision = true\nallow_host = [\"shop.example\", \"buku.example\"]\nlog = \"warn\"\n",
    )
    .unwrap();
    let server = Server::start_on(&folder.path().join("data"), &[]);
    server.run(["add", "--title", "Saman"]).ok();
    let socket = ["edit", "1", "shelf=A", "--if-revision", "1"];
    server.run(socket).ok();
    drop(server);
    let off = Server::start_on(&folder.path().join("data"), &["--require-revision=false"]);
    assert!(off.log().is_empty(), "{}", off.log());
}

#[test]
fn an_unknown_key_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.toml");
    std::fs::write(&path, "listn = \"127.0.0.1:0\"\n").unwrap();
    let refused = run(folder.path(), ["list", "--config", "shop.toml"]).fails_with(2);
    assert!(refused.contains("shop.toml") && refused.contains("\"listn\""), "{refused}");
    run(folder.path(), ["list", "--config", "missing.toml"]).fails_with(2);
}

#[test]
fn exit_codes_tell_usage_from_failure() {
    let folder = tempfile::tempdir().unwrap();
    let code = |arguments: &[&str]| run(folder.path(), arguments).code;
    assert_eq!(code(&["--version"]), 0);
    assert_eq!(code(&["--help"]), 0);
    assert_eq!(code(&[]), 2);
    assert_eq!(code(&["frobnicate"]), 2);
    assert_eq!(code(&["list", "--limit", "many"]), 2);
    assert_eq!(code(&["list", "--server", "http://127.0.0.1:1"]), 1);
    assert_eq!(code(&["list", "--server", "https://127.0.0.1:1"]), 1);
    assert_eq!(code(&["import", "missing.csv", "--data", "data"]), 1);
}

#[test]
fn what_is_not_there_yet_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let refused = run(folder.path(), ["search", "laut"]).fails_with(2);
    assert!(refused.contains("search") && refused.contains("not there yet"), "{refused}");
}
