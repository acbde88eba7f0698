//! The domain: values and pure functions. No I/O, no clock, no randomness, and no type of a database,
//! web or sandbox library.

pub mod attribute;
pub mod audit;
pub mod breaker;
pub mod connection;
pub mod consent;
pub mod conversation;
pub mod delivery;
pub mod erase;
pub mod event;
pub mod explain;
pub mod fold;
pub mod grant;
pub mod id;
pub mod identifier;
pub mod installation;
pub mod limit;
pub mod manifest;
pub mod mask;
pub mod message;
pub mod normal;
pub mod outbox;
pub mod package;
pub mod profile;
pub mod retention;
pub mod rules;
pub mod schedule;
pub mod scope;
pub mod search;
pub mod signature;
pub mod suggest;
pub mod timeline;
pub mod token;
pub mod usage;
