//! `tokens.json`: what stands there, who may read it, and what happens when it is not right.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use access::{Access, Denied, FILE, Lifetime, Reading, Role, Tokens};
use expect_test::expect;

use crate::fixture::{address, now};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn open(folder: &Path) -> Tokens {
    let (tokens, notices) = Tokens::open(folder).unwrap();
    assert_eq!(notices, Vec::<String>::new());
    tokens
}

#[test]
fn the_file_holds_hashes_and_no_token_and_only_its_owner_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let tokens = open(folder.path());
    assert!(!folder.path().join(FILE).exists(), "nothing is made where nothing is");
    let (_, secret) = tokens.create("till-1", Role::Editor, Lifetime::Endless, now()).unwrap();
    let text = fs::read_to_string(folder.path().join(FILE)).unwrap();
    assert!(!text.contains(&secret.reveal()[4..]), "{text}");
    assert_eq!(mode(&folder.path().join(FILE)), 0o600);
    let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, [FILE], "nothing is left beside it");

    let digest = text.split("\"sha256\": \"").nth(1).unwrap()[..64].to_owned();
    let text = text.replace(&digest, "…");
    expect![[r#"
        {
          "tokens": [
            {
              "name": "till-1",
              "role": "editor",
              "sha256": "…",
              "created": "2026-11-26T00:00:00Z"
            }
          ]
        }
    "#]]
    .assert_eq(&text);
}

#[test]
fn what_was_made_and_revoked_is_so_after_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let tokens = open(folder.path());
    let (_, ani) = tokens.create("ani", Role::Admin, Lifetime::Limited(Duration::from_secs(3_600)), now()).unwrap();
    let (_, budi) = tokens.create("budi", Role::Reader, Lifetime::Endless, now()).unwrap();
    tokens.revoke("budi", now()).unwrap();

    let again = open(folder.path());
    assert_eq!(again.list(), tokens.list());
    let access =
        Access::new(again, Reading::LoggedIn).with_clock(std::sync::Arc::<crate::fixture::HandClock>::default());
    assert_eq!(access.authenticate(ani.reveal(), address(1)).unwrap().name(), "ani");
    assert_eq!(access.authenticate(budi.reveal(), address(1)).unwrap_err(), Denied::Revoked);
}

#[test]
fn a_file_that_others_could_read_is_mended_and_the_operator_told() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).create("ani", Role::Admin, Lifetime::Endless, now()).unwrap();
    let path = folder.path().join(FILE);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let (tokens, notices) = Tokens::open(folder.path()).unwrap();
    assert_eq!(tokens.list().len(), 1);
    assert_eq!(mode(&path), 0o600);
    assert!(notices[0].contains("mode 0644") && notices[0].contains("token list"), "{notices:?}");
}

#[test]
fn a_damaged_file_stops_the_start_and_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).create("ani", Role::Admin, Lifetime::Endless, now()).unwrap();
    let path = folder.path().join(FILE);
    let whole = fs::read_to_string(&path).unwrap();
    let digest = whole.split("\"sha256\": \"").nth(1).unwrap()[..64].to_owned();
    let record = whole.split('[').nth(1).unwrap().split(']').next().unwrap().to_owned();
    let damaged = [
        String::new(),
        whole[..whole.len() / 2].to_owned(),
        "[]".to_owned(),
        whole.replace("admin", "owner"),
        whole.replace("sha256", "md5"),
        whole.replace(&digest, &digest[1..]),
        whole.replace(&digest, &digest.replace(|_| true, "g")),
        whole.replace("\"ani\"", "\"local\""),
        whole.replace("\"ani\"", "\"a b\""),
        whole.replace(&record, &format!("{record},{record}")),
        whole.replace("\"role\"", "\"expire\": \"2020-01-01T00:00:00Z\", \"role\""),
    ];
    for text in damaged {
        assert_ne!(text, whole);
        fs::write(&path, &text).unwrap();
        let error = Tokens::open(folder.path()).unwrap_err().to_string();
        let advises = error.contains("is damaged") && error.contains("backup") && error.contains(FILE);
        assert!(advises, "{text}: {error}");
    }
    fs::write(&path, [0xff, 0xfe]).unwrap();
    assert!(Tokens::open(folder.path()).unwrap_err().to_string().contains("it is not text"));
}

#[test]
fn a_change_that_cannot_be_written_down_has_not_happened() {
    let folder = tempfile::tempdir().unwrap();
    let tokens = open(folder.path());
    tokens.create("ani", Role::Admin, Lifetime::Endless, now()).unwrap();
    // A directory in the place of the next file cannot be removed or written to.
    fs::create_dir(folder.path().join("tokens.json.next")).unwrap();
    assert!(tokens.create("budi", Role::Admin, Lifetime::Endless, now()).is_err());
    assert!(tokens.revoke("ani", now()).is_err());
    assert_eq!(tokens.list().len(), 1);
    assert_eq!(tokens.list()[0].revoked, None);
    assert_eq!(open(folder.path()).list(), tokens.list());
}

#[test]
fn what_a_crash_left_beside_the_file_is_in_nobodys_way() {
    let folder = tempfile::tempdir().unwrap();
    let tokens = open(folder.path());
    tokens.create("ani", Role::Admin, Lifetime::Endless, now()).unwrap();
    fs::write(folder.path().join("tokens.json.next"), "{\"tok").unwrap();
    tokens.create("budi", Role::Admin, Lifetime::Endless, now()).unwrap();
    assert_eq!(open(folder.path()).list().len(), 2);
}
