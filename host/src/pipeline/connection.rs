//! A connection ready to work: its plugin, its binding, its verifier, its rates.

use std::num::NonZeroU32;
use std::sync::Arc;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use http::{HeaderName, Method};
use metrics::Counter;
use zeroize::Zeroizing;

use super::guard::Guard;
use super::installed::Installed;
use crate::config::Config;
use crate::model::connection::{Connection, ConnectionState};
use crate::model::limit::Overrides;
use crate::model::manifest::{Manifest, Rate, SecretPlaces};
use crate::model::schedule::{OwnSchedule, Schedule};
use crate::model::signature::{Request, Verdict, Verifier};
use crate::plugin::{Binding, Limits, Plugin};
use crate::store::{FormerSecret, Store, StoreError};

/// A connection with everything its requests and messages need, prepared once and shared.
pub struct Live {
    /// The connection as it is stored.
    pub connection: Connection,
    /// Its plugin.
    pub plugin: Plugin,
    pub(super) binding: Arc<Binding>,
    pub(super) inbound: Option<Inbound>,
    pub(super) receiving: Arc<DefaultDirectRateLimiter>,
    pub(super) sending: Arc<DefaultDirectRateLimiter>,
    pub(super) counts: Counts,
    /// Whether its plugin may run now.
    pub(super) guard: Arc<Guard>,
    /// The configured rates: requests a second, at once beyond that, messages a second.
    rates: [u32; 3],
    /// When it asks, where an operator set that.
    schedule: Option<OwnSchedule>,
}

/// What the store holds of a connection beside the connection itself.
pub(super) struct Held {
    secrets: Vec<(String, Zeroizing<Vec<u8>>)>,
    former: Vec<FormerSecret>,
    limits: Overrides,
    schedule: Option<OwnSchedule>,
}

impl Held {
    /// Reads it. A schedule that asks more often than its plugin is granted by now is left out.
    ///
    /// # Errors
    /// When the store does not answer, or a secret does not open.
    pub(super) async fn read(
        store: &Store,
        connection: &Connection,
        installed: &Installed,
    ) -> Result<Self, StoreError> {
        let id = &connection.id;
        let mut schedule = store.schedule(id).await?;
        if let Some(OwnSchedule::At(own)) = &schedule
            && installed.schedule().is_some()
            && !installed.may_ask(own)
        {
            tracing::warn!(
                connection = %id, schedule = %own,
                "the schedule that is set for a connection asks more often than its plugin is granted: the plugin's holds"
            );
            schedule = None;
        }
        let (secrets, former) = (store.secrets(id).await?, store.former_secrets(id).await?);
        Ok(Self { secrets, former, limits: store.limits(id).await?, schedule })
    }
}

/// How requests come in.
pub(super) struct Inbound {
    /// Why no request can be verified, where none can.
    pub(super) verifier: Result<Verifier, String>,
    /// The same with values that secrets had before, each until a moment in milliseconds since the epoch.
    former: Vec<(i64, Verifier)>,
    /// The methods some rule is for; `None` for any.
    pub(super) methods: Option<Vec<Method>>,
    /// The largest body in bytes.
    pub(super) max_body: usize,
    /// Where vendors call: `https://hub.example.com/hooks/conn_…`.
    pub(super) url: String,
    /// The path of that address.
    pub(super) path: String,
    /// Where in a request a secret itself stands.
    pub(super) places: SecretPlaces,
}

/// What is counted, looked up once.
pub(super) struct Counts {
    pub(super) done: Counter,
    pub(super) parked: Counter,
    pub(super) rejected: Counter,
    pub(super) unverified: Counter,
    pub(super) limited: Counter,
    pub(super) unavailable: Counter,
    pub(super) events: Counter,
    pub(super) duplicates: Counter,
}

/// Headers that carry credentials whatever the plugin, and are therefore neither kept nor shown to it.
const CREDENTIALS: [HeaderName; 3] =
    [http::header::AUTHORIZATION, http::header::PROXY_AUTHORIZATION, http::header::COOKIE];

impl Live {
    /// Prepares a connection. `before` is the same connection as it was until now: its rates go on
    /// where they were not changed.
    ///
    /// # Errors
    /// When its settings no longer fit its plugin; the text says what to do.
    pub(super) fn prepare(
        connection: Connection,
        plugin: Plugin,
        held: Held,
        config: &Config,
        public_url: &str,
        before: Option<&Self>,
    ) -> Result<Self, String> {
        let manifest = Arc::clone(&plugin.manifest);
        let settings = manifest.check_settings(&connection.settings).map_err(|problems| {
            let words: Vec<_> = problems.iter().map(ToString::to_string).collect();
            format!(
                "its settings do not fit the plugin `{}`: {}; add it again",
                manifest.name,
                words.join("; ")
            )
        })?;
        let url = hook_url(public_url, connection.id.as_str());
        let binding = Binding::with_limits(&plugin, connection.id.clone(), &settings, &url, &held.limits)
            .map_err(|why| why.to_string())?;
        let inbound = manifest.webhook.as_ref().map(|webhook| Inbound {
            verifier: verifier(&manifest, &held.secrets),
            former: former(&manifest, &held),
            methods: methods(&manifest),
            max_body: webhook
                .max_body
                .map_or(config.receive.max_body, |size| usize::try_from(size.bytes()).unwrap_or(usize::MAX)),
            path: path_of(&url).to_owned(),
            url,
            places: manifest.secret_places(),
        });
        let guard = before.map_or_else(|| Arc::new(Guard::new(config)), |before| Arc::clone(&before.guard));
        if before.is_some_and(|before| before.plugin.hash != plugin.hash) {
            guard.retry();
        }
        let rates = [config.receive.rate, config.receive.burst, config.outbox.rate];
        let before = before.filter(|before| before.rates == rates);
        let same_plugin = before.filter(|before| before.plugin.hash == plugin.hash);
        Ok(Self {
            rates,
            receiving: before.map_or_else(|| receiving(config), |before| Arc::clone(&before.receiving)),
            sending: same_plugin
                .map_or_else(|| sending(&manifest, config), |before| Arc::clone(&before.sending)),
            counts: Counts::of(manifest.name.as_str()),
            guard,
            connection,
            binding,
            inbound,
            plugin,
            schedule: held.schedule,
        })
    }

    /// Whether it works, or was paused.
    #[must_use]
    pub fn active(&self) -> bool {
        self.connection.state == ConnectionState::Active
    }

    /// What its calls may use.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        self.binding.limits()
    }

    /// When it asks: as an operator set it, else as its plugin does. `None` where its plugin asks nothing or its
    /// polls are off.
    #[must_use]
    pub fn schedule(&self) -> Option<&Schedule> {
        let theirs = self.plugin_schedule()?;
        match &self.schedule {
            None => Some(theirs),
            Some(OwnSchedule::At(own)) => Some(own),
            Some(OwnSchedule::Off) => None,
        }
    }

    /// What an operator set for it in place of its plugin's schedule.
    #[must_use]
    pub fn own_schedule(&self) -> Option<&OwnSchedule> {
        self.schedule.as_ref()
    }

    /// When its plugin asks unless told otherwise, if it is a poller.
    #[must_use]
    pub fn plugin_schedule(&self) -> Option<&Schedule> {
        let poller = self.plugin.manifest.poller.as_ref().filter(|_| self.plugin.capabilities.poller);
        poller.map(|poller| &poller.schedule)
    }

    /// Why its requests cannot be verified, when they cannot.
    #[must_use]
    pub fn problem(&self) -> Option<&str> {
        self.inbound.as_ref()?.verifier.as_ref().err().map(String::as_str)
    }

    /// Whether a header may be kept and shown to the plugin.
    pub(super) fn keeps(&self, name: &HeaderName) -> bool {
        let secret = self.inbound.as_ref().is_some_and(|inbound| inbound.places.headers.contains(name));
        !secret && !CREDENTIALS.contains(name)
    }
}

impl std::fmt::Debug for Live {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Live({} {:?})", self.connection.id, self.plugin)
    }
}

impl Inbound {
    /// Whether a secret's value before the present one vouches for a request, while it may.
    pub(super) fn by_former(&self, request: &Request<'_>, now: i64) -> Option<Verdict> {
        let standing = self.former.iter().filter(|(until, _)| now < *until);
        standing.map(|(_, verifier)| verifier).find_map(|verifier| verifier.check(request, now).ok())
    }
}

/// Where vendors reach a connection.
pub(super) fn hook_url(public_url: &str, connection: &str) -> String {
    format!("{public_url}/hooks/{connection}")
}

/// The path of an address: what follows its host.
fn path_of(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + 3);
    url[host..].find('/').map_or("", |at| &url[host + at..])
}

/// Prepares the signature check from the manifest's rules and a connection's secrets.
pub(super) fn verifier(
    manifest: &Manifest,
    secrets: &[(String, Zeroizing<Vec<u8>>)],
) -> Result<Verifier, String> {
    let secret =
        |wanted: &str| secrets.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone());
    Verifier::compile(manifest, secret).map_err(|why| why.to_string())
}

/// The signature checks with each value that a secret had before and that may still verify.
fn former(manifest: &Manifest, held: &Held) -> Vec<(i64, Verifier)> {
    let mut checks = Vec::new();
    for before in &held.former {
        let Some(until) = before.verify_until else { continue };
        let mut secrets = held.secrets.clone();
        for (_, value) in secrets.iter_mut().filter(|(name, _)| *name == before.name) {
            value.clone_from(&before.value);
        }
        match verifier(manifest, &secrets) {
            Ok(verifier) => checks.push((until, verifier)),
            Err(why) => {
                tracing::warn!(secret = before.name, why, "an earlier value of a secret verifies nothing")
            }
        }
    }
    checks
}

/// The methods that some rule is for; `None` when a rule is for any.
fn methods(manifest: &Manifest) -> Option<Vec<Method>> {
    let rules = manifest.webhook.iter().flat_map(|webhook| &webhook.verify);
    let mut methods = Vec::new();
    for rule in rules {
        if rule.when.methods.is_empty() {
            return None;
        }
        for method in &rule.when.methods {
            let method = Method::from_bytes(method.as_bytes()).ok()?;
            if !methods.contains(&method) {
                methods.push(method);
            }
        }
    }
    Some(methods)
}

fn receiving(config: &Config) -> Arc<DefaultDirectRateLimiter> {
    let rate = NonZeroU32::new(config.receive.rate).unwrap_or(NonZeroU32::MIN);
    let burst = NonZeroU32::new(config.receive.burst).unwrap_or(NonZeroU32::MIN);
    Arc::new(RateLimiter::direct(Quota::per_second(rate).allow_burst(burst)))
}

fn sending(manifest: &Manifest, config: &Config) -> Arc<DefaultDirectRateLimiter> {
    let wished = manifest.sender.as_ref().and_then(|sender| sender.rate);
    let quota = wished
        .and_then(quota)
        .unwrap_or_else(|| Quota::per_second(NonZeroU32::new(config.outbox.rate).unwrap_or(NonZeroU32::MIN)));
    Arc::new(RateLimiter::direct(quota))
}

/// So many in so long, spread evenly. Never more at once than the rate allows a vendor to see in one period.
fn quota(rate: Rate) -> Option<Quota> {
    let count = NonZeroU32::new(rate.count)?;
    Some(
        Quota::with_period(rate.per.duration() / count.get())?
            .allow_burst(NonZeroU32::new(count.get().div_ceil(10))?),
    )
}

impl Counts {
    fn of(plugin: &str) -> Self {
        let outcome = |outcome: &'static str| metrics::counter!("switchboard_deliveries_total", "plugin" => plugin.to_owned(), "outcome" => outcome);
        Self {
            done: outcome("done"),
            parked: outcome("parked"),
            rejected: outcome("rejected"),
            unverified: outcome("unverified"),
            limited: outcome("limited"),
            unavailable: outcome("unavailable"),
            events: metrics::counter!("switchboard_events_total", "plugin" => plugin.to_owned()),
            duplicates: metrics::counter!("switchboard_event_duplicates_total", "plugin" => plugin.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::manifest::Period;

    #[test]
    fn the_path_of_a_hook_keeps_what_a_proxy_put_before_it() {
        assert_eq!(path_of(&hook_url("https://a.example", "conn_1")), "/hooks/conn_1");
        assert_eq!(path_of(&hook_url("https://a.example:8/base", "conn_1")), "/base/hooks/conn_1");
    }

    #[test]
    fn a_rate_never_lets_more_through_in_its_period_than_it_says() {
        let slow = quota(Rate { count: 1, per: Period::from_millis(6_000) }).expect("a quota");
        assert_eq!((slow.burst_size().get(), slow.replenish_interval().as_millis()), (1, 6_000));
        let fast = quota(Rate { count: 80, per: Period::from_millis(1_000) }).expect("a quota");
        assert_eq!(fast.burst_size().get(), 8);
        assert_eq!(fast.replenish_interval().as_micros(), 12_500);
    }
}
