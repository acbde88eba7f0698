//! `switchboard account …`

use clap::Subcommand;

use super::Role;

/// People who work with the hub.
#[derive(Debug, Subcommand)]
pub enum Account {
    /// List them
    #[command(after_help = "Example:\n  switchboard account list")]
    List,
    /// Make one with a password, which is asked for
    #[command(
        after_help = "Example:\n  switchboard account create ada@example.com --name \"Ada Lovelace\" --role operator"
    )]
    Create {
        /// The mail address that signs in
        address: String,
        /// What colleagues call them; from the address when left out
        #[arg(long)]
        name: Option<String>,
        /// What they may do
        #[arg(long, value_enum, default_value_t = Role::Agent)]
        role: Role,
        /// Read the password from standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// Invite somebody: prints a link that works once, by which they choose their password
    #[command(after_help = "Example:\n  switchboard account invite bob@example.com --role agent")]
    Invite {
        /// The mail address that will sign in
        address: String,
        /// What colleagues call them; they can say it themselves
        #[arg(long)]
        name: Option<String>,
        /// What they may do
        #[arg(long, value_enum, default_value_t = Role::Agent)]
        role: Role,
    },
    /// Print a link that makes the first owner, where there is none
    #[command(after_help = "Example:\n  switchboard account link")]
    Link,
    /// Give one another role; they sign in anew
    #[command(after_help = "Example:\n  switchboard account role ada@example.com supervisor")]
    Role {
        /// Its mail address or id
        account: String,
        /// What they may do
        #[arg(value_enum)]
        role: Role,
    },
    /// Sign one out everywhere and let it in no more
    #[command(after_help = "Example:\n  switchboard account disable ada@example.com")]
    Disable {
        /// Its mail address or id
        account: String,
    },
    /// Let one in again
    #[command(after_help = "Example:\n  switchboard account enable ada@example.com")]
    Enable {
        /// Its mail address or id
        account: String,
    },
    /// Print a link that works once, by which somebody chooses a new password; their second factor goes
    #[command(after_help = "Example:\n  switchboard account reset ada@example.com")]
    Reset {
        /// Its mail address or id
        account: String,
    },
}
