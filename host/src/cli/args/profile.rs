//! What can be typed after `switchboard profile`.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

/// Profiles.
#[derive(Debug, Subcommand)]
pub enum Profile {
    /// Find people by name, identifier, order number or words of a message
    #[command(
        after_help = "Examples:\n  switchboard profile search lovelace\n  switchboard profile search 0170 1234567\n  \
        switchboard profile search \"#1001\"\n\nNames are found with a slip of the keyboard, identifiers by their \
        beginning, telephone numbers by their end."
    )]
    Search {
        /// What to look for
        #[arg(required = true)]
        words: Vec<String>,
        /// How many people at most
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=500))]
        limit: u32,
    },
    /// Show one person: who, from where each value came, timeline, orders, mood
    #[command(after_help = "Example:\n  switchboard profile show phone:+491701234567")]
    Show {
        /// One of the person's identifiers, or the profile's id
        identifier: String,
    },
    /// Say why a person is one person, and what is in doubt
    #[command(after_help = "Example:\n  switchboard profile explain phone:+491701234567")]
    Explain {
        /// One of the person's identifiers, or the profile's id
        identifier: String,
    },
    /// Say that two profiles are one person
    #[command(
        after_help = "Example:\n  switchboard profile merge phone:+491701234567 prof_01h… --reason \"she said so\"\n\n\
        Both ids lead to the one person from then on. `switchboard profile undo` takes it back."
    )]
    Merge {
        /// One of the one's identifiers, or the profile's id
        left: String,
        /// One of the other's identifiers, or the profile's id
        right: String,
        /// Why, for whoever looks at it afterwards
        #[arg(long)]
        reason: Option<String>,
    },
    /// Say that some of a person's identifiers are somebody else's
    #[command(
        after_help = "Example:\n  switchboard profile split prof_01h… phone:+491701234567 --reason \"her brother's\"\n\n\
        Conversations and orders go with the identifiers that they name."
    )]
    Split {
        /// One of the person's identifiers, or the profile's id
        person: String,
        /// The identifiers that are somebody else's
        #[arg(required = true)]
        identifiers: Vec<String>,
        /// Why, for whoever looks at it afterwards
        #[arg(long)]
        reason: Option<String>,
    },
    /// List who may be one person, the surest first, with the reasons
    #[command(
        after_help = "Examples:\n  switchboard profile suggestions\n  switchboard profile suggestions phone:+491701234567\n\n\
        `profile confirm` and `profile reject` decide. What was rejected is not suggested again."
    )]
    Suggestions {
        /// Only of this person: one of their identifiers, or the profile's id
        person: Option<String>,
        /// How many at most
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
        limit: u32,
    },
    /// Say that the two of a suggestion are one person
    #[command(after_help = "Example:\n  switchboard profile confirm sug_01h…\n\n\
        `switchboard profile undo` takes it back.")]
    Confirm {
        /// The suggestion's id
        suggestion: String,
        /// Why, for whoever looks at it afterwards
        #[arg(long)]
        reason: Option<String>,
    },
    /// Say that the two of a suggestion are two people; it is remembered
    #[command(after_help = "Example:\n  switchboard profile reject sug_01h… --reason \"father and son\"\n\n\
        They are not suggested again, whoever they are merged with later, until `switchboard profile undo` takes \
        it back.")]
    Reject {
        /// The suggestion's id
        suggestion: String,
        /// Why, for whoever looks at it afterwards
        #[arg(long)]
        reason: Option<String>,
    },
    /// Take a decision back, by its event's id
    #[command(after_help = "Example:\n  switchboard profile undo evt_01h…\n\n\
        `switchboard profile explain` lists the decisions that name a person. Taking this back makes the \
        decision hold again.")]
    Undo {
        /// The decision's event
        event: String,
        /// Why, for whoever looks at it afterwards
        #[arg(long)]
        reason: Option<String>,
    },
    /// Record by hand what a person agreed to or withdrew
    #[command(
        after_help = "Example:\n  switchboard profile consent phone:+491701234567 email marketing grant --proof \"form 17\"\n\n\
        The channel is the name of a plugin's channel, such as email; `all` stands for every channel or every \
        purpose. Recording the opposite undoes it."
    )]
    Consent {
        /// One of the person's identifiers, or the profile's id
        person: String,
        /// On which channel
        channel: String,
        /// For what
        purpose: String,
        /// Whether it was given or withdrawn
        verb: Leave,
        /// How it was given, such as where the signed form lies; a grant needs it
        #[arg(long)]
        proof: Option<String>,
        /// By which of the person's identifiers it is kept: it goes with it when people are parted
        #[arg(long)]
        identifier: Option<String>,
    },
    /// Hand over everything that is held of a person
    #[command(
        after_help = "Example:\n  switchboard profile export phone:+491701234567 --format html -o ada.html\n\n\
        The page loads nothing from elsewhere. The audit log notes the export."
    )]
    Export {
        /// One of the person's identifiers, or the profile's id
        identifier: String,
        /// In which form
        #[arg(long, value_parser = ["json", "html"], default_value = "json")]
        format: String,
        /// The file to write, for its owner alone to read; it must not be there yet. Without it, it is printed
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Erase a person from everything that the hub keeps; it cannot be undone
    #[command(
        after_help = "Example:\n  switchboard profile erase phone:+491701234567 --reason \"asked for it by mail\"\n\n\
        Events keep their place in the log and lose what they say. Late news of what happened before do not bring \
        the person back; whoever writes or buys again afterwards is somebody new."
    )]
    Erase {
        /// One of the person's identifiers, or the profile's id
        identifier: String,
        /// Why, for the audit log, which keeps it: do not name the person
        #[arg(long)]
        reason: String,
        /// Only what this connection said of the person, by its title or id
        #[arg(long)]
        connection: Option<String>,
        /// Erase without being asked
        #[arg(long)]
        yes: bool,
    },
    /// Tell how much is older than the configuration's `[retention]` allows, and would go
    #[command(after_help = "Example:\n  switchboard profile retention --set retention.messages=730d\n\n\
        A hub that serves lets it go by itself every hour.")]
    Retention,
    /// Fold everybody anew from the log, and mend what is stored otherwise
    #[command(after_help = "Example:\n  switchboard profile rebuild --verify\n\n\
        The hub may serve meanwhile.")]
    Rebuild {
        /// Tell what is stored otherwise, and change nothing; fails when anything is
        #[arg(long)]
        verify: bool,
    },
    /// Show the rules of identity in force, and whom those of the configuration would join or part
    #[command(
        after_help = "Example:\n  switchboard profile rules --dry-run\n  switchboard profile rules --apply"
    )]
    Rules {
        /// Tell whom the configuration's rules would join or part, and change nothing
        #[arg(long, conflicts_with = "apply")]
        dry_run: bool,
        /// Put the configuration's rules into force
        #[arg(long)]
        apply: bool,
        /// Apply them without being asked
        #[arg(long, requires = "apply")]
        yes: bool,
    },
}

/// What a person did about leave to contact them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Leave {
    /// They gave it.
    Grant,
    /// They withdrew it.
    Withdraw,
}
