//! The domain: values and pure functions. No I/O, no clock, no randomness, and no type of a database,
//! web or sandbox library.

pub mod event;
pub mod id;
pub mod identifier;
pub mod manifest;
pub mod signature;
