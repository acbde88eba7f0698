//! Runs a plugin's recorded requests through the real sandbox and compares what came of them.

pub mod case;
mod compare;
mod run;
mod services;

pub use run::{Harness, HarnessError, Verdict};
