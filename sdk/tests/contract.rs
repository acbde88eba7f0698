//! The contract in `wit/` says what every one of its items means.

use std::path::Path;

use wit_parser::{Docs, Resolve, TypeDefKind};

fn contract() -> (Resolve, wit_parser::PackageId) {
    let mut resolve = Resolve::default();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit");
    let (package, _) = resolve.push_dir(path).expect("wit/ parses");
    (resolve, package)
}

/// Notes `name` when it has no words of its own.
fn check(missing: &mut Vec<String>, name: String, docs: &Docs) {
    if docs.contents.as_deref().is_none_or(|text| text.trim().is_empty()) {
        missing.push(name);
    }
}

fn undocumented(resolve: &Resolve, package: wit_parser::PackageId) -> Vec<String> {
    let mut missing = Vec::new();
    let package = &resolve.packages[package];
    for (name, id) in &package.interfaces {
        let interface = &resolve.interfaces[*id];
        check(&mut missing, format!("interface {name}"), &interface.docs);
        for (function, what) in &interface.functions {
            check(&mut missing, format!("function {name}.{function}"), &what.docs);
        }
        for (type_name, id) in &interface.types {
            let ty = &resolve.types[*id];
            let name = format!("{name}.{type_name}");
            let parts: Vec<(&str, &Docs)> = match &ty.kind {
                // `use types.{error}` names another interface's type, which has its own words.
                TypeDefKind::Type(wit_parser::Type::Id(_)) => continue,
                TypeDefKind::Record(record) => record.fields.iter().map(|f| (&*f.name, &f.docs)).collect(),
                TypeDefKind::Variant(variant) => variant.cases.iter().map(|c| (&*c.name, &c.docs)).collect(),
                TypeDefKind::Enum(cases) => cases.cases.iter().map(|c| (&*c.name, &c.docs)).collect(),
                TypeDefKind::Flags(flags) => flags.flags.iter().map(|f| (&*f.name, &f.docs)).collect(),
                _ => Vec::new(),
            };
            check(&mut missing, format!("type {name}"), &ty.docs);
            for (part, docs) in parts {
                check(&mut missing, format!("{name}.{part}"), docs);
            }
        }
    }
    for (name, id) in &package.worlds {
        check(&mut missing, format!("world {name}"), &resolve.worlds[*id].docs);
    }
    missing
}

#[test]
fn every_item_of_the_contract_is_documented() {
    let (resolve, package) = contract();
    let missing = undocumented(&resolve, package);
    assert!(
        missing.is_empty(),
        "these items of wit/ need a `///` line that says what they mean: {missing:#?}"
    );
}

#[test]
fn an_item_without_docs_is_named() {
    let mut resolve = Resolve::default();
    let text = "package a:b;\n/// Said.\ninterface i { /// Said.\nrecord r { f: u8 }\nenum e { /// Said.\nc }\nx: func(); }\nworld w {}";
    let package = resolve.push_str("a.wit", text).expect("it parses");
    assert_eq!(undocumented(&resolve, package), ["function i.x", "i.r.f", "type i.e", "world w"]);
}

#[test]
fn each_capability_has_a_world_that_exports_it_alone() {
    let (resolve, package) = contract();
    for capability in ["webhook", "sender", "poller", "actions", "assistant"] {
        let world = resolve.packages[package].worlds[&format!("{capability}-plugin")];
        let exports: Vec<String> =
            resolve.worlds[world].exports.keys().map(|key| resolve.name_world_key(key)).collect();
        assert_eq!(exports, [format!("switchboard:plugin/{capability}@0.1.0")]);
    }
}
