//! A check of what is on the disk.

use crate::args::VerifyArgs;
use crate::failure::{Ended, Failure, Outcome};
use crate::output;

/// Checks a data directory, or one file of it, and says what is there.
pub(crate) async fn verify(args: VerifyArgs) -> Ended {
    let path = args.file.unwrap_or(args.data);
    let checking = tokio::task::spawn_blocking(move || journal::verify(&path));
    let report = checking.await.map_err(anyhow::Error::from)?.map_err(anyhow::Error::from)?;
    for line in &report.lines {
        output::line(line)?;
    }
    if report.damage.is_empty() {
        return Ok(Outcome::Done);
    }
    Err(Failure::Failed(anyhow::anyhow!(report.damage.join("\n"))))
}
