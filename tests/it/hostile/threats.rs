//! The table of threats in `host/ARCHITECTURE.md` names tests; each of them exists.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
        let path = entry.expect("a folder's entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The names of all functions in the tests that are marked as tests.
fn tests() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    for folder in ["tests/it", "host/tests", "host/src"] {
        sources(&root.join(folder), &mut files);
    }
    let mut names = BTreeSet::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a source file is text");
        let mut marked = false;
        for line in text.lines().map(str::trim) {
            if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
                marked = true;
            } else if let Some((_, rest)) = line.split_once("fn ").filter(|_| marked) {
                names.insert(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
                marked = false;
            }
        }
    }
    names
}

#[test]
fn every_test_that_the_table_of_threats_names_exists() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../host/ARCHITECTURE.md");
    let map = std::fs::read_to_string(path).expect("the map");
    let section = map.split("\n## ").find(|section| section.starts_with("Threats\n")).expect("its section");
    let rows: Vec<&str> = section.lines().filter(|line| line.starts_with('|')).skip(2).collect();
    assert!(rows.len() >= 20, "{} threats", rows.len());
    let known = tests();
    for row in rows {
        let last = row.trim_end_matches('|').rsplit('|').next().expect("a last cell");
        let named: Vec<&str> = last.split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty(), "no test proves this: {row}");
        for name in named {
            assert!(known.contains(name), "there is no test `{name}`, which should prove: {row}");
        }
    }
}
