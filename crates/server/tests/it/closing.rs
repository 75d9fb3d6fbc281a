//! How connections end: with a close frame, and in order.

use std::time::Duration;

use engine::Limits;
use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::fixture::{Server, soon};
use crate::raw::{BINARY, CLOSE, CONTINUATION, FIN, Frame, PING, PONG, Raw, TEXT, frame, header};

#[tokio::test]
async fn every_breach_of_the_protocol_has_its_close_code() {
    let server = Server::start().await;
    let too_big = 1024 * 1024 + 1;
    let cut_off = [frame(TEXT, b"{"), frame(FIN | PING, b""), frame(FIN | CONTINUATION, &[0xc3])].concat();
    let too_long_together =
        [frame(TEXT, &vec![b' '; 600_000]), frame(FIN | CONTINUATION, &vec![b' '; 600_000])].concat();
    let table: [(&str, Vec<u8>, u16); 29] = [
        ("a text that is not masked", vec![FIN | TEXT, 2, b'{', b'}'], 1002),
        ("a ping that is not masked", vec![FIN | PING, 0], 1002),
        ("the first reserved bit", frame(FIN | 0x40 | TEXT, b"{}"), 1002),
        ("the second reserved bit", frame(FIN | 0x20 | TEXT, b"{}"), 1002),
        ("the last reserved bit", frame(FIN | 0x10 | TEXT, b"{}"), 1002),
        ("a reserved bit on a ping", frame(FIN | 0x40 | PING, b""), 1002),
        ("an opcode that does not exist", frame(FIN | 3, b""), 1002),
        ("the last opcode for messages, which does not exist", frame(FIN | 7, b""), 1002),
        ("a control opcode that does not exist", frame(FIN | 11, b""), 1002),
        ("the last opcode, which does not exist", frame(FIN | 15, b""), 1002),
        ("a ping in fragments", frame(PING, b""), 1002),
        ("a close frame in fragments", frame(CLOSE, &[3, 232]), 1002),
        ("a ping that is too long", frame(FIN | PING, &[0; 126]), 1002),
        ("a close frame that is too long", frame(FIN | CLOSE, &[3; 126]), 1002),
        ("a continuation of nothing", frame(FIN | CONTINUATION, b"x"), 1002),
        ("a text within a text", [frame(TEXT, b"{"), frame(FIN | TEXT, b"}")].concat(), 1002),
        ("a binary message within a text", [frame(TEXT, b"{"), frame(FIN | BINARY, b"}")].concat(), 1002),
        ("a close frame of one byte", frame(FIN | CLOSE, &[3]), 1002),
        ("a binary message", frame(FIN | BINARY, b"{}"), 1003),
        ("a binary message in fragments", [frame(BINARY, b"{"), frame(FIN | CONTINUATION, b"}")].concat(), 1003),
        ("a text that is not UTF-8", frame(FIN | TEXT, &[0xff]), 1007),
        ("a text of half a surrogate", frame(FIN | TEXT, &[0xed, 0xa0, 0x80]), 1007),
        ("a text cut within a letter", frame(FIN | TEXT, &[0xc3]), 1007),
        ("a text in fragments cut within a letter, with a ping between", cut_off, 1007),
        ("a fragment that is not UTF-8", frame(TEXT, &[0xff]), 1007),
        ("a close reason that is not UTF-8", frame(FIN | CLOSE, &[3, 232, 0xff]), 1007),
        ("a frame that is too long, announced only", header(FIN | TEXT, too_big), 1009),
        ("a frame without end, announced only", header(FIN | TEXT, (1 << 63) - 1), 1009),
        ("fragments that are too long together", too_long_together, 1009),
    ];
    for (what, bytes, code) in table {
        let mut peer = Raw::connect(&server).await;
        peer.send(&bytes).await;
        assert_eq!(peer.closed_with().await, code, "{what}");
    }
}

#[tokio::test]
async fn a_peer_that_is_still_sending_reads_why_it_is_closed() {
    let server = Server::start().await;
    let mut peer = Raw::connect(&server).await;
    peer.send(&frame(FIN | TEXT, &vec![b' '; 4 * 1024 * 1024])).await;
    assert_eq!(peer.closed_with().await, 1009);
}

#[tokio::test]
async fn the_longest_message_is_read() {
    let server = Server::start().await;
    let mut peer = Raw::connect(&server).await;
    let call = br#"{"jsonrpc":"2.0","id":1,"method":"books.get","params":{"id":1}}"#;
    let mut longest = vec![b' '; 1024 * 1024];
    longest[..call.len()].copy_from_slice(call);
    peer.send(&frame(FIN | TEXT, &longest)).await;
    let reply = peer.frame().await.unwrap();
    assert!(String::from_utf8(reply.payload).unwrap().contains("-32001"));
}

#[tokio::test]
async fn a_goodbye_is_returned() {
    let server = Server::start().await;
    for code in [1000_u16, 1001, 1003, 1007, 1011, 3000, 4999] {
        let mut peer = Raw::connect(&server).await;
        peer.send(&frame(FIN | CLOSE, &[&code.to_be_bytes()[..], b"bye"].concat())).await;
        assert_eq!(peer.closed_with().await, code);
    }
    let mut peer = Raw::connect(&server).await;
    peer.send(&frame(FIN | CLOSE, b"")).await;
    assert_eq!(peer.frame().await, Some(Frame { first: FIN | CLOSE, payload: Vec::new() }), "none to return");
    let mut client = server.client().await;
    client.socket.close(Some(CloseFrame { code: 1000.into(), reason: "".into() })).await.unwrap();
    assert_eq!(client.close_code().await, Some(1000));
}

#[tokio::test]
async fn a_code_that_nobody_may_send_is_a_breach_itself() {
    let server = Server::start().await;
    for code in [0_u16, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535] {
        let mut peer = Raw::connect(&server).await;
        peer.send(&frame(FIN | CLOSE, &code.to_be_bytes())).await;
        assert_eq!(peer.closed_with().await, 1002, "{code}");
    }
}

#[tokio::test]
async fn answers_go_before_the_goodbye_to_who_breaks_the_protocol() {
    let server = Server::start().await;
    let mut peer = Raw::connect(&server).await;
    let call = frame(FIN | TEXT, br#"{"jsonrpc":"2.0","id":1,"method":"server.info"}"#);
    peer.send(&[call, frame(FIN | BINARY, b"")].concat()).await;
    assert_eq!(peer.frame().await.unwrap().first, FIN | TEXT);
    assert_eq!(peer.closed_with().await, 1003);
}

#[tokio::test]
async fn pings_are_answered_also_between_fragments() {
    let server = Server::start().await;
    let mut peer = Raw::connect(&server).await;
    peer.send(&frame(TEXT, br#"{"jsonrpc":"2.0","id":1,"#)).await;
    peer.send(&frame(FIN | PING, b"there?")).await;
    let pong = peer.frame().await.unwrap();
    assert_eq!((pong.first, &pong.payload[..]), (FIN | PONG, &b"there?"[..]));
    peer.send(&frame(CONTINUATION, b"")).await;
    peer.send(&frame(FIN | CONTINUATION, br#""method":"books.unsubscribe","params":["x"]}"#)).await;
    assert!(String::from_utf8(peer.frame().await.unwrap().payload).unwrap().contains("-32001"));
}

#[tokio::test]
async fn two_hundred_thousand_empty_fragments_hinder_nobody() {
    let server = Server::start().await;
    let mut peer = Raw::connect(&server).await;
    peer.send(&frame(TEXT, b"")).await;
    peer.send(&frame(CONTINUATION, b"").repeat(200_000)).await;
    let mut client = server.client().await;
    client.add("Saman").await;
    peer.send(&frame(FIN | CONTINUATION, b"?")).await;
    assert!(String::from_utf8(peer.frame().await.unwrap().payload).unwrap().contains("-32700"));
}

#[tokio::test]
async fn silence_is_broken_by_pings_and_ended_when_they_are_not_answered() {
    let limits = Limits { ping_after: Duration::from_millis(20), ..Limits::default() };
    let server = Server::start_with(limits).await;
    let mut peer = Raw::connect(&server).await;
    for _ in 0..5 {
        assert_eq!(peer.frame().await.unwrap().first, FIN | PING);
        peer.send(&frame(FIN | PONG, b"")).await;
    }
    let mut silent = Raw::connect(&server).await;
    assert_eq!(silent.frame().await.unwrap().first, FIN | PING);
    assert_eq!(silent.frame().await.unwrap().first, FIN | PING);
    assert_eq!(silent.closed_with().await, 1002);
}

#[tokio::test]
async fn a_stop_answers_what_is_in_flight_and_says_goodbye() {
    let mut server = Server::start().await;
    let mut client = server.client().await;
    let mut idle = server.client().await;
    client.add("Saman").await;
    idle.call("books.subscribe", json!({})).await;
    let ids: Vec<u64> = {
        let mut ids = Vec::new();
        for number in 0..50 {
            ids.push(client.begin("books.create", json!({"book": {"title": format!("{number}")}})).await);
        }
        // An answered ping: all before it was read.
        client.socket.send(Message::Ping("".into())).await.unwrap();
        ids
    };
    let first = client.answer(ids[0]).await;
    assert_eq!(first["result"]["revision"], 2);
    let stopped = server.stop();
    for id in &ids[1..] {
        assert!(client.answer(*id).await["result"].is_object());
    }
    assert_eq!(client.close_code().await, Some(1001));
    assert_eq!(idle.close_code().await, Some(1001));
    soon(stopped).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_stop_does_not_wait_for_a_client_that_reads_nothing() {
    let limits = Limits { stop_timeout: Duration::from_millis(400), ..Limits::default() };
    let mut server = Server::start_with(limits).await;
    let mut deaf = Raw::connect(&server).await;
    let call = frame(FIN | TEXT, br#"{"jsonrpc":"2.0","id":1,"method":"rpc.discover"}"#);
    deaf.send(&call.repeat(2_000)).await;
    soon(server.stop()).await.unwrap().unwrap();
}

/// The same with the real limit and no real time is in the crate's own tests.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_not_read_slows_nobody_and_is_closed_with_4008() {
    let limits = Limits { stalled_max: Duration::from_millis(300), ..Limits::default() };
    let server = Server::start_with(limits).await;
    let mut deaf = Raw::connect(&server).await;
    deaf.send(&frame(FIN | TEXT, br#"{"jsonrpc":"2.0","id":1,"method":"books.subscribe"}"#)).await;
    deaf.frame().await.unwrap();
    let mut reader = server.client().await;
    reader.call("books.subscribe", json!({})).await;
    assert_eq!(reader.event().await["type"], "current");
    let mut writer = server.client().await;
    let long = "本".repeat(19_000);
    let mut written = 0;
    loop {
        let book = json!({"title": "Saman", "description": long});
        let revision = writer.call("books.create", json!({"book": book})).await["revision"].clone();
        assert_eq!(reader.event().await["revision"], revision, "the one who reads is told at once");
        written += 1;
        if writer.call("server.info", json!({})).await["clients"] == 2 {
            break;
        }
        assert!(written < 20_000, "the deaf one is still connected");
    }
    assert_eq!(deaf.closed_with().await, 4008);
}

/// The system would take megabytes for a peer that does not read, and who was sent less would pass for a reader.
#[tokio::test]
async fn a_client_that_does_not_read_a_megabyte_is_noticed() {
    let server = Server::start_with(Limits { stalled_max: Duration::from_millis(300), ..Limits::default() }).await;
    let mut deaf = Raw::over(server.narrow().await, &server).await;
    let call = frame(FIN | TEXT, br#"{"jsonrpc":"2.0","id":1,"method":"rpc.discover"}"#);
    let answer_bytes = {
        let mut reader = Raw::connect(&server).await;
        reader.send(&call).await;
        reader.frame().await.unwrap().payload.len()
    };
    deaf.send(&call.repeat(1024 * 1024 / answer_bytes)).await;
    let mut client = server.client().await;
    soon(async { while client.call("server.info", json!({})).await["clients"] != 1 {} }).await;
    assert_eq!(deaf.closed_with().await, 4008);
}

#[tokio::test]
async fn a_client_that_is_gone_is_forgotten() {
    let server = Server::start().await;
    let mut client = server.client().await;
    drop(Raw::connect(&server).await);
    let mut leaver = server.client().await;
    leaver.socket.close(None).await.unwrap();
    while leaver.socket.next().await.is_some() {}
    while client.call("server.info", json!({})).await["clients"] != 1 {}
}
