//! The fold: from events to people, as a pure function of the *set* of events (invariant I3).
//!
//! [`Naming`] says whom one event names, [`Identity`] decides who is who under the rules, and [`project`]
//! says what else one event states; every state that collects such statements takes a maximum or minimum,
//! so neither order, nor repetition, nor grouping matters. [`World`] is the whole fold in memory: the
//! reference that the store's incremental work is held against; [`Graph`] is that work's short way for events
//! that change nothing of what others say.

mod edge;
mod explain;
mod graph;
mod identity;
mod naming;
mod partition;
mod project;
mod world;

pub use edge::{Edge, ends};
pub use explain::{Doubt, Explanation, Reason};
pub use graph::{Depth, Graph, Handle, Known, Owner, Resolution, Wants};
pub use identity::{Identity, Root, Standing, in_force};
pub use naming::{Bond, Named, Naming, Node, is_inner};
pub use partition::{Made, Refused};
pub use project::{Candidate, Claim, Projection, Record, project};
pub use world::{Person, World};
