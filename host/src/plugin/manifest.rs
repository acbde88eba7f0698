//! What a plugin says of itself (stands in until `model::manifest` is merged).

/// What a plugin says of itself.
#[derive(Debug, Clone, Default)]
pub struct Manifest {
    /// The plugin's name.
    pub name: String,
    /// Its version.
    pub version: String,
}
