//! Tokens: on the running server, or in a directory that none runs on.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use access::{ChangeError, Lifetime, Role, Token, Tokens};
use anyhow::{Context, anyhow};
use clap::ArgMatches;
use journal::{Lock, OpenError};
use protocol::session::{NewToken, TokenDraft, TokenList};
use serde_json::Value;
use url::form_urlencoded;

use crate::args::{TargetArgs, TokenArgs, TokenCommand, TokenCreateArgs, TokenListArgs, TokenRevokeArgs};
use crate::client::{Login, Server, ask};
use crate::days;
use crate::failure::{Ended, Failure, Outcome};
use crate::store::server_of;
use crate::target::{Choice, Missing, choose, is_silent, no_directory};
use crate::{output, table};

/// Makes, shows or revokes.
pub(crate) async fn token(args: TokenArgs, matches: Option<&ArgMatches>, login: &Login) -> Ended {
    let matches = matches.and_then(ArgMatches::subcommand).map(|(_, matches)| matches);
    match args.command {
        TokenCommand::Create(args) => create(args, matches, login).await,
        TokenCommand::List(args) => list(args, matches, login).await,
        TokenCommand::Revoke(args) => revoke(args, matches, login).await,
    }
}

async fn create(args: TokenCreateArgs, matches: Option<&ArgMatches>, login: &Login) -> Ended {
    let TokenCreateArgs { role, name, expires, json, target } = args;
    let lasts = expires.as_deref().map(|text| days::parse("--expires", text)).transpose()?;
    let desk = Desk::open(&target, matches, Missing::Make, login).await?;
    let draft = TokenDraft { name, role, expires_in: lasts.map(|lasts| lasts.as_secs()) };
    let NewToken { token, known } = desk.create(draft).await?;
    let until = known.expires.map_or_else(|| "without end".to_owned(), |expires| format!("until {expires}"));
    eprintln!("{}, {}, {until}. Keep it: it is not shown again", known.name, known.role);
    if json.json {
        output::json(&NewToken { token, known })?;
    } else {
        output::line(token)?;
    }
    advise(&desk.list().await?);
    Ok(Outcome::Done)
}

async fn list(args: TokenListArgs, matches: Option<&ArgMatches>, login: &Login) -> Ended {
    let tokens = Desk::open(&args.target, matches, Missing::Refuse, login).await?.list().await?;
    if args.json.json {
        output::json(&tokens)?;
    } else {
        table::rows(&["name", "role", "created", "expires", "revoked"], tokens.iter().map(row).collect())?;
    }
    Ok(Outcome::Done)
}

async fn revoke(args: TokenRevokeArgs, matches: Option<&ArgMatches>, login: &Login) -> Ended {
    Desk::open(&args.target, matches, Missing::Refuse, login).await?.revoke(&args.name).await?;
    output::line(format_args!("revoked {}", args.name))?;
    Ok(Outcome::Done)
}

/// What whoever made a token should know of those there are now.
fn advise(tokens: &[Token]) {
    if let [_] = tokens {
        eprintln!("This is the first token: from now on nobody gets in without one, on this machine neither.");
    }
    if !tokens.iter().any(|token| token.role == Role::Admin && token.revoked.is_none()) {
        eprintln!(
            "There is no admin token: tokens are managed on the server's machine only, with --data. To manage them \
             from elsewhere: bookstore token create --role admin --name NAME"
        );
    }
}

fn row(token: &Token) -> Vec<String> {
    let moment = |moment: Option<catalogue::Timestamp>| moment.map(|moment| moment.to_string()).unwrap_or_default();
    vec![
        token.name.to_string(),
        token.role.to_string(),
        token.created.to_string(),
        moment(token.expires),
        moment(token.revoked),
    ]
}

/// Where tokens are handed out.
enum Desk {
    Server(Server),
    /// No server runs on it, and none can start while this has the lock.
    Directory {
        tokens: Tokens,
        _lock: Lock,
    },
}

impl Desk {
    async fn open(
        args: &TargetArgs,
        matches: Option<&ArgMatches>,
        missing: Missing,
        login: &Login,
    ) -> Result<Self, Failure> {
        let source = |name| matches.and_then(|matches| matches.value_source(name));
        let named = |url| args.server_at(url, login);
        match choose(args, source("server"), source("data")) {
            Choice::Server(url) => Ok(Desk::Server(named(url))),
            Choice::Directory(path) => Desk::directory(&path, missing),
            // Who stands before the data directory needs no token for it.
            Choice::ServerElseDirectory(url, path) if path.is_dir() || is_silent(&url).await => {
                Desk::directory(&path, missing)
            }
            Choice::ServerElseDirectory(url, _) => Ok(Desk::Server(named(url))),
        }
    }

    fn directory(path: &Path, missing: Missing) -> Result<Self, Failure> {
        if missing == Missing::Refuse && !path.is_dir() {
            return Err(no_directory(path));
        }
        fs::create_dir_all(path).with_context(|| format!("cannot make {}", path.display()))?;
        match Lock::take(path) {
            Ok(lock) => {
                let (tokens, notices) = Tokens::open(path).map_err(anyhow::Error::from)?;
                notices.iter().for_each(|notice| eprintln!("{notice}"));
                Ok(Desk::Directory { tokens, _lock: lock })
            }
            Err(OpenError::Locked { .. }) => Ok(Desk::Server(server_of(path)?)),
            Err(error) => Err(anyhow!(error).into()),
        }
    }

    async fn create(&self, draft: TokenDraft) -> Result<NewToken, Failure> {
        match self {
            Desk::Server(server) => {
                let draft = serde_json::to_value(&draft).expect("a draft is JSON");
                understand(ask(server, "POST /tokens", Some(&draft)).await?)
            }
            Desk::Directory { tokens, .. } => {
                let lifetime = draft.expires_in.map(Duration::from_secs).map_or(Lifetime::Endless, Lifetime::Limited);
                let made = tokens.create(&draft.name, draft.role, lifetime, SystemTime::now());
                let (known, secret) = made.map_err(refused)?;
                Ok(NewToken { token: secret.reveal().to_owned(), known })
            }
        }
    }

    async fn list(&self) -> Result<Vec<Token>, Failure> {
        match self {
            Desk::Server(server) => Ok(understand::<TokenList>(ask(server, "GET /tokens", None).await?)?.tokens),
            Desk::Directory { tokens, .. } => Ok(tokens.list()),
        }
    }

    async fn revoke(&self, name: &str) -> Result<(), Failure> {
        match self {
            Desk::Server(server) => {
                let name: String = form_urlencoded::byte_serialize(name.as_bytes()).collect();
                ask(server, &format!("DELETE /tokens/{}", name.replace('+', "%20")), None).await?;
            }
            Desk::Directory { tokens, .. } => drop(tokens.revoke(name, SystemTime::now()).map_err(refused)?),
        }
        Ok(())
    }
}

fn refused(error: ChangeError) -> Failure {
    Failure::Failed(error.into())
}

fn understand<T: serde::de::DeserializeOwned>(value: Value) -> Result<T, Failure> {
    let read = serde_json::from_value(value);
    read.map_err(|error| crate::client::CallError::Strange(error.to_string()).into())
}
