//! Who may come in: token create, list, revoke.

use access::Role;
use clap::{Args, Subcommand};

use super::{JsonArg, TargetArgs};

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
