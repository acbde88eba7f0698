//! The Switchboard hub as a library; the binary `switchboard` is a thin shell around it.
//!
//! Read `ARCHITECTURE.md` beside this crate first. The modules form a chain, and an arrow points at
//! what is depended on: `model ← store ← plugin ← pipeline ← http ← inbox ← cli`.

#![warn(clippy::unwrap_used, clippy::expect_used)]

pub mod access;
pub mod ambient;
pub mod app;
pub mod author;
pub mod cli;
pub mod config;
pub mod generate;
pub mod http;
pub mod inbox;
pub mod model;
pub mod observe;
pub mod package;
pub mod pipeline;
pub mod plugin;
pub mod store;
