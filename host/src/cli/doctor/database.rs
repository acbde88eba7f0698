//! The database's file.

use super::Findings;
use crate::cli::output::size;
use crate::config::Config;
use crate::store::Server;
use crate::store::StoreError;
use crate::store::health::{self, Checkup};

/// Looks at the database; `None` where there is none or it cannot be looked at.
pub(super) async fn look(config: &Config, thorough: bool, found: &mut Findings) -> Option<Checkup> {
    const CHECK: &str = "database";
    if let Some(server) = &config.storage.server {
        return on_server(server, found).await;
    }
    let path = &config.storage.path;
    let about = path.display().to_string();
    let Ok(file) = std::fs::metadata(path) else {
        found.fine(CHECK, about, "there is none yet; `switchboard serve` makes it");
        return None;
    };
    let restore = "stop the hub and put the last backup in its place: `switchboard restore FILE --force`";
    let checkup = match health::examine(path, thorough).await {
        Ok(checkup) => checkup,
        Err(error @ StoreError::Unavailable(_)) => {
            found.attention(
                CHECK,
                about,
                error.to_string(),
                "run this as the user that serves the hub, and make room on its disk",
            );
            return None;
        }
        Err(error) => {
            found.attention(CHECK, about, format!("{:#}", anyhow::Error::from(error)), restore);
            return None;
        }
    };
    let bytes = size(file.len());
    match (checkup.problems.first(), checkup.shape) {
        (Some(problem), _) => found.attention(CHECK, about, format!("it is damaged: {problem}"), restore),
        (None, Some(shape)) if shape > checkup.known => found.attention(
            CHECK,
            about,
            format!("a newer Switchboard wrote it (its shape {shape}, this program knows {})", checkup.known),
            "run that version, or restore a backup that this version made",
        ),
        (None, Some(shape)) if shape < checkup.known => found.fine(
            CHECK,
            about,
            format!("sound, {bytes}; the next start brings it up to date, and its connections can be looked at then"),
        ),
        (None, _) => found.fine(CHECK, about, format!("sound, {bytes}")),
    }
    Some(checkup)
}

/// Looks at a database on a server.
async fn on_server(server: &Server, found: &mut Findings) -> Option<Checkup> {
    const CHECK: &str = "database";
    let about = server.to_string();
    let checkup = match health::reach(server).await {
        Ok(checkup) => checkup,
        Err(error) => {
            found.attention(
                CHECK,
                about,
                format!("it cannot be reached: {:#}", anyhow::Error::from(error)),
                "start the server, and make the database and its user as `storage.url` names them",
            );
            return None;
        }
    };
    match checkup.shape {
        None => found.fine(CHECK, about, "empty; `switchboard serve` brings it into shape"),
        Some(shape) if shape > checkup.known => found.attention(
            CHECK,
            about,
            format!("a newer Switchboard wrote it (its shape {shape}, this program knows {})", checkup.known),
            "run that version, or restore a copy that was made before",
        ),
        Some(shape) if shape < checkup.known => {
            found.fine(CHECK, about, "can be reached; the next start brings it up to date");
        }
        Some(_) => found.fine(CHECK, about, "can be reached; its server checks it (`pg_amcheck`)"),
    }
    Some(checkup)
}
