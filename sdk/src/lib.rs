#![doc = include_str!("../README.md")]

#[doc(hidden)]
pub mod bindings;

pub mod actions;
pub mod assistant;
mod capability;
mod error;
pub mod events;
pub mod form;
pub mod http;
pub mod identifier;
pub mod json;
pub mod key_value;
pub mod lenient;
#[cfg(target_arch = "wasm32")]
mod libc;
pub mod log;
mod money;
pub mod poller;
pub mod random;
pub mod realtime;
pub mod sender;
pub mod settings;
pub mod signing;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
pub mod time;
pub mod webhook;

pub use capability::{Actions, Assistant, Poller, Sender, Webhook};
pub use error::{Error, Result};
pub use events::{Attachment, Attribute, Body, Content, Event, Message, Pair, Place, Timestamp};
pub use identifier::{Evidence, Identifier};
pub use money::Money;
