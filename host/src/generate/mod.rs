//! Histories of made-up people, as large as wanted, to try a hub on: the same plan gives the same bytes.
//!
//! People have one to three of six connections, a few of them nearly all of the events, in several
//! languages over two years; numbers change and are shared, requests come late and twice. Nothing here does
//! I/O or asks for the time: a plan holds all there is to know.

mod bodies;
mod draw;
mod history;
mod person;
mod shares;
mod source;
mod trade;
mod words;

pub use history::{History, Said};
pub use source::{Source, Sources};

/// The moment that histories end before: 2026-11-01T00:00:00Z, in milliseconds since the epoch.
pub const END: i64 = 1_793_491_200_000;

/// How long histories last, in milliseconds: two years.
pub const SPAN: i64 = 2 * 365 * 24 * 3_600_000;

/// The most people of one history: their numbers and mail addresses differ.
pub const MOST_PEOPLE: u32 = 40_000_000;

/// How much there shall be of what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// People; at least 1 and at most [`MOST_PEOPLE`].
    pub people: u32,
    /// Events, those not counted that come a second time; at least as many as people.
    pub events: u64,
    /// Where chance begins: another seed gives other people.
    pub seed: u64,
}

/// Why there is no history of a plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// Nobody, or more people than can be told apart.
    #[error("a history has 1 to {MOST_PEOPLE} people, not {0}")]
    People(u32),
    /// Somebody would have nothing to say.
    #[error("everybody has at least one event: {people} people need as many events, not {events}")]
    Events {
        /// The people asked for.
        people: u32,
        /// The events asked for.
        events: u64,
    },
}

impl Plan {
    /// Checks that there can be such a history.
    ///
    /// # Errors
    /// When there are too few or too many people, or fewer events than people.
    pub fn check(self) -> Result<Self, PlanError> {
        match self {
            Self { people, .. } if people == 0 || people > MOST_PEOPLE => Err(PlanError::People(people)),
            Self { people, events, .. } if events < u64::from(people) => {
                Err(PlanError::Events { people, events })
            }
            plan => Ok(plan),
        }
    }
}
