//! The budgets of one connection.

use super::Hub;
use crate::config::Config;
use crate::model::id::ConnectionId;
use crate::model::limit::Change;
use crate::store::StoreError;

/// Why a budget was not changed.
#[derive(Debug, thiserror::Error)]
pub enum LimitError {
    /// There is no such connection.
    #[error("there is no connection {0}")]
    UnknownConnection(ConnectionId),
    /// The sandbox is made for less.
    #[error(
        "`{name}` can be {most} at most: raise `{key}` in the configuration first, and start the hub again"
    )]
    TooMuch {
        /// Which budget.
        name: &'static str,
        /// The most it can be, with its unit.
        most: String,
        /// The configuration key.
        key: &'static str,
    },
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The new budgets are stored, and could not be put to use yet.
    #[error(transparent)]
    Reload(#[from] super::HubError),
}

/// Whether budgets are within what the sandbox is made for.
///
/// # Errors
/// The first one that is not.
pub fn check(config: &Config, changes: &[Change]) -> Result<(), LimitError> {
    for change in changes {
        let most = config.plugin.runtime.most(change.limit);
        if let Some((most, key)) = most.filter(|(most, _)| change.value.is_some_and(|value| value > *most)) {
            let name = change.limit.as_str();
            return Err(LimitError::TooMuch { name, most: change.limit.show(most), key });
        }
    }
    Ok(())
}

impl Hub {
    /// Changes budgets of a connection, and puts them to use for every call that begins from now on.
    ///
    /// # Errors
    /// When there is no such connection, or a budget is more than the sandbox is made for.
    pub async fn change_limits(&self, id: &ConnectionId, changes: &[Change]) -> Result<(), LimitError> {
        check(self.config(), changes)?;
        if self.store().connection(id).await?.is_none() {
            return Err(LimitError::UnknownConnection(id.clone()));
        }
        self.store().change_limits(id, changes).await?;
        self.reload().await?;
        Ok(())
    }
}
