//! What commands need of a hub that may be running beside them: they work on the same database, and a
//! running hub notices within a second.

use std::sync::Arc;

use anyhow::{Context, bail};

use crate::ambient::Ambient;
use crate::config::Config;
use crate::model::connection::Connection;
use crate::model::id::ConnectionId;
use crate::pipeline::Hub;
use crate::store::Store;

/// Opens the store that the configuration names.
pub(super) async fn store(config: &Config) -> anyhow::Result<Store> {
    let path = &config.storage.path;
    Store::open(&config.store(), Ambient::system())
        .await
        .with_context(|| format!("cannot open the database {}", path.display()))
}

/// Opens the store and makes plugins and connections ready, without beginning to work.
pub(super) async fn hub(config: Config) -> anyhow::Result<Hub> {
    let store = store(&config).await?;
    let public_url =
        config.http.public_url.clone().unwrap_or_else(|| format!("http://{}", config.http.listen));
    Ok(Hub::start(Arc::new(config), &public_url, store, Ambient::system()).await?)
}

/// The connection that a person means: by id, or by a title that only one has.
pub(super) async fn find(store: &Store, text: &str) -> anyhow::Result<Connection> {
    let all = store.connections().await?;
    if let Ok(id) = text.parse::<ConnectionId>() {
        return match all.into_iter().find(|connection| connection.id == id) {
            Some(connection) => Ok(connection),
            None => bail!("there is no connection {id}; `switchboard connection list` shows them"),
        };
    }
    let mut named: Vec<Connection> = all.into_iter().filter(|connection| connection.title == text).collect();
    match (named.pop(), named.is_empty()) {
        (Some(connection), true) => Ok(connection),
        (Some(_), false) => bail!(
            "several connections are called `{text}`; name one by its id (`switchboard connection list`)"
        ),
        (None, _) => bail!("there is no connection `{text}`; `switchboard connection list` shows them"),
    }
}
