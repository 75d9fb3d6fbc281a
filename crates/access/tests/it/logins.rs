//! From what somebody brings along to who it is.

use std::time::Duration;

use access::{Denied, LOCAL, Lifetime, Reading, Role, Secret};

use crate::fixture::{access, add, address};

#[test]
fn while_there_is_no_token_this_machine_is_admin_and_nobody_else_gets_in() {
    let (access, _) = access(Reading::LoggedIn);
    let local = access.local().unwrap();
    assert_eq!((local.name(), local.role(), local.has_token()), (LOCAL, Role::Admin, false));
    assert!(access.stranger().is_none());
}

#[test]
fn the_first_token_ends_what_this_machine_could() {
    let (access, clock) = access(Reading::LoggedIn);
    let local = access.local().unwrap();
    let mut changes = access.changes();
    changes.borrow_and_update();
    let token = access.tokens();
    token.create("ani", Role::Reader, Lifetime::Limited(Duration::from_secs(60)), access.now()).unwrap();
    assert!(changes.has_changed().unwrap(), "who is connected is told");
    assert!(!access.holds(&local) && access.local().is_none());
    token.revoke("ani", access.now()).unwrap();
    clock.pass(Duration::from_secs(3_600));
    assert!(access.local().is_none(), "a door does not open because a token ended");
}

#[test]
fn a_token_says_whose_it_is_and_what_it_may() {
    let (access, _) = access(Reading::LoggedIn);
    let secrets = [Role::Reader, Role::Editor, Role::Admin].map(|role| (add(&access, role.text(), role), role));
    for (secret, role) in &secrets {
        let principal = access.authenticate(secret.reveal(), address(1)).unwrap();
        assert_eq!((principal.name(), principal.role()), (role.text(), *role));
        assert!(principal.has_token() && access.holds(&principal) && principal.remaining(access.now()).is_none());
    }
}

#[test]
fn what_is_no_token_is_denied() {
    let (access, _) = access(Reading::Public);
    let secret = add(&access, "ani", Role::Admin);
    let good = secret.reveal();
    let other = format!("{}{}", &good[..good.len() - 1], if good.ends_with('A') { 'B' } else { 'A' });
    let texts = ["", " ", "ani", "bks_", &good[4..], &good[..good.len() - 1], &other, &good.to_uppercase()];
    for text in texts {
        assert_eq!(access.authenticate(text, address(1)).unwrap_err(), Denied::Unknown, "{text:?}");
    }
    assert_eq!(access.authenticate(Secret::token().reveal(), address(1)).unwrap_err(), Denied::Unknown);
}

#[test]
fn a_token_that_expires_ends_to_the_moment_and_says_so() {
    let (access, clock) = access(Reading::LoggedIn);
    let lifetime = Lifetime::Limited(Duration::from_secs(90));
    let (_, secret) = access.tokens().create("ani", Role::Editor, lifetime, access.now()).unwrap();
    let principal = access.authenticate(secret.reveal(), address(1)).unwrap();
    assert_eq!(principal.remaining(access.now()), Some(Duration::from_secs(90)));
    clock.pass(Duration::from_millis(89_999));
    assert!(access.holds(&principal));
    assert_eq!(principal.remaining(access.now()), Some(Duration::from_millis(1)));
    clock.pass(Duration::from_millis(1));
    assert!(!access.holds(&principal));
    assert_eq!(principal.remaining(access.now()), Some(Duration::ZERO));
    assert_eq!(access.authenticate(secret.reveal(), address(1)).unwrap_err(), Denied::Expired);
}

#[test]
fn a_token_that_is_revoked_ends_all_who_came_with_it_and_nobody_else() {
    let (access, _) = access(Reading::LoggedIn);
    let (first, second) = (add(&access, "ani", Role::Admin), add(&access, "budi", Role::Admin));
    let [ani, other] = [&first, &first].map(|secret| access.authenticate(secret.reveal(), address(1)).unwrap());
    let budi = access.authenticate(second.reveal(), address(1)).unwrap();
    access.tokens().revoke("ani", access.now()).unwrap();
    assert!(!access.holds(&ani) && !access.holds(&other) && access.holds(&budi));
    assert_eq!(ani.remaining(access.now()), Some(Duration::ZERO));
    assert_eq!(access.authenticate(first.reveal(), address(1)).unwrap_err(), Denied::Revoked);
}

#[test]
fn where_reading_is_public_a_stranger_may_look() {
    let (access, _) = access(Reading::Public);
    let stranger = access.stranger().unwrap();
    assert!(stranger.is_anyone() && stranger.role() == Role::Reader);
    assert_eq!(access.local().unwrap().role(), Role::Admin, "while there is no token");
    add(&access, "ani", Role::Admin);
    assert!(access.local().unwrap().is_anyone(), "then this machine is like any other");
    assert!(access.holds(&stranger));
}

#[test]
fn an_operator_is_admin_by_a_secret_that_no_token_can_take_away() {
    let secret = Secret::operator();
    let (access, _) = access(Reading::LoggedIn);
    let access = access.with_operator(&secret);
    add(&access, "ani", Role::Reader);
    let operator = access.authenticate(secret.reveal(), address(1)).unwrap();
    assert_eq!((operator.name(), operator.role(), operator.has_token()), (LOCAL, Role::Admin, false));
    assert!(access.authenticate(Secret::operator().reveal(), address(1)).is_err());
}

#[test]
fn a_server_inside_a_command_serves_that_command_only() {
    let secret = Secret::operator();
    let access = access::Access::by_secret_only(&secret);
    assert!(access.local().is_none() && access.stranger().is_none());
    assert_eq!(access.authenticate(secret.reveal(), address(1)).unwrap().role(), Role::Admin);
}
