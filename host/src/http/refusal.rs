//! What the store's and the pipeline's errors are to whoever asked over HTTP.

use http::StatusCode;

use super::problem::Problem;
use crate::pipeline::{HubError, ReplayError, TicketError};
use crate::store::StoreError;

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Cursor(_) => Self::cursor(),
            StoreError::Unavailable(_) => Self::unavailable(&error),
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
                Self::new(StatusCode::FORBIDDEN, "ticket", "The ticket lets nobody listen").detail(error.to_string())
            }
        }
    }
}

impl From<ReplayError> for Problem {
    fn from(error: ReplayError) -> Self {
        match error {
            ReplayError::Unknown(_) => Self::not_found(error.to_string()),
            ReplayError::NotParked(_) | ReplayError::Connection(_) | ReplayError::Paused => {
                Self::conflict(error.to_string())
            }
            ReplayError::Store(error) => error.into(),
        }
    }
}
