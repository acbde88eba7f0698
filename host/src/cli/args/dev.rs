//! What can be typed after `switchboard dev`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// For those who develop or size a hub.
#[derive(Debug, Subcommand)]
pub enum Dev {
    /// Fill a database with the histories of made-up people
    #[command(after_help = "\
Example:
  switchboard dev generate --people 20000 --events 200000 --seed 7 --data try-out
  switchboard serve --set storage.path=try-out/switchboard.db

The same numbers give the same people and events: one to three connections each, a few people with nearly all of
the events, five languages, two years. Ctrl-C stops after what is under way. A million people with ten million
events take about 20 GB.")]
    Generate(Generate),
}

/// Fill a database.
#[derive(Debug, Args)]
pub struct Generate {
    /// How many people
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    pub people: u32,
    /// How many events, everybody having at least one
    #[arg(long, value_name = "M", default_value_t = 10_000)]
    pub events: u64,
    /// Where chance begins; another number gives other people
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// A folder for the database, made where there is none; the configured database when left out
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Add them to what a database holds already
    #[arg(long)]
    pub into_existing: bool,
}
