//! What commands need of a hub that may be running beside them: they work on the same database, and a
//! running hub notices within a second.

use std::sync::Arc;

use anyhow::{Context, bail};

use crate::ambient::Ambient;
use crate::config::Config;
use crate::model::connection::Connection;
use crate::model::id::ConnectionId;
use crate::pipeline::Hub;
use crate::store::{Alone, Location, Store, StoreError, health};

/// Opens the store that the configuration names. A database of an older shape is brought up to date by that,
/// but not under a hub of the older version that serves it.
pub(super) async fn store(config: &Config) -> anyhow::Result<Store> {
    let options = config.store();
    if let Location::File(path) = options.location()
        && health::outdated(&path).await.unwrap_or(false)
        && matches!(Alone::take(&path), Err(StoreError::Served { .. }))
    {
        bail!(
            "the hub that serves {} is of an older version than this program; start it again first, so that it brings \
             its database up to date",
            path.display()
        );
    }
    Store::open(&options, Ambient::system())
        .await
        .with_context(|| format!("cannot open the database {}", options.location()))
}

/// Opens the store and makes plugins and connections ready, without beginning to work.
pub(super) async fn hub(config: Config) -> anyhow::Result<Hub> {
    let store = store(&config).await?;
    let public_url = public_url(&config);
    Ok(Hub::start(Arc::new(config), &public_url, store, Ambient::system()).await?)
}

/// How the hub is reached, as far as the configuration says so.
pub(super) fn public_url(config: &Config) -> String {
    crate::app::public_url(config, config.http.listen)
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
