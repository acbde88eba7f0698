//! Lines for the operator, in the hub's log with the connection's name. Never write personal data or a
//! payload. A long line is cut; one line more than a call may write, 100 unless the operator set another
//! number, ends the call like a panic.

#[cfg(target_arch = "wasm32")]
use crate::bindings::imports::switchboard::plugin::log as host;
pub use crate::bindings::imports::switchboard::plugin::log::Level;
#[cfg(not(target_arch = "wasm32"))]
use crate::testing::log as host;

/// For the plugin's author.
pub fn debug(message: impl AsRef<str>) {
    host::write(Level::Debug, message.as_ref());
}

/// Worth knowing.
pub fn info(message: impl AsRef<str>) {
    host::write(Level::Info, message.as_ref());
}

/// Something was odd, and was dealt with.
pub fn warn(message: impl AsRef<str>) {
    host::write(Level::Warn, message.as_ref());
}

/// Something went wrong.
pub fn error(message: impl AsRef<str>) {
    host::write(Level::Error, message.as_ref());
}
