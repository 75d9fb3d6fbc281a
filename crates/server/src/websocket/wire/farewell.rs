//! How a connection ends.

use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::error::ProtocolError;

use super::super::meter::Refused;

/// Why a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::websocket) enum End {
    /// The peer has said goodbye or is gone.
    Gone,
    /// We say goodbye.
    Farewell(Farewell),
}

/// A close code with a reason of at most 123 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::websocket) struct Farewell {
    pub(super) code: u16,
    pub(super) reason: &'static str,
}

impl Farewell {
    pub(in crate::websocket) const STOPPING: Farewell =
        Farewell { code: 1001, reason: "the server stops: connect again in a moment" };
    pub(in crate::websocket) const PROTOCOL: Farewell =
        Farewell { code: 1002, reason: "this breaks the WebSocket protocol" };
    pub(in crate::websocket) const SILENT: Farewell = Farewell { code: 1002, reason: "two pings were not answered" };
    pub(in crate::websocket) const BINARY: Farewell = Farewell { code: 1003, reason: "send text frames" };
    pub(in crate::websocket) const NOT_UTF8: Farewell = Farewell { code: 1007, reason: "text frames are UTF-8" };
    pub(in crate::websocket) const TOO_BIG: Farewell =
        Farewell { code: 1009, reason: "the message is too big: see server.info" };
    pub(in crate::websocket) const TOO_LATE: Farewell =
        Farewell { code: 1009, reason: "the message takes too long: send it at once" };
    pub(in crate::websocket) const BUSY: Farewell =
        Farewell { code: 1013, reason: "the server has no memory for more: connect again in a moment" };
    pub(in crate::websocket) const FAULT: Farewell =
        Farewell { code: 1011, reason: "something broke here: the server's log says more" };
    pub(in crate::websocket) const LOGGED_OUT: Farewell =
        Farewell { code: 4001, reason: "not logged in, or no longer: log in and connect again" };
    pub(in crate::websocket) const FLOODING: Farewell =
        Farewell { code: 1013, reason: "too many calls although they were refused: wait as retry_after says" };
    pub(in crate::websocket) const TOO_SLOW: Farewell =
        Farewell { code: 4008, reason: "too slow: nothing was read for too long" };
}

/// What an error of the library means for the connection.
pub(super) fn end_after(error: &Error) -> End {
    match error {
        Error::Capacity(_) => End::Farewell(Farewell::TOO_BIG),
        Error::Utf8(_) => End::Farewell(Farewell::NOT_UTF8),
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => End::Gone,
        Error::Io(error) => match error.get_ref().and_then(|cause| cause.downcast_ref::<Refused>()) {
            Some(Refused::Late) => End::Farewell(Farewell::TOO_LATE),
            Some(Refused::Busy) => End::Farewell(Farewell::BUSY),
            None => End::Gone,
        },
        Error::Protocol(_) | Error::AttackAttempt => End::Farewell(Farewell::PROTOCOL),
        _ => End::Gone,
    }
}
