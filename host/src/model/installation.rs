//! A plugin's versions on this hub: which were found, which may serve, and what an upgrade needs.

use serde::{Deserialize, Serialize};

use super::grant::{Ask, Grants};

/// How many versions of a plugin are kept to roll back to, the one that serves among them.
pub const KEPT_VERSIONS: usize = 3;

/// What was decided of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VersionState {
    /// Nobody has looked at it, or it asks for more than was granted.
    Waiting,
    /// It serves, or did until a newer one came.
    Approved,
    /// It was taken back, by a person or because it failed; it never serves by itself again.
    RolledBack,
    /// It could serve, until everything that its plugin was granted was taken back; it never serves again by
    /// itself either.
    Revoked,
}

impl VersionState {
    /// As it is stored: `waiting`, `approved`, `rolled-back`, `revoked`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Approved => "approved",
            Self::RolledBack => "rolled-back",
            Self::Revoked => "revoked",
        }
    }

    /// The state of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Waiting, Self::Approved, Self::RolledBack, Self::Revoked]
            .into_iter()
            .find(|state| state.as_str() == name)
    }

    /// Whether somebody took it back, so that only a person lets it serve again.
    #[must_use]
    pub fn taken_back(self) -> bool {
        matches!(self, Self::RolledBack | Self::Revoked)
    }
}

/// One version of a plugin: one content of its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginVersion {
    /// The plugin's name.
    pub plugin: String,
    /// The SHA-256 of its file in lower-case hex.
    pub hash: String,
    /// What the file calls itself: `1.2.0`.
    pub version: String,
    /// Bytes of the file.
    pub size: u64,
    /// What it asks for.
    pub asks: Grants,
    /// What was decided of it.
    pub state: VersionState,
    /// Why it was rolled back or revoked.
    pub reason: Option<String>,
    /// When its file was first seen: milliseconds since the epoch, UTC.
    pub found_at: i64,
    /// When it last began to serve.
    pub served_at: Option<i64>,
}

/// What an operator allowed a plugin, with every version that is known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PluginRecord {
    /// The hash of the version that serves; `None` when nobody approved one, or the approval was revoked.
    pub serving: Option<String>,
    /// What it was granted.
    pub grants: Grants,
    /// Whether a roll-back chose the version that serves. It is not taken back by itself: what was rolled
    /// back to is the last that is known to have worked.
    pub rolled_back_to: bool,
    /// Every version, the one found last first.
    pub versions: Vec<PluginVersion>,
}

/// What is to be done with the version that lies in the plugins' folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// It serves already, or was taken back: nothing.
    Stay,
    /// It asks for nothing that was not granted: it takes over by itself.
    TakeOver,
    /// A person has to approve it; what it asks for beyond what was granted.
    Ask(Vec<Ask>),
}

impl PluginRecord {
    /// The version with that hash.
    #[must_use]
    pub fn version(&self, hash: &str) -> Option<&PluginVersion> {
        self.versions.iter().find(|version| version.hash == hash)
    }

    /// The version that serves.
    #[must_use]
    pub fn serving(&self) -> Option<&PluginVersion> {
        self.version(self.serving.as_deref()?)
    }

    /// What is to be done with the version of that hash, found in the plugins' folder.
    #[must_use]
    pub fn step(&self, found: &PluginVersion) -> Step {
        if self.serving.as_ref() == Some(&found.hash) {
            return Step::Stay;
        }
        match (&self.serving, found.state) {
            (Some(_), state) if state.taken_back() => Step::Stay,
            (Some(_), _) => match self.grants.lacks(&found.asks) {
                // What was withheld from the version that serves is no news in the next.
                more if self.news(&more).is_empty() => Step::TakeOver,
                more => Step::Ask(self.news(&more)),
            },
            (None, _) => Step::Ask(found.asks.iter().cloned().collect()),
        }
    }

    /// The version that an approval lets serve while `found` lies in the plugins' folder: that one, but after a
    /// roll-back and a revocation the one that was rolled back to.
    #[must_use]
    pub fn next<'a>(&'a self, found: &'a PluginVersion) -> &'a PluginVersion {
        if self.serving.is_some() || found.state != VersionState::RolledBack {
            return found;
        }
        let revoked = self.versions.iter().filter(|version| version.state == VersionState::Revoked);
        revoked.max_by_key(|version| version.served_at).unwrap_or(found)
    }

    /// What `version` asks for, and the version that serves asked for in vain.
    #[must_use]
    pub fn withheld_before(&self, version: &PluginVersion) -> Vec<Ask> {
        let Some(serving) = self.serving() else { return Vec::new() };
        let withheld = |ask: &&Ask| serving.asks.covers(ask) && !self.grants.covers(ask);
        version.asks.iter().filter(withheld).cloned().collect()
    }

    /// Those of `lacking` that the version that serves did not ask for either.
    fn news(&self, lacking: &[Ask]) -> Vec<Ask> {
        let withheld = |ask: &&Ask| !self.serving().is_some_and(|serving| serving.asks.covers(ask));
        lacking.iter().filter(withheld).cloned().collect()
    }

    /// The version that a rollback returns to: the one that served last before the one that serves now.
    #[must_use]
    pub fn before(&self) -> Option<&PluginVersion> {
        let other = |version: &&PluginVersion| {
            version.state == VersionState::Approved && Some(&version.hash) != self.serving.as_ref()
        };
        self.versions
            .iter()
            .filter(other)
            .filter(|version| version.served_at.is_some())
            .max_by_key(|v| v.served_at)
    }

    /// The versions that nothing needs any more: all but those that served last, and those that wait.
    pub fn superfluous(&self) -> impl Iterator<Item = &PluginVersion> {
        let mut served: Vec<&PluginVersion> =
            self.versions.iter().filter(|v| v.served_at.is_some()).collect();
        served.sort_by_key(|version| (self.serving.as_ref() == Some(&version.hash), version.served_at));
        let surplus = served.len().saturating_sub(KEPT_VERSIONS);
        served.into_iter().take(surplus)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(hash: &str, asks: &[&str], state: VersionState, served_at: Option<i64>) -> PluginVersion {
        let asks = asks.iter().map(|ask| ask.parse().expect("a grant")).collect();
        PluginVersion {
            plugin: "example".into(),
            hash: hash.into(),
            version: "1.0.0".into(),
            size: 1,
            asks,
            state,
            reason: None,
            found_at: 0,
            served_at,
        }
    }

    fn record(serving: Option<&str>, grants: &[&str], versions: Vec<PluginVersion>) -> PluginRecord {
        PluginRecord {
            serving: serving.map(str::to_owned),
            grants: grants.iter().map(|ask| ask.parse().expect("a grant")).collect(),
            rolled_back_to: false,
            versions,
        }
    }

    use VersionState::{Approved, Revoked, RolledBack, Waiting};

    #[test]
    fn an_upgrade_that_asks_for_nothing_new_takes_over_and_one_that_does_waits() {
        let old = version("a", &["emit:order", "send"], Approved, Some(1));
        let record = record(Some("a"), &["emit:order", "send"], vec![old.clone()]);
        assert_eq!(record.step(&old), Step::Stay);
        let less = version("b", &["emit:order"], Waiting, None);
        assert_eq!(record.step(&less), Step::TakeOver);
        let more = version("c", &["emit:order", "emit:refund"], Waiting, None);
        assert_eq!(record.step(&more), Step::Ask(vec!["emit:refund".parse().expect("a grant")]));
    }

    #[test]
    fn what_was_withheld_once_does_not_hold_up_the_next_version() {
        let old = version("a", &["emit:order", "send"], Approved, Some(1));
        let record = record(Some("a"), &["emit:order"], vec![old]);
        assert_eq!(record.step(&version("b", &["emit:order", "send"], Waiting, None)), Step::TakeOver);
    }

    #[test]
    fn what_nobody_approved_waits_and_what_was_rolled_back_stays_away() {
        let new = version("a", &["send"], Waiting, None);
        assert!(matches!(record(None, &[], vec![]).step(&new), Step::Ask(asks) if asks.len() == 1));
        let bad = version("b", &[], RolledBack, Some(2));
        assert_eq!(record(Some("a"), &["send"], vec![new]).step(&bad), Step::Stay);
        let gone = version("c", &[], Revoked, Some(3));
        assert_eq!(record(Some("a"), &["send"], vec![gone.clone()]).step(&gone), Step::Stay);
    }

    #[test]
    fn an_approval_after_a_roll_back_and_a_revocation_means_the_version_that_was_rolled_back_to() {
        let (bad, old) = (version("c", &[], RolledBack, Some(2)), version("a", &[], Revoked, Some(1)));
        let good = version("b", &[], Revoked, Some(3));
        let new = version("d", &[], Waiting, None);
        let record = |serving| record(serving, &[], vec![bad.clone(), good.clone(), old.clone()]);
        assert_eq!(record(None).next(&bad), &good);
        assert_eq!(record(None).next(&new), &new, "what nobody took back comes first");
        assert_eq!(record(Some("b")).next(&bad), &bad);
    }

    #[test]
    fn what_was_withheld_is_known_when_a_newer_version_asks_for_it_again() {
        let old = version("a", &["emit:order", "send"], Approved, Some(1));
        let record = record(Some("a"), &["emit:order"], vec![old]);
        let new = version("b", &["emit:order", "emit:refund", "send"], Waiting, None);
        assert_eq!(record.withheld_before(&new), ["send".parse().expect("a grant")]);
    }

    #[test]
    fn a_rollback_goes_to_what_served_before_and_three_versions_are_kept() {
        let versions = vec![
            version("d", &[], Approved, Some(4)),
            version("c", &[], RolledBack, Some(3)),
            version("b", &[], Approved, Some(2)),
            version("a", &[], Approved, Some(1)),
            version("w", &[], Waiting, None),
        ];
        let record = record(Some("d"), &[], versions);
        assert_eq!(record.before().map(|version| version.hash.as_str()), Some("b"));
        let gone: Vec<_> = record.superfluous().map(|version| version.hash.as_str()).collect();
        assert_eq!(gone, ["a"]);
    }
}
