//! A book, or a merge patch of one, as a client writes it: what is accepted is the same when it is read again.
#![no_main]

use bookstore_fuzz::books::{carry_out, draft_of, shop};
use catalogue::{BOOK_BYTES_MAX, BookId, Catalogue, Draft, Entry, Operation, json_bytes, merge};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|text: &str| {
    let scanned = Draft::scan_whole(text);
    let Ok(draft) = serde_json::from_str::<Draft>(text) else {
        assert!(scanned.is_none(), "{text} is no draft");
        return;
    };
    scanned.iter().for_each(|scanned| check_scanned(scanned, &draft));
    check_draft(&draft);
    let shop = shop();
    for id in [1, 2, 3, 4].map(BookId) {
        check_patch(shop.clone(), id, &draft);
    }
    check_merge(&shop, &draft);
});

/// A draft that was read in one pass is the one that was read as a tree of values, and becomes the same.
fn check_scanned(scanned: &Draft, draft: &Draft) {
    assert_eq!((scanned, scanned.values(), scanned.check()), (draft, draft.values(), draft.check()));
    let operations = |draft: &Draft| {
        let (id, set) = (BookId(1), Some(draft.clone()));
        let update = Operation::Update { id, set, add: None, if_revision: None };
        [Operation::Create { book: draft.clone() }, update]
    };
    for (scanned, draft) in operations(scanned).into_iter().zip(operations(draft)) {
        assert_eq!(carry_out(&mut shop(), scanned), carry_out(&mut shop(), draft));
    }
}

/// A book that was accepted is accepted as it was stored, and is the same then.
fn check_draft(draft: &Draft) {
    let Ok((id, details)) = draft.check() else { return };
    assert!(id.is_none_or(|id| (BookId(1)..=BookId::GIVEN_MAX).contains(&id)));
    let stored = draft_of(serde_json::to_value(&details).expect("a book is JSON"));
    assert_eq!(stored.check(), Ok((None, details)), "{draft:?}");
    let mut state = Catalogue::default();
    if let Some(prepared) = carry_out(&mut state, Operation::Create { book: draft.clone() }) {
        check_entry(&prepared.entry.expect("a book is made"));
        assert!(state.books().all(|book| json_bytes(book) <= BOOK_BYTES_MAX));
    }
}

/// A patch that was carried out changes nothing the second time, and its entry can be undone.
fn check_patch(mut state: Catalogue, id: BookId, patch: &Draft) {
    let before = state.get(id).expect("the shop has it").clone();
    let update = || Operation::Update { id, set: Some(patch.clone()), add: None, if_revision: None };
    let Some(prepared) = carry_out(&mut state, update()) else { return };
    if let Some(entry) = prepared.entry {
        check_entry(&entry);
        let former = entry.changes[0].book_before().expect("it was there before");
        assert_eq!(former.details(), before.details(), "what it was is kept");
    }
    let after = state.get(id).expect("it is still there").clone();
    assert!(json_bytes(&after) <= BOOK_BYTES_MAX);
    let again = carry_out(&mut state, update()).expect("what was accepted once is accepted");
    assert_eq!((again.entry, &after), (None, state.get(id).expect("it is still there")), "{patch:?}");
}

/// An entry is the same when it is read from a journal.
fn check_entry(entry: &Entry) {
    let written = serde_json::to_string(entry).expect("an entry is JSON");
    assert_eq!(serde_json::from_str::<Entry>(&written).as_ref().ok(), Some(entry), "{written}");
}

/// RFC 7396: twice is once, and nothing patched is null.
fn check_merge(shop: &Catalogue, patch: &Draft) {
    let patch = Value::Object(patch.members().into_owned());
    for book in shop.books() {
        let target = serde_json::to_value(book).expect("a book is JSON");
        let once = merge(target, &patch);
        assert_eq!(merge(once.clone(), &patch), once);
        let members = patch.as_object().into_iter().flatten();
        assert!(members.filter(|(_, value)| value.is_null()).all(|(name, _)| once.get(name).is_none()));
    }
}
