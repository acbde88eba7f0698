//! The tools of a plugin's author: begin one, build it, run its recorded requests in the real sandbox.

pub mod build;
pub mod harness;
pub mod scaffold;
