//! A plugin's file: a component that carries its manifest and assets in custom sections.
//!
//! Reading it needs no sandbox: the outermost sections are walked, nothing inside is looked at.

use sha2::{Digest, Sha256};
use wasmparser::{BinaryReader, ComponentExportSectionReader, ComponentImportSectionReader};

use super::loaded::{Asset, Capabilities, Sha256Hex};
use crate::model::manifest::{self, ASSET_SECTION, Capability, ContractVersion, MANIFEST_SECTION, Manifest};
use crate::model::package::SIGNATURE_SECTION;

/// What begins the names of the contract's interfaces.
const CONTRACT: &str = "switchboard:plugin/";
/// Section numbers of the component format.
pub(super) const CUSTOM: u8 = 0;
const IMPORT: u8 = 10;
const EXPORT: u8 = 11;

/// What stands in a plugin's file.
#[derive(Debug, Clone)]
pub struct ComponentFile {
    /// What it says of itself.
    pub manifest: Manifest,
    /// The same as it was written.
    pub manifest_text: String,
    /// The files it carries.
    pub assets: Vec<Asset>,
    /// Which capabilities it exports.
    pub capabilities: Capabilities,
    /// The full names of what it exports: `switchboard:plugin/webhook@0.1.0`.
    pub exports: Vec<String>,
    /// The full names of the interfaces it imports: `wasi:http/outgoing-handler@0.2.4`.
    pub imports: Vec<String>,
    /// The hash of the whole file.
    pub hash: Sha256Hex,
    /// How many bytes it has.
    pub size: usize,
}

/// Why a file is not a plugin this hub can run. Every message says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// It is too large.
    #[error(
        "the plugin's file has {size} bytes, more than the {limit} that `plugin.max_file` allows; raise it, or build with `switchboard plugin build`, which optimises for size"
    )]
    TooLarge {
        /// Its size.
        size: usize,
        /// The limit.
        limit: usize,
    },
    /// It is no WebAssembly at all.
    #[error("this is not a WebAssembly file; give the `.wasm` that `switchboard plugin build` writes")]
    NotWasm,
    /// It is a core module.
    #[error(
        "this is a WebAssembly module, not a component; build it for `wasm32-wasip2`, or with `switchboard plugin build`"
    )]
    CoreModule,
    /// Its bytes make no sense.
    #[error("the plugin's file is damaged ({0}); build it again or fetch it again")]
    Damaged(String),
    /// There is no manifest in it.
    #[error("the component carries no manifest; `switchboard plugin build` puts `plugin.toml` into it")]
    NoManifest,
    /// There is more than one manifest in it.
    #[error("the component carries more than one manifest; build it again from the component without one")]
    ManyManifests,
    /// The manifest is wrong; the text shows where.
    #[error("the plugin's manifest is wrong\n{0}")]
    Manifest(String),
    /// It is built for a version of the contract that this hub does not serve.
    #[error("the plugin is built for the contract `{found}`, and this hub serves {CONTRACT}…@{ours}; build it with the SDK of that version, or update the hub", ours = ContractVersion::CURRENT)]
    Contract {
        /// The interface as the component names it.
        found: String,
    },
    /// Manifest and component say different things.
    #[error("manifest and component do not agree: {0}")]
    Disagreement(String),
    /// An asset is wrong.
    #[error("an asset in the plugin's file is wrong: {0}")]
    Asset(String),
}

/// Reads a plugin's file.
///
/// # Errors
/// When it is not a plugin this hub can run.
pub fn read(bytes: &[u8], max_size: usize) -> Result<ComponentFile, FileError> {
    if bytes.len() > max_size {
        return Err(FileError::TooLarge { size: bytes.len(), limit: max_size });
    }
    let (mut text, mut assets, mut exports, mut imports) = (None, Vec::new(), Vec::new(), Vec::new());
    for section in sections(bytes)? {
        match section.id {
            CUSTOM if section.name == MANIFEST_SECTION => {
                let found = std::str::from_utf8(section.content)
                    .map_err(|_| FileError::Manifest("it is not UTF-8".to_owned()))?;
                if text.replace(found).is_some() {
                    return Err(FileError::ManyManifests);
                }
            }
            CUSTOM if section.name == ASSET_SECTION => {
                let asset =
                    manifest::Asset::decode(section.content).map_err(|e| FileError::Asset(e.to_string()))?;
                assets.push(Asset::new(asset.path, asset.mime, asset.bytes));
            }
            EXPORT => read_exports(section.content, &mut exports)?,
            IMPORT => read_imports(section.content, &mut imports)?,
            _ => {}
        }
    }
    let text = text.ok_or(FileError::NoManifest)?;
    let manifest = Manifest::parse(text, "plugin.toml").map_err(|e| FileError::Manifest(e.to_string()))?;
    for name in exports.iter().chain(&imports) {
        check_contract(name)?;
    }
    let exported: Vec<Capability> = exports.iter().filter_map(|name| capability(name)).collect();
    let problems = manifest.agreement(&exported);
    if !problems.is_empty() {
        return Err(FileError::Disagreement(problems.join("; ")));
    }
    Ok(ComponentFile {
        manifest,
        manifest_text: text.to_owned(),
        assets,
        capabilities: Capabilities::of(&exported),
        exports,
        imports,
        hash: hash(bytes),
        size: bytes.len(),
    })
}

/// Puts a manifest and assets into a component, in place of those it carries. Signatures of what it was
/// before are left out.
///
/// # Errors
/// When `component` is not a component, or an asset's path or type cannot be written.
pub fn embed(component: &[u8], manifest: &str, assets: &[manifest::Asset<'_>]) -> Result<Vec<u8>, FileError> {
    let mut out = Vec::with_capacity(component.len() + manifest.len() + 64);
    out.extend_from_slice(&component[..component.len().min(HEADER)]);
    for section in sections(component)? {
        let ours = section.id == CUSTOM
            && [MANIFEST_SECTION, ASSET_SECTION, SIGNATURE_SECTION].contains(&section.name);
        if !ours {
            out.extend_from_slice(section.whole);
        }
    }
    let mut append = |name: &str, data: &[u8]| {
        use wasm_encoder::ComponentSection as _;
        let section = wasm_encoder::CustomSection { name: name.into(), data: data.into() };
        section.append_to_component(&mut out);
    };
    append(MANIFEST_SECTION, manifest.as_bytes());
    for asset in assets {
        append(ASSET_SECTION, &asset.encode().map_err(|e| FileError::Asset(e.to_string()))?);
    }
    Ok(out)
}

/// The hash of a file.
#[must_use]
pub fn hash(bytes: &[u8]) -> Sha256Hex {
    Sha256Hex(hex::encode(Sha256::digest(bytes)))
}

/// Magic, version and layer.
pub(super) const HEADER: usize = 8;

/// One of the outermost sections of a component.
pub(super) struct Section<'a> {
    /// What kind it is.
    pub(super) id: u8,
    /// Of a custom section; else empty.
    pub(super) name: &'a str,
    /// Without number, length and name.
    pub(super) content: &'a [u8],
    /// With them.
    pub(super) whole: &'a [u8],
}

/// The outermost sections of a component.
pub(super) fn sections(bytes: &[u8]) -> Result<Vec<Section<'_>>, FileError> {
    let damaged = |e: wasmparser::BinaryReaderError| FileError::Damaged(e.to_string());
    match bytes.get(..HEADER) {
        Some([0, b'a', b's', b'm', _, _, 1, 0]) => {}
        Some([0, b'a', b's', b'm', 1, 0, 0, 0]) => return Err(FileError::CoreModule),
        _ => return Err(FileError::NotWasm),
    }
    let mut reader = BinaryReader::new(&bytes[HEADER..], 0);
    let mut found = Vec::new();
    while !reader.eof() {
        let start = reader.original_position();
        let id = reader.read_u8().map_err(damaged)?;
        let length = reader.read_var_u32().map_err(damaged)? as usize;
        let mut content = reader.read_bytes(length).map_err(damaged)?;
        let mut name = "";
        if id == CUSTOM {
            let mut custom = BinaryReader::new(content, 0);
            name = custom.read_string().map_err(damaged)?;
            content = &content[custom.original_position()..];
        }
        let whole = &bytes[HEADER + start..HEADER + reader.original_position()];
        found.push(Section { id, name, content, whole });
    }
    Ok(found)
}

fn read_exports(content: &[u8], names: &mut Vec<String>) -> Result<(), FileError> {
    let damaged = |e: wasmparser::BinaryReaderError| FileError::Damaged(e.to_string());
    for export in ComponentExportSectionReader::new(BinaryReader::new(content, 0)).map_err(damaged)? {
        names.push(export.map_err(damaged)?.name.name.to_owned());
    }
    Ok(())
}

fn read_imports(content: &[u8], names: &mut Vec<String>) -> Result<(), FileError> {
    let damaged = |e: wasmparser::BinaryReaderError| FileError::Damaged(e.to_string());
    for import in ComponentImportSectionReader::new(BinaryReader::new(content, 0)).map_err(damaged)? {
        names.push(import.map_err(damaged)?.name.name.to_owned());
    }
    Ok(())
}

/// The capability that an export of the contract's package is.
pub(super) fn capability(export: &str) -> Option<Capability> {
    let (interface, _) = export.strip_prefix(CONTRACT)?.split_once('@')?;
    Capability::from_name(interface)
}

/// Whether an interface of the contract's package is of a version this hub serves: the same major
/// version, and while that is 0, the same minor one.
fn check_contract(name: &str) -> Result<(), FileError> {
    let Some(rest) = name.strip_prefix(CONTRACT) else { return Ok(()) };
    let ours = ContractVersion::CURRENT;
    let version = rest.split_once('@').and_then(|(_, version)| semver::Version::parse(version).ok());
    let fits = version.is_some_and(|version| {
        version.major == u64::from(ours.major) && (ours.major > 0 || version.minor == u64::from(ours.minor))
    });
    if fits { Ok(()) } else { Err(FileError::Contract { found: name.to_owned() }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn component() -> Vec<u8> {
        wasm_encoder::Component::new().finish()
    }

    #[test]
    fn what_is_embedded_reads_back_and_replaces_what_was_there() {
        let once = embed(&component(), "first", &[]).expect("embeds");
        let asset = manifest::Asset { path: "a/b.css", mime: "text/css", bytes: b"x" };
        let twice = embed(&once, "second", &[asset]).expect("embeds");
        let found = sections(&twice).expect("reads");
        let of = |name| found.iter().filter(|s| s.name == name).map(|s| s.content).collect::<Vec<_>>();
        assert_eq!(of(MANIFEST_SECTION), [b"second"]);
        assert_eq!(manifest::Asset::decode(of(ASSET_SECTION)[0]), Ok(asset));
    }

    #[test]
    fn what_is_no_plugin_is_refused_with_what_to_do() {
        let refused = |bytes: &[u8]| read(bytes, 1 << 20).expect_err("refused").to_string();
        assert!(refused(b"hello").contains("plugin build"));
        assert!(refused(&wasm_encoder::Module::new().finish()).contains("wasm32-wasip2"));
        assert!(refused(&component()).contains("no manifest"));
        assert!(refused(&embed(&component(), "name = 1", &[]).expect("embeds")).contains("plugin.toml"));
        let mut cut = embed(&component(), "x", &[]).expect("embeds");
        cut.truncate(cut.len() - 1);
        assert!(refused(&cut).contains("damaged"));
        let large = read(&component(), 4).expect_err("refused").to_string();
        assert!(large.contains("plugin.max_file"), "{large}");
    }

    #[test]
    fn another_version_of_the_contract_is_told_by_name() {
        assert_eq!(check_contract("switchboard:plugin/webhook@0.1.7"), Ok(()));
        assert_eq!(check_contract("wasi:io/poll@9.0.0"), Ok(()));
        assert!(check_contract("switchboard:plugin/webhook@0.2.0").is_err());
        assert!(check_contract("switchboard:plugin/webhook").is_err());
    }
}
