//! A hub of the benchmarks' own: its plugins, its configuration, its connections.
#![allow(dead_code, missing_docs, unreachable_pub, reason = "shared by benchmarks, which use parts of it")]

use std::path::Path;

use switchboard::app::Running;
use switchboard::author::build;
use switchboard::config::Config;
use switchboard::pipeline::AddConnection;
use zeroize::Zeroizing;

/// Builds plugins, named by their folders in the project, into `target`.
pub fn build(folders: &[&str], target: &Path) {
    for folder in folders {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder);
        build::build(&folder, Some(target), true).expect("the plugin builds");
    }
}

/// The defaults, in a folder of its own and without the limit on the rate of one connection.
pub fn config(folder: &Path, plugins: &Path) -> Config {
    let sets = [
        "http.listen=127.0.0.1:0".to_owned(),
        "receive.rate=1000000".to_owned(),
        "receive.burst=1000000".to_owned(),
        "poller.first_wait=1h".to_owned(),
        format!("storage.path={}", folder.join("hub.db").display()),
        format!("plugin.directory={}", plugins.display()),
        "plugin.approval=automatic".to_owned(),
        format!("plugin.cache_dir={}", plugins.join("cache").display()),
    ];
    Config::load(None, [], &sets).expect("the configuration holds")
}

/// Adds a connection with those of the secrets that its plugin declares; where its requests go.
pub async fn connect(
    running: &Running,
    plugin: &str,
    settings: serde_json::Value,
    secrets: &[(&str, &str)],
) -> String {
    let declared = running.hub.plugin(plugin).expect("the plugin runs").manifest;
    let secrets = secrets
        .iter()
        .filter(|(name, _)| declared.secret(name).is_some())
        .map(|(name, value)| ((*name).to_owned(), Zeroizing::new(value.as_bytes().to_vec())))
        .collect();
    let new = AddConnection {
        plugin: plugin.to_owned(),
        title: None,
        settings,
        priority: 0,
        region: None,
        secrets,
    };
    let connection = running.hub.add_connection(new).await.expect("the connection is added");
    format!("/hooks/{}", connection.id)
}
