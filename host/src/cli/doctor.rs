//! `switchboard doctor`: what needs attention, each with what mends it.

mod connections;
mod database;
mod machine;
mod work;

use anyhow::bail;
use serde::Serialize;

use super::args::Doctor as Args;
use super::health;
use super::output::Output;
use crate::ambient::Ambient;
use crate::config::{Config, ConfigError};

/// What a look at one thing found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Finding {
    /// What was looked at: `database`, `plugin` …
    check: &'static str,
    /// Which one, where there are several: a path, a connection's id.
    about: Option<String>,
    /// Whether all is well.
    ok: bool,
    /// What was found.
    message: String,
    /// The command or step that mends it.
    mend: Option<String>,
}

/// What was found so far.
#[derive(Debug, Default, Serialize)]
struct Findings(Vec<Finding>);

impl Findings {
    fn fine(&mut self, check: &'static str, about: impl Into<Option<String>>, message: impl Into<String>) {
        let (about, message) = (about.into(), message.into());
        self.0.push(Finding { check, about, ok: true, message, mend: None });
    }

    fn attention(
        &mut self,
        check: &'static str,
        about: impl Into<Option<String>>,
        message: impl Into<String>,
        mend: impl Into<String>,
    ) {
        let (about, message, mend) = (about.into(), message.into(), Some(mend.into()));
        self.0.push(Finding { check, about, ok: false, message, mend });
    }

    /// Shows everything, and fails where something needs attention.
    fn tell(&self, out: &Output) -> anyhow::Result<()> {
        let count = self.0.iter().filter(|finding| !finding.ok).count();
        out.data(&serde_json::json!({"attention": count, "findings": self.0}), || self.words());
        match count {
            0 => Ok(()),
            1 => bail!("one thing needs attention"),
            count => bail!("{count} things need attention"),
        }
    }

    fn words(&self) -> String {
        let line = |finding: &Finding| {
            let mark = if finding.ok { "ok" } else { "ATTENTION" };
            let about = finding.about.as_ref().map(|about| format!(" {about}")).unwrap_or_default();
            let mend = finding.mend.as_ref().map(|mend| format!("\n{:>11} {mend}", "->")).unwrap_or_default();
            format!("{mark:>9}  {}{about}: {}{mend}", finding.check, finding.message)
        };
        self.0.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

/// Looks at everything and mends nothing.
pub(super) async fn run(args: &Args, config: Config, out: &Output) -> anyhow::Result<()> {
    let ambient = Ambient::system();
    let mut found = Findings::default();
    found.fine("configuration", None, "can be read");
    machine::folders(&config, &mut found);
    machine::room(&config, args.min_free, &mut found);
    let checkup = database::look(&config, args.thorough, &mut found).await;
    machine::clock(&config, ambient.now_ms(), checkup.as_ref(), &mut found);
    served(&config, &mut found).await;
    if checkup.is_some_and(|checkup| checkup.shape == Some(checkup.known) && checkup.problems.is_empty()) {
        connections::look(config, args, &mut found).await;
    }
    found.tell(out)
}

/// Tells that the configuration cannot be used, which ends the look.
pub(super) fn misconfigured(error: &ConfigError, out: &Output) -> anyhow::Result<()> {
    let mut found = Findings::default();
    found.attention(
        "configuration",
        None,
        error.to_string(),
        "correct it there; every key with its meaning stands in host/config.default.toml",
    );
    found.tell(out)
}

/// Whether a hub answers. That none does is no finding: `switchboard health` is for that.
async fn served(config: &Config, found: &mut Findings) {
    let base = health::near(config.http.listen);
    match health::ready(&base, std::time::Duration::from_secs(5)).await {
        Ok(200) => found.fine("hub", None, format!("answers at {base} and is ready")),
        Ok(503) => found.attention(
            "hub",
            None,
            format!("answers at {base} and is not ready"),
            "read its log, such as `journalctl --unit switchboard --priority err`: it says why",
        ),
        Ok(_) | Err(_) => {
            found.fine("hub", None, format!("none answers at {base}; `switchboard serve` starts one"));
        }
    }
}
