//! One-time tickets.

use std::time::Duration;

use access::{Denied, Reading, Role, TICKET_LASTS, TICKETS_EACH_MAX, TICKETS_MAX};

use crate::fixture::{access, add, address};

#[test]
fn a_ticket_is_used_once_and_is_whoever_asked_for_it() {
    let (access, _) = access(Reading::LoggedIn);
    let ani = access.authenticate(add(&access, "ani", Role::Editor).reveal(), address(1)).unwrap();
    let ticket = access.issue_ticket(&ani).unwrap();
    assert!(ticket.reveal().starts_with("bkt_"));
    let principal = access.redeem(ticket.reveal(), address(1)).unwrap();
    assert_eq!((principal.name(), principal.role()), ("ani", Role::Editor));
    assert_eq!(access.redeem(ticket.reveal(), address(1)).unwrap_err(), Denied::Ticket);
    assert_eq!(access.redeem("bkt_x", address(1)).unwrap_err(), Denied::Ticket);
    assert!(access.authenticate(ticket.reveal(), address(1)).is_err(), "a ticket is no token");
}

#[test]
fn a_ticket_lasts_thirty_seconds() {
    let (access, clock) = access(Reading::LoggedIn);
    let ani = access.authenticate(add(&access, "ani", Role::Editor).reveal(), address(1)).unwrap();
    let [first, second] = [(), ()].map(|()| access.issue_ticket(&ani).unwrap());
    clock.pass(TICKET_LASTS - Duration::from_millis(1));
    assert!(access.redeem(first.reveal(), address(1)).is_ok());
    clock.pass(Duration::from_millis(1));
    assert_eq!(access.redeem(second.reveal(), address(1)).unwrap_err(), Denied::Ticket);
}

#[test]
fn a_ticket_dies_with_its_token() {
    let (access, _) = access(Reading::LoggedIn);
    let ani = access.authenticate(add(&access, "ani", Role::Editor).reveal(), address(1)).unwrap();
    let ticket = access.issue_ticket(&ani).unwrap();
    access.tokens().revoke("ani", access.now()).unwrap();
    assert_eq!(access.redeem(ticket.reveal(), address(1)).unwrap_err(), Denied::Ticket);
}

#[test]
fn a_ticket_that_was_used_takes_nobodys_place() {
    let (access, _) = access(Reading::LoggedIn);
    let ani = access.authenticate(add(&access, "ani", Role::Reader).reveal(), address(1)).unwrap();
    for number in 0..=TICKETS_MAX {
        let ticket = access.issue_ticket(&ani).unwrap_or_else(|error| panic!("number {number}: {error}"));
        assert!(access.redeem(ticket.reveal(), address(1)).is_ok());
    }
}

#[test]
fn nobody_uses_up_the_tickets_of_the_others() {
    let (access, clock) = access(Reading::LoggedIn);
    let names: Vec<String> = (0..TICKETS_MAX / TICKETS_EACH_MAX + 1).map(|number| format!("t{number}")).collect();
    let who = |name: &String| access.authenticate(add(&access, name, Role::Reader).reveal(), address(1)).unwrap();
    let principals: Vec<_> = names.iter().map(who).collect();
    for principal in &principals[..principals.len() - 1] {
        for _ in 0..TICKETS_EACH_MAX {
            access.issue_ticket(principal).unwrap();
        }
        assert!(access.issue_ticket(principal).is_err());
    }
    let last = principals.last().unwrap();
    assert!(access.issue_ticket(last).is_err(), "all together have a limit too");
    clock.pass(TICKET_LASTS);
    assert!(access.issue_ticket(last).is_ok() && access.issue_ticket(&principals[0]).is_ok());
}
