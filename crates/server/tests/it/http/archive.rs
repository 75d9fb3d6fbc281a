//! Backup and restore, as far as the server is concerned: the files are somebody else's.

use std::io;
use std::sync::{Arc, Mutex};

use catalogue::Revision;
use http_body_util::BodyExt;
use protocol::method::RestoreResult;
use serde_json::json;
use server::{Archive, ArchiveError, Download, Upload};

use super::Http;
use crate::fixture::app;

/// Gives these pieces, and keeps what it is sent.
#[derive(Default)]
struct Shelf {
    pieces: Vec<Result<&'static str, &'static str>>,
    received: Arc<Mutex<Vec<u8>>>,
}

impl Archive for Shelf {
    fn backup(&self) -> Result<Download, ArchiveError> {
        let pieces = self.pieces.clone().into_iter();
        let pieces = pieces.map(|piece| piece.map(|text| text.into()).map_err(io::Error::other));
        Ok(Download { name: "bookstore-7.jsonl".into(), pieces: Box::new(pieces) })
    }

    fn restore(&self) -> Result<Box<dyn Upload>, ArchiveError> {
        Ok(Box::new(Receiving(Arc::clone(&self.received))))
    }
}

struct Receiving(Arc<Mutex<Vec<u8>>>);

impl Upload for Receiving {
    fn take(&mut self, bytes: &[u8]) -> Result<(), ArchiveError> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<RestoreResult, ArchiveError> {
        match self.0.lock().unwrap().as_slice() {
            b"sound" => Ok(RestoreResult { store: "new".into(), revision: Revision(9), books: 2, aside: None }),
            b"full" => Err(ArchiveError::Unavailable("the disk is full".into())),
            _ => Err(ArchiveError::Invalid("line 1: its checksum does not hold".into())),
        }
    }
}

fn http(shelf: Shelf) -> Http {
    Http::of(app().with_archive(Arc::new(shelf)))
}

#[tokio::test]
async fn a_backup_is_given_as_a_file_piece_by_piece() {
    let http = http(Shelf { pieces: vec![Ok("{\"backup\":1}\n"), Ok("{}\n")], ..Shelf::default() });
    let answer = http.get("/backup").await;
    assert_eq!((answer.outcome(), answer.text()), ("200".into(), "{\"backup\":1}\n{}\n"));
    assert_eq!(answer.header("content-type"), "application/jsonl");
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"bookstore-7.jsonl\"");
}

#[tokio::test]
async fn a_backup_that_breaks_off_does_not_end_as_a_whole_one_does() {
    let http =
        http(Shelf { pieces: vec![Ok("{\"backup\":1}\n"), Err("the disk does not answer")], ..Shelf::default() });
    let (status, _, body) = http.begin("GET /backup", &[]).await;
    assert_eq!(status, 200);
    assert!(body.collect().await.is_err());
}

#[tokio::test]
async fn what_is_restored_is_told_before_it_takes_its_place() {
    let shelf = Shelf::default();
    let received = Arc::clone(&shelf.received);
    let answer = http(shelf).ask("POST /restore", &[], "sound").await;
    assert_eq!(answer.status, 202);
    assert_eq!(answer.json(), json!({"store": "new", "revision": 9, "books": 2, "aside": null}));
    assert_eq!(*received.lock().unwrap(), b"sound");
}

#[tokio::test]
async fn a_restore_is_refused_by_name_and_with_its_reason() {
    for (body, outcome, reason) in
        [("cut", "422 invalid", "line 1: its checksum does not hold"), ("full", "503 unavailable", "the disk is full")]
    {
        let answer = http(Shelf::default()).ask("POST /restore", &[], body).await;
        assert_eq!(answer.outcome(), outcome);
        assert!(answer.text().contains(reason), "{}", answer.text());
    }
    let foreign = [("origin", "http://evil.example")];
    assert_eq!(http(Shelf::default()).ask("POST /restore", &foreign, "sound").await.outcome(), "403 forbidden");
}

#[tokio::test]
async fn a_server_without_files_has_nothing_to_back_up() {
    let http = Http::new();
    assert_eq!(http.get("/backup").await.outcome(), "404 not_found");
    assert_eq!(http.ask("POST /restore", &[], "sound").await.outcome(), "404 not_found");
}
