//! The one who writes at a fixed rate.

use tokio::time::sleep_until;

use crate::books;
use crate::clock::Plan;
use crate::link::{Ended, Link};

/// Sends `writes` writes when the plan says so, whether the ones before are answered or not, and waits for all answers.
pub(super) async fn write(link: &mut Link, plan: Plan, writes: u64) -> Result<(), Ended> {
    let (mut sent, mut answered) = (0, 0);
    while answered < writes {
        tokio::select! {
            () = sleep_until(plan.at(sent)), if sent < writes => {
                link.begin("books.update", books::update(sent)).await?;
                link.flush().await?;
                sent += 1;
            }
            answer = link.answer(), if answered < sent => {
                answer?;
                answered += 1;
            }
        }
    }
    Ok(())
}
