//! What a call costs: one unit is a plain read.

use std::num::NonZeroU32;

use axum::extract::Request;
use axum::http::{Method, header};
use protocol::Problem;
use protocol::method::Call;

/// Goes through many books.
const SCAN: u32 = 10;
/// Sends them all.
const EVERYTHING: u32 = 20;
/// Is checked, written and synced.
const WRITE: u32 = 2;
/// A call of so many bytes costs one unit more.
const BYTES_PER_UNIT: usize = 16 * 1024;
/// A transaction of so many operations costs one unit more.
const OPERATIONS_PER_UNIT: usize = 10;

/// Units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cost(u32);

impl Cost {
    /// Of what asks for nothing: a ping.
    pub(crate) const LEAST: Cost = Cost(1);

    /// Of a call of so many bytes on a WebSocket, or of what was meant to be one.
    pub(crate) fn of_call(call: &Result<Call, Problem>, bytes: usize) -> Cost {
        let units = match call {
            Ok(Call::Write(write)) => WRITE + (write.operations.len() / OPERATIONS_PER_UNIT) as u32,
            Ok(Call::List(list)) if list.filter.is_empty() && list.sort.is_none() => 1,
            Ok(Call::List(_)) => SCAN,
            Ok(Call::Subscribe(wanted)) if wanted.snapshot => EVERYTHING,
            Ok(Call::Subscribe(wanted)) if wanted.since.is_some() => SCAN,
            Ok(_) | Err(_) => 1,
        };
        Cost(units + (bytes / BYTES_PER_UNIT) as u32)
    }

    /// Of an HTTP request, as far as its head tells.
    pub(crate) fn of_request(request: &Request) -> Cost {
        let query = request.uri().query().unwrap_or_default();
        let units = match (request.method(), request.uri().path()) {
            (&Method::GET | &Method::HEAD, "/books") if !query.contains("limit=") => EVERYTHING,
            (&Method::GET | &Method::HEAD, "/books" | "/") if !query.is_empty() => SCAN,
            (&Method::GET | &Method::HEAD, "/books/changes" | "/backup") => EVERYTHING,
            (&Method::GET | &Method::HEAD | &Method::OPTIONS, _) => 1,
            _ => WRITE,
        };
        let length =
            request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        Cost(units.saturating_add((length.unwrap_or(0_usize) / BYTES_PER_UNIT).min(1_000) as u32))
    }

    /// As many units, but never more than a full bucket of `capacity` holds.
    pub(super) fn units(self, capacity: NonZeroU32) -> NonZeroU32 {
        NonZeroU32::new(self.0).unwrap_or(NonZeroU32::MIN).min(capacity)
    }
}
