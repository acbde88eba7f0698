//! What plugins get from the hub while they run: the store's key-value part and secrets, and live updates.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::live::Bus;
use super::registry::with_sources;
use crate::model::id::ConnectionId;
use crate::plugin::{Answer, HostServices, ServiceError};
use crate::store::{Store, StoreError};

/// The hub's side of what a plugin may ask for.
pub(super) struct Services {
    pub(super) store: Store,
    pub(super) bus: Arc<Bus>,
}

fn heard(error: StoreError) -> ServiceError {
    match error {
        StoreError::Quota { quota } => ServiceError::Quota { quota },
        StoreError::Unavailable(why) => ServiceError::Busy(why),
        error => ServiceError::Failed(with_sources(&error)),
    }
}

impl HostServices for Services {
    fn kv_get<'a>(
        &'a self,
        connection: &'a ConnectionId,
        key: &'a str,
    ) -> Answer<'a, Result<Option<Vec<u8>>, ServiceError>> {
        Box::pin(async move { self.store.kv_get(connection, key).await.map_err(heard) })
    }

    fn kv_set<'a>(
        &'a self,
        connection: &'a ConnectionId,
        key: &'a str,
        value: Vec<u8>,
        keep_for: Option<u64>,
        if_absent: bool,
        quota: u64,
    ) -> Answer<'a, Result<bool, ServiceError>> {
        Box::pin(async move {
            self.store.kv_set(connection, key, value, keep_for, if_absent, quota).await.map_err(heard)
        })
    }

    fn kv_delete<'a>(
        &'a self,
        connection: &'a ConnectionId,
        key: &'a str,
    ) -> Answer<'a, Result<(), ServiceError>> {
        Box::pin(async move { self.store.kv_delete(connection, key).await.map(drop).map_err(heard) })
    }

    fn kv_keys<'a>(
        &'a self,
        connection: &'a ConnectionId,
        prefix: &'a str,
        after: Option<&'a str>,
        limit: u32,
    ) -> Answer<'a, Result<Vec<String>, ServiceError>> {
        Box::pin(async move { self.store.kv_keys(connection, prefix, after, limit).await.map_err(heard) })
    }

    fn secret<'a>(
        &'a self,
        connection: &'a ConnectionId,
        name: &'a str,
    ) -> Answer<'a, Result<Option<Zeroizing<Vec<u8>>>, ServiceError>> {
        Box::pin(async move { self.store.secret(connection, name).await.map_err(heard) })
    }

    fn former_secrets<'a>(
        &'a self,
        connection: &'a ConnectionId,
        name: &'a str,
    ) -> Answer<'a, Result<Vec<Zeroizing<Vec<u8>>>, ServiceError>> {
        Box::pin(async move {
            let former = self.store.former_secrets(connection).await.map_err(heard)?;
            Ok(former.into_iter().filter(|former| former.name == name).map(|former| former.value).collect())
        })
    }

    fn kept_token<'a>(
        &'a self,
        connection: &'a ConnectionId,
        name: &'a str,
    ) -> Answer<'a, Result<Option<Zeroizing<Vec<u8>>>, ServiceError>> {
        Box::pin(async move { self.store.access_token(connection, name).await.map_err(heard) })
    }

    fn keep_token<'a>(
        &'a self,
        connection: &'a ConnectionId,
        name: &'a str,
        value: Zeroizing<Vec<u8>>,
    ) -> Answer<'a, Result<(), ServiceError>> {
        Box::pin(async move { self.store.keep_access_token(connection, name, &value).await.map_err(heard) })
    }

    fn ticket<'a>(
        &'a self,
        connection: &'a ConnectionId,
        topic: &'a str,
        valid_for: u64,
    ) -> Answer<'a, Result<String, ServiceError>> {
        Box::pin(async move { Ok(self.bus.ticket(connection, topic, valid_for)) })
    }

    fn publish<'a>(
        &'a self,
        connection: &'a ConnectionId,
        topic: &'a str,
        payload: String,
    ) -> Answer<'a, Result<(), ServiceError>> {
        Box::pin(async move {
            self.bus.publish(connection, topic, payload);
            Ok(())
        })
    }
}
