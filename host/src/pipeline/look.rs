//! A connection that another process made a moment ago is found by its first request.

use std::num::NonZeroU32;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

use super::Hub;
use super::registry::with_sources;
use crate::model::id::ConnectionId;

/// How many requests a second may have the hub look anew: strangers who try addresses cost no more than that.
const LOOKS: NonZeroU32 = NonZeroU32::new(20).expect("it is not 0");

/// Looks that are left.
pub(super) struct Looks(DefaultDirectRateLimiter);

impl Default for Looks {
    fn default() -> Self {
        Self(RateLimiter::direct(Quota::per_second(LOOKS)))
    }
}

impl Hub {
    /// Whether there is such a connection; where none is known, connections are read anew if they changed.
    pub async fn knows(&self, connection: &str) -> bool {
        let known = || self.snapshot().connections.contains_key(connection);
        if known() {
            return true;
        }
        if connection.parse::<ConnectionId>().is_err() || self.inner.looks.0.check().is_err() {
            return false;
        }
        let looked = async {
            if self.inner.store.revision().await? != self.snapshot().revision {
                self.reload().await?;
            }
            Ok::<_, super::HubError>(())
        };
        if let Err(error) = looked.await {
            tracing::warn!(error = with_sources(&error), "cannot see whether connections changed");
        }
        known()
    }
}
