//! What the tests of the whole hub share: a real hub on a free port with its own folder, plugins built once
//! a run, deliveries signed as a manifest demands, and a vendor's server to send to.

pub mod app;
pub mod browser;
pub mod log;
pub mod plugins;
pub mod program;
pub mod session;
pub mod vendor;

pub use app::{Answer, TestApp};
pub use browser::{Browser, Page};
pub use program::Program;
pub use session::Session;
pub use vendor::Vendor;

/// A client that speaks to a hub on this machine. A plain `reqwest::Client::new()` panics here: the hub
/// builds it with TLS and leaves the choice of the cryptography to whoever uses it.
///
/// # Panics
/// Never: what is set is always possible.
#[must_use]
pub fn client() -> reqwest::Client {
    switchboard::package::use_ring();
    // No certificate authority is ever asked: nothing here speaks TLS.
    reqwest::Client::builder().tls_certs_only([]).build().expect("a client")
}
