//! What can be written on the command line.
//!
//! Every option here is also an environment variable and a key of the configuration file: see [`crate::config`].

mod books;
mod files;
mod store;
mod tokens;

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use url::Url;

pub(crate) use self::books::{AddArgs, DeleteArgs, EditArgs, GetArgs, InfoArgs, ListArgs, WatchArgs};
pub(crate) use self::files::{ExportArgs, ImportArgs};
pub(crate) use self::store::{AdoptArgs, BackupArgs, RestoreArgs, VerifyArgs};
pub(crate) use self::tokens::{TokenArgs, TokenCommand, TokenCreateArgs, TokenListArgs, TokenRevokeArgs};
use crate::client::{Login, Server};

/// The server the commands speak to unless told otherwise.
pub(crate) const DEFAULT_SERVER: &str = "http://127.0.0.1:8080";
/// The data directory unless told otherwise.
pub(crate) const DEFAULT_DATA: &str = "bookstore-data";

const AFTER_HELP: &str = "\
Every option is also an environment variable (--data: BOOKSTORE_DATA) and a key of bookstore.toml \
(data = \"…\"). The command line wins over the environment, the environment over the file.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done in part.";

/// A live catalogue for bookshops and small libraries: one server, JSON files, every change at once on every screen.
#[derive(Debug, Parser)]
#[command(name = "bookstore", version, after_help = AFTER_HELP, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Read options from this file instead of ./bookstore.toml
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) config: Option<PathBuf>,
    /// What to report on stderr: error, warn, info, debug, trace, or a filter such as `engine=debug`
    #[arg(long, value_name = "LEVEL", global = true)]
    pub(crate) log: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the server in the foreground
    Serve(ServeArgs),
    /// Read books from files: JSON, JSON Lines, CSV, TSV
    Import(ImportArgs),
    /// Write all books to a file
    Export(ExportArgs),
    /// Show books
    List(ListArgs),
    /// Show one book
    Get(GetArgs),
    /// Add a book
    Add(AddArgs),
    /// Change fields of a book
    Edit(EditArgs),
    /// Delete books
    Delete(DeleteArgs),
    /// Show every change as it happens
    Watch(WatchArgs),
    /// Show what the server says of itself
    Info(InfoArgs),
    /// Check a backup or a data directory, every line of it, without changing anything
    Verify(VerifyArgs),
    /// Make, show and revoke the tokens by which people and programs log in
    Token(TokenArgs),
    /// Take over a books.json that was edited by hand
    Adopt(AdoptArgs),
    /// Back the whole store up into one file, while it is served
    Backup(BackupArgs),
    /// Put the store of a backup in the place of what is there
    Restore(RestoreArgs),
    /// Not there yet
    #[command(hide = true)]
    Search(LaterArgs),
}

/// A command that a later version will have takes whatever is written behind it.
#[derive(Args, Debug)]
#[command(disable_help_flag = true)]
pub(crate) struct LaterArgs {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    pub(crate) rest: Vec<String>,
}

#[derive(Args, Debug)]
pub(crate) struct ServeArgs {
    /// Address and port to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub(crate) listen: String,
    /// The data directory; made if it is not there
    #[arg(long, value_name = "DIR", default_value = DEFAULT_DATA)]
    pub(crate) data: PathBuf,
    /// Refuse replace, delete and update without the revision the client saw
    #[arg(long)]
    pub(crate) require_revision: bool,
    /// A name by which this server may be called in Host, besides IP addresses and localhost (repeatable)
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) allow_host: Vec<String>,
    /// A web origin, besides the server's own, from which browsers may connect and write (repeatable)
    #[arg(long, value_name = "URL", value_delimiter = ',')]
    pub(crate) allow_origin: Vec<Url>,
    /// How long history is kept, e.g. 365d, 52w, 2y; everything unless given
    #[arg(long, value_name = "TIME")]
    pub(crate) keep: Option<String>,
    /// Let everybody read who reaches this server; writing takes a token all the same
    #[arg(long)]
    pub(crate) public_read: bool,
    /// A proxy in front of this server, by its address: who asks through it is whom it names last in X-Forwarded-For (repeatable)
    #[arg(long, value_name = "ADDRESS", value_delimiter = ',')]
    pub(crate) trusted_proxy: Vec<IpAddr>,
    /// Speak TLS: the certificate and those above it, the server's own first (PEM); read again on SIGHUP
    #[arg(long, value_name = "FILE")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// The private key of the certificate (PEM); read again on SIGHUP
    #[arg(long, value_name = "FILE")]
    pub(crate) tls_key: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) rates: crate::rates::RateArgs,
}

/// Which server to speak to.
#[derive(Args, Debug)]
pub(crate) struct ServerArgs {
    /// The server's address
    #[arg(long, value_name = "URL", default_value = DEFAULT_SERVER, value_parser = server_url)]
    pub(crate) server: Url,
    #[command(flatten)]
    pub(crate) trust: TrustArgs,
}

impl ServerArgs {
    /// The server, what is trusted there and what logs in.
    pub(crate) fn named(&self, login: Login) -> Server {
        Server { url: self.server.clone(), ca: self.trust.ca.clone(), login }
    }
}

/// What is trusted of a server that speaks TLS.
#[derive(Args, Debug)]
pub(crate) struct TrustArgs {
    /// Trust this certificate, or this authority's, beside the system's when speaking https (PEM)
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
}

/// Output for programs.
#[derive(Args, Debug)]
pub(crate) struct JsonArg {
    /// Print JSON, for programs
    #[arg(long)]
    pub(crate) json: bool,
}

/// Which store to work on: a running server's, or a directory's.
#[derive(Args, Debug)]
pub(crate) struct TargetArgs {
    /// The server to work on [default: http://127.0.0.1:8080, where one answers there]
    #[arg(long, value_name = "URL", value_parser = server_url)]
    pub(crate) server: Option<Url>,
    /// The data directory to work on; where a server runs on it, that server is used [default: bookstore-data]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) trust: TrustArgs,
}

impl TargetArgs {
    /// The server at `url`, what is trusted there, and who asks.
    pub(crate) fn server_at(&self, url: Url, login: &Login) -> Server {
        Server { url, ca: self.trust.ca.clone(), login: login.clone() }
    }
}

/// People write an address as they would into a browser: without `http://`.
fn server_url(text: &str) -> Result<Url, String> {
    let url = if text.contains("://") { text.parse() } else { format!("http://{text}").parse() };
    url.map_err(|error| format!("{error}; write an address such as {DEFAULT_SERVER}"))
}
