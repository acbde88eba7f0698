//! A new version on probation: one whose calls fail much more often than those of the version before it
//! is taken back by itself, and what it failed on is run again.

use super::Hub;
use super::installed::THE_HUB;
use crate::config::Rollback;
use crate::model::delivery::DeliveryState;
use crate::model::installation::PluginRecord;
use crate::store::{DeliveryFilter, PageRequest};

/// Why a version must go, when it must: its calls and failures beside those of the version before.
fn verdict(rule: &Rollback, now: (u64, u64), before: (u64, u64)) -> Option<String> {
    let percent = |(calls, failures): (u64, u64)| (failures * 100).checked_div(calls).unwrap_or(0);
    let (calls, failures) = now;
    if failures < rule.failures || percent(now) < percent(before) + rule.percent {
        return None;
    }
    Some(format!(
        "{failures} of its {calls} calls failed ({} %), of the version before {} %",
        percent(now),
        percent(before)
    ))
}

/// Whether the version that serves may still be taken back by itself: it is new, and nobody chose it by
/// rolling back. What was rolled back to stays, however it fares: a vendor that is down would else have
/// version after version taken back that works.
fn on_probation(rule: &Rollback, record: &PluginRecord, now: i64) -> bool {
    let since = record.serving().and_then(|serving| serving.served_at);
    !record.rolled_back_to
        && since.is_some_and(|since| u128::try_from(now - since).unwrap_or(0) < rule.within.as_millis())
}

impl Hub {
    /// Takes back every new version that fails.
    pub(super) async fn look_after_upgrades(&self) {
        let rule = &self.config().plugin.rollback;
        let now = self.ambient().now_ms();
        for installed in self.plugins().into_iter().filter(|one| on_probation(rule, &one.record, now)) {
            let Some(plugin) = installed.plugin() else { continue };
            let usage = plugin.usage();
            let Some(why) = verdict(rule, (usage.calls, usage.failures), installed.before) else { continue };
            let (Some(bad), Some(_)) = (installed.record.serving(), installed.record.before()) else {
                continue;
            };
            let (name, since) = (installed.name.clone(), bad.served_at.unwrap_or(now));
            match self.roll_plugin_back(&name, None, &why, THE_HUB).await {
                Ok(_) => {
                    tracing::warn!(
                        plugin = name,
                        version = bad.version,
                        why,
                        "a new version was rolled back"
                    );
                    metrics::counter!("switchboard_plugin_rollbacks_total", "plugin" => name.clone())
                        .increment(1);
                    self.replay_since(&name, since).await;
                }
                Err(error) => {
                    let error = super::registry::with_sources(&error);
                    tracing::error!(
                        plugin = name,
                        version = bad.version,
                        why,
                        error,
                        "a version that fails cannot be rolled back"
                    );
                }
            }
        }
    }

    /// Runs what a plugin's connections parked since then again, the oldest first.
    async fn replay_since(&self, plugin: &str, since: i64) {
        for live in self.snapshot().lives().filter(|live| live.connection.plugin == plugin) {
            let filter = DeliveryFilter {
                connection: Some(live.connection.id.clone()),
                state: Some(DeliveryState::Parked),
                ..DeliveryFilter::default()
            };
            let (mut parked, mut page) = (Vec::new(), PageRequest::first(200));
            // The newest come first; those from before the upgrade are not this version's doing.
            while let Ok(found) = self.store().deliveries(&filter, &page).await {
                let older = found.items.iter().any(|delivery| delivery.received_at < since);
                parked.extend(found.items.into_iter().filter(|d| d.received_at >= since).map(|d| d.id));
                page.cursor = found.next;
                if older || page.cursor.is_none() {
                    break;
                }
            }
            for id in parked.iter().rev() {
                if let Err(error) = self.replay(id).await {
                    tracing::warn!(delivery = %id, error = super::registry::with_sources(&error), "a parked delivery was not run again");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::grant::Grants;
    use crate::model::installation::{PluginVersion, VersionState};

    #[test]
    fn a_version_goes_when_it_fails_often_and_more_often_than_the_one_before() {
        let rule = Rollback { within: Duration::from_secs(60), failures: 10, percent: 25 };
        assert!(verdict(&rule, (20, 9), (100, 0)).is_none(), "too few failures to judge");
        assert!(verdict(&rule, (1000, 10), (100, 0)).is_none(), "one in a hundred is no jump");
        assert!(verdict(&rule, (20, 10), (100, 40)).is_none(), "the one before failed almost as often");
        let why = verdict(&rule, (20, 10), (100, 0)).expect("it goes");
        assert_eq!(why, "10 of its 20 calls failed (50 %), of the version before 0 %");
        assert!(verdict(&rule, (10, 10), (0, 0)).is_some());
    }

    #[test]
    fn only_what_is_new_and_was_not_chosen_by_a_roll_back_is_on_probation() {
        let rule = Rollback { within: Duration::from_secs(60), failures: 10, percent: 25 };
        let version = PluginVersion {
            plugin: "example".to_owned(),
            hash: "a".to_owned(),
            version: "1.0.0".to_owned(),
            size: 1,
            asks: Grants::default(),
            state: VersionState::Approved,
            reason: None,
            found_at: 0,
            served_at: Some(1_000),
        };
        let mut record = PluginRecord {
            serving: Some("a".to_owned()),
            versions: vec![version],
            ..PluginRecord::default()
        };
        assert!(on_probation(&rule, &record, 60_999));
        assert!(!on_probation(&rule, &record, 61_000), "it stood the test");
        record.rolled_back_to = true;
        assert!(!on_probation(&rule, &record, 2_000));
        assert!(!on_probation(&rule, &PluginRecord::default(), 2_000), "nothing serves");
    }
}
