//! What the store's and the pipeline's errors are to whoever asked over HTTP.

use http::StatusCode;

use super::problem::{Invalid, Problem};
use crate::pipeline::{
    ActError, AddError, DiscardError, HubError, InstallError, LimitError, Misfit, ReplayError, ScheduleError,
    SecretError, SendError, TicketError,
};
use crate::plugin::{CallError, PluginSaid};
use crate::store::{StoreError, Unhandled};

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Cursor(_) => Self::cursor(),
            StoreError::Unavailable(_) | StoreError::Contended(_) => Self::unavailable(&error),
            error => Self::internal(&error),
        }
    }
}

impl From<HubError> for Problem {
    fn from(error: HubError) -> Self {
        match error {
            HubError::Store(error) => error.into(),
            error => Self::internal(&error),
        }
    }
}

impl From<TicketError> for Problem {
    fn from(error: TicketError) -> Self {
        match error {
            TicketError::Full => Self::too_many(1_000).detail(error.to_string()),
            TicketError::Forged | TicketError::Expired => {
                Self::new(StatusCode::FORBIDDEN, "ticket", "The ticket lets nobody listen")
                    .detail(error.to_string())
            }
        }
    }
}

impl From<ReplayError> for Problem {
    fn from(error: ReplayError) -> Self {
        match error {
            ReplayError::Unknown(_) => Self::not_found(error.to_string()),
            ReplayError::NotParked(..) | ReplayError::Connection(_) | ReplayError::Paused => {
                Self::conflict(error.to_string())
            }
            ReplayError::Busy(_) => Self::unavailable(&error),
            ReplayError::Store(error) => error.into(),
        }
    }
}

impl From<DiscardError> for Problem {
    fn from(error: DiscardError) -> Self {
        match error {
            DiscardError::Unknown(_) => Self::not_found(error.to_string()),
            DiscardError::NotParked(..) => Self::conflict(error.to_string()),
            DiscardError::Reason => Self::invalid(
                "the delivery stays parked",
                vec![Invalid { at: "/reason".to_owned(), message: error.to_string() }],
            ),
            DiscardError::Store(error) => error.into(),
        }
    }
}

impl From<SendError> for Problem {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Store(error) => error.into(),
            SendError::UnknownProfile(_) => Self::not_found(error.to_string()),
            SendError::Empty => Self::invalid(error.to_string(), Vec::new()),
            SendError::UnknownConnection(_) | SendError::NoSender(_) => {
                Self::invalid(error.to_string(), Vec::new())
            }
            SendError::UnknownPurpose { .. } => Self::invalid(
                error.to_string(),
                vec![Invalid { at: "/purpose".to_owned(), message: error.to_string() }],
            ),
            SendError::NoConsent(why) => {
                Self::new(StatusCode::CONFLICT, "no-consent", "The person has not agreed to it").detail(why)
            }
            SendError::Paused(_) | SendError::Unreachable { .. } | SendError::NoChannel(_) => {
                Self::conflict(error.to_string())
            }
        }
    }
}

impl From<Unhandled> for Problem {
    fn from(error: Unhandled) -> Self {
        match error {
            Unhandled::NoConversation(_) | Unhandled::NoMessage(_) | Unhandled::NotDone(_) => {
                Self::not_found(error.to_string())
            }
            Unhandled::Same(_) | Unhandled::Stranger(_) => Self::conflict(error.to_string()),
            Unhandled::Foreign(_) | Unhandled::Whole(_) => Self::invalid(error.to_string(), Vec::new()),
        }
    }
}

impl From<InstallError> for Problem {
    fn from(error: InstallError) -> Self {
        match error {
            InstallError::Store(error) => error.into(),
            InstallError::Reload(_) | InstallError::Write { .. } => Self::internal(&error),
            InstallError::Unknown(_) => Self::not_found(error.to_string()),
            InstallError::InUse { .. } | InstallError::NoVersion { .. } | InstallError::NothingServes(_) => {
                Self::conflict(error.to_string())
            }
            InstallError::File(_) | InstallError::Broken { .. } | InstallError::Ask(_) => {
                Self::invalid(error.to_string(), Vec::new())
            }
        }
    }
}

impl From<AddError> for Problem {
    fn from(error: AddError) -> Self {
        match error {
            AddError::Store(error) => error.into(),
            AddError::Reload(_) => Self::internal(&error),
            AddError::UnknownPlugin { .. } | AddError::BrokenPlugin { .. } => Self::invalid(
                error.to_string(),
                vec![Invalid { at: "/plugin".to_owned(), message: error.to_string() }],
            ),
            AddError::Problems(problems) => {
                let invalid = |one: Misfit| Invalid { at: one.at, message: one.message };
                Self::invalid(
                    "this connection cannot work as it is",
                    problems.into_iter().map(invalid).collect(),
                )
            }
        }
    }
}

impl From<LimitError> for Problem {
    fn from(error: LimitError) -> Self {
        match error {
            LimitError::Store(error) => error.into(),
            LimitError::Reload(error) => error.into(),
            LimitError::UnknownConnection(_) => Self::not_found(error.to_string()),
            LimitError::TooMuch { .. } => Self::invalid(error.to_string(), Vec::new()),
        }
    }
}

impl From<SecretError> for Problem {
    fn from(error: SecretError) -> Self {
        match error {
            SecretError::Store(error) => error.into(),
            SecretError::Reload(_) => Self::internal(&error),
            SecretError::UnknownConnection(_) | SecretError::UnknownSecret { .. } => {
                Self::not_found(error.to_string())
            }
            SecretError::BrokenPlugin(_) => Self::conflict(error.to_string()),
            SecretError::Empty(_) | SecretError::Key(_) => Self::invalid(
                error.to_string(),
                vec![Invalid { at: "/value".to_owned(), message: error.to_string() }],
            ),
            SecretError::NotVerifying(_) => Self::invalid(
                error.to_string(),
                vec![Invalid { at: "/keep-old-for".to_owned(), message: error.to_string() }],
            ),
        }
    }
}

impl From<ScheduleError> for Problem {
    fn from(error: ScheduleError) -> Self {
        match error {
            ScheduleError::Store(error) => error.into(),
            ScheduleError::Reload(_) => Self::internal(&error),
            ScheduleError::UnknownConnection(_) => Self::not_found(error.to_string()),
            ScheduleError::NoPoller(_) => Self::conflict(error.to_string()),
            ScheduleError::TooOften { .. } => Self::invalid(
                error.to_string(),
                vec![Invalid { at: "/schedule".to_owned(), message: error.to_string() }],
            ),
        }
    }
}

impl From<ActError> for Problem {
    fn from(error: ActError) -> Self {
        match error {
            ActError::Store(error) => error.into(),
            ActError::Call(error) => error.into(),
            ActError::UnknownConnection(_) | ActError::UnknownAction { .. } => {
                Self::not_found(error.to_string())
            }
            ActError::Paused(_) => Self::conflict(error.to_string()),
            ActError::Input(problems) => {
                let invalid = |message| Invalid { at: "/input".to_owned(), message };
                Self::invalid(
                    "the input does not fit the action",
                    problems.into_iter().map(invalid).collect(),
                )
            }
        }
    }
}

impl From<CallError> for Problem {
    /// An action was asked for and did not come about. What a plugin says for a person is passed on; how
    /// it broke down goes to the log.
    fn from(error: CallError) -> Self {
        match error {
            CallError::Plugin(PluginSaid::Retry(after)) => {
                Self::upstream("the other system cannot do it now; ask again later")
                    .retry_after(after.unwrap_or(1_000))
            }
            CallError::Plugin(
                PluginSaid::Reject(why) | PluginSaid::Misconfigured(why) | PluginSaid::AccessDenied(why),
            ) => Self::upstream(why),
            CallError::Plugin(PluginSaid::Other(_)) | CallError::Trap(_) | CallError::Garbage(_) => {
                Self::upstream("the plugin failed").caused_by(&error)
            }
            CallError::Budget { .. } => Self::upstream("the plugin failed").caused_by(&error),
            CallError::Unavailable(_) => Self::unavailable(&error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_store_is_unavailable_and_a_made_up_cursor_is_the_callers_mistake() {
        let status = |error: StoreError| Problem::from(error).status();
        assert_eq!(
            status(StoreError::Unavailable("the queue is full".into())),
            StatusCode::SERVICE_UNAVAILABLE
        );
        assert_eq!(status(StoreError::Cursor("x".into())), StatusCode::BAD_REQUEST);
        assert_eq!(
            status(StoreError::Corrupt { place: "events", why: "x".into() }),
            StatusCode::INTERNAL_SERVER_ERROR
        );
    }

    #[test]
    fn how_a_plugin_broke_down_is_not_told_over_http() {
        let problem = Problem::from(CallError::Trap("unreachable at 0x2f".into())).told("r-1");
        let text = serde_json::to_string(&problem).expect("a problem is JSON");
        assert!(!text.contains("0x2f") && text.contains("r-1"), "{text}");
    }
}
