//! `switchboard plugin usage`.

use std::collections::BTreeMap;

use serde_json::json;

use super::open;
use super::output::{Output, size, table};
use crate::ambient::Ambient;
use crate::config::Config;
use crate::model::usage::{HOUR_MS, Usage};
use crate::store::UsageFilter;

/// Shows what plugins used in the last hours, each connection in a line.
pub(super) async fn run(
    plugin: Option<&str>,
    hours: u32,
    config: &Config,
    out: &Output,
) -> anyhow::Result<()> {
    let store = open::store(config).await?;
    let now = Ambient::system().now_ms();
    let since = now - now.rem_euclid(HOUR_MS) - i64::from(hours.max(1) - 1) * HOUR_MS;
    let filter = UsageFilter { connection: None, plugin: plugin.map(str::to_owned), since };
    let mut sums: BTreeMap<(String, String), Usage> = BTreeMap::new();
    for (plugin, hour) in store.usage(&filter).await? {
        sums.entry((plugin, hour.of.to_string())).or_default().merge(&hour.usage);
    }
    let data: Vec<_> = sums
        .iter()
        .map(|((plugin, connection), usage)| json!({"plugin": plugin, "connection": connection, "usage": usage}))
        .collect();
    out.data(&json!({"hours": hours, "usage": data}), || {
        if sums.is_empty() {
            return format!(
                "No plugin was called in the last {hours} hours. A hub writes down what was called every few \
                 seconds (`usage.flush`)."
            );
        }
        let rows: Vec<_> =
            sums.iter().map(|((plugin, connection), usage)| line(plugin, connection, usage)).collect();
        table(
            &[
                "plugin",
                "connection",
                "calls",
                "failed",
                "cpu",
                "half within",
                "95% within",
                "memory",
                "sent",
                "received",
            ],
            &rows,
        )
    });
    store.close().await;
    Ok(())
}

fn line(plugin: &str, connection: &str, usage: &Usage) -> Vec<String> {
    let within = |percent| {
        usage.percentile(percent).map_or_else(|| "longer".to_owned(), |us| format!("{} ms", ms(us)))
    };
    let failed: Vec<_> = usage.failures.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    vec![
        plugin.to_owned(),
        connection.to_owned(),
        usage.calls.to_string(),
        if failed.is_empty() { "0".to_owned() } else { failed.join(", ") },
        format!("{} ms", ms(usage.cpu_us)),
        within(50),
        within(95),
        size(usage.peak_memory),
        size(usage.sent),
        size(usage.received),
    ]
}

/// Microseconds as milliseconds, with a fraction where it matters.
fn ms(us: u64) -> String {
    if us < 10_000 { format!("{}.{:02}", us / 1_000, us % 1_000 / 10) } else { (us / 1_000).to_string() }
}
