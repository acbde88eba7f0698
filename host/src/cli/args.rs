//! What can be typed after `switchboard`.

mod account;
mod dev;
mod plugin;
mod privacy;
mod profile;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::model::manifest::{Period, Size};
use crate::model::scope::Scope;
use crate::store::Location;

pub use account::Account;
pub use dev::{Dev, Generate};
pub use plugin::{Plugin, RegistryLogin};
pub use privacy::Privacy;
pub use profile::{Leave, Profile};

/// Self-hosted integration hub: channels, shops and assistants as sandboxed plugins, one customer.
#[derive(Debug, Parser)]
#[command(
    name = "switchboard",
    version,
    about,
    arg_required_else_help = true,
    after_help = "\
Try it:
  switchboard demo                 two vendors' deliveries become one customer, in a temporary folder
  switchboard plugin new my-thing  begin a plugin"
)]
pub struct Cli {
    /// Configuration file; `switchboard.toml` in the current folder when it is there
    #[arg(long, short, global = true, env = "SWITCHBOARD_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Set one configuration key over file and environment, such as `--set http.listen=0.0.0.0:8080`
    #[arg(long = "set", global = true, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Print data as JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
#[expect(clippy::large_enum_variant, reason = "a program has one")]
pub enum Command {
    /// Run the hub
    #[command(after_help = "Example:\n  switchboard serve --set http.listen=0.0.0.0:8080")]
    Serve,
    /// Show the whole path with sample data in a temporary folder
    #[command(after_help = "Example:\n  switchboard demo --exit")]
    Demo(Demo),
    /// Connections: installed plugins with settings, secrets and grants
    #[command(subcommand)]
    Connection(Connection),
    /// Deliveries: inbound requests, kept; parked ones wait to be replayed
    #[command(subcommand)]
    Delivery(Delivery),
    /// Profiles: who the customers are
    #[command(subcommand)]
    Profile(Profile),
    /// What vendors ask on behalf of people, and answering it
    #[command(subcommand)]
    Privacy(Privacy),
    /// People who work with the hub, and how they get in
    #[command(subcommand)]
    Account(Account),
    /// API tokens
    #[command(subcommand)]
    Token(Token),
    /// Write, build and test plugins; install, approve, upgrade and roll them back
    #[command(subcommand)]
    Plugin(Plugin),
    /// Who did what, and when
    #[command(
        after_help = "Examples:\n  switchboard audit --of my-shop\n  switchboard audit --subject prof_01h…"
    )]
    Audit {
        /// Only what was done to this: a plugin's name, a connection's id, a person's id (who looked, too) …
        #[arg(long = "of", visible_alias = "subject", value_name = "SUBJECT")]
        subject: Option<String>,
        /// How many
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Copy everything the hub keeps into one file, also while it serves
    #[command(after_help = "\
Example:
  switchboard backup /var/backups/hub-2026-11-22.db

The file holds the database as of one moment and the installed plugins. Secrets in it are sealed; the key
that opens them is written to a second file, FILE.key, unless --key names another place or --without-key is
given. Keep the two apart: whoever has both can read the secrets.")]
    Backup(Backup),
    /// Put a backup in the place of the database
    #[command(after_help = "\
Example:
  switchboard restore /var/backups/hub-2026-11-22.db --key /safe/hub.key

Stop the hub first. What is there is moved aside, not deleted. A backup of an older version is brought up to
date; one of a newer version is refused.")]
    Restore(Restore),
    /// The database: moved between a file and a PostgreSQL server
    #[command(subcommand)]
    Db(Db),
    /// Look for what needs attention, and say which command mends it
    #[command(after_help = "\
Example:
  switchboard doctor --json

Mends nothing by itself. The exit status is 1 when something needs attention.")]
    Doctor(Doctor),
    /// Generate data to try a hub on
    #[command(subcommand)]
    Dev(Dev),
    /// Ask the running hub whether it is ready, for health checks
    #[command(after_help = "Example:\n  switchboard health --timeout 2s")]
    Health(Health),
}

/// Copy everything the hub keeps.
#[derive(Debug, Args)]
pub struct Backup {
    /// The file to write; it must not be there yet
    pub file: PathBuf,
    /// Where to write the key; FILE.key when left out
    #[arg(long, value_name = "FILE", conflicts_with = "without_key")]
    pub key: Option<PathBuf>,
    /// Leave the key out: it is kept elsewhere already
    #[arg(long)]
    pub without_key: bool,
}

/// Put a backup in the place of the database.
#[derive(Debug, Args)]
pub struct Restore {
    /// The backup
    pub file: PathBuf,
    /// Its key; FILE.key when left out
    #[arg(long, value_name = "FILE", conflicts_with = "without_key")]
    pub key: Option<PathBuf>,
    /// Restore although the key is lost: every secret must then be set again
    #[arg(long)]
    pub without_key: bool,
    /// Move a database that is there aside, and replace plugins that differ
    #[arg(long)]
    pub force: bool,
}

/// The database.
#[derive(Debug, Subcommand)]
pub enum Db {
    /// Copy everything to another database, an empty one
    #[command(after_help = "\
Example:
  switchboard db copy switchboard.db postgres://hub:PASSWORD@db.example/switchboard

Stop the hubs first. Everything is copied in one transaction, and only kept when every table reads the same in
both; the key that secrets are sealed with is copied too. FROM stays as it is.")]
    Copy(DbCopy),
}

/// Copy everything to another database.
#[derive(Debug, Args)]
pub struct DbCopy {
    /// A file, or postgres://USER:PASSWORD@HOST/NAME
    pub from: Location,
    /// The same; a file that is not there, or an empty database
    pub to: Location,
    /// Do it without being asked
    #[arg(long)]
    pub yes: bool,
}

/// Look for what needs attention.
#[derive(Debug, Args)]
pub struct Doctor {
    /// Check every index of the database against its table too, which takes several times as long
    #[arg(long)]
    pub thorough: bool,
    /// How long a connection may be silent before that is told
    #[arg(long, value_name = "DURATION", default_value = "7d", value_parser = period)]
    pub silent_after: std::time::Duration,
    /// How long a message may be due and not sent before that is told
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = period)]
    pub overdue_after: std::time::Duration,
    /// How much room the disks must have left
    #[arg(long, value_name = "SIZE", default_value = "1 GiB", value_parser = bytes)]
    pub min_free: u64,
}

/// Ask the running hub.
#[derive(Debug, Args)]
pub struct Health {
    /// Its address; made from `http.listen` when left out
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// How long to wait for the answer
    #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = period)]
    pub timeout: std::time::Duration,
}

/// A duration as the configuration writes it.
fn period(text: &str) -> Result<std::time::Duration, String> {
    text.parse::<Period>().map(Period::duration).map_err(|why| why.to_string())
}

/// A size as the configuration writes it.
fn bytes(text: &str) -> Result<u64, String> {
    text.parse::<Size>().map(Size::bytes).map_err(|why| why.to_string())
}

/// Show the whole path with sample data.
#[derive(Debug, Args)]
pub struct Demo {
    /// Stop after printing the customer instead of serving until Ctrl-C
    #[arg(long)]
    pub exit: bool,
    /// A folder with the bundled plugins already built, instead of building them
    #[arg(long, value_name = "DIR")]
    pub plugins: Option<PathBuf>,
}

/// Connections.
#[derive(Debug, Subcommand)]
pub enum Connection {
    /// Add one; asks for what the plugin's settings require
    #[command(after_help = "\
Example:
  switchboard connection add my-channel --title \"Support number\" --region DE \\
    --setting phone_number_id=1234 \\
    --secret app_secret=env:APP_SECRET --secret access_token=file:token.txt

A secret is never written on the command line: name where it is (`env:VARIABLE` or `file:PATH`), or
leave it out and be asked.")]
    Add(ConnectionAdd),
    /// List them
    #[command(after_help = "Example:\n  switchboard connection list --json")]
    List,
    /// Show one: settings, what it may do, where vendors call
    #[command(after_help = "Example:\n  switchboard connection show conn_01h…")]
    Show {
        /// Its id, or its title where no other has it
        connection: String,
    },
    /// Remove one; what it told the hub stays
    #[command(after_help = "Example:\n  switchboard connection remove conn_01h… --yes")]
    Remove {
        /// Its id, or its title where no other has it
        connection: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Pause one: deliveries are kept, nothing is run or sent
    #[command(after_help = "Example:\n  switchboard connection pause conn_01h…")]
    Pause {
        /// Its id, or its title where no other has it
        connection: String,
    },
    /// Show or change what its calls may use
    #[command(after_help = "\
Example:
  switchboard connection limit conn_01h…
  switchboard connection limit conn_01h… memory=32MiB cpu-per-minute=10s wall=default

Sizes are written 64KiB or 32MiB, times 500ms, 10s or 1m. `default` takes a change back. What is set here
outranks the configuration and the plugin's own wish; a running hub follows within a second.")]
    Limit {
        /// Its id, or its title where no other has it
        connection: String,
        /// A budget, as NAME=VALUE
        #[arg(value_name = "NAME=VALUE")]
        changes: Vec<crate::model::limit::Change>,
    },
    /// Give a secret of one a new value
    #[command(after_help = "\
Example:
  switchboard connection secret conn_01h… refresh_token
  switchboard connection secret conn_01h… app_secret --value-from file:new.txt --keep-old-for 24h

The value is never written on the command line: name where it is (`env:VARIABLE`, `file:PATH`, or `-` for
standard input), or leave it out and be asked. A running hub follows within a second. Access tokens that were
made of the value before are dropped.")]
    Secret(SecretReplace),
    /// Show or set when one asks the other system, in place of its plugin's schedule
    #[command(after_help = "\
Example:
  switchboard connection schedule conn_01h… --every 1h
  switchboard connection schedule conn_01h… --cron \"0 3 * * 1-5 Europe/Berlin\"

At most as often as its plugin was granted to ask. A running hub follows within a second.")]
    Schedule(ScheduleSet),
    /// Say in which country its phone numbers are dialled when they name none
    #[command(after_help = "Example:\n  switchboard connection region conn_01h… DE")]
    Region {
        /// Its id, or its title where no other has it
        connection: String,
        /// A country's code of two letters (ISO 3166-1), or `default` for the configuration's
        #[arg(value_name = "COUNTRY")]
        region: String,
    },
    /// Let a paused one go on
    #[command(after_help = "Example:\n  switchboard connection resume conn_01h…")]
    Resume {
        /// Its id, or its title where no other has it
        connection: String,
    },
}

/// Give a secret a new value.
#[derive(Debug, Args)]
pub struct SecretReplace {
    /// The connection's id, or its title where no other has it
    pub connection: String,
    /// The secret's name; `switchboard connection show` lists those that are set
    pub name: String,
    /// Where the value is: env:VARIABLE, file:PATH, or - for standard input
    #[arg(long, value_name = "SOURCE")]
    pub value_from: Option<String>,
    /// How long what comes in may still be signed with the value before, such as 24h; not at all when left out
    #[arg(long, value_name = "DURATION")]
    pub keep_old_for: Option<Period>,
}

/// Set when a connection asks.
#[derive(Debug, Args)]
pub struct ScheduleSet {
    /// Its id, or its title where no other has it
    pub connection: String,
    /// Every so often, such as 5m
    #[arg(long, value_name = "DURATION", group = "when")]
    pub every: Option<String>,
    /// By a cron expression, with a time zone at its end where that is not UTC
    #[arg(long, value_name = "EXPRESSION", group = "when")]
    pub cron: Option<String>,
    /// Not at all
    #[arg(long, group = "when")]
    pub off: bool,
    /// As its plugin says, again
    #[arg(long, group = "when")]
    pub default: bool,
}

/// Add a connection.
#[derive(Debug, Args)]
pub struct ConnectionAdd {
    /// The plugin's name, or the path of its .wasm file to install first
    pub plugin: String,
    /// What people call this connection; the plugin's title when left out
    #[arg(long)]
    pub title: Option<String>,
    /// A setting, as KEY=VALUE
    #[arg(long = "setting", value_name = "KEY=VALUE")]
    pub settings: Vec<String>,
    /// A secret, as NAME=env:VARIABLE or NAME=file:PATH
    #[arg(long = "secret", value_name = "NAME=SOURCE")]
    pub secrets: Vec<String>,
    /// How far what it says of a person outranks what other connections say; a shop's record, say, above a
    /// name that somebody gave a chat
    #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
    pub priority: i32,
    /// The country (ISO 3166-1, two letters, such as DE) in which phone numbers are dialled that it says without
    /// one; `identity.region` of the configuration when left out
    #[arg(long, value_name = "COUNTRY")]
    pub region: Option<crate::model::normal::Region>,
    /// Do not ask: fail where something is missing
    #[arg(long)]
    pub no_input: bool,
    /// Grant the plugin what it asks for, where it still waits for approval
    #[arg(long)]
    pub approve: bool,
}

/// Deliveries.
#[derive(Debug, Subcommand)]
pub enum Delivery {
    /// List them, newest first
    #[command(after_help = "Example:\n  switchboard delivery list --state parked --since 2d --error timeout")]
    List {
        /// Only those of one connection
        #[arg(long)]
        connection: Option<String>,
        /// Only those of connections with this plugin
        #[arg(long)]
        plugin: Option<String>,
        /// Only those in a state
        #[arg(long)]
        state: Option<DeliveryState>,
        /// Only those that came then or later: a time (2026-11-22T08:00:00Z), a day (2026-11-22, UTC), or how
        /// long ago (2h)
        #[arg(long, value_name = "TIME")]
        since: Option<String>,
        /// Only those that came before then, written as for --since
        #[arg(long, value_name = "TIME")]
        until: Option<String>,
        /// Only those whose error contains this text
        #[arg(long, value_name = "TEXT")]
        error: Option<String>,
        /// How many
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
    /// Show one with its request; what may say something of a person is covered
    #[command(after_help = "Example:\n  switchboard delivery show dlv_01h… --reveal")]
    Show {
        /// Its id
        delivery: String,
        /// Show the request as it came in, with what it says of people
        #[arg(long)]
        reveal: bool,
    },
    /// Run parked ones again, in the order they came
    #[command(
        after_help = "Example:\n  switchboard delivery replay --all --connection conn_01h… --limit 100"
    )]
    Replay {
        /// Its id
        #[arg(required_unless_present = "all")]
        delivery: Option<String>,
        /// Every parked one
        #[arg(long)]
        all: bool,
        /// With --all: only those of one connection
        #[arg(long, requires = "all")]
        connection: Option<String>,
        /// With --all: stop after so many
        #[arg(long, requires = "all")]
        limit: Option<u32>,
    },
    /// Give a parked one up: its request is emptied, and who did it, when and why is kept
    #[command(
        after_help = "Example:\n  switchboard delivery discard dlv_01h… --reason \"sent by a test\" --yes"
    )]
    Discard {
        /// Its id
        delivery: String,
        /// Why
        #[arg(long)]
        reason: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// The states a delivery can be listed by.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum DeliveryState {
    /// Handled.
    Done,
    /// Kept because its plugin failed or its connection was paused.
    Parked,
    /// Given up.
    Discarded,
}

/// API tokens.
#[derive(Debug, Subcommand)]
pub enum Token {
    /// Make one; it is printed once and only its hash is kept
    #[command(after_help = "\
Examples:
  switchboard token create --role agent --title \"Ada's script\"
  switchboard token create --role read-only --scope people:read --scope orders:read --expires 90d")]
    Create {
        /// What it may do
        #[arg(long, value_enum, default_value_t = Role::Operator)]
        role: Role,
        /// What people call it
        #[arg(long, default_value = "made on the command line")]
        title: String,
        /// Confine it to a part of the hub: AREA:read, or AREA:write to change things too; several times for several.
        /// Without it, everything that its role may
        #[arg(long, value_name = "SCOPE")]
        scope: Vec<Scope>,
        /// How long it works, such as 90d; until it is revoked when left out
        #[arg(long, value_name = "DURATION", value_parser = period)]
        expires: Option<std::time::Duration>,
    },
    /// List them
    #[command(after_help = "Example:\n  switchboard token list")]
    List,
    /// Take one back
    #[command(after_help = "Example:\n  switchboard token revoke tok_01h…")]
    Revoke {
        /// Its id
        token: String,
    },
}

/// What a token may do.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Role {
    /// Everything, accounts and tokens included.
    Owner,
    /// Connections, plugins, deliveries, and what a supervisor may.
    Operator,
    /// What an agent may, and what a whole team shares: macros, views, figures.
    Supervisor,
    /// Customers and conversations, and sending.
    Agent,
    /// Look, and change nothing.
    ReadOnly,
}
