//! `switchboard serve`.

use crate::ambient::Ambient;
use crate::app::App;
use crate::config::Config;

/// Runs the hub until it is told to stop.
pub(super) async fn run(config: Config) -> anyhow::Result<()> {
    let running = App::start(config, Ambient::system()).await?;
    stopped().await?;
    tracing::info!("stopping: what is under way is finished first");
    running.stop().await;
    Ok(())
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
