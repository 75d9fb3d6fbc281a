//! Tokens on real processes: made and revoked on the command line, used on every door.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::client::Client;
use crate::server::{Ended, Server, bookstore, run};

const LIMIT: Duration = Duration::from_secs(1);

/// The command line with a token, without a server to speak to.
fn create(folder: &Path, role: &str, name: &str) -> String {
    run(folder, ["token", "create", "--role", role, "--name", name, "--data", "data"]).ok().trim().to_owned()
}

/// A server with a token of each role made before its first start.
fn start(folder: &Path) -> (Server, [String; 3]) {
    let tokens = ["reader", "editor", "admin"].map(|role| create(folder, role, role));
    (Server::start_on(&folder.join("data"), &[]), tokens)
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_token_made_before_the_first_start_is_shown_once_and_kept_as_a_hash() {
    let folder = tempfile::tempdir().unwrap();
    let made = run(folder.path(), ["token", "create", "--role", "editor", "--name", "till-1", "--data", "data"]);
    assert!(made.err.contains("not shown again") && made.err.contains("no admin token"), "{}", made.err);
    let token = made.ok().trim().to_owned();
    assert!(token.starts_with("bks_") && token.len() == 47, "{token}");

    let file = folder.path().join("data/tokens.json");
    assert_eq!(mode(&file), 0o600);
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("till-1") && text.contains("sha256") && !text.contains(&token[4..]), "{text}");
    let mut sum = std::process::Command::new("sha256sum");
    let mut child = sum.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), token.as_bytes()).unwrap();
    let sum = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
    assert!(text.contains(&sum[..64]), "anybody can check which token is which");
}

#[test]
fn a_directory_that_is_not_there_has_no_tokens_and_is_not_made_by_looking() {
    let folder = tempfile::tempdir().unwrap();
    for command in [&["token", "list"][..], &["token", "revoke", "till-1"]] {
        let refused = run(folder.path(), [command, &["--data", "typo"]].concat()).fails_with(1);
        assert!(refused.contains("no data directory typo"), "{refused}");
        assert!(!folder.path().join("typo").exists(), "{command:?}");
    }
}

#[test]
fn every_command_logs_in_by_the_environment_or_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let (server, [reader, editor, _]) = start(folder.path());
    for arguments in [&["list"][..], &["get", "1"], &["info"], &["export"], &["watch"], &["add", "--title", "x"]] {
        let refused = server.run(arguments).fails_with(1);
        assert!(refused.contains("not logged in") && refused.contains("BOOKSTORE_TOKEN"), "{arguments:?}: {refused}");
        let wrong = server.run_as("bks_wrong", arguments).fails_with(1);
        assert!(wrong.contains("not known here") && !wrong.contains("bks_wrong"), "{arguments:?}: {wrong}");
    }
    server.run_as(&editor, ["add", "--title", "Saman"]).ok();
    let refused = server.run_as(&reader, ["edit", "1", "year=1998"]).fails_with(1);
    assert!(refused.contains("reader") && refused.contains("editor"), "{refused}");

    std::fs::write(folder.path().join("bookstore.toml"), format!("token = \"{editor}\"\n")).unwrap();
    server.run(["edit", "1", "year=1998"]).ok();
    std::fs::write(folder.path().join("a.csv"), "title\nLarung\n").unwrap();
    server.run(["import", "a.csv"]).ok();
    let list = server.run_as(&reader, ["list", "--json", "--sort", "title"]).json();
    assert_eq!((&list[0]["title"], &list[1]["year"]), (&json!("Larung"), &json!(1998)), "{list}");
    let shown = run(folder.path(), ["list", "--token", "x"]).fails_with(2);
    assert!(shown.contains("--token"), "no option shows a token to everybody on the machine: {shown}");
}

#[test]
fn the_journal_says_whose_token_wrote() {
    let folder = tempfile::tempdir().unwrap();
    let (server, [_, editor, admin]) = start(folder.path());
    server.run_as(&editor, ["add", "--title", "Saman"]).ok();
    server.run_as(&admin, ["edit", "1", "year=1998"]).ok();
    let journal = std::fs::read_dir(folder.path().join("data/journal")).unwrap();
    let segment =
        journal.map(|entry| entry.unwrap().path()).find(|path| path.extension().is_some_and(|e| e == "jsonl"));
    let lines = std::fs::read_to_string(segment.unwrap()).unwrap();
    let entries = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let by: Vec<Value> = entries.filter_map(|mut entry| entry.get_mut("by").map(Value::take)).collect();
    assert_eq!(by, ["editor", "admin"]);
}

#[tokio::test]
async fn revoking_on_the_command_line_ends_open_sockets_within_a_second() {
    let folder = tempfile::tempdir().unwrap();
    let (server, [_, editor, admin]) = start(folder.path());
    let mut client = Client::connect(&server.websocket()).await.unwrap();
    client.call("session.login", json!({"token": editor})).await;
    client.call("books.subscribe", json!({})).await;
    let mut staying = Client::connect(&server.websocket()).await.unwrap();
    staying.call("session.login", json!({"token": admin})).await;

    let revoked = server.run_as(&admin, ["token", "revoke", "editor"]);
    assert_eq!(revoked.ok(), "revoked editor\n");
    let code = tokio::time::timeout(LIMIT, client.close_code()).await;
    assert_eq!(code.expect("within a second"), Some(4001));
    staying.call("books.list", json!({})).await;
    assert!(server.run_as(&editor, ["list"]).fails_with(1).contains("was revoked"));
}

#[test]
fn who_stands_before_the_data_directory_is_never_locked_out() {
    let folder = tempfile::tempdir().unwrap();
    let (server, _) = start(folder.path());
    assert_eq!(mode(&server.data().join("operator")), 0o600);
    let beside = |arguments: &[&str]| run(folder.path(), arguments.iter().chain(&["--data", "data"]));
    for name in ["reader", "editor", "admin"] {
        beside(&["token", "revoke", name]).ok();
    }
    let made = beside(&["token", "create", "--role", "admin", "--name", "ani", "--expires", "90d", "--json"]).json();
    let token = made["token"].as_str().unwrap();
    assert!(made["expires"].is_string(), "{made}");
    server.run_as(token, ["add", "--title", "Saman"]).ok();
    assert!(beside(&["export"]).ok().contains("Saman"), "what finds the server by its directory needs no token");

    let list = beside(&["token", "list", "--json"]).json();
    let revoked = list.as_array().unwrap().iter().filter(|token| token.get("revoked").is_some()).count();
    assert_eq!((list.as_array().unwrap().len(), revoked), (4, 3));
    let secret = std::fs::read_to_string(server.data().join("operator")).unwrap();
    drop(server);
    let again = Server::start_on(&folder.path().join("data"), &[]);
    assert!(again.run_as(secret.trim(), ["list"]).fails_with(1).contains("not known"), "it lived with its process");
    assert_eq!(beside(&["token", "list", "--json"]).json(), list);
}

#[test]
fn tokens_are_managed_by_an_admin_from_elsewhere_and_by_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let (server, [reader, editor, admin]) = start(folder.path());
    for token in [&reader, &editor] {
        let refused = server.run_as(token, ["token", "create", "--role", "reader", "--name", "x"]).fails_with(1);
        assert!(refused.contains("admin"), "{refused}");
        server.run_as(token, ["token", "revoke", "admin"]).fails_with(1);
        server.run_as(token, ["token", "list"]).fails_with(1);
    }
    let made = server.run_as(&admin, ["token", "create", "--role", "reader", "--name", "ani@shop.example"]).ok();
    server.run_as(made.trim(), ["list"]).ok();
    let taken = server.run_as(&admin, ["token", "create", "--role", "reader", "--name", "ani@shop.example"]);
    assert!(taken.fails_with(1).contains("choose another name"));
    server.run_as(&admin, ["token", "revoke", "ani@shop.example"]).ok();
    let shown = server.run_as(&admin, ["token", "list"]).ok();
    assert!(shown.starts_with("name\trole\tcreated\texpires\trevoked\n") && shown.contains("ani@shop.example\treader"));
    assert!(server.run_as(&admin, ["token", "revoke", "nobody"]).fails_with(1).contains("token list"));
}

#[test]
fn what_is_wrong_on_the_command_line_is_told_before_anything_happens() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |arguments: &[&str]| {
        let line = ["token", "create", "--data", "data"].iter().chain(arguments);
        run(folder.path(), line.copied().collect::<Vec<_>>())
    };
    refused(&["--name", "x"]).fails_with(2);
    refused(&["--role", "owner", "--name", "x"]).fails_with(2);
    assert!(refused(&["--role", "admin", "--name", "x", "--expires", "soon"]).fails_with(2).contains("--expires soon"));
    assert!(refused(&["--role", "admin", "--name", "local"]).fails_with(1).contains("choose another name"));
    assert!(!folder.path().join("data/tokens.json").exists());
}

#[test]
fn a_damaged_token_file_stops_the_start_and_one_that_others_can_read_is_mended() {
    let folder = tempfile::tempdir().unwrap();
    create(folder.path(), "admin", "ani");
    let file = folder.path().join("data/tokens.json");
    let whole = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, &whole[..whole.len() - 20]).unwrap();
    let serve = ["serve", "--listen", "127.0.0.1:0", "--data", "data"];
    let stopped = run(folder.path(), serve).fails_with(1);
    assert!(stopped.contains("tokens.json") && stopped.contains("is damaged") && stopped.contains("backup"));

    std::fs::write(&file, &whole).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let server = Server::start_on(&folder.path().join("data"), &[]);
    assert_eq!(mode(&file), 0o600);
    assert!(server.log().contains("0600"), "{}", server.log());
}

#[test]
fn an_open_catalogue_is_read_by_everybody_and_written_by_tokens() {
    let folder = tempfile::tempdir().unwrap();
    let token = create(folder.path(), "editor", "till-1");
    let server = Server::start_on(&folder.path().join("data"), &["--public-read"]);
    server.run_as(&token, ["add", "--title", "Saman"]).ok();
    assert!(server.run(["list"]).ok().contains("Saman"));
    assert!(server.run(["add", "--title", "x"]).fails_with(1).contains("editor"));
}

#[test]
fn a_failed_login_is_in_the_log_without_what_was_tried() {
    let folder = tempfile::tempdir().unwrap();
    let (server, _) = start(folder.path());
    server.run_as("bks_nearly_right", ["list"]).fails_with(1);
    let log = server.log();
    assert!(log.contains("a login failed") && log.contains("127.0.0.1") && !log.contains("nearly"), "{log}");
}

#[test]
fn an_import_into_a_directory_without_a_server_needs_no_token() {
    let folder = tempfile::tempdir().unwrap();
    create(folder.path(), "reader", "ani");
    std::fs::write(folder.path().join("a.csv"), "title\nLarung\n").unwrap();
    let mut command = bookstore(folder.path());
    command.env("BOOKSTORE_TOKEN", "bks_of_another_server").args(["import", "a.csv", "--data", "data"]);
    assert!(Ended::of(&mut command).ok().starts_with("created 1,"));
}
