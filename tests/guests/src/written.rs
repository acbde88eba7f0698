//! Guests written by hand in WebAssembly text: what a compiler would never make. Each file of `wat/` is a
//! core module; here it becomes a component that exports those interfaces of the contract whose functions
//! the module has.

use std::path::{Path, PathBuf};

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// The names of all files of `wat/`.
pub const WRITTEN: &[&str] = &[
    "bad-utf8",
    "lone-surrogate",
    "loop",
    "many-in-one",
    "memory-bomb",
    "memory-claim",
    "no-such-case",
    "post-loop",
    "realloc-loop",
    "realloc-wild",
    "recursion",
    "start-loop",
    "stranger",
    "table-bomb",
    "table-claim",
    "huge-return",
    "wild-pointer",
];

/// What the contract can be exported of.
const INTERFACES: [&str; 5] = ["webhook", "sender", "poller", "actions", "assistant"];

/// A package that no host offers, for the guest that asks for it.
const FOREIGN: &str = "package foreign:machine; interface shell { run: func(); }";

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The component of a file of `wat/`; `None` when there is no such file.
///
/// # Panics
/// When the file is wrong.
#[must_use]
pub fn component(name: &str) -> Option<Vec<u8>> {
    let path = here().join("wat").join(format!("{name}.wat"));
    let text = std::fs::read_to_string(&path).ok()?;
    let mut module = wat::parse_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut resolve = Resolve::default();
    let contract: PathBuf = here().join("../../wit");
    resolve.push_dir(&contract).unwrap_or_else(|e| panic!("{}: {e}", contract.display()));
    resolve.push_str("foreign.wit", FOREIGN).expect("a package");
    let exported = INTERFACES.iter().filter(|name| text.contains(&format!("plugin/{name}@0.1.0#")));
    let exports: String = exported.map(|name| format!("export switchboard:plugin/{name}@0.1.0; ")).collect();
    let imports = if text.contains("foreign:machine/shell") { "import foreign:machine/shell;" } else { "" };
    let world = format!("package guest:written; world guest {{ {imports} {exports} }}");
    let package = resolve.push_str("guest.wit", &world).expect("a world");
    let world = resolve.select_world(&[package], Some("guest")).expect("the world");
    let strings =
        if text.contains(";; strings: utf16") { StringEncoding::UTF16 } else { StringEncoding::UTF8 };
    embed_component_metadata(&mut module, &resolve, world, strings).expect("metadata");
    let made = ComponentEncoder::default().validate(true).module(&module).and_then(|made| made.encode());
    Some(made.unwrap_or_else(|e| panic!("{}: {e:?}", path.display())))
}

/// The manifest of a guest: its own in `manifests/`, or else the one that all webhooks without needs share.
///
/// # Panics
/// When that one is gone.
#[must_use]
pub fn manifest(name: &str) -> String {
    let folder = here().join("manifests");
    std::fs::read_to_string(folder.join(format!("{name}.toml"))).unwrap_or_else(|_| {
        let shared = std::fs::read_to_string(folder.join("plain.toml")).expect("the shared manifest");
        shared.replace("plain", name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_listed_and_becomes_a_component() {
        let files = std::fs::read_dir(here().join("wat")).expect("the folder");
        let mut found: Vec<String> = files
            .map(|file| file.expect("a file").path())
            .map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned())
            .collect();
        found.sort();
        let mut listed = WRITTEN.to_vec();
        listed.sort_unstable();
        assert_eq!(found, listed);
        for name in WRITTEN {
            assert!(component(name).is_some_and(|bytes| bytes.starts_with(b"\0asm")), "{name}");
        }
        assert_eq!(component("none"), None);
    }
}
