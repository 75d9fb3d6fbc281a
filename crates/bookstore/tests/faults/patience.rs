//! How long anything waited for may take.

use std::time::Duration;

/// Far longer than anything here takes, far shorter than whoever runs this waits.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits for something that is bound to come.
pub(crate) async fn soon<F: IntoFuture>(what: &str, coming: F) -> F::Output {
    let in_time = tokio::time::timeout(PATIENCE, coming.into_future()).await;
    in_time.unwrap_or_else(|_| panic!("waited {PATIENCE:?} in vain for {what}"))
}

/// Waits until something is so.
pub(crate) async fn until(what: &str, is_so: impl Fn() -> bool) {
    let looking = async {
        while !is_so() {
            tokio::task::yield_now().await;
        }
    };
    soon(what, looking).await;
}
