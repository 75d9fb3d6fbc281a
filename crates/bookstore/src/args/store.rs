//! A whole store: verify, adopt, backup, restore.

use std::path::PathBuf;

use clap::Args;

use super::{DEFAULT_DATA, TargetArgs};

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
