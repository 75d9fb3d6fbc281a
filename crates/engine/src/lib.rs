//! The loop: one writer prepares, appends, applies and publishes; readers see the published view only.
//!
//! `engine` knows no wire and no file: commands come in, entries go to a [`journal::Journal`], views and events come out.

mod appends;
mod bell;
mod clock;
mod engine;
mod failures;
mod feed;
mod inbox;
mod index;
mod limits;
mod reading;
mod receipts;
mod rest;
mod room;
mod size;
mod steps;
mod subscription;
mod waking;
mod write;
mod writer;

pub use appends::Appends;
pub use bell::Bell;
pub use clock::{Clock, SystemClock};
pub use engine::{Config, Ending, Engine, Health};
pub use failures::Failures;
pub use feed::{FeedChange, FeedChangeKind, FeedEntry, Following, Seen};
pub use inbox::Inbox;
pub use index::{Lists, follow_with_index};
pub use limits::Limits;
pub use rest::save_at_rest;
pub use room::look_for_room;
pub use steps::{Saving, Steps};
pub use subscription::{Event, Next, Position, Start, SubscribeError, Subscription};
pub use write::{CallKind, PendingWrite, Write, WriteError};

pub use journal::StoreId;
