//! What each level is worth.

use super::level::Level;

/// From which score a pair is suggested: where it is likelier that the two are one than that they are two.
/// On the half of the records that it was chosen on, 99.5 of 100 such pairs are right; a lower one would
/// find hardly any more of the true pairs.
pub const THRESHOLD: f64 = 0.5;

/// The fewest people that are reckoned with: among fewer, coincidences are not rarer than among so many.
const MIN_PEOPLE: u64 = 200;

/// What each level is worth, and the odds before anything is compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    people: u64,
}

impl Default for Weights {
    /// For a hub of a million people: careful.
    fn default() -> Self {
        Self::for_people(1_000_000)
    }
}

impl Weights {
    /// The weights for a hub of so many people. Of any two the odds are one to as many that they are one: the
    /// more people there are, the more of them share a name and a date of birth by coincidence.
    #[must_use]
    pub fn for_people(people: u64) -> Self {
        Self { people: people.max(MIN_PEOPLE) }
    }

    /// What reasons must come to for two people to be suggested, in bits: as much as speaks against before
    /// anything is compared.
    #[must_use]
    pub fn asked(&self) -> f64 {
        (self.people as f64).log2()
    }

    /// What a level is worth, in bits.
    #[must_use]
    pub fn bits(&self, level: Level) -> f64 {
        worth(level).0
    }

    /// Whether a level's worth was learned from records. The others are judged, for want of open records
    /// that have them; `host/ARCHITECTURE.md` gives both.
    #[must_use]
    pub fn is_learned(level: Level) -> bool {
        worth(level).1 == Origin::Learned
    }
}

/// The most bits that a learned level is worth. Where hardly any pair of two people is seen among the
/// 230,000 that were learned from, that many pairs cannot tell how much rarer it is.
pub const MAX_LEARNED: f64 = 15.0;

/// Where a weight comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// log2(m / u) over all pairs of the choosing half of both data sets, to half a bit and no more than
    /// [`MAX_LEARNED`]; `tests/it/suggest.rs` computes it anew.
    Learned,
    /// Set by hand.
    Judged,
}

fn worth(level: Level) -> (f64, Origin) {
    use Origin::{Judged, Learned};
    match level {
        // By themselves a suggestion; among each other ranked by how few people share such a thing, and how
        // often it is mistyped into another person's. Nobody types another's by coincidence, so they are worth
        // more than that of a million people: among so many one that stands alone is right nine times of ten.
        Level::ClaimedPhone => (24.0, Judged),
        Level::ClaimedMail => (23.0, Judged),
        Level::ClaimedOther => (22.0, Judged),
        Level::NamesEqual => (15.0, Learned),
        Level::NamesNearlyEqual => (14.5, Learned),
        Level::NamesNear => (12.5, Learned),
        Level::OneNameEqual => (8.0, Learned),
        Level::OneNameNear => (6.5, Learned),
        Level::HalfNameEqual => (2.5, Learned),
        Level::HalfNameNear => (1.5, Learned),
        Level::NamesDifferent => (-5.0, Learned),
        Level::BirthdayEqual => (14.0, Learned),
        Level::BirthdayNear => (4.5, Learned),
        Level::BirthdayClose => (2.5, Learned),
        Level::BirthdayDifferent => (-2.5, Learned),
        Level::MailEqual => (15.0, Learned),
        Level::MailNear => (15.0, Learned),
        Level::MailDifferent => (-3.5, Learned),
        Level::NationalIdEqual => (15.0, Learned),
        Level::NationalIdNear => (13.5, Learned),
        Level::NationalIdDifferent => (-4.5, Learned),
        Level::HouseEqual => (15.0, Learned),
        Level::StreetEqual => (7.5, Learned),
        Level::StreetDifferent => (-4.5, Learned),
        Level::PostcodeEqual => (8.5, Learned),
        Level::CityEqual => (4.5, Learned),
        Level::PlaceNear => (3.5, Learned),
        Level::PlaceDifferent => (-6.0, Learned),
        // Families and offices share a number; about as much as a mail address where a slip is taken in.
        Level::PhoneEqual => (12.0, Judged),
        // One digit off is often the neighbour's.
        Level::PhoneNear => (5.0, Judged),
        // Most people have two.
        Level::PhoneDifferent => (0.0, Judged),
        // A company among some dozens of customers of it.
        Level::CompanyEqual => (5.0, Judged),
        Level::CompanyNear => (3.0, Judged),
        // People change their work, and few records say where they work.
        Level::CompanyDifferent => (-0.5, Judged),
        // What it takes back depends on what was given.
        Level::SharedHousehold => (0.0, Judged),
    }
}
