//! What can be written on the command line.
//!
//! Every option here is also an environment variable and a key of the configuration file: see [`crate::config`].

use std::net::IpAddr;
use std::path::PathBuf;

use access::Role;
use catalogue::BookId;
use clap::{Args, Parser, Subcommand, ValueEnum};
use url::Url;

use crate::client::{Login, Server};
use crate::filters::FilterArgs;

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

/// The formats by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatName {
    /// One JSON document
    Json,
    /// One JSON object a line
    #[value(alias = "ndjson", alias = "json-lines")]
    Jsonl,
    /// Comma-separated
    Csv,
    /// Tab-separated
    Tsv,
}

impl From<FormatName> for formats::Format {
    fn from(name: FormatName) -> Self {
        match name {
            FormatName::Json => formats::Format::Json,
            FormatName::Jsonl => formats::Format::JsonLines,
            FormatName::Csv => formats::Format::Csv,
            FormatName::Tsv => formats::Format::Tsv,
        }
    }
}

const IMPORT_HELP: &str = "\
Which store: --server if given; else the directory of --data, through the server that runs on it if one does; else the \
server at http://127.0.0.1:8080 if one answers; else ./bookstore-data. With both --server and --data on the command \
line, the directory is used where no server answers.

What a row matches: a row with an id is that book where title or ISBN agrees. A row without is a book of the same ISBN \
and title or, without a valid ISBN, of the same year, title, author and publisher. What matches nothing is added. A \
known book takes the row's values; empty cells leave it. Importing a file twice changes nothing.

Refused rows go to FILE.rejected.csv with line and reason; the exit code is then 3.";

#[derive(Args, Debug)]
#[command(after_help = IMPORT_HELP)]
pub(crate) struct ImportArgs {
    /// The files
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// The files' format, where name and content do not tell
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<FormatName>,
    /// Do everything but write
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Let a row with an id be that book even where neither title nor ISBN agrees
    #[arg(long)]
    pub(crate) by_id: bool,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    #[command(flatten)]
    pub(crate) json: JsonArg,
}

#[derive(Args, Debug)]
pub(crate) struct ExportArgs {
    /// The file to write; - or none is stdout
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// The format [default: by the file's name, else json]
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<FormatName>,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

#[derive(Args, Debug)]
pub(crate) struct ListArgs {
    /// Order by this field, e.g. title; -year is descending
    #[arg(long, value_name = "FIELD", allow_hyphen_values = true)]
    pub(crate) sort: Option<String>,
    /// The most books to show
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub(crate) limit: u64,
    /// Show every book that matches
    #[arg(long)]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    #[command(flatten)]
    pub(crate) json: JsonArg,
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
}

#[derive(Args, Debug)]
pub(crate) struct GetArgs {
    /// The book's number
    #[arg(value_parser = book_id)]
    pub(crate) id: BookId,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    #[command(flatten)]
    pub(crate) json: JsonArg,
}

#[derive(Args, Debug)]
pub(crate) struct AddArgs {
    /// Read the book as a JSON object from this file; - is stdin. Options lie over it
    #[arg(long, value_name = "FILE")]
    pub(crate) json_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    #[command(flatten)]
    pub(crate) json: JsonArg,
    #[command(flatten)]
    pub(crate) fields: crate::fields::FieldArgs,
}

#[derive(Args, Debug)]
pub(crate) struct EditArgs {
    /// The book's number
    #[arg(value_parser = book_id)]
    pub(crate) id: BookId,
    /// What to change; `shelf=` empties a field. Also price, currency and extra.NAME
    #[arg(required = true, value_name = "FIELD=VALUE")]
    pub(crate) fields: Vec<String>,
    /// The revision you saw [default: the present one]
    #[arg(long, value_name = "N")]
    pub(crate) if_revision: Option<u64>,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    #[command(flatten)]
    pub(crate) json: JsonArg,
}

#[derive(Args, Debug)]
pub(crate) struct DeleteArgs {
    /// The books' numbers
    #[arg(required = true, value_name = "ID", value_parser = book_id)]
    pub(crate) ids: Vec<BookId>,
    /// Do not ask (nothing is asked where stdin is no terminal)
    #[arg(long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    #[command(flatten)]
    pub(crate) json: JsonArg,
}

#[derive(Args, Debug)]
pub(crate) struct WatchArgs {
    /// Begin with the changes after this revision
    #[arg(long, value_name = "N")]
    pub(crate) since: Option<u64>,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    #[command(flatten)]
    pub(crate) json: JsonArg,
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
}

#[derive(Args, Debug)]
pub(crate) struct InfoArgs {
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    #[command(flatten)]
    pub(crate) json: JsonArg,
}

#[derive(Args, Debug)]
pub(crate) struct VerifyArgs {
    /// A backup; or a data directory, or one file of its: a snapshot or a segment
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// The data directory
    #[arg(long, value_name = "DIR", default_value = DEFAULT_DATA)]
    pub(crate) data: PathBuf,
}

#[derive(Args, Debug)]
pub(crate) struct AdoptArgs {
    /// Write the journal's state back instead; the edited file is kept as books.json.discarded
    #[arg(long)]
    pub(crate) discard: bool,
    /// The data directory
    #[arg(long, value_name = "DIR", default_value = DEFAULT_DATA)]
    pub(crate) data: PathBuf,
}

#[derive(Args, Debug)]
pub(crate) struct TokenArgs {
    #[command(subcommand)]
    pub(crate) command: TokenCommand,
}

const TOKEN_HELP: &str = "\
Where: --server if given, logged in as BOOKSTORE_TOKEN says (an admin); else the directory of --data, where no token is \
needed: through the server that runs on it if one does.";

#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Make a token and print it: the only time that it is shown
    #[command(after_help = TOKEN_HELP)]
    Create(TokenCreateArgs),
    /// Show which tokens there are or were
    #[command(after_help = TOKEN_HELP)]
    List(TokenListArgs),
    /// End a token: who came with it is out within a second
    #[command(after_help = TOKEN_HELP)]
    Revoke(TokenRevokeArgs),
}

#[derive(Args, Debug)]
pub(crate) struct TokenCreateArgs {
    /// What it allows: reader (look), editor (write), admin (decide who else may)
    #[arg(long, value_name = "ROLE")]
    pub(crate) role: Role,
    /// Whose it is, e.g. till-1: stands as `by` at every change
    #[arg(long, value_name = "NAME")]
    pub(crate) name: String,
    /// How long it lasts, e.g. 90d, 26w, 1y; until it is revoked unless given
    #[arg(long, value_name = "TIME")]
    pub(crate) expires: Option<String>,
    #[command(flatten)]
    pub(crate) json: JsonArg,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

#[derive(Args, Debug)]
pub(crate) struct TokenListArgs {
    #[command(flatten)]
    pub(crate) json: JsonArg,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

#[derive(Args, Debug)]
pub(crate) struct TokenRevokeArgs {
    /// Whose
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

const BACKUP_HELP: &str = "\
The backup is the store at one revision: its books, the history that is kept, and the request ids. It holds no tokens: \
they stay in the data directory. It is text with a JSON object a line, readable with jq, and packed where FILE ends in \
.gz. It gets its name only once it is whole, on the disk, and read back. Writes go on meanwhile.

Which store: as for import. Where the server asks for a token, BOOKSTORE_TOKEN must be an admin's.

Every night at 02:30, with a file for each day of the week, by cron:

  BOOKSTORE_DATA=/var/lib/bookstore
  30 2 * * * bookstore backup --force /backups/books-$(date +\\%u).jsonl.gz

or by systemd, as books-backup.service and books-backup.timer (systemctl enable --now books-backup.timer):

  [Service]
  Type=oneshot
  User=bookstore
  Environment=BOOKSTORE_DATA=/var/lib/bookstore
  ExecStart=sh -c 'bookstore backup --force /backups/$$(date +%%u).jsonl.gz'

  [Timer]
  OnCalendar=*-*-* 02:30
  Persistent=true
  [Install]
  WantedBy=timers.target

Copy the files to another machine. bookstore verify FILE says whether one is sound, and what it holds.";

#[derive(Args, Debug)]
#[command(after_help = BACKUP_HELP)]
pub(crate) struct BackupArgs {
    /// The file to write; - is stdout
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Write over a file that is there
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

const RESTORE_HELP: &str = "\
Which store: as for import. A running server checks the whole backup first, then ends its connections, puts the store in \
place, and goes on; clients connect again by themselves. Nothing is deleted: what was there before is moved into \
DIR/replaced-1 (-2 and so on), which is a data directory in itself.

The restored store has a new name, and its revisions go on 1,000,000,000 later, so that nothing a client remembers of the \
lost time matches by accident. Tokens stay as they are in the data directory.

Without a server, into a new directory:

  bookstore restore /backups/books-3.jsonl.gz --data /var/lib/bookstore-restored";

#[derive(Args, Debug)]
#[command(after_help = RESTORE_HELP)]
pub(crate) struct RestoreArgs {
    /// The backup, packed with gzip or not; - is stdin
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Move what the directory holds aside, without being asked
    #[arg(long)]
    pub(crate) replace: bool,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

/// People write an address as they would into a browser: without `http://`.
fn server_url(text: &str) -> Result<Url, String> {
    let url = if text.contains("://") { text.parse() } else { format!("http://{text}").parse() };
    url.map_err(|error| format!("{error}; write an address such as {DEFAULT_SERVER}"))
}

fn book_id(text: &str) -> Result<BookId, String> {
    text.parse().map(BookId).map_err(|_| format!("{text:?} is no book number"))
}
