//! Room for writes, where the disk is full.

use std::time::Duration;

use tokio::time::sleep;

use crate::{Engine, Health};

/// Looks for room once, so that who starts on a full disk is told at once; then every second as long as writes are refused,
/// so that whoever waits for the engine to be ready before he writes is not kept waiting for ever. Never ends by itself.
pub async fn look_for_room(engine: Engine) {
    engine.look_for_room().await;
    let mut health = engine.health_changes();
    while health.wait_for(|health| matches!(health, Health::ReadOnly(_))).await.is_ok() {
        sleep(LOOK_EVERY).await;
        engine.look_for_room().await;
    }
}

const LOOK_EVERY: Duration = Duration::from_secs(1);
