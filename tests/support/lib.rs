//! What the tests of the whole hub share: a real hub on a free port with its own folder, plugins built once
//! a run, deliveries signed as a manifest demands, and a vendor's server to send to.

pub mod app;
pub mod log;
pub mod plugins;
pub mod program;
pub mod vendor;

pub use app::{Answer, TestApp};
pub use program::Program;
pub use vendor::Vendor;
