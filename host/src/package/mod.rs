//! Where plugins' files come from and who vouches for them: key files, signed files, folders, registries.
//!
//! What a signature is stands in [`crate::model::package`], where it stands in a file in
//! [`crate::plugin::signature`]; here is what touches the disk and the network on the way to a hub.

pub mod keys;
pub mod login;
pub mod oci;
mod registry;
pub mod source;
mod write;

pub use keys::{KeyFileError, trust};
pub use login::Login;
pub use oci::{PullError, PullOptions, Pulled, pull, use_ring};
pub(crate) use registry::roots;
pub use source::{Fetched, Source, SourceError, sources};
pub use write::replace;
