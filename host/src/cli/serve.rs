//! `switchboard serve`: a hub under a service manager, or on a terminal.

use super::output::Output;
use super::{Sources, account};
use crate::ambient::Ambient;
use crate::app::{App, Running};
use crate::config::Config;
use crate::observe;

/// Runs the hub until it is told to stop. On SIGHUP the configuration is read again.
pub(super) async fn run(config: Config, sources: &Sources) -> anyhow::Result<()> {
    let mut reloads = Reloads::new()?;
    let stop = stopped();
    tokio::pin!(stop);
    let running = tokio::select! {
        started = App::start(config, Ambient::system()) => started?,
        stopped = &mut stop => return Ok(stopped?),
    };
    // To whoever started it, and not to the log, which others may read.
    match account::set_up(&running.store, running.hub.config(), running.hub.public_url()).await {
        Ok(Some(words)) => Output { json: false }.line(&format!("\n{words}\n")),
        Ok(None) => {}
        Err(error) => {
            let error = format!("{error:#}");
            tracing::warn!(
                error,
                "no link for a first owner could be made; `switchboard account link` makes one"
            );
        }
    }
    manager::ready(&format!("answers on {}", running.addr));
    loop {
        tokio::select! {
            stopped = &mut stop => break stopped?,
            () = reloads.asked() => {
                manager::reloading();
                reload(&running, sources).await;
                manager::ready(&format!("answers on {}", running.addr));
            }
        }
    }
    manager::stopping();
    tracing::info!("stopping: what is under way is finished first");
    running.stop().await;
    Ok(())
}

/// Reads the configuration, plugins and connections again. Where the new configuration cannot be used, the
/// old one goes on.
async fn reload(running: &Running, sources: &Sources) {
    let config = match sources.load() {
        Ok(config) => config,
        Err(error) => {
            return tracing::error!(%error, "the new configuration cannot be used; the old one goes on");
        }
    };
    if let Err(error) = observe::refilter(&config.log, sources.rust_log.as_deref()) {
        return tracing::error!(%error, "the new configuration cannot be used; the old one goes on");
    }
    match running.hub.reconfigure(&config).await {
        Ok((changes, report)) => {
            tracing::info!(applied = changes.applied.join(", "), ?report, "the configuration was read again");
            if !changes.waiting.is_empty() {
                let keys = changes.waiting.join(", ");
                tracing::warn!(keys, "these keys take effect when the hub is started again");
            }
        }
        Err(error) => {
            let error = format!("{:#}", anyhow::Error::from(error));
            tracing::error!(error, "plugins and connections stay as they were");
        }
    }
}

/// Waits for Ctrl-C, or for the signal that a service manager sends.
pub(super) async fn stopped() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            pressed = tokio::signal::ctrl_c() => pressed,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}

/// Hears SIGHUP, from before the hub starts, so that one that comes early does not end it.
struct Reloads {
    #[cfg(unix)]
    hang_up: tokio::signal::unix::Signal,
}

impl Reloads {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            #[cfg(unix)]
            hang_up: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup())?,
        })
    }

    /// Waits until a reload is asked for.
    async fn asked(&mut self) {
        #[cfg(unix)]
        if self.hang_up.recv().await.is_some() {
            return;
        }
        std::future::pending().await
    }
}

/// What a service manager is told over its socket (`NOTIFY_SOCKET`, see sd_notify(3)); nothing where there is
/// none.
mod manager {
    #[cfg(unix)]
    use sd_notify::NotifyState;

    #[cfg(unix)]
    fn tell(state: &[NotifyState<'_>]) {
        if let Err(error) = sd_notify::notify(state) {
            tracing::warn!(%error, "the service manager cannot be told how the hub is doing");
        }
    }

    /// It answers, and is at `status`.
    pub(super) fn ready(status: &str) {
        #[cfg(unix)]
        tell(&[NotifyState::Ready, NotifyState::Status(status)]);
        #[cfg(not(unix))]
        let _ = status;
    }

    /// It reads its configuration again.
    pub(super) fn reloading() {
        #[cfg(unix)]
        if let Ok(now) = NotifyState::monotonic_usec_now() {
            tell(&[NotifyState::Reloading, now]);
        }
    }

    /// It stops.
    pub(super) fn stopping() {
        #[cfg(unix)]
        tell(&[NotifyState::Stopping]);
    }
}
