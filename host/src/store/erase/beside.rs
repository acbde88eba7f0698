//! What stands beside the log: how connections write names, what plugins keep, the requests that vendors sent.

use std::collections::BTreeSet;

use super::Erased;
use super::scope::Scope;
use crate::model::erase::Traces;
use crate::model::id::DeliveryId;
use crate::store::StoreError;
use crate::store::batch::{Batch, row};
use crate::store::engine::Database;
use crate::store::error::corrupt;
use crate::store::outcome::{empty, no_longer_parked};

/// How many parked requests and entries of plugins are looked through at a time.
const CHUNK: u32 = 200;

/// Takes the person out of all of it.
pub(super) async fn take(
    database: &mut Database,
    scope: &Scope,
    done: &mut Erased,
) -> Result<(), StoreError> {
    let written = addresses(database, scope).await?;
    let traces = Traces::new(&scope.written, written.iter().map(String::as_str));
    key_values(database, scope, &traces, done).await?;
    let mut deliveries = scope.deliveries.clone();
    parked(database, scope, &traces, &mut deliveries).await?;
    requests(database, &deliveries, done).await
}

/// Deletes how connections write the person's names; tells how they wrote them.
async fn addresses(database: &mut Database, scope: &Scope) -> Result<Vec<String>, StoreError> {
    let mut connections = Batch::default();
    connections.add("SELECT DISTINCT connection FROM addresses", row![]);
    let mut keys = Vec::new();
    for row in connections.fetch(database).await? {
        let connection: String = row.get(0);
        if scope.connection.as_ref().is_some_and(|own| own.as_str() != connection) {
            continue;
        }
        for name in &scope.written {
            keys.push(row![connection.as_str(), name.namespace.as_str(), name.value.as_str()]);
        }
    }
    let mut batch = Batch::default();
    batch.keyed("SELECT address FROM addresses WHERE (connection, namespace, value) IN", keys.clone());
    if batch.is_empty() {
        return Ok(Vec::new());
    }
    let written = batch.fetch(database).await?.iter().map(|row| row.get(0)).collect();
    let mut batch = Batch::default();
    batch.keyed("DELETE FROM addresses WHERE (connection, namespace, value) IN", keys);
    batch.execute(database).await?;
    Ok(written)
}

/// Deletes what plugins keep under or with the person's names.
async fn key_values(
    database: &mut Database,
    scope: &Scope,
    traces: &Traces,
    done: &mut Erased,
) -> Result<(), StoreError> {
    if traces.is_empty() {
        return Ok(());
    }
    let (mut connection, mut key) = (String::new(), String::new());
    let mut found = Vec::new();
    loop {
        let mut batch = Batch::default();
        batch.add(
            "SELECT connection, key, value FROM key_values WHERE (connection, key) > (?, ?) \
             ORDER BY connection, key LIMIT ?",
            row![connection.as_str(), key.as_str(), CHUNK],
        );
        let rows = batch.fetch(database).await?;
        let Some(last) = rows.last() else { break };
        (connection, key) = (last.get(0), last.get(1));
        for row in &rows {
            let (of, name, value): (&str, &str, &[u8]) = (row.get(0), row.get(1), row.get(2));
            let own = scope.connection.as_ref().is_none_or(|connection| connection.as_str() == of);
            if own && (traces.stand_in(name.as_bytes()) || traces.stand_in(value)) {
                found.push(row![of, name]);
            }
        }
    }
    done.key_values = found.len() as u64;
    let mut batch = Batch::default();
    batch.keyed("DELETE FROM key_values WHERE (connection, key) IN", found);
    if !batch.is_empty() {
        batch.execute(database).await?;
    }
    Ok(())
}

/// Adds the parked requests, of which there is no event yet, that name the person.
async fn parked(
    database: &mut Database,
    scope: &Scope,
    traces: &Traces,
    deliveries: &mut BTreeSet<String>,
) -> Result<(), StoreError> {
    let mut after = 0_i64;
    while !traces.is_empty() {
        let mut batch = Batch::default();
        batch.add(
            "SELECT n, id, connection, path, query, headers, body, error FROM deliveries WHERE state = 'parked' \
             AND n > ? ORDER BY n LIMIT ?",
            row![after, CHUNK],
        );
        let rows = batch.fetch(database).await?;
        let Some(last) = rows.last() else { break };
        after = last.get(0);
        for row in &rows {
            let of: &str = row.get(2);
            let own = scope.connection.as_ref().is_none_or(|connection| connection.as_str() == of);
            let texts: [&str; 3] = [row.get(3), row.get(4), row.get(5)];
            let error: Option<&str> = row.get(7);
            let named = || {
                let mut texts = texts.iter().copied().chain(error);
                texts.any(|text| traces.stand_in(text.as_bytes())) || traces.stand_in(row.get(6))
            };
            if own && named() {
                deliveries.insert(row.get(1));
            }
        }
    }
    Ok(())
}

/// Empties requests; parked ones are given up with it, for what is left of them cannot be run.
async fn requests(
    database: &mut Database,
    deliveries: &BTreeSet<String>,
    done: &mut Erased,
) -> Result<(), StoreError> {
    let ids: Vec<&String> = deliveries.iter().collect();
    for chunk in ids.chunks(64) {
        let mut look = Batch::default();
        look.keyed(
            "SELECT id, state FROM deliveries WHERE id IN",
            chunk.iter().map(|id| row![id.as_str()]).collect(),
        );
        let there: BTreeSet<(String, String)> =
            look.fetch(database).await?.iter().map(|row| (row.get(0), row.get(1))).collect();
        let mut batch = Batch::default();
        for (id, state) in &there {
            done.deliveries += 1;
            if state == "parked" {
                let parsed: DeliveryId = id.parse().map_err(|e| corrupt("deliveries")(&e))?;
                no_longer_parked(&mut batch, &parsed);
                batch.add(
                    "UPDATE deliveries SET state = 'discarded', discarded_at = ?, discarded_by = 'the hub', \
                     discarded_why = 'it held data of a person who was erased' WHERE id = ?",
                    row![done.at, id.as_str()],
                );
            }
            empty(&mut batch, id);
        }
        if !batch.is_empty() {
            batch.execute(database).await?;
        }
    }
    Ok(())
}
