//! Logs and metrics, set up once for a process.
//!
//! Neither holds a secret, personal data or a raw body: fields are ids, counts, kinds and reasons.

use std::io::IsTerminal as _;
use std::sync::{Mutex, OnceLock};

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};

/// Upper bounds of the buckets that durations are counted in, in seconds: from a plugin's call to a
/// vendor's time-out.
const BUCKETS: [f64; 16] = [
    0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0,
    15.0,
];

/// Why logs or metrics cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum ObserveError {
    /// The filter makes no sense.
    #[error(
        "`{filter}` is not a log filter: write a level such as `info`, or `info,switchboard::plugin=debug`; it is `log.filter` in the configuration, or RUST_LOG"
    )]
    Filter {
        /// As it was written.
        filter: String,
        /// What is wrong with it.
        #[source]
        source: tracing_subscriber::filter::ParseError,
    },
    /// Something else in this process records metrics.
    #[error("metrics cannot be recorded: another recorder is installed in this process")]
    Recorder,
}

/// Puts another filter in place of the present one.
type Refilter = Box<dyn Fn(EnvFilter) + Send + Sync>;

/// How the filter of the logs that were set up is replaced.
static REFILTER: OnceLock<Refilter> = OnceLock::new();

/// Sends logs to standard error from now on: as text on a terminal, as JSON otherwise, unless the
/// configuration says. `rust_log` is the variable RUST_LOG and outranks the configured filter. A second call
/// changes nothing.
///
/// # Errors
/// When the filter makes no sense.
pub fn logs(log: &Log, rust_log: Option<&str>) -> Result<(), ObserveError> {
    let filter = filter(log, rust_log)?;
    let terminal = std::io::stderr().is_terminal();
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let text = match log.format {
        LogFormat::Auto => terminal,
        LogFormat::Text => true,
        LogFormat::Json => false,
    };
    // Only a second call fails, and then the first one's logs go on.
    let (first, refilter): (_, Refilter) = if text {
        let builder = builder.with_ansi(terminal).with_filter_reloading();
        let handle = builder.reload_handle();
        (builder.try_init(), Box::new(move |filter| drop(handle.reload(filter))))
    } else {
        let builder = builder.json().flatten_event(true).with_filter_reloading();
        let handle = builder.reload_handle();
        (builder.try_init(), Box::new(move |filter| drop(handle.reload(filter))))
    };
    if first.is_ok() {
        let _ = REFILTER.set(refilter);
    }
    Ok(())
}

/// Filters the logs that [`logs`] set up by another configuration from now on.
///
/// # Errors
/// When the filter makes no sense; the present one then stays.
pub fn refilter(log: &Log, rust_log: Option<&str>) -> Result<(), ObserveError> {
    let filter = filter(log, rust_log)?;
    if let Some(refilter) = REFILTER.get() {
        refilter(filter);
    }
    Ok(())
}

fn filter(log: &Log, rust_log: Option<&str>) -> Result<EnvFilter, ObserveError> {
    let filter = rust_log.filter(|text| !text.trim().is_empty()).unwrap_or(&log.filter);
    EnvFilter::try_new(filter).map_err(|source| ObserveError::Filter { filter: filter.to_owned(), source })
}

/// The metrics of this process.
#[derive(Clone)]
pub struct Metrics(PrometheusHandle);

impl Metrics {
    /// Begins to record metrics; later calls give the same. Call it before plugins are loaded: what is
    /// counted keeps hold of the recorder it found.
    ///
    /// # Errors
    /// When something else in this process records metrics.
    pub fn install() -> Result<Self, ObserveError> {
        static INSTALLED: Mutex<Option<PrometheusHandle>> = Mutex::new(None);
        let mut installed = INSTALLED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(handle) = installed.as_ref() {
            return Ok(Self(handle.clone()));
        }
        let handle = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &BUCKETS)
            .and_then(PrometheusBuilder::install_recorder)
            .map_err(|_| ObserveError::Recorder)?;
        Ok(Self(installed.insert(handle).clone()))
    }

    /// Everything that was counted, in Prometheus' text form.
    #[must_use]
    pub fn render(&self) -> String {
        self.0.render()
    }

    /// Folds what histograms collected; to be called every few seconds, lest they grow.
    pub fn upkeep(&self) {
        self.0.run_upkeep();
    }
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Metrics")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_rendered_and_a_second_install_gives_the_same() {
        let first = Metrics::install().expect("installs");
        metrics::counter!("switchboard_observe_test_total").increment(2);
        let second = Metrics::install().expect("installs");
        assert!(first.render().contains("switchboard_observe_test_total 2"));
        assert!(second.render().contains("switchboard_observe_test_total 2"));
    }

    #[test]
    fn a_filter_that_makes_no_sense_is_told_with_an_example() {
        let log = Log { filter: "loud=very=much".to_owned(), format: LogFormat::Auto };
        let error = logs(&log, None).expect_err("refused").to_string();
        assert!(error.contains("log.filter") && error.contains("info"), "{error}");
    }
}
