//! The invariants of `host/ARCHITECTURE.md` that a reader of the code could break without noticing.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every file below `folder` with that extension, and its text.
fn files(folder: &Path, extension: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
            let path = entry.expect("a folder's entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                let text = std::fs::read_to_string(&path).expect("a source file is text");
                found.push((path, text));
            }
        }
    }
    assert!(!found.is_empty(), "no .{extension} file below {}", folder.display());
    found
}

/// The module of `host/src` that a file belongs to.
fn module(path: &Path) -> String {
    let host = root().join("host/src");
    let below = path.strip_prefix(&host).expect("a file of the host");
    let first = below.components().next().expect("a name").as_os_str().to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

/// Whether `word` stands in `text` as a word of its own.
fn names(text: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        !text[..at].chars().next_back().is_some_and(part)
            && !text[at + word.len()..].chars().next().is_some_and(part)
    })
}

#[test]
fn only_the_store_speaks_to_the_database_and_only_plugin_to_the_sandbox() {
    for (path, text) in files(&root().join("host/src"), "rs") {
        // `app` binds the address and hands the router to the server; it handles no request.
        for (library, homes) in [
            ("sqlx", &["store"][..]),
            ("wasmtime", &["plugin"]),
            ("wasmtime_wasi", &["plugin"]),
            ("axum", &["http", "inbox", "app"]),
        ] {
            assert!(
                !names(&text, library) || homes.contains(&&*module(&path)),
                "{} names `{library}`, which belongs to {homes:?} alone",
                path.display()
            );
        }
    }
}

#[test]
fn the_host_knows_no_vendor() {
    let vendors = [
        "whatsapp",
        "shopify",
        "telegram",
        "hubspot",
        "twilio",
        "woocommerce",
        "instagram",
        "messenger",
        "mailgun",
        "postmark",
        "sendgrid",
        "zendesk",
        "klaviyo",
        "discord",
    ];
    let mut all = files(&root().join("host/src"), "rs");
    all.extend(files(&root().join("host/migrations"), "sql"));
    all.push((
        root().join("host/config.default.toml"),
        std::fs::read_to_string(root().join("host/config.default.toml")).expect("the defaults"),
    ));
    for (path, text) in all {
        let text = text.to_lowercase();
        for vendor in vendors {
            assert!(
                !text.contains(vendor),
                "{} names {vendor}; vendors live in plugins/ alone",
                path.display()
            );
        }
    }
}

#[test]
fn the_model_does_no_io() {
    for (path, text) in files(&root().join("host/src/model"), "rs") {
        for library in ["tokio", "sqlx", "axum", "wasmtime", "hyper", "tracing"] {
            assert!(!names(&text, library), "{} names `{library}`; the model is pure", path.display());
        }
        for word in ["std::fs", "std::net", "SystemTime", "Instant::now"] {
            assert!(!text.contains(word), "{} uses `{word}`; the model is pure", path.display());
        }
    }
}

/// A reader starts at the left and never has to look right.
const CHAIN: &[&str] = &[
    "model", "ambient", "store", "plugin", "config", "package", "observe", "access", "pipeline", "http",
    "inbox", "app", "author", "generate", "cli", "main",
];

#[test]
fn modules_depend_only_on_what_stands_left_of_them() {
    let place = |name: &str| CHAIN.iter().position(|known| *known == name);
    for (path, text) in files(&root().join("host/src"), "rs") {
        let from = module(&path);
        if from == "lib" {
            continue;
        }
        let here = place(&from).unwrap_or_else(|| {
            panic!("`{from}` has no place in the chain; give it one here and in ARCHITECTURE.md")
        });
        for (at, _) in text.match_indices("crate::") {
            let name: String =
                text[at + 7..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if let Some(there) = place(&name) {
                assert!(there <= here, "{}: `{from}` looks right, at `{name}`", path.display());
            }
        }
    }
}

#[test]
fn nothing_generated_from_the_contract_leaves_the_plugin_module() {
    for (path, text) in files(&root().join("host/src"), "rs") {
        assert!(
            !text.contains("bindgen!") || module(&path) == "plugin",
            "{} generates bindings outside `plugin`",
            path.display()
        );
    }
}

/// Every key of the configuration, as `section.key`.
fn settings() -> BTreeSet<String> {
    let mut section = String::new();
    let mut keys = BTreeSet::new();
    for line in switchboard::config::DEFAULTS.lines() {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']').to_owned();
        } else if let Some((key, _)) = line.split_once(" = ").filter(|_| !line.starts_with('#')) {
            keys.insert(format!("{section}.{key}"));
        }
    }
    keys
}

#[test]
fn every_setting_that_a_message_names_is_there_and_every_limit_is_named_by_what_it_ends() {
    // `assistant`, `poller` and `api` are sections too, and the beginnings of other names.
    let sections =
        ["http", "storage", "plugin", "receive", "outbox", "breaker", "usage", "parked", "deliveries", "log"];
    // Files, and a typing error that a test makes.
    let others = ["plugin.toml", "plugin.wasm", "http.listne"];
    let keys = settings();
    let mut named = BTreeSet::new();
    for (path, text) in files(&root().join("host/src"), "rs") {
        for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            for word in line.split(['`', '"', ' ', '=']) {
                let Some((section, rest)) = word.split_once('.') else { continue };
                // As the file spells it, so that a search finds it; `--set` alone takes hyphens too.
                let key = if module(&path) == "config" { word.replace('-', "_") } else { word.to_owned() };
                let name = |c: char| c.is_ascii_lowercase() || "._-".contains(c);
                let quoted = line.contains(&format!("`{word}`")) || line.contains(&format!("\"{word}\""));
                if !sections.contains(&section) || !quoted || !rest.chars().all(name) || rest.is_empty() {
                    continue;
                }
                // Part of a key that is put together elsewhere.
                if word.ends_with('.') || others.contains(&word) {
                    continue;
                }
                let folder = keys.iter().any(|one| one.starts_with(&format!("{key}.")));
                assert!(keys.contains(&key) || folder, "{} names `{word}`", path.display());
                if module(&path) != "config" {
                    named.insert(key);
                }
            }
        }
    }
    // These end nothing: they make a call wait, and cut what is longer.
    let silent = ["burst", "log_line", "stdio"].map(|name| format!("plugin.limits.{name}"));
    for key in keys.iter().filter(|key| key.starts_with("plugin.limits.") && !silent.contains(key)) {
        assert!(named.contains(key), "nothing says `{key}` when it is exceeded");
    }
}
