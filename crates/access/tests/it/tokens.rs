//! Tokens made and revoked.

use std::collections::HashSet;
use std::time::Duration;

use access::{Lifetime, NAME_CHARS_MAX, Role, Secret, Tokens};
use expect_test::{Expect, expect};

use crate::fixture::now;

fn check(tokens: &Tokens, name: &str, expected: Expect) {
    let made = tokens.create(name, Role::Reader, Lifetime::Endless, now());
    expected.assert_eq(&made.map_or_else(|error| error.to_string(), |(token, _)| format!("made {}", token.name)));
}

#[test]
fn a_token_is_256_random_bits_with_a_prefix_by_which_it_is_found_where_it_should_not_be() {
    let secrets: HashSet<String> = (0..100).map(|_| Secret::token().reveal().to_owned()).collect();
    assert_eq!(secrets.len(), 100);
    for secret in secrets {
        let random = secret.strip_prefix("bks_").unwrap();
        assert_eq!(random.len(), 43, "256 bits in base64url");
        assert!(random.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)), "{random}");
    }
}

#[test]
fn a_secret_does_not_show_itself() {
    assert_eq!(format!("{:?}", Secret::token()), "Secret(…)");
}

#[test]
fn a_name_is_plain_free_and_never_given_twice() {
    let tokens = Tokens::default();
    check(&tokens, "till-1", expect!["made till-1"]);
    check(&tokens, "ani@shop.example", expect!["made ani@shop.example"]);
    let taken =
        "there is, or was, a token \"TILL-1\": choose another name, so that the journal stays clear about who is who";
    assert_eq!(tokens.create("TILL-1", Role::Reader, Lifetime::Endless, now()).unwrap_err().to_string(), taken);
    tokens.revoke("till-1", now()).unwrap();
    check(
        &tokens,
        "till-1",
        expect![[
            r#"there is, or was, a token "till-1": choose another name, so that the journal stays clear about who is who"#
        ]],
    );
    for reserved in ["local", "file", "anyone", "Local", "FILE"] {
        let error = tokens.create(reserved, Role::Admin, Lifetime::Endless, now()).unwrap_err().to_string();
        assert!(error.contains("choose another name"), "{error}");
    }
    let long = "x".repeat(NAME_CHARS_MAX + 1);
    for wrong in ["", " ", "a b", "-a", ".", "_x", "a\n", "a/b", "..", "ä", "a\u{202e}b", long.as_str()] {
        assert!(tokens.create(wrong, Role::Reader, Lifetime::Endless, now()).is_err(), "{wrong:?}");
    }
    check(
        &tokens,
        &"x".repeat(NAME_CHARS_MAX),
        expect!["made xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"],
    );
}

#[test]
fn a_life_is_a_second_to_a_hundred_years_or_without_end() {
    let tokens = Tokens::default();
    for (seconds, is_good) in [(0, false), (1, true), (3_153_600_000, true), (3_153_600_001, false), (u64::MAX, false)]
    {
        let lifetime = Lifetime::Limited(Duration::from_secs(seconds));
        let made = tokens.create(&format!("t{seconds}"), Role::Reader, lifetime, now());
        assert_eq!(made.is_ok(), is_good, "{seconds} s");
    }
}

#[test]
fn revoking_again_changes_nothing_and_revoking_nobody_is_told() {
    let tokens = Tokens::default();
    tokens.create("ani", Role::Reader, Lifetime::Endless, now()).unwrap();
    let revoked = tokens.revoke("ani", now()).unwrap();
    assert_eq!(tokens.revoke("ani", now() + Duration::from_secs(60)).unwrap(), revoked);
    assert!(tokens.revoke("budi", now()).unwrap_err().to_string().contains("token list"));
}

#[test]
fn an_admin_counts_as_long_as_the_token_is_good() {
    let tokens = Tokens::default();
    tokens.create("ani", Role::Editor, Lifetime::Endless, now()).unwrap();
    assert!(!tokens.has_admin(now()));
    tokens.create("budi", Role::Admin, Lifetime::Limited(Duration::from_secs(60)), now()).unwrap();
    assert!(tokens.has_admin(now()) && !tokens.has_admin(now() + Duration::from_secs(60)));
}
