//! What every door shares, and the running of it.

use std::future::Future;
use std::sync::Arc;

use engine::Engine;
use tokio::net::TcpListener;
use url::Url;

/// What the operator decided about the doors.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Names by which this server may be called in `Host`, besides IP literals and `localhost`.
    pub allow_hosts: Vec<String>,
    /// Origins besides the server's own from which browsers may connect and write.
    pub allow_origins: Vec<Url>,
}

/// What every door shares; clones are the same.
#[derive(Clone)]
pub struct App {
    /// The engine behind the doors.
    pub engine: Engine,
    /// What the operator decided.
    pub options: Arc<Options>,
}

impl App {
    /// An app over a running engine.
    pub fn new(engine: Engine, options: Options) -> Self {
        App { engine, options: Arc::new(options) }
    }
}

/// Serves every door on `listener` until `shutdown` ends; then stops accepting, answers what is in flight, closes
/// sockets with 1001 and returns, within the engine's `stop_timeout`. Does not stop the engine.
pub async fn run(
    listener: TcpListener,
    app: App,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let _ = (listener, app, shutdown);
    todo!()
}
