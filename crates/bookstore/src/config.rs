//! Where options come from besides the command line: the environment, then the configuration file.
//!
//! One rule for every option there is: `--allow-host` is also `BOOKSTORE_ALLOW_HOST` and the key `allow_host`. The file's
//! values take the place of the defaults, so that clap itself keeps the order: line, environment, file, default.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use clap::builder::BoolishValueParser;
use clap::{Arg, ArgAction, Command};
use toml::{Table, Value};

use crate::client::Login;
use crate::failure::Failure;

/// The file that is read where none is named, if it is there.
const FILE: &str = "bookstore.toml";
/// No option has this key: what stands on a command line can be read by everybody on the machine.
const TOKEN: &str = "token";

/// The values of a configuration file.
#[derive(Debug, Default)]
pub(crate) struct Config {
    values: Table,
    /// Where they come from; for messages.
    pub(crate) path: Option<PathBuf>,
}

impl Config {
    /// Reads the file that `arguments` or the environment name, or `bookstore.toml` where there is one.
    pub(crate) fn read(arguments: &[OsString]) -> Result<Config, Failure> {
        let named =
            named_file(arguments).or_else(|| std::env::var_os("BOOKSTORE_CONFIG").filter(|name| !name.is_empty()));
        let path = PathBuf::from(named.clone().unwrap_or_else(|| FILE.into()));
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Config::default());
            }
            Err(error) => {
                return Err(Failure::usage(format!("cannot read the configuration {}: {error}", path.display())));
            }
        };
        let values = text.parse().map_err(|error| Failure::usage(format!("{}: {error}", path.display())))?;
        Ok(Config { values, path: Some(path) })
    }

    /// `command` with environment and file behind each of its options; a key that no option has is refused by name.
    pub(crate) fn lay_under(&self, command: Command) -> Result<Command, Failure> {
        let keys: BTreeSet<String> = options(&command).into_iter().map(key).filter(|key| key != "config").collect();
        if let Some(unknown) = self.values.keys().find(|name| *name != TOKEN && !keys.contains(name.as_str())) {
            let known: Vec<&str> = keys.iter().map(String::as_str).chain([TOKEN]).collect();
            let file = self.path.as_deref().unwrap_or(Path::new(FILE)).display();
            return Err(Failure::usage(format!("{file}: unknown key {unknown:?}. Known are: {}", known.join(", "))));
        }
        let defaults = self.defaults()?;
        Ok(laid_under(command, &defaults))
    }

    /// The token to log in with: from the environment, else from the file.
    pub(crate) fn login(&self) -> Login {
        let variable = std::env::var("BOOKSTORE_TOKEN").ok().filter(|token| !token.is_empty());
        let key = || self.values.get(TOKEN).and_then(Value::as_str).map(str::to_owned);
        Login::new(variable.or_else(key).map(|token| token.trim().to_owned()))
    }

    fn defaults(&self) -> Result<Vec<(String, Vec<String>)>, Failure> {
        let texts = |(name, value): (&String, &Value)| match texts(value) {
            Some(texts) => Ok((name.clone(), texts)),
            None => Err(Failure::usage(format!(
                "{}: {name} must be a text, a number, true, false, or a list of texts",
                self.path.as_deref().unwrap_or(Path::new(FILE)).display()
            ))),
        };
        self.values.iter().map(texts).collect()
    }
}

/// The value of `--config` before clap runs: the file must be read to know the defaults.
fn named_file(arguments: &[OsString]) -> Option<OsString> {
    let mut rest = arguments.iter().skip(1).take_while(|argument| *argument != "--");
    while let Some(argument) = rest.next() {
        if argument == "--config" {
            return rest.next().cloned();
        }
        if let Some(name) = argument.to_str().and_then(|text| text.strip_prefix("--config=")) {
            return Some(name.into());
        }
    }
    None
}

/// The options of a command and of all below it.
fn options(command: &Command) -> Vec<&Arg> {
    let own = command.get_arguments().filter(|arg| arg.get_long().is_some());
    own.chain(command.get_subcommands().flat_map(options)).collect()
}

fn laid_under(command: Command, defaults: &[(String, Vec<String>)]) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    let command = command.mut_args(|arg| layered(arg, defaults));
    names.iter().fold(command, |command, name| command.mut_subcommand(name, |sub| laid_under(sub, defaults)))
}

fn key(arg: &Arg) -> String {
    arg.get_long().unwrap_or_default().replace('-', "_")
}

fn layered(arg: Arg, defaults: &[(String, Vec<String>)]) -> Arg {
    if arg.get_long().is_none() {
        return arg;
    }
    let key = key(&arg);
    let variable = format!("BOOKSTORE_{}", key.to_ascii_uppercase());
    // A variable that is there but empty says nothing: container files often leave them so.
    let empty = std::env::var_os(&variable).is_some_and(|value| value.is_empty());
    let arg = if matches!(arg.get_action(), ArgAction::SetTrue) { switch(arg) } else { arg };
    let arg = if empty { arg } else { arg.env(variable).hide_env(true) };
    match defaults.iter().find(|(name, _)| *name == key) {
        Some((_, values)) => arg.default_values(values.iter().map(|value| clap::builder::OsStr::from(value.clone()))),
        None => arg,
    }
}

/// A switch that can also be switched off: `--require-revision=false`.
fn switch(arg: Arg) -> Arg {
    arg.action(ArgAction::Set)
        .num_args(0..=1)
        .require_equals(true)
        .value_name("BOOL")
        .value_parser(BoolishValueParser::new())
        .default_missing_value("true")
        .default_value("false")
        .hide_default_value(true)
        .hide_possible_values(true)
}

fn texts(value: &Value) -> Option<Vec<String>> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Boolean(switch) => Some(switch.to_string()),
        _ => None,
    };
    match value {
        Value::Array(values) => values.iter().map(text).collect(),
        single => text(single).map(|text| vec![text]),
    }
}

/// Whether `name` is set to something.
pub(crate) fn is_set(name: impl AsRef<OsStr>) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty())
}
