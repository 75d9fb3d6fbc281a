//! Request bodies: bounded, of the right type, parsed.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, header};
use catalogue::{Draft, FieldError};
use engine::Limits;
use http_body_util::BodyExt;
use protocol::{Name, Problem};
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use crate::answer::Refused;
use crate::budget::{self, Share};

/// The media types of a whole document.
pub(crate) const DOCUMENT: &[&str] = &["application/json"];
/// The media types of a merge patch.
pub(crate) const PATCH: &[&str] = &["application/merge-patch+json", "application/json"];

/// A body of this length is not counted.
const FREE_BYTES: usize = 8 * 1024;
/// A longer one takes memory in steps of this.
const STEP_BYTES: usize = 32 * 1024;

/// The JSON in `body`, if it has one of `types` and keeps within the limits; its bytes are in `share`.
pub(crate) async fn json<T: DeserializeOwned>(
    headers: &HeaderMap,
    body: Body,
    types: &[&str],
    limits: &Limits,
    share: &mut Share,
) -> Result<T, Refused> {
    check_type(headers, types)?;
    let bytes = read(headers, body, limits, share).await?;
    parse(&bytes).map_err(Refused::from)
}

/// The text in `body`, to be read as JSON; its bytes are in `share`.
pub(crate) async fn text(
    headers: &HeaderMap,
    body: Body,
    types: &[&str],
    limits: &Limits,
    share: &mut Share,
) -> Result<String, Refused> {
    check_type(headers, types)?;
    let bytes = read(headers, body, limits, share).await?;
    let text = String::from_utf8(bytes.into());
    text.map_err(|error| Refused::new(Name::BadJson, format!("the body is not JSON: {error}")))
}

/// The book, or part of one, in `body`; its bytes are in `share`.
pub(crate) async fn draft(
    headers: &HeaderMap,
    body: Body,
    types: &[&str],
    limits: &Limits,
    share: &mut Share,
) -> Result<Draft, Refused> {
    check_type(headers, types)?;
    let bytes = read(headers, body, limits, share).await?;
    match str::from_utf8(&bytes).ok().and_then(Draft::scan_whole) {
        Some(draft) => Ok(draft),
        None => parse(&bytes).map_err(Refused::from),
    }
}

/// JSON of the right shape; text that is no JSON is another refusal than JSON that does not fit.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(bytes).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => Problem::invalid(vec![FieldError::new("body", error.to_string())]),
        _ => Problem::new(Name::BadJson, format!("the body is not JSON: {error}")),
    })
}

fn check_type(headers: &HeaderMap, types: &[&str]) -> Result<(), Refused> {
    let refuse =
        |found: &str| Refused::new(Name::UnsupportedMediaType, format!("{found}; send {}", types.join(" or ")));
    if let Some(coding) = headers.get(header::CONTENT_ENCODING).filter(|coding| *coding != "identity") {
        return Err(refuse(&format!("Content-Encoding {coding:?} is not read here")));
    }
    let Some(given) = headers.get(header::CONTENT_TYPE) else { return Err(refuse("the body has no Content-Type")) };
    let essence = given.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
    match types.iter().any(|known| known.eq_ignore_ascii_case(essence)) {
        true => Ok(()),
        false => Err(refuse(&format!("Content-Type {given:?} is not read here"))),
    }
}

async fn read(headers: &HeaderMap, body: Body, limits: &Limits, share: &mut Share) -> Result<Bytes, Refused> {
    let max = limits.message_bytes_max;
    let declared = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if declared.is_some_and(|length| length > max as u64) {
        return Err(too_large(max));
    }
    collect(body, max, limits.stalled_max, share).await
}

async fn collect(mut body: Body, max: usize, patience: Duration, share: &mut Share) -> Result<Bytes, Refused> {
    let mut read = Vec::new();
    // Who sends a byte now and then must not hold a place for ever.
    let end = Instant::now() + patience * 4;
    loop {
        let until = (Instant::now() + patience).min(end);
        let frame = match tokio::time::timeout_at(until, body.frame()).await {
            Ok(None) => return Ok(read.into()),
            Ok(Some(Ok(frame))) => frame,
            Ok(Some(Err(error))) => return Err(cut_short(&error.to_string())),
            Err(_) => return Err(cut_short("the rest took too long")),
        };
        let Ok(bytes) = frame.into_data() else { continue };
        if read.len() + bytes.len() > max {
            return Err(too_large(max));
        }
        let wanted = read.len() + bytes.len();
        if wanted > FREE_BYTES && !share.grow(wanted.next_multiple_of(STEP_BYTES)).await {
            return Err(budget::busy().into());
        }
        if wanted > read.capacity() {
            // By itself it would take twice as much as is counted.
            read.reserve_exact(wanted.next_multiple_of(STEP_BYTES) - read.len());
        }
        read.extend_from_slice(&bytes);
    }
}

fn too_large(max: usize) -> Refused {
    Refused::new(Name::TooLarge, format!("the body is over {max} bytes: send less at once"))
}

fn cut_short(why: &str) -> Refused {
    Refused::new(Name::InvalidRequest, format!("the body did not arrive whole: {why}"))
}
