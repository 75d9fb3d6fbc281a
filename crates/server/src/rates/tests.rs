//! Buckets with a clock that stands still and jumps.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use catalogue::BookId;
use protocol::method::Call;
use tokio::time::advance;

use super::*;
use crate::peer::{Peer, Transport};

/// Ten units a second on a connection: it holds 100, its address 400.
fn buckets() -> Arc<Buckets> {
    Arc::new(Buckets::new(Rates { per_second: NonZeroU32::new(10), ..Rates::default() }))
}

fn source(address: &str) -> Source {
    let mut request = Request::new(());
    let address = format!("{address}:1234").parse().unwrap();
    request.extensions_mut().insert(Peer { address, transport: Transport::Plain });
    Source::of(request.extensions())
}

/// How many plain reads are granted, one after the other.
fn granted(allowance: &Allowance) -> usize {
    let read = Cost::of_call(&Ok(Call::Get(BookId(1))), 60);
    (0..1_000).take_while(|_| allowance.take(read).is_ok()).count()
}

#[tokio::test(start_paused = true)]
async fn a_bucket_fills_again_with_time() {
    let allowance = Allowance::new(buckets(), source("192.0.2.7"));
    assert_eq!(granted(&allowance), 100);
    advance(Duration::from_secs(2)).await;
    assert_eq!(granted(&allowance), 20);
    advance(Duration::from_secs(3_600)).await;
    assert_eq!(granted(&allowance), 100, "it does not overflow");
}

#[tokio::test(start_paused = true)]
async fn who_waits_as_told_is_served() {
    let allowance = Allowance::new(buckets(), source("192.0.2.7"));
    granted(&allowance);
    let everything = Cost::of_call(&Ok(Call::Discover), 1024 * 1024);
    let Err(Excess::Refused(refused)) = allowance.take(everything) else { panic!("the bucket is empty") };
    let seconds = refused.problem().retry_after.unwrap();
    assert_eq!(seconds, 7, "65 units at ten a second");
    advance(Duration::from_secs(seconds.into())).await;
    assert_eq!(allowance.take(everything), Ok(()));
}

#[tokio::test(start_paused = true)]
async fn an_address_has_four_connections_worth_and_others_do_not_notice() {
    let shared = buckets();
    let of = |address| Allowance::new(Arc::clone(&shared), source(address));
    let flood: usize = (0..10).map(|_| granted(&of("192.0.2.7"))).sum();
    assert_eq!(flood, 400);
    assert_eq!(granted(&of("192.0.2.8")), 100);
    assert_eq!(granted(&of("[2001:db8::1]")), 100);
    assert_eq!(granted(&of("127.0.0.1")), 1_000, "this machine is not limited");
}

#[tokio::test(start_paused = true)]
async fn who_asks_on_regardless_is_flooding_and_who_pauses_is_not() {
    let allowance = Allowance::new(buckets(), source("192.0.2.7"));
    granted(&allowance);
    let refused = (0..1_000).take_while(|_| matches!(allowance.take(Cost::LEAST), Err(Excess::Refused(_)))).count();
    assert_eq!(refused, 99, "one was refused before");
    assert_eq!(allowance.take(Cost::LEAST), Err(Excess::Flooding));
    advance(Duration::from_secs(60)).await;
    assert_eq!(granted(&allowance), 100);
    assert!(matches!(allowance.take(Cost::LEAST), Err(Excess::Refused(_))));
}

#[tokio::test(start_paused = true)]
async fn however_many_addresses_come_the_buckets_take_bounded_memory() {
    let shared = buckets();
    for number in 0..200_000_u32 {
        let source = source(&std::net::Ipv4Addr::from_bits(0x0a00_0000 + number).to_string());
        shared.take(&source, Cost::LEAST).unwrap();
    }
    let places = shared.places();
    assert!((50_000..=65_536).contains(&places), "{places}");
}

#[tokio::test]
async fn what_takes_more_work_costs_more() {
    let request = |line: &str| {
        let (method, uri) = line.split_once(' ').unwrap();
        Cost::of_request(&Request::builder().method(method).uri(uri).body(Default::default()).unwrap())
    };
    let order = ["GET /books/1", "POST /books", "GET /books?limit=50&sort=title", "GET /books"];
    let costs: Vec<u32> = order.map(|line| request(line).units(NonZeroU32::MAX).get()).into();
    assert!(costs.is_sorted_by(|less, more| less < more), "{costs:?}");
    assert_eq!(request("GET /backup"), request("GET /books"), "both read the whole store");
}

#[test]
fn guests_are_counted_by_address_until_they_leave() {
    let guests = Guests::new(Rates { connections_per_address: Some(2), ..Rates::default() }, &[]);
    let enter = |address: &str| guests.enter(address.parse().unwrap());
    let first = enter("192.0.2.7").unwrap();
    let _second = enter("192.0.2.7").unwrap();
    assert!(enter("192.0.2.7").is_err());
    assert!(enter("192.0.2.8").is_ok());
    drop(first);
    assert!(enter("192.0.2.7").is_ok());
    let _many: Vec<_> = (0..10).map(|_| enter("::1").unwrap()).collect();
}
