//! When a connection asks: as its plugin's manifest says, or as an operator set it.

use super::installed::Installed;
use super::{Hub, HubError};
use crate::model::grant::Ask;
use crate::model::id::ConnectionId;
use crate::model::manifest::Period;
use crate::model::schedule::{OwnSchedule, Schedule};
use crate::store::{Audit, StoreError};

/// Why a schedule was not set.
#[derive(Debug, thiserror::Error)]
pub enum ScheduleError {
    /// There is no such connection.
    #[error("there is no connection {0}")]
    UnknownConnection(ConnectionId),
    /// Its plugin asks nothing, or does not run.
    #[error(
        "the plugin `{0}` of this connection asks nothing by itself, or does not run: `switchboard plugin show {0}` tells what it does"
    )]
    NoPoller(String),
    /// It would ask more often than was granted.
    #[error(
        "this would ask up to every {wanted}, and `poll:{granted}` is what the plugin `{plugin}` was granted: polls \
         may come no closer together than every {closest}. Choose a longer time, or approve a version of the plugin \
         that asks for a shorter one"
    )]
    TooOften {
        /// Which plugin.
        plugin: String,
        /// How close together polls would come.
        wanted: Period,
        /// The schedule that was granted.
        granted: Box<Schedule>,
        /// How close together polls may come.
        closest: Period,
    },
    /// The store did not take it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It is set, and the hub could not put it to use yet.
    #[error("the schedule is set, and the hub could not put it to use")]
    Reload(#[source] HubError),
}

impl Hub {
    /// Sets when a connection asks, or with `None` has its plugin's schedule hold again. It is put to use at
    /// once; a poll that is under way ends.
    ///
    /// # Errors
    /// When there is no such connection, it asks nothing, or would ask more often than its plugin was granted.
    pub async fn set_schedule(
        &self,
        id: &ConnectionId,
        own: Option<OwnSchedule>,
        who: &str,
    ) -> Result<(), ScheduleError> {
        let found = self.store().connection(id).await?;
        let connection = found.ok_or_else(|| ScheduleError::UnknownConnection(id.clone()))?;
        let installed = self.installed(&connection.plugin);
        let theirs = installed.as_ref().and_then(Installed::schedule);
        let (Some(installed), Some(theirs)) = (&installed, theirs) else {
            return Err(ScheduleError::NoPoller(connection.plugin));
        };
        if let Some(OwnSchedule::At(wanted)) = &own
            && !installed.may_ask(wanted)
        {
            let granted = installed.granted_schedules().into_iter().min_by_key(Schedule::closest);
            let granted = granted.unwrap_or_else(|| theirs.clone());
            return Err(ScheduleError::TooOften {
                plugin: connection.plugin,
                wanted: wanted.closest(),
                closest: granted.closest(),
                granted: Box::new(granted),
            });
        }
        let detail = match &own {
            Some(own) => format!("`{own}`; the plugin's is `{theirs}`"),
            None => format!("the plugin's again: `{theirs}`"),
        };
        let audit = Audit { who: who.to_owned(), action: "schedule-set", detail };
        self.store().set_schedule(id, own.as_ref(), audit).await?;
        self.reload().await.map_err(ScheduleError::Reload).map(drop)
    }
}

impl Installed {
    /// When the version that serves asks, as far as that is granted.
    pub(super) fn schedule(&self) -> Option<&Schedule> {
        let plugin = self.plugin().filter(|plugin| plugin.capabilities.poller)?;
        plugin.manifest.poller.as_ref().map(|poller| &poller.schedule)
    }

    /// Whether it may ask by that schedule: the version that serves does, or it was granted to.
    pub(super) fn may_ask(&self, wanted: &Schedule) -> bool {
        self.granted_schedules().iter().any(|granted| wanted.is_within(granted))
    }

    fn granted_schedules(&self) -> Vec<Schedule> {
        let granted = self.record.grants.iter().filter_map(|ask| match ask {
            Ask::Poll(text) => text.parse::<Schedule>().ok(),
            _ => None,
        });
        self.schedule().cloned().into_iter().chain(granted).collect()
    }
}
