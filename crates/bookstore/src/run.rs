//! From arguments to an exit code.

use std::ffi::OsString;
use std::io::IsTerminal;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};
use tracing_subscriber::EnvFilter;

use crate::args::{Arguments, Command};
use crate::client::Login;
use crate::config::{self, Config};
use crate::failure::{Ended, Failure};

/// Runs the program: reads `arguments`, carries the command out, reports a failure on stderr.
pub(crate) fn run(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.collect();
    let config = match Config::read(&arguments) {
        Ok(config) => config,
        Err(failure) => return report(&failure),
    };
    let parsed = config.lay_under(Arguments::command()).map(|command| command.try_get_matches_from(&arguments));
    let arguments = match parsed {
        Err(failure) => return report(&failure),
        Ok(Err(error)) => return usage(&error, &config),
        Ok(Ok(matches)) => (Arguments::from_arg_matches(&matches), matches),
    };
    match arguments {
        (Ok(arguments), matches) => dispatch(arguments, &matches, config.login()),
        (Err(error), _) => usage(&error, &config),
    }
}

fn dispatch(arguments: Arguments, matches: &clap::ArgMatches, login: Login) -> ExitCode {
    log_to_stderr(arguments.log.as_deref(), matches!(arguments.command, Command::Serve(_)));
    crate::panics::log();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return report(&Failure::from(error)),
    };
    let ended = runtime.block_on(carry_out(arguments.command, matches, login));
    // What still waits for a terminal or a disk must not hold the end up.
    runtime.shutdown_background();
    ended.map_or_else(|failure| report(&failure), ExitCode::from)
}

async fn carry_out(command: Command, matches: &clap::ArgMatches, login: Login) -> Ended {
    let subcommand = matches.subcommand().map(|(_, subcommand)| subcommand);
    match command {
        Command::Serve(args) => crate::serve::serve(args).await,
        Command::Import(args) => crate::import::import(args, subcommand, &login).await,
        Command::Export(args) => crate::export::export(args, subcommand, &login).await,
        Command::List(args) => crate::list::list(args, login).await,
        Command::Get(args) => crate::get::get(args, login).await,
        Command::Add(args) => crate::add::add(args, login).await,
        Command::Edit(args) => crate::edit::edit(args, login).await,
        Command::Delete(args) => crate::delete::delete(args, login).await,
        Command::Watch(args) => crate::watch::watch(args, login).await,
        Command::Info(args) => crate::get::info(args, login).await,
        Command::Verify(args) => crate::verify::verify(args).await,
        Command::Token(args) => crate::token::token(args, subcommand, &login).await,
        Command::Adopt(args) => crate::adopt::adopt(args).await,
        Command::Search(_) => Err(later("search", "use `bookstore list` with filters")),
        Command::Backup(args) => crate::backup::backup(args, subcommand, &login).await,
        Command::Restore(args) => crate::restore::restore(args, subcommand, &login).await,
    }
}

fn later(name: &str, instead: &str) -> Failure {
    Failure::usage(format!("{name} is not there yet: {instead}"))
}

/// Usage errors and asked-for help; clap knows which goes where.
fn usage(error: &clap::Error, config: &Config) -> ExitCode {
    // Nothing can be said where the terminal is gone.
    let _ = error.print();
    if let Some(path) = config.path.as_ref().filter(|_| error.use_stderr()) {
        eprintln!("(options are also read from {})", path.display());
    }
    ExitCode::from(if error.use_stderr() { 2 } else { 0 })
}

fn report(failure: &Failure) -> ExitCode {
    if !matches!(failure, Failure::Failed(error) if is_closed_pipe(error)) {
        eprintln!("bookstore: {failure}");
    }
    failure.into()
}

/// Whoever read our output has seen enough (`bookstore list | head`).
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let io = error.downcast_ref::<std::io::Error>();
    io.is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

fn log_to_stderr(level: Option<&str>, serving: bool) {
    let default = if serving { "info" } else { "warn" };
    let filter = EnvFilter::try_new(level.unwrap_or(default)).unwrap_or_else(|_| EnvFilter::new(default));
    let colours = std::io::stderr().is_terminal() && !config::is_set("NO_COLOR");
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(colours).with_env_filter(filter).init();
}
