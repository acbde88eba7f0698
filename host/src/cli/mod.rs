//! The command line: what can be typed, and how results read on a terminal.

pub mod args;
mod connection;
mod customer;
mod delivery;
mod demo;
mod installed;
mod open;
mod output;
mod plugin;
mod profile;
mod scenario;
mod serve;
mod token;

use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command};
use output::Output;

use crate::config::Config;
use crate::observe;

/// The file that is read when `--config` names none.
const DEFAULT_FILE: &str = "switchboard.toml";

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
    match runtime.block_on(run(cli)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> anyhow::Result<()> {
    let default = std::path::Path::new(DEFAULT_FILE);
    let file = cli.config.as_deref().or_else(|| default.is_file().then_some(default));
    let config = Config::load(file, std::env::vars(), &cli.set)?;
    let out = Output { json: cli.json };
    let rust_log = std::env::var("RUST_LOG").ok();
    // A hub tells what it does; a command says its result and is silent about the way there.
    let quiet = !matches!(cli.command, Command::Serve);
    let filter = rust_log.as_deref().or(quiet.then_some("error"));
    observe::logs(&config.log, filter)?;
    match &cli.command {
        Command::Serve => serve::run(config).await,
        Command::Demo(demo) => demo::run(demo, config, &out).await,
        Command::Connection(command) => connection::run(command, config, &out).await,
        Command::Delivery(command) => delivery::run(command, config, &out).await,
        Command::Profile(command) => profile::run(command, config, &out).await,
        Command::Token(command) => token::run(command, config, &out).await,
        Command::Plugin(command) => plugin::run(command, &config, &out).await,
        Command::Audit { subject, limit } => {
            installed::audit(subject.as_deref(), *limit, &config, &out).await
        }
    }
}
