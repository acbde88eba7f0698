//! What the fuzz targets share. The model is built from its source, without the rest of the host: it reads
//! what strangers send, and has no other dependency.

#[allow(missing_docs, unreachable_pub, dead_code, reason = "it is checked where it belongs")]
#[path = "../../../host/src/model/mod.rs"]
pub mod model;

pub mod checks;
