//! A books.json that was edited by hand.

use crate::args::AdoptArgs;
use crate::failure::{Ended, Outcome};
use crate::output;

/// Takes over what differs from the journal, or puts the edited file aside.
pub(crate) async fn adopt(args: AdoptArgs) -> Ended {
    let AdoptArgs { discard, data } = args;
    let working = tokio::task::spawn_blocking(move || match discard {
        true => journal::discard(&data),
        false => journal::adopt(&data),
    });
    let said = working.await.map_err(anyhow::Error::from)?.map_err(anyhow::Error::from)?;
    for line in &said {
        output::line(line)?;
    }
    Ok(Outcome::Done)
}
