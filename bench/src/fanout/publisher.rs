//! The one who writes: a burst, and the next when the last one has reached everybody.

use std::net::SocketAddr;

use super::case::{self, Case};
use super::follower::{self, Deliveries};
use crate::books;
use crate::link::{Link, ReceiveBuffer};

/// A writer of changes, or of ready frames.
pub(super) struct Publisher {
    link: Link,
    case: Case,
    written: u64,
    /// A change, in the two parts around its revision.
    frame: (String, String),
}

impl Publisher {
    /// `written` changes were made before; a ready frame is to look like `frame`.
    pub(super) async fn connect(address: SocketAddr, case: &Case, written: u64, frame: &str) -> anyhow::Result<Self> {
        let link = Link::connect(address, ReceiveBuffer::Usual).await?;
        let revision = follower::revision(frame).unwrap_or_default().to_string();
        let (before, behind) = frame.split_once(&format!(":{revision},")).unwrap_or((frame, ""));
        let frame = (format!("{before}:"), format!(",{behind}"));
        Ok(Publisher { link, case: *case, written, frame })
    }

    /// The revision before the first change.
    pub(super) async fn begins_behind(&mut self) -> anyhow::Result<u64> {
        match self.case {
            // As long as those of the other server.
            Case::Ready => Ok(10_000),
            Case::Ours { .. } => Ok(books::position(&mut self.link).await?.1),
        }
    }

    /// Sends a burst and waits until everybody has it.
    pub(super) async fn publish(&mut self, burst: u64, deliveries: &Deliveries) -> anyhow::Result<()> {
        deliveries.sends(burst);
        let numbers = deliveries.numbers(burst);
        for number in numbers.clone() {
            match self.case {
                Case::Ready => {
                    let (before, behind) = &self.frame;
                    let revision = deliveries.behind() + 1 + number;
                    self.link.say(format!("{before}{revision}{behind}")).await?;
                }
                Case::Ours { .. } => {
                    let update = case::update(number % self.case.books(), self.written + number);
                    self.link.begin("books.update", update).await?;
                }
            }
        }
        self.link.flush().await?;
        if let Case::Ours { .. } = self.case {
            for _ in numbers {
                self.link.answer().await?;
            }
        }
        deliveries.all_there().await
    }
}
