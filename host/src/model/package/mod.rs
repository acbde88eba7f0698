//! Who vouches for a plugin's file: keys, signatures, and which of them an operator trusts.
//!
//! A signature is made over the hash of everything in the file that is not a signature, so that a plugin
//! stays one file and may carry several. Where it stands in the file is `plugin::signature`'s matter;
//! where keys lie on the disk is `package`'s.

mod key;
mod seal;
mod trust;

pub use key::{KeyError, KeyId, KeyName, PublicKey, SecretKey};
pub use seal::{ContentHash, SIGNATURE_SECTION, Seal, SealError};
pub use trust::{Policy, Refusal, Trust, TrustedKey, Verdict};
