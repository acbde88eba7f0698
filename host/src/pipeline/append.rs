//! What a plugin said goes into the log, with its names in the form by which people are told apart.

use super::Hub;
use super::connection::Live;
use crate::model::normal::{Report, Rewrite};
use crate::store::{Ingest, Ingested, StoreError};

impl Hub {
    /// Commits what a connection said. Phone numbers and mail addresses are brought into their one form before,
    /// and how the connection writes them is kept first, so that an answer finds it.
    ///
    /// # Errors
    /// As [`Store::ingest`](crate::store::Store::ingest).
    pub(super) async fn append(&self, live: &Live, mut ingest: Ingest) -> Result<Ingested, StoreError> {
        let region = live.connection.region.or(self.config().identity.region);
        let rewrite = Rewrite { plugin: &live.connection.plugin, connection: &live.connection.id, region };
        let report = rewrite.events(&mut ingest.events);
        self.store().keep_written(&live.connection.id, &report.written).await?;
        let ingested = self.store().ingest(ingest).await?;
        tell(live, &report);
        Ok(ingested)
    }
}

/// Counts names that could not be read, and says so without them.
fn tell(live: &Live, report: &Report) {
    for ((namespace, why), count) in &report.refused {
        metrics::counter!(
            "switchboard_identifiers_refused_total", "plugin" => live.connection.plugin.clone(),
            "namespace" => *namespace, "reason" => why.as_str()
        )
        .increment(*count);
        tracing::debug!(
            connection = %live.connection.id, namespace, count, reason = %why,
            "names were kept as this connection's own, because they cannot be read surely"
        );
    }
}
