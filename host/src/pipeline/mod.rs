//! What happens between the outside and the store: receiving, parking, replaying, sending, polling,
//! acting and having assistants look at messages.
//!
//! A [`Hub`] holds the plugins and connections as they now are. It is cheap to clone; every entrance to
//! the hub (HTTP, command line, tests) works through one. It knows no SQL, no Wasm and no web framework.

mod act;
mod add;
mod append;
mod channels;
mod connection;
mod error;
mod guard;
mod hub;
mod install;
mod installed;
mod limit;
mod live;
mod look;
mod polled;
mod probation;
mod receive;
mod registry;
mod replay;
mod retention;
mod schedule;
mod secret;
mod send;
mod services;
mod shelf;
mod typing;
mod usage;
mod views;
mod worker;

pub use act::ActError;
pub use add::{AddConnection, AddError, Misfit};
pub use channels::Channel;
pub use connection::Live;
pub use error::HubError;
pub use hub::{Hub, ReloadReport};
pub use install::InstallError;
pub use installed::{Installed, Waiting};
pub use limit::{LimitError, check as check_limits};
pub use live::{Listen, TicketError};
pub use polled::Polled;
pub use receive::{Answer, Incoming};
pub(crate) use replay::revealed;
pub use replay::{DiscardError, ReplayError, ReplayMany, Replayed, ReplayedMany};
pub use retention::Tidied;
pub use schedule::ScheduleError;
pub use secret::{ReplaceSecret, SecretError};
pub use send::{SendError, ToSend};
