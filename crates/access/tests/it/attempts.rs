//! Guessing is slowed down; who has a right token never is.

use std::net::IpAddr;
use std::time::Duration;

use access::{Denied, FAILURES_FREE, PAUSE_MAX, Reading, Role};

use crate::fixture::{access, add, address};

fn pause(denied: Denied) -> u64 {
    match denied {
        Denied::TooOften { retry_after } => retry_after.as_secs(),
        _ => 0,
    }
}

#[test]
fn after_some_failures_each_next_one_waits_twice_as_long() {
    let (access, clock) = access(Reading::LoggedIn);
    let fail = || pause(access.authenticate("wrong", address(1)).unwrap_err());
    for _ in 0..FAILURES_FREE {
        assert_eq!(fail(), 0);
    }
    for expected in [1, 2, 4, 8, 16, 32, 64, 128, 256, PAUSE_MAX.as_secs(), PAUSE_MAX.as_secs()] {
        assert_eq!(fail(), 0, "this one is answered");
        assert_eq!(fail(), expected, "and the next must wait");
        clock.pass(Duration::from_secs(expected));
    }
}

#[test]
fn a_right_token_comes_in_past_all_failures() {
    let (access, _) = access(Reading::LoggedIn);
    let secret = add(&access, "ani", Role::Reader);
    for _ in 0..FAILURES_FREE + 10 {
        assert!(access.authenticate("wrong", address(1)).is_err());
    }
    assert!(access.authenticate(secret.reveal(), address(1)).is_ok());
}

#[test]
fn one_address_does_not_make_another_wait_and_a_quarter_of_an_hour_forgets() {
    let (access, clock) = access(Reading::LoggedIn);
    let fail = |from: IpAddr| pause(access.authenticate("wrong", from).unwrap_err());
    for _ in 0..FAILURES_FREE + 1 {
        fail(address(1));
    }
    assert_eq!((fail(address(1)), fail(address(2))), (1, 0));
    clock.pass(Duration::from_secs(15 * 60 + 1));
    for _ in 0..FAILURES_FREE {
        assert_eq!(fail(address(1)), 0);
    }
}

#[test]
fn a_subscriber_of_ipv6_is_one_address_and_ipv4_is_the_same_however_written() {
    let (access, _) = access(Reading::LoggedIn);
    let fail = |from: &str| pause(access.authenticate("wrong", from.parse().unwrap()).unwrap_err());
    for number in 0..FAILURES_FREE + 1 {
        assert_eq!(fail(&format!("2001:db8:1:2::{number:x}")), 0);
        assert_eq!(fail(if number % 2 == 0 { "192.0.2.7" } else { "::ffff:192.0.2.7" }), 0);
    }
    assert_eq!((fail("2001:db8:1:2:ffff::1"), fail("2001:db8:1:3::1")), (1, 0));
    assert_eq!((fail("192.0.2.7"), fail("192.0.2.8")), (1, 0));
}

#[test]
fn many_addresses_do_not_fill_the_memory() {
    let (access, clock) = access(Reading::LoggedIn);
    for _ in 0..FAILURES_FREE + 1 {
        access.authenticate("wrong", address(0)).unwrap_err();
    }
    clock.pass(Duration::from_millis(1));
    for number in 1..10_050 {
        assert_eq!(access.authenticate("wrong", address(number)).unwrap_err(), Denied::Unknown);
    }
    assert_eq!(access.authenticate("wrong", address(0)).unwrap_err(), Denied::Unknown, "the oldest was forgotten");
}
