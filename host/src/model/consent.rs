//! Leave to be contacted: what a person agreed to and what they withdrew, on which channel and for what.
//!
//! Of what is said of one channel and one purpose the latest by (time, event id) holds; at the same instant a
//! withdrawal outranks a grant, and then the source with the higher priority decides whose proof is shown. A
//! grant of a clock that is ahead counts from its time on, a withdrawal at once, and what people record by hand
//! always follows what was said before it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::event::Consent;
use super::id::{ConnectionId, EventId};

/// The longest proof that is recorded by hand, in characters.
const MOST_PROOF: usize = 500;

/// How much of what was said before the decisive statement is shown with a person, for each channel and purpose. A
/// shop says it again with every order; the timeline and the export have all of it.
pub const EARLIER: i64 = 20;

/// As a channel or a purpose of a withdrawal: every one of them.
pub const ALL: &str = "all";

/// What a message is for when nobody says: an answer, or news of something that the person asked for.
pub const SERVICE: &str = "service";

/// The longest name of a channel or a purpose that is recorded by hand, in bytes.
const LONGEST: usize = 64;

/// What one event says of leave.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Statement {
    /// On which channel, in lower case.
    pub channel: String,
    /// For what, in lower case.
    pub purpose: String,
    /// Given, or withdrawn.
    pub granted: bool,
    /// When: milliseconds since the epoch, UTC.
    pub at: i64,
    /// In which event.
    pub event: EventId,
    /// Who says so.
    pub connection: ConnectionId,
    /// How it was given.
    pub proof: Option<String>,
    /// Who recorded it by hand.
    pub recorded_by: Option<String>,
}

impl Statement {
    /// What an event says, its channel and purpose in the form by which they are compared.
    #[must_use]
    pub fn of(consent: &Consent, at: i64, event: &EventId, connection: &ConnectionId) -> Self {
        let word = |text: &str| text.trim().to_lowercase();
        Self {
            channel: word(&consent.channel),
            purpose: word(&consent.purpose),
            granted: consent.granted,
            at,
            event: event.clone(),
            connection: connection.clone(),
            proof: consent.proof.clone(),
            recorded_by: consent.recorded_by.clone(),
        }
    }
}

/// A statement with what is known of its source now.
#[derive(Debug, Clone)]
pub struct Sourced {
    /// What was said.
    pub statement: Statement,
    /// What people call the source; empty for the hub itself.
    pub title: String,
    /// The source's priority.
    pub priority: i32,
}

/// How leave for one purpose on one channel stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ConsentView {
    /// On which channel.
    pub channel: String,
    /// For what.
    pub purpose: String,
    /// Whether it holds.
    pub granted: bool,
    /// What decides it.
    #[serde(flatten)]
    pub decisive: ConsentEntry,
    /// What else was said of it, the latest first: the last [`EARLIER`], in an export everything.
    pub earlier: Vec<ConsentEntry>,
}

/// One time that leave was given or withdrawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ConsentEntry {
    /// Given, or withdrawn.
    pub given: bool,
    /// How it was given.
    pub proof: Option<String>,
    /// Which connection says so.
    pub connection: ConnectionId,
    /// What people call it; empty for the hub itself.
    pub title: String,
    /// Who recorded it by hand.
    pub recorded_by: Option<String>,
    /// In which event.
    pub event: EventId,
    /// When: milliseconds since the epoch, UTC.
    pub at: i64,
}

impl ConsentEntry {
    /// Who says so, in words.
    #[must_use]
    pub fn source(&self) -> &str {
        match &self.recorded_by {
            Some(by) => by,
            None if self.title.is_empty() => "a connection that was removed",
            None => &self.title,
        }
    }

    fn ahead(&self, now: i64) -> bool {
        self.given && self.recorded_by.is_none() && self.at > now
    }

    /// The later of two is greater.
    fn rank(&self) -> (i64, bool, &EventId) {
        (self.at, !self.given, &self.event)
    }
}

/// How every leave stands at `now` (milliseconds since the epoch), by channel and purpose.
#[must_use]
pub fn stand(said: Vec<Sourced>, now: i64) -> Vec<ConsentView> {
    let mut places: BTreeMap<(String, String), Vec<(i32, ConsentEntry)>> = BTreeMap::new();
    for Sourced { statement, title, priority } in said {
        let Statement { channel, purpose, granted, at, event, connection, proof, recorded_by } = statement;
        let entry = ConsentEntry { given: granted, proof, connection, title, recorded_by, event, at };
        places.entry((channel, purpose)).or_default().push((priority, entry));
    }
    let mut views = Vec::with_capacity(places.len());
    for ((channel, purpose), mut entries) in places {
        // What is still ahead stands last: it decides only where nothing else was said, and then is no leave.
        entries.sort_by(|(a_priority, a), (b_priority, b)| {
            let rank = |priority: &i32, entry: &ConsentEntry| {
                (!entry.ahead(now), entry.at, !entry.given, *priority, entry.event.clone())
            };
            rank(b_priority, b).cmp(&rank(a_priority, a))
        });
        let mut entries = entries.into_iter().map(|(_, entry)| entry);
        let Some(decisive) = entries.next() else { continue };
        let granted = decisive.given && !decisive.ahead(now);
        views.push(ConsentView { channel, purpose, granted, decisive, earlier: entries.collect() });
    }
    views
}

/// What a purpose needs before a person is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// That the person agreed to it on the channel.
    OptIn,
    /// That the person did not withdraw it.
    OptOut,
}

/// Which purposes need what (`[consent]` of the configuration).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purposes {
    opt_in: Vec<String>,
    opt_out: Vec<String>,
}

/// Why purposes cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PurposeError {
    /// It is no word.
    #[error("`{0}` is no purpose: write a word of a-z, 0-9, `.`, `_` and `-`, other than `{ALL}`")]
    Word(String),
    /// It needs two things.
    #[error("`{0}` cannot need an opt-in and do without one: name it once")]
    Twice(String),
}

impl Purposes {
    /// The purposes that need an opt-in, and those that are refused after an opt-out only.
    ///
    /// # Errors
    /// When one is no word or stands in both.
    pub fn new(opt_in: Vec<String>, opt_out: Vec<String>) -> Result<Self, PurposeError> {
        for word in opt_in.iter().chain(&opt_out) {
            if !is_word(word) || word == ALL {
                return Err(PurposeError::Word(word.clone()));
            }
        }
        match opt_in.iter().find(|word| opt_out.contains(word)) {
            Some(twice) => Err(PurposeError::Twice(twice.clone())),
            None => Ok(Self { opt_in, opt_out }),
        }
    }

    /// What a purpose needs; `None` where nobody says.
    #[must_use]
    pub fn need(&self, purpose: &str) -> Option<Need> {
        let among = |list: &[String]| list.iter().any(|word| word == purpose);
        if among(&self.opt_in) {
            return Some(Need::OptIn);
        }
        among(&self.opt_out).then_some(Need::OptOut)
    }

    /// Every purpose, as a text for people.
    #[must_use]
    pub fn words(&self) -> String {
        let words: Vec<String> =
            self.opt_out.iter().chain(&self.opt_in).map(|word| format!("`{word}`")).collect();
        words.join(", ")
    }
}

/// Whether a text can name a channel or a purpose: `email`, `marketing`, `all`.
#[must_use]
pub fn is_word(text: &str) -> bool {
    let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b);
    !text.is_empty() && text.len() <= LONGEST && text.bytes().all(legal)
}

/// Why leave cannot be recorded by hand as it was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// The channel is no word.
    #[error("the channel must be a word of a-z, 0-9, `.`, `_` and `-`, such as `email`, or `{ALL}`")]
    Channel,
    /// The purpose is no word.
    #[error("the purpose must be a word of a-z, 0-9, `.`, `_` and `-`, such as `marketing`, or `{ALL}`")]
    Purpose,
    /// There is no proof, or too much of it.
    #[error(
        "whoever is asked must be able to prove a grant: say in 1 to {MOST_PROOF} characters how it was given"
    )]
    Proof,
}

impl Unfit {
    /// Where what is wrong stands in the API's body, as a JSON pointer.
    #[must_use]
    pub fn pointer(self) -> &'static str {
        match self {
            Self::Channel => "/channel",
            Self::Purpose => "/purpose",
            Self::Proof => "/proof",
        }
    }
}

/// Checks what is to be recorded by hand. A grant needs its proof.
///
/// # Errors
/// What does not fit.
pub fn check(channel: &str, purpose: &str, granted: bool, proof: Option<&str>) -> Result<(), Unfit> {
    if !is_word(channel) {
        return Err(Unfit::Channel);
    }
    if !is_word(purpose) {
        return Err(Unfit::Purpose);
    }
    let fits = |proof: &str| {
        !proof.trim().is_empty()
            && proof.chars().count() <= MOST_PROOF
            && !proof.chars().any(char::is_control)
    };
    if proof.map_or(granted, |proof| !fits(proof)) { Err(Unfit::Proof) } else { Ok(()) }
}

/// Why a person must not be written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lack {
    /// They never agreed.
    NeverGiven,
    /// They withdrew it.
    Withdrawn(ConsentEntry),
}

/// Why a message for `purpose` on `channel` must not go to a person of whom `consents` is known. `None`: it may.
///
/// A withdrawal of `all` counts for every purpose, one on the channel `all` for every channel, until something
/// later is said. A grant of `all` only ends such a withdrawal: an opt-in names its channel and its purpose.
#[must_use]
pub fn lack(consents: &[ConsentView], need: Need, channel: &str, purpose: &str) -> Option<Lack> {
    let concerns = |view: &&ConsentView| {
        (view.channel == channel || view.channel == ALL) && (view.purpose == purpose || view.purpose == ALL)
    };
    let own = |view: &&ConsentView| view.channel == channel && view.purpose == purpose;
    let given = consents.iter().filter(concerns).filter(|view| view.granted);
    let given = given.filter(|view| need == Need::OptOut || own(view)).map(|view| view.decisive.rank()).max();
    let withdrawn = consents.iter().filter(concerns).filter(|view| !view.decisive.given);
    let withdrawn = withdrawn.max_by(|a, b| a.decisive.rank().cmp(&b.decisive.rank()));
    match (withdrawn, given) {
        (Some(view), given) if given.is_none_or(|given| view.decisive.rank() > given) => {
            Some(Lack::Withdrawn(view.decisive.clone()))
        }
        (_, None) if need == Need::OptIn => Some(Lack::NeverGiven),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Channel, purpose, given, time, number of the event, whether by hand.
    type Said<'a> = (&'a str, &'a str, bool, i64, u8, bool);

    fn said((channel, purpose, granted, at, event, by_hand): Said<'_>) -> Sourced {
        let statement = Statement {
            channel: channel.into(),
            purpose: purpose.into(),
            granted,
            at,
            event: EventId::random([event; 16]),
            connection: ConnectionId::random([event % 3; 16]),
            proof: None,
            recorded_by: by_hand.then(|| "anna".to_owned()),
        };
        Sourced { statement, title: "Shop".into(), priority: i32::from(event % 2) }
    }

    fn views(all: &[Said<'_>]) -> Vec<ConsentView> {
        stand(all.iter().copied().map(said).collect(), 1_000)
    }

    fn withdrawn(all: &[Said<'_>], need: Need, purpose: &str) -> Option<i64> {
        match lack(&views(all), need, "email", purpose) {
            Some(Lack::Withdrawn(entry)) => Some(entry.at),
            Some(Lack::NeverGiven) => panic!("it was given once"),
            None => None,
        }
    }

    #[test]
    fn marketing_needs_an_opt_in_on_its_own_channel_and_service_only_that_nobody_opted_out() {
        assert_eq!(lack(&[], Need::OptIn, "email", "marketing"), Some(Lack::NeverGiven));
        assert_eq!(lack(&[], Need::OptOut, "email", "service"), None);
        let sms = views(&[("sms", "marketing", true, 1, 1, false)]);
        assert_eq!(lack(&sms, Need::OptIn, "sms", "marketing"), None);
        assert_eq!(lack(&sms, Need::OptIn, "email", "marketing"), Some(Lack::NeverGiven));
        let stopped = views(&[("sms", "marketing", false, 1, 1, false)]);
        assert_eq!(lack(&stopped, Need::OptOut, "sms", "service"), None, "an answer may still go out");
    }

    #[test]
    fn the_latest_word_holds_and_at_one_instant_the_withdrawal() {
        let given = ("email", "marketing", true, 10, 1, false);
        assert_eq!(
            withdrawn(&[given, ("email", "marketing", false, 9, 2, false)], Need::OptIn, "marketing"),
            None
        );
        for at in [10, 11] {
            let later = ("email", "marketing", false, at, 0, false);
            assert_eq!(withdrawn(&[given, later], Need::OptIn, "marketing"), Some(at));
        }
    }

    #[test]
    fn what_is_withdrawn_for_all_is_withdrawn_until_something_later_is_said() {
        let given = ("email", "marketing", true, 10, 1, false);
        for (channel, purpose) in [("email", ALL), (ALL, ALL), (ALL, "marketing")] {
            let stop = (channel, purpose, false, 20, 2, false);
            assert_eq!(withdrawn(&[given, stop], Need::OptIn, "marketing"), Some(20), "{channel} {purpose}");
            let again = ("email", "marketing", true, 30, 3, false);
            assert_eq!(withdrawn(&[given, stop, again], Need::OptIn, "marketing"), None);
            let lifted = (channel, purpose, true, 30, 3, false);
            assert_eq!(
                withdrawn(&[given, stop, lifted], Need::OptIn, "marketing"),
                None,
                "what was given stands"
            );
        }
        assert_eq!(withdrawn(&[("email", ALL, false, 20, 2, false)], Need::OptOut, "service"), Some(20));
    }

    #[test]
    fn leave_for_everything_is_no_opt_in() {
        for (channel, purpose) in [("email", ALL), (ALL, ALL), (ALL, "marketing")] {
            let all = views(&[(channel, purpose, true, 10, 1, false)]);
            assert_eq!(lack(&all, Need::OptIn, "email", "marketing"), Some(Lack::NeverGiven));
        }
    }

    #[test]
    fn leave_of_a_clock_that_is_ahead_does_not_count_yet_and_a_withdrawal_does() {
        let ahead = ("email", "marketing", true, 5_000, 1, false);
        let view = &views(&[ahead])[0];
        assert!(!view.granted && view.decisive.given);
        assert_eq!(lack(&views(&[ahead]), Need::OptIn, "email", "marketing"), Some(Lack::NeverGiven));
        let stop = ("email", "marketing", false, 900, 2, false);
        assert_eq!(withdrawn(&[ahead, stop], Need::OptIn, "marketing"), Some(900));
        let by_hand = ("email", "marketing", true, 6_001, 3, true);
        let stop = ("email", "marketing", false, 6_000, 2, false);
        assert_eq!(withdrawn(&[ahead, stop], Need::OptIn, "marketing"), Some(6_000));
        assert_eq!(withdrawn(&[ahead, stop, by_hand], Need::OptIn, "marketing"), None);
    }

    #[test]
    fn a_purpose_needs_one_thing_and_is_a_word() {
        let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let purposes = Purposes::new(words(&["marketing"]), words(&["service"])).expect("purposes");
        assert_eq!(purposes.need("marketing"), Some(Need::OptIn));
        assert_eq!(purposes.need("service"), Some(Need::OptOut));
        assert_eq!(purposes.need("marketting"), None);
        assert!(matches!(Purposes::new(words(&["a"]), words(&["a"])), Err(PurposeError::Twice(_))));
        for bad in ["", "All", "all", "two words"] {
            assert!(matches!(Purposes::new(words(&[bad]), Vec::new()), Err(PurposeError::Word(_))), "{bad}");
        }
    }

    #[test]
    fn a_grant_that_is_recorded_by_hand_has_a_proof() {
        assert_eq!(check("email", "marketing", true, Some("form 17")), Ok(()));
        assert_eq!(check("email", "all", false, None), Ok(()));
        for proof in [None, Some(" "), Some("a\nb")] {
            assert_eq!(check("email", "marketing", true, proof), Err(Unfit::Proof));
        }
        assert_eq!(check("E-Mail", "marketing", true, Some("form 17")), Err(Unfit::Channel));
        assert_eq!(check("email", "", true, Some("form 17")), Err(Unfit::Purpose));
    }

    proptest! {
        #[test]
        fn neither_order_nor_repetition_changes_how_leave_stands(
            said_ in proptest::collection::vec((0_u8..3, 0_u8..3, any::<bool>(), 0_i64..2_000, 0_u8..40, any::<bool>()), 1..40),
            order in proptest::collection::vec(any::<u32>(), 80),
        ) {
            let (channels, purposes) = (["email", "sms", ALL], ["marketing", "service", ALL]);
            // One event says one thing.
            let mut by_event = BTreeMap::new();
            for (channel, purpose, granted, at, event, by_hand) in said_ {
                let one = (channels[usize::from(channel)], purposes[usize::from(purpose)], granted, at, event, by_hand);
                by_event.insert(event, one);
            }
            let straight: Vec<Said<'_>> = by_event.values().copied().collect();
            let mut keyed: Vec<_> = straight.iter().enumerate().map(|(n, one)| (order[n], *one)).collect();
            keyed.sort_by_key(|(place, _)| *place);
            let shuffled: Vec<_> = keyed.into_iter().map(|(_, one)| one).collect();
            prop_assert_eq!(views(&straight), views(&shuffled));
            for (channel, purpose) in [("email", "marketing"), ("sms", "service")] {
                for need in [Need::OptIn, Need::OptOut] {
                    let before = lack(&views(&straight), need, channel, purpose);
                    // A withdrawal more never lets a message through that was refused before.
                    let mut more = straight.clone();
                    more.push((channel, purpose, false, 1_000, 99, false));
                    let after = lack(&views(&more), need, channel, purpose);
                    prop_assert!(before.is_none() || after.is_some(), "{:?} {:?}", before, after);
                }
            }
        }
    }
}
