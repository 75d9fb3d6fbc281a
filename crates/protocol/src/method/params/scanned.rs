//! The parameters of calls that are made all the time, read in one pass where they are spelt as usual.

use catalogue::{BookId, Draft, OPERATIONS_MAX, Revision, Scan};

use super::{Create, Delete, Get, OneOperation, Replace, RequestId, Transact, Update};

/// What can be taken from the beginning of a text.
pub(crate) trait Scanned: Sized {
    /// Takes it; `None` where it is anything else than what is right, or may be.
    fn scan(scan: &mut Scan<'_>) -> Option<Self>;
}

/// Puts a value into the place of a member, which none may name twice.
fn put<T>(place: &mut Option<T>, value: Option<T>) -> Option<()> {
    place.replace(value?).is_none().then_some(())
}

impl Scanned for RequestId {
    fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        scan.text()?.to_owned().try_into().ok()
    }
}

impl Scanned for Get {
    fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        let mut id = None;
        scan.members(|scan, name| match name {
            "id" => put(&mut id, scan.natural().map(BookId)),
            _ => None,
        })?;
        Some(Get { id: id? })
    }
}

impl Scanned for Create {
    fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        let (mut book, mut request_id) = (None, None);
        scan.members(|scan, name| match name {
            "book" => put(&mut book, Draft::scan(scan)),
            "request_id" => put(&mut request_id, RequestId::scan(scan)),
            _ => None,
        })?;
        Some(Create { book: book?, request_id })
    }
}

impl Scanned for Update {
    fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        let (mut id, mut set, mut add, mut if_revision, mut request_id) = (None, None, None, None, None);
        scan.members(|scan, name| match name {
            "id" => put(&mut id, scan.natural().map(BookId)),
            "set" => put(&mut set, Draft::scan(scan)),
            "add" => put(&mut add, Draft::scan(scan)),
            "if_revision" => put(&mut if_revision, scan.natural().map(Revision)),
            "request_id" => put(&mut request_id, RequestId::scan(scan)),
            _ => None,
        })?;
        Some(Update { id: id?, set, add, if_revision, request_id })
    }
}

impl Scanned for Replace {
    fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        let (mut id, mut book, mut if_revision, mut request_id) = (None, None, None, None);
        scan.members(|scan, name| match name {
            "id" => put(&mut id, scan.natural().map(BookId)),
            "book" => put(&mut book, Draft::scan(scan)),
            "if_revision" => put(&mut if_revision, scan.natural().map(Revision)),
            "request_id" => put(&mut request_id, RequestId::scan(scan)),
            _ => None,
        })?;
        Some(Replace { id: id?, book: book?, if_revision, request_id })
    }
}

impl Scanned for Delete {
    fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        let (mut id, mut if_revision, mut request_id) = (None, None, None);
        scan.members(|scan, name| match name {
            "id" => put(&mut id, scan.natural().map(BookId)),
            "if_revision" => put(&mut if_revision, scan.natural().map(Revision)),
            "request_id" => put(&mut request_id, RequestId::scan(scan)),
            _ => None,
        })?;
        Some(Delete { id: id?, if_revision, request_id })
    }
}

impl Scanned for Transact {
    fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        let (mut operations, mut request_id) = (None, None);
        scan.members(|scan, name| match name {
            "operations" => put(&mut operations, several(scan)),
            "request_id" => put(&mut request_id, RequestId::scan(scan)),
            _ => None,
        })?;
        Some(Transact { operations: operations?, request_id })
    }
}

fn several(scan: &mut Scan<'_>) -> Option<Vec<OneOperation>> {
    let mut operations = Vec::new();
    scan.elements(|scan| {
        // What is refused for its length takes no memory for each of its operations.
        (operations.len() < OPERATIONS_MAX).then_some(())?;
        operations.push(OneOperation::scan(scan)?);
        Some(())
    })?;
    Some(operations)
}

impl Scanned for OneOperation {
    fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        let mut operation = None;
        scan.members(|scan, name| match name {
            "create" => put(&mut operation, Create::scan(scan).map(OneOperation::Create)),
            "update" => put(&mut operation, Update::scan(scan).map(OneOperation::Update)),
            "replace" => put(&mut operation, Replace::scan(scan).map(OneOperation::Replace)),
            "delete" => put(&mut operation, Delete::scan(scan).map(OneOperation::Delete)),
            _ => None,
        })?;
        operation.filter(|operation| operation.request_id().is_none())
    }
}
