//! What can be typed after `switchboard privacy`.

use clap::Subcommand;

/// What vendors ask on behalf of people.
#[derive(Debug, Subcommand)]
pub enum Privacy {
    /// List the requests that wait for somebody to answer them
    #[command(after_help = "Example:\n  switchboard privacy list\n\n\
        `switchboard profile export` tells what is known of a person, `switchboard profile erase` erases one.")]
    List {
        /// List also those that are answered
        #[arg(long)]
        all: bool,
    },
    /// Note that a request is answered
    #[command(after_help = "Example:\n  switchboard privacy answer evt_01h…")]
    Answer {
        /// The event that asks
        event: String,
    },
}
