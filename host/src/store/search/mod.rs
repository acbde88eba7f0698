//! The search: an index that follows the log, and what is asked of it. The rules are `model::search`'s.

mod find;
mod index;
mod text;

pub use find::Found;
pub(super) use index::{clear, forget, plan};
