//! TLS on the whole program: files, commands, and a certificate renewed while people are connected.

use std::path::Path;
use std::sync::Arc;

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::server::{Server, run};

/// Writes a certificate for `localhost` and its key, as `cert.pem` and `key.pem`.
fn certify(folder: &Path) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(folder.join("cert.pem"), made.cert.pem()).unwrap();
    std::fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
}

fn start(folder: &Path) -> Server {
    certify(folder);
    Server::start_on(&folder.join("data"), &["--tls-cert", "cert.pem", "--tls-key", "key.pem"])
}

/// Trusts what is in `cert.pem` now, and nothing else.
fn trusting(folder: &Path) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(folder.join("cert.pem")).unwrap()).unwrap();
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth()
}

/// Whether the server shows what is in `cert.pem` now.
async fn shows_the_present_one(server: &Server, folder: &Path) -> bool {
    let stream = TcpStream::connect(server.address()).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(trusting(folder))).connect(name, stream).await.is_ok()
}

async fn websocket(server: &Server, folder: &Path) -> WebSocketStream<MaybeTlsStream<TcpStream>> {
    let port = server.address().rsplit_once(':').unwrap().1;
    let connector = tokio_tungstenite::Connector::Rustls(Arc::new(trusting(folder)));
    let url = format!("wss://localhost:{port}/ws");
    tokio_tungstenite::connect_async_tls_with_config(url, None, true, Some(connector)).await.unwrap().0
}

#[test]
fn a_backup_is_made_and_restored_under_tls() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path());
    server.run(["add", "--title", "Saman", "--ca", "cert.pem"]).ok();
    server.run(["backup", "shop.jsonl", "--ca", "cert.pem"]).ok();
    let said = server.run(["restore", "shop.jsonl", "--ca", "cert.pem"]).ok();
    assert!(said.contains("what was there before is in replaced-1"), "{said}");
    assert!(server.run(["list", "--ca", "cert.pem"]).ok().contains("Saman"));
}

#[test]
fn commands_reach_a_server_under_tls() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = start(folder.path());
    assert!(server.url().starts_with("https://127.0.0.1:"), "{}", server.url());
    server.run(["add", "--title", "Saman", "--ca", "cert.pem"]).ok();
    assert!(run(folder.path(), ["export", "--data", "data"]).ok().contains("Saman"), "by its directory");

    let refused = server.run(["list"]).fails_with(1);
    assert!(refused.contains("invalid peer certificate") && refused.contains("--ca FILE"), "{refused}");
    certify(folder.path());
    let refused = server.run(["list", "--ca", "cert.pem"]).fails_with(1);
    assert!(refused.contains("invalid peer certificate"), "another certificate is not trusted: {refused}");
    for (file, says) in [("nowhere.pem", "No such file"), ("key.pem", "no certificate in it")] {
        let refused = server.run(["list", "--ca", file]).fails_with(1);
        assert!(refused.contains(&format!("--ca {file}: ")) && refused.contains(says), "{refused}");
    }
    let plain = format!("http://{}", server.address());
    let refused = run(folder.path(), ["list", "--server", &plain]).fails_with(1);
    assert!(refused.contains("this port speaks TLS"), "{refused}");

    assert!(server.stop().success());
    for file in ["address", "address.pem"] {
        assert!(!server.data().join(file).exists(), "{file} goes with the server");
    }
}

#[test]
fn a_certificate_that_cannot_be_used_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    certify(folder.path());
    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(folder.path().join("other.pem"), other.signing_key.serialize_pem()).unwrap();
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    for (options, code, says) in [
        (&["--tls-cert", "cert.pem"][..], 2, "--tls-cert needs --tls-key"),
        (&["--tls-key", "key.pem"], 2, "--tls-key needs --tls-cert"),
        (&["--tls-cert", "none.pem", "--tls-key", "key.pem"], 1, "--tls-cert none.pem: No such file"),
        (&["--tls-cert", "cert.pem", "--tls-key", "none.pem"], 1, "--tls-key none.pem: No such file"),
        (&["--tls-cert", "key.pem", "--tls-key", "key.pem"], 1, "--tls-cert key.pem: the certificate file has no"),
        (
            &["--tls-cert", "cert.pem", "--tls-key", "cert.pem"],
            1,
            "--tls-key cert.pem: the key file has no private key",
        ),
        (&["--tls-cert", "cert.pem", "--tls-key", "other.pem"], 1, "--tls-key other.pem: the key does not fit"),
    ] {
        let refused = run(folder.path(), serve.iter().chain(options)).fails_with(code);
        assert!(refused.contains(says), "{options:?}: {refused}");
    }
    assert!(!folder.path().join("bookstore-data").exists(), "a server that did not start leaves nothing behind");
}

#[tokio::test]
async fn a_hangup_renews_the_certificate_and_cuts_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path());
    let mut before = websocket(&server, folder.path()).await;
    certify(folder.path());
    assert!(!shows_the_present_one(&server, folder.path()).await, "it does not look by itself");
    server.signal("HUP");
    while !shows_the_present_one(&server, folder.path()).await {}

    // The address is told anew a moment after.
    let by_directory = || run(folder.path(), ["export", "--data", "data"]);
    while by_directory().code != 0 {}
    before.send(Message::text("[]")).await.unwrap();
    assert!(before.next().await.unwrap().unwrap().to_text().unwrap().contains("-32600"), "what is open stays open");

    std::fs::write(folder.path().join("key.pem"), "no key").unwrap();
    server.signal("HUP");
    while !server.log().contains("is not renewed") {
        tokio::task::yield_now().await;
    }
    assert!(server.log().contains("--tls-key key.pem: the key file has no private key"), "{}", server.log());
    assert!(shows_the_present_one(&server, folder.path()).await, "the old one is kept");
    by_directory().ok();
}

#[test]
fn a_hangup_without_tls_is_an_orderly_end() {
    let mut server = Server::start();
    server.run(["add", "--title", "Saman"]).ok();
    server.signal("HUP");
    assert!(server.ended().success());
    assert!(std::fs::read_to_string(server.data().join("books.json")).unwrap().contains("Saman"));
}
