//! Which store an import or export works on, and the way to it.
//!
//! A directory without a server gets one inside this process, so that there is one way to write: the protocol.

use std::net::ToSocketAddrs;
use std::path::{Path, PathBuf};

use catalogue::Rules;
use clap::ArgMatches;
use clap::parser::ValueSource;
use engine::Ending;
use journal::OpenError;
use url::Url;

use crate::args::{DEFAULT_DATA, DEFAULT_SERVER, TargetArgs};
use crate::client::{CallError, Link, Login, Server};
use crate::failure::Failure;
use crate::serve::{Local, serve_locally};
use crate::store::{Store, server_of};

/// A store to work on.
pub(crate) struct Target {
    pub(crate) link: Link,
    /// What is worked on, for people.
    pub(crate) name: String,
    local: Option<(Local, Store)>,
}

/// What is done about a directory that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    Make,
    /// An empty store in memory stands for it.
    Imagine,
    Refuse,
}

/// Where a store is that is worked on as a whole.
pub(crate) enum Place {
    Server(Server),
    /// A directory; a server may run on it, which its lock tells.
    Directory(PathBuf),
}

impl Place {
    /// Where `args` say; `matches` say where each came from.
    pub(crate) async fn choose(args: &TargetArgs, matches: Option<&ArgMatches>, login: &Login) -> Place {
        let named = |url| args.server_at(url, login);
        let source = |name| matches.and_then(|matches| matches.value_source(name));
        match choose(args, source("server"), source("data")) {
            Choice::Server(url) => Place::Server(named(url)),
            Choice::ServerElseDirectory(url, _) if !is_silent(&url).await => Place::Server(named(url)),
            Choice::Directory(path) | Choice::ServerElseDirectory(_, path) => Place::Directory(path),
        }
    }
}

/// What the options ask for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    Server(Url),
    Directory(PathBuf),
    /// The server, or the directory where no server answers.
    ServerElseDirectory(Url, PathBuf),
}

impl Target {
    /// Opens what `args` ask for; `matches` say where each came from.
    pub(crate) async fn open(
        args: &TargetArgs,
        matches: Option<&ArgMatches>,
        missing: Missing,
        login: &Login,
    ) -> Result<Target, Failure> {
        let named = |url| args.server_at(url, login);
        let source = |name| matches.and_then(|matches| matches.value_source(name));
        match choose(args, source("server"), source("data")) {
            Choice::Server(url) => Ok(Target::server(named(url)).await?),
            Choice::Directory(path) => Target::directory(&path, missing).await,
            Choice::ServerElseDirectory(url, path) => match Target::server(named(url.clone())).await {
                Err(CallError::Unreachable { .. }) if is_silent(&url).await => Target::directory(&path, missing).await,
                other => Ok(other?),
            },
        }
    }

    /// Lets go of the store; a server inside this process writes its snapshot.
    pub(crate) async fn close(self) {
        let Target { link, local, .. } = self;
        drop(link);
        if let Some((local, store)) = local {
            local.stop().await;
            store.close(Ending::Saved).await;
        }
    }

    async fn server(server: Server) -> Result<Target, CallError> {
        let link = Link::to(&server).await?;
        Ok(Target { link, name: server.to_string(), local: None })
    }

    async fn directory(path: &Path, missing: Missing) -> Result<Target, Failure> {
        match missing {
            Missing::Refuse if !path.is_dir() => return Err(no_directory(path)),
            Missing::Imagine if !path.is_dir() => {
                return Target::inside(path, Store::imagined(path, Rules::default())).await;
            }
            Missing::Make | Missing::Imagine | Missing::Refuse => {}
        }
        match Store::open(path, None, Rules::default()).await {
            Ok(store) => Target::inside(path, store).await,
            Err(OpenError::Locked { .. }) => Ok(Target::server(server_of(path)?).await?),
            Err(error) => Err(Failure::Failed(error.into())),
        }
    }

    async fn inside(path: &Path, store: Store) -> Result<Target, Failure> {
        let local = serve_locally(store.engine.clone()).await?;
        let link = Link::to(&local.server).await?;
        Ok(Target { link, name: path.display().to_string(), local: Some((local, store)) })
    }
}

pub(crate) fn no_directory(path: &Path) -> Failure {
    Failure::Failed(anyhow::anyhow!(
        "there is no data directory {}, and no server answers. Name one with --data, or a server with --server",
        path.display()
    ))
}

/// Nobody listens there: else the server's own answer is the better message.
pub(crate) async fn is_silent(url: &Url) -> bool {
    let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else { return false };
    let Ok(mut addresses) = (host, port).to_socket_addrs() else { return true };
    match addresses.next() {
        Some(address) => tokio::net::TcpStream::connect(address).await.is_err(),
        None => true,
    }
}

/// Which of the two is meant; `server` and `data` say where each came from.
pub(crate) fn choose(args: &TargetArgs, server: Option<ValueSource>, data: Option<ValueSource>) -> Choice {
    match (args.server.clone(), args.data.clone()) {
        (Some(url), Some(path)) if server == data => Choice::ServerElseDirectory(url, path),
        // The one named nearer to the user wins: ValueSource is ordered that way.
        (Some(_), Some(path)) if data > server => Choice::Directory(path),
        (Some(url), _) => Choice::Server(url),
        (None, Some(path)) => Choice::Directory(path),
        (None, None) => {
            let url = DEFAULT_SERVER.parse().expect("the default is a URL");
            Choice::ServerElseDirectory(url, DEFAULT_DATA.into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::TrustArgs;
    use ValueSource::{CommandLine, DefaultValue, EnvVariable};

    fn check(server: Option<ValueSource>, data: Option<ValueSource>) -> &'static str {
        let args = TargetArgs {
            server: server.map(|_| "http://127.0.0.1:9".parse().unwrap()),
            data: data.map(|_| "dir".into()),
            trust: TrustArgs { ca: None },
        };
        match choose(&args, server, data) {
            Choice::Server(_) => "server",
            Choice::Directory(_) => "directory",
            Choice::ServerElseDirectory(..) => "either",
        }
    }

    #[test]
    fn what_is_named_nearer_to_the_user_wins() {
        assert_eq!(check(None, None), "either");
        assert_eq!(check(Some(CommandLine), None), "server");
        assert_eq!(check(None, Some(EnvVariable)), "directory");
        assert_eq!(check(Some(EnvVariable), Some(CommandLine)), "directory");
        assert_eq!(check(Some(CommandLine), Some(DefaultValue)), "server");
        assert_eq!(check(Some(CommandLine), Some(CommandLine)), "either");
    }
}
