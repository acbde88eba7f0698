//! The fold: from events to people, as a pure function of the *set* of events (invariant I3).
//!
//! [`identity`] decides who is who; [`project`] says what one event states; every state that collects
//! such statements takes a maximum or minimum, so neither order, nor repetition, nor grouping matters.
//! [`World`] is the whole fold in memory: the reference that the store's incremental work is held
//! against, event by event and group by group.

pub mod identity;
pub mod project;
mod world;

pub use identity::{Graph, Node, Resolution, Root};
pub use project::{Candidate, Claim, Projection, Record, project};
pub use world::{Person, World};
