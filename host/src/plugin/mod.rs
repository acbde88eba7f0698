//! Plugins in their sandbox: what a component file is, what it may do, and how it is called.
//!
//! Nothing generated from WIT and nothing of the sandbox library leaves this module: callers see
//! [`Runtime`], [`Plugin`], [`Binding`] and the hub's own types. The path of a call:
//!
//! 1. [`Runtime::load`] checks the file, compiles it (or finds it in the cache) and links it once;
//! 2. a [`Binding`] is made once per connection: its settings and what it is granted;
//! 3. [`Plugin::webhook`] and its siblings take a place in the pool, make a fresh instance, call it
//!    under every limit of [`Limits`], check what came back and drop the instance (invariant I6).
//!
//! What a plugin asks of the hub while it runs goes through [`HostServices`].

mod allowance;
mod amount;
mod binding;
mod bindings;
mod cache;
mod call;
mod convert;
mod engine;
mod error;
pub mod file;
#[cfg(fuzzing)]
pub mod fuzzing;
mod http;
mod imports;
mod ledger;
mod limiter;
mod lines;
mod loaded;
mod meter;
mod options;
mod over;
mod run;
mod runtime;
mod services;
mod share;
pub mod signature;
mod state;
mod usage;
mod wasi;

pub use binding::{Binding, BindingError};
pub use call::{
    ActionOutcome, AnalysisInput, Author, Finding, Line, Outbound, PollPage, Receipt, Reply, WebhookOutcome,
    WebhookRequest,
};
pub use error::{CallError, PluginError, PluginSaid};
pub use loaded::{Asset, Capabilities, Plugin, Sha256Hex};
pub use options::{HttpOptions, Limits, RuntimeOptions};
pub use runtime::Runtime;
pub use services::{Answer, HostServices, Recordings, ReplayedRequest, ReplayedResponse, ServiceError};
pub use usage::UsageTotals;
