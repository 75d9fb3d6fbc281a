//! Every limit of the running program, in one place; `server.info` shows them.

use std::time::Duration;

/// The limits. Bytes are bytes of JSON text, durations are wall time.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The largest message on a WebSocket, in or out, and the largest HTTP body in.
    pub message_bytes_max: usize,
    /// The most calls in one JSON-RPC batch.
    pub batch_calls_max: usize,
    /// The most operations in one transaction.
    pub operations_max: usize,
    /// Books on a page unless asked otherwise.
    pub page_books: usize,
    /// The most books on a page.
    pub page_books_max: usize,
    /// The most connections at once.
    pub connections_max: usize,
    /// Calls of one connection that are worked on at once; more wait.
    pub calls_in_flight_max: usize,
    /// The bytes these calls may have together; more wait.
    pub calls_in_flight_bytes_max: usize,
    /// The most subscriptions of one connection.
    pub subscriptions_max: usize,
    /// Writes waiting for the writer; more wait outside.
    pub writes_queued_max: usize,
    /// The most entries made durable by one sync.
    pub batch_entries_max: usize,
    /// The most bytes of entries made durable by one sync, roughly.
    pub batch_bytes_max: usize,
    /// Entries a live subscriber may fall behind, if also more than `behind_bytes_max`, before it is reset.
    pub behind_entries_max: u64,
    /// Bytes a live subscriber may fall behind, if also more than `behind_entries_max`, before it is reset.
    pub behind_bytes_max: u64,
    /// The most entries kept in memory for subscribers.
    pub ring_entries_max: usize,
    /// The most bytes of entries kept in memory for subscribers.
    pub ring_bytes_max: u64,
    /// Receipts kept for request ids, at least.
    pub receipts_min: usize,
    /// The longest request id, in characters.
    pub request_id_chars_max: usize,
    /// How often a subscriber hears `current` at least.
    pub current_interval: Duration,
    /// Silence after which a WebSocket peer is pinged.
    pub ping_after: Duration,
    /// How long a client that reads nothing is kept.
    pub stalled_max: Duration,
    /// How long request headers may take.
    pub header_timeout: Duration,
    /// How long a stop may take.
    pub stop_timeout: Duration,
    /// How long a WebSocket may be open without a login, where reading is not public.
    pub login_timeout: Duration,
    /// The memory that all clients together may have in flight: bodies and messages being read, calls under way, answers
    /// and events not yet taken. Who gets none waits.
    pub bytes_in_flight_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            message_bytes_max: 1024 * 1024,
            batch_calls_max: 100,
            operations_max: catalogue::OPERATIONS_MAX,
            page_books: 50,
            page_books_max: 1_000,
            connections_max: 20_000,
            calls_in_flight_max: 256,
            calls_in_flight_bytes_max: 4 * 1024 * 1024,
            subscriptions_max: 100,
            writes_queued_max: 4_096,
            batch_entries_max: 1_024,
            batch_bytes_max: 8 * 1024 * 1024,
            behind_entries_max: 10_000,
            behind_bytes_max: 16 * 1024 * 1024,
            ring_entries_max: 10_000,
            ring_bytes_max: 16 * 1024 * 1024,
            receipts_min: 100_000,
            request_id_chars_max: 128,
            current_interval: Duration::from_secs(15),
            ping_after: Duration::from_secs(20),
            stalled_max: Duration::from_secs(30),
            header_timeout: Duration::from_secs(10),
            stop_timeout: Duration::from_secs(10),
            login_timeout: Duration::from_secs(10),
            bytes_in_flight_max: 256 * 1024 * 1024,
        }
    }
}
