//! The command line: what can be typed, and how results read on a terminal.

mod account;
pub mod args;
mod backup;
mod connection;
mod customer;
mod db;
mod delivery;
mod demo;
mod doctor;
mod generate;
mod health;
mod installed;
mod open;
mod output;
mod package;
mod plugin;
mod privacy;
mod profile;
mod restore;
mod scenario;
mod schedule;
mod secret;
mod serve;
mod suggestion;
mod token;
mod usage;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

use args::{Cli, Command, Dev};
use output::Output;

use crate::config::{Config, ConfigError};
use crate::observe;

/// The file that is read when `--config` names none.
const DEFAULT_FILE: &str = "switchboard.toml";

/// How long what nobody waits for any more may take at the end.
const LINGER: Duration = Duration::from_millis(500);

/// Reads the command line and does what it says. Errors go to standard error with their causes.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: the machine gives no threads: {error}");
            return ExitCode::FAILURE;
        }
    };
    let code = match runtime.block_on(run(cli)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    };
    // A plugin that is still being compiled holds nobody up.
    runtime.shutdown_timeout(LINGER);
    code
}

/// Where the configuration comes from, to read it again.
struct Sources {
    file: Option<PathBuf>,
    sets: Vec<String>,
    /// The variable RUST_LOG, which outranks `log.filter`.
    rust_log: Option<String>,
}

impl Sources {
    fn load(&self) -> Result<Config, ConfigError> {
        Config::load(self.file.as_deref(), std::env::vars(), &self.sets)
    }
}

async fn run(cli: Cli) -> anyhow::Result<()> {
    let default = Path::new(DEFAULT_FILE);
    let file = cli.config.or_else(|| default.is_file().then(|| default.to_owned()));
    let rust_log = std::env::var("RUST_LOG").ok();
    let sources = Sources { file, sets: cli.set, rust_log };
    let out = Output { json: cli.json };
    let config = match (sources.load(), &cli.command) {
        (Ok(config), _) => config,
        (Err(error), Command::Doctor(_)) => return doctor::misconfigured(&error, &out),
        (Err(error), _) => return Err(error.into()),
    };
    // A hub tells what it does; a command says its result and is silent about the way there.
    let quiet = !matches!(cli.command, Command::Serve);
    // What is wrong with a plugin or a connection is part of what they print, or no concern of theirs.
    let level = match cli.command {
        Command::Doctor(_) => "off",
        _ => "error,switchboard::pipeline::registry=off,switchboard::pipeline::installed=off",
    };
    let filter = sources.rust_log.as_deref().or(quiet.then_some(level));
    observe::logs(&config.log, filter)?;
    match &cli.command {
        Command::Serve => serve::run(config, &sources).await,
        Command::Demo(demo) => demo::run(demo, config, &out).await,
        Command::Connection(command) => connection::run(command, config, &out).await,
        Command::Delivery(command) => delivery::run(command, config, &out).await,
        Command::Profile(command) => profile::run(command, config, &out).await,
        Command::Privacy(command) => privacy::run(command, &config, &out).await,
        Command::Account(command) => account::run(command, config, &out).await,
        Command::Token(command) => token::run(command, config, &out).await,
        Command::Plugin(command) => plugin::run(command, &config, &out).await,
        Command::Audit { subject, limit } => {
            installed::audit(subject.as_deref(), *limit, &config, &out).await
        }
        Command::Db(db) => db::run(db, &config, &out).await,
        Command::Backup(backup) => backup::run(backup, &config, &out).await,
        Command::Restore(restore) => restore::run(restore, &config, &out).await,
        Command::Doctor(doctor) => doctor::run(doctor, config, &out).await,
        Command::Dev(Dev::Generate(generate)) => generate::run(generate, config, &out).await,
        Command::Health(health) => health::run(health, &config, &out).await,
    }
}
