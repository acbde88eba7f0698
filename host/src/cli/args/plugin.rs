//! What can be typed after `switchboard plugin`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::author::scaffold::Kind;
use crate::model::grant::Ask;

/// Plugins.
#[derive(Debug, Subcommand)]
pub enum Plugin {
    /// Write a plugin that builds and passes its tests
    #[command(
        after_help = "Example:\n  switchboard plugin new my-channel && cd my-channel && switchboard plugin test"
    )]
    New {
        /// Its name: a-z, 0-9 and `-`
        name: String,
        /// What to begin with
        #[arg(long, value_enum, default_value_t = Kind::Channel)]
        kind: Kind,
        /// Where; a folder of that name when left out
        #[arg(long, value_name = "DIR")]
        into: Option<PathBuf>,
    },
    /// Build one file that can be installed
    #[command(after_help = "Example:\n  switchboard plugin build . --out plugins/")]
    Build {
        /// The plugin's folder
        #[arg(default_value = ".")]
        folder: PathBuf,
        /// Where to put the file; `plugins/NAME.wasm` in cargo's target folder when left out
        #[arg(long, value_name = "FILE|DIR")]
        out: Option<PathBuf>,
    },
    /// Run every recorded request through the real sandbox
    #[command(after_help = "Example:\n  switchboard plugin test . --only handshake")]
    Test {
        /// The plugin's folder
        #[arg(default_value = ".")]
        folder: PathBuf,
        /// A built file to test instead of building the folder
        #[arg(long, value_name = "FILE")]
        wasm: Option<PathBuf>,
        /// Only cases whose name contains this
        #[arg(long, value_name = "TEXT")]
        only: Option<String>,
    },
    /// Put a plugin's file into the plugins' folder; what it asks for waits for approval
    #[command(after_help = "\
Examples:
  switchboard plugin install plugins/echo-channel.wasm
  switchboard plugin install oci://registry.example.com/plugins/my-shop:1.2.0")]
    Install {
        /// Its .wasm file, a folder with some, or `oci://registry/repository:tag`
        source: String,
        /// As whom to fetch from a registry
        #[command(flatten)]
        login: RegistryLogin,
    },
    /// List plugins: what serves, what waits, what is wrong
    #[command(after_help = "Example:\n  switchboard plugin list --json")]
    List,
    /// Show one: what it is, what it was granted, its versions
    #[command(after_help = "Example:\n  switchboard plugin show echo-channel")]
    Show {
        /// Its name
        name: String,
    },
    /// Grant what a plugin asks for, and let its newest version serve
    #[command(
        after_help = "Example:\n  switchboard plugin approve my-shop --without host:DELETE:api.example.com"
    )]
    Approve {
        /// Its name
        name: String,
        /// Grant everything but this; can be said more than once
        #[arg(long = "without", value_name = "GRANT")]
        without: Vec<Ask>,
        /// Do not ask; needed where nobody can be asked
        #[arg(long)]
        yes: bool,
    },
    /// Take grants back; with none named all of them, and the plugin stops
    #[command(after_help = "Example:\n  switchboard plugin revoke my-shop host:DELETE:api.example.com")]
    Revoke {
        /// Its name
        name: String,
        /// The grants, as `plugin show` names them
        #[arg(value_name = "GRANT")]
        grants: Vec<Ask>,
    },
    /// Let a newer version take over; one that asks for more, or was rolled back, says so and waits
    #[command(after_help = "Example:\n  switchboard plugin upgrade my-shop my-shop-0.2.wasm")]
    Upgrade {
        /// Its name
        name: String,
        /// The newer version's file, where it is not in the plugins' folder yet
        file: Option<PathBuf>,
        /// Grant what it newly asks for, and let it serve again where it was rolled back, without being asked
        #[arg(long)]
        yes: bool,
    },
    /// Let the version before serve again
    #[command(
        after_help = "Example:\n  switchboard plugin rollback my-shop --reason \"orders lack their tax\""
    )]
    Rollback {
        /// Its name
        name: String,
        /// The version to return to; the one before when left out
        #[arg(long, value_name = "VERSION")]
        to: Option<String>,
        /// Why, for the audit log
        #[arg(long)]
        reason: Option<String>,
    },
    /// Remove a plugin that no connection uses
    #[command(after_help = "Example:\n  switchboard plugin remove echo-channel --yes")]
    Remove {
        /// Its name
        name: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Show what plugins used: calls, failures, computing time, memory, bytes
    #[command(after_help = "Example:\n  switchboard plugin usage my-channel --hours 168")]
    Usage {
        /// Only that plugin
        plugin: Option<String>,
        /// Of the last hours, the current one included
        #[arg(long, default_value_t = 24)]
        hours: u32,
    },
    /// Tell in words what a plugin is and wants
    #[command(after_help = "Example:\n  switchboard plugin inspect plugins/echo-channel.wasm")]
    Inspect {
        /// Its file, or its folder
        plugin: PathBuf,
    },
    /// Make a key to sign plugins with: NAME.key, which stays with you, and NAME.pub for those who trust you
    #[command(after_help = "Example:\n  switchboard plugin keygen acme")]
    Keygen {
        /// Whose key it is; the files are put into the folder it names, or here
        name: PathBuf,
    },
    /// Sign a plugin's file, which stays one file
    #[command(after_help = "Example:\n  switchboard plugin sign my-channel.wasm --key acme.key")]
    Sign {
        /// The file
        file: PathBuf,
        /// The .key file that `keygen` made
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
    /// Tell who signed a plugin's file, and fail unless somebody trusted did
    #[command(after_help = "\
Example:
  switchboard plugin verify my-channel.wasm --trust acme.pub")]
    Verify {
        /// The file
        file: PathBuf,
        /// A .pub file or a folder of them to trust, instead of those the configuration names
        #[arg(long, value_name = "FILE|DIR")]
        trust: Vec<PathBuf>,
    },
}

/// As whom to fetch from a registry.
#[derive(Debug, Args)]
pub struct RegistryLogin {
    /// A name at the registry; left out, what `docker login` or `podman login` left on this machine
    #[arg(long, value_name = "NAME", requires = "password_stdin")]
    pub username: Option<String>,
    /// Read the password or token from standard input
    #[arg(long, requires = "username")]
    pub password_stdin: bool,
}
