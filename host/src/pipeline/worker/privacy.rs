//! Carries out what vendors ask on behalf of people. A request is committed with its event before the vendor
//! is answered, so that a crash forgets none; carrying one out again finishes it.

use super::back_off;
use crate::config::Redact;
use crate::model::event::PrivacyRight;
use crate::model::id::ProfileId;
use crate::pipeline::Hub;
use crate::pipeline::installed::THE_HUB;
use crate::pipeline::registry::with_sources;
use crate::store::{AskedRight, Audit, Erasure, RequestState, StoreError};

/// How many requests are looked at at a time.
const AT_ONCE: u32 = 20;

/// Works until the hub stops.
pub(super) async fn run(hub: Hub) {
    let mut work = hub.inner.work.subscribe();
    loop {
        work.mark_unchanged();
        match round(&hub).await {
            Ok(()) => {}
            Err(error) if error.passes() => {}
            Err(error) => {
                tracing::error!(error = with_sources(&error), "requests about privacy cannot be carried out");
            }
        }
        tokio::select! {
            () = hub.inner.stop.cancelled() => return,
            _ = work.changed() => {}
            () = tokio::time::sleep(super::TICK) => {}
        }
    }
}

async fn round(hub: &Hub) -> Result<(), StoreError> {
    for request in hub.store().due_requests(AT_ONCE).await? {
        if hub.inner.stop.is_cancelled() {
            return Ok(());
        }
        if let Err(error) = carry_out(hub, &request).await {
            let (first, longest) = (std::time::Duration::from_secs(5), std::time::Duration::from_secs(600));
            let wait = back_off(request.attempts + 1, first, longest, hub.ambient());
            tracing::error!(
                event = %request.event, connection = %request.connection, asks = request.asks.as_str(),
                error = with_sources(&error), "a request about privacy failed and is tried again"
            );
            hub.store().retry_request(&request.event, hub.ambient().now_ms().saturating_add(wait)).await?;
        }
    }
    Ok(())
}

async fn carry_out(hub: &Hub, request: &AskedRight) -> Result<(), StoreError> {
    let (state, action, outcome) = match request.asks {
        PrivacyRight::Access => match &request.profile {
            Some(_) => (
                RequestState::Waiting,
                "privacy-export-requested",
                "export the person and hand it over".to_owned(),
            ),
            None => {
                (RequestState::Done, "privacy-export-requested", "nobody is known by that name".to_owned())
            }
        },
        PrivacyRight::Erase => {
            let (state, outcome) = erase(hub, request).await?;
            (state, "privacy-erase-requested", outcome)
        }
        PrivacyRight::EraseConnection => {
            let why = format!("{} asked for it ({})", request.connection, request.event);
            let done = hub.store().erase_connection(&request.connection, THE_HUB, &why).await?;
            let outcome = format!("{} events of this connection were emptied", done.events);
            (RequestState::Done, "privacy-erase-requested", outcome)
        }
    };
    metrics::counter!("switchboard_privacy_requests_total", "asks" => request.asks.as_str()).increment(1);
    tracing::warn!(
        event = %request.event, connection = %request.connection, asks = request.asks.as_str(), outcome,
        "a request about privacy came in: `switchboard privacy list` shows what is left to do"
    );
    let audit = Audit {
        who: THE_HUB.to_owned(),
        action,
        detail: format!("{} asked in {}: {outcome}", request.connection, request.event),
    };
    let subject = request.profile.as_ref().map_or(request.event.as_str(), ProfileId::as_str);
    hub.store().settle_request(&request.event, state, &outcome, subject, audit).await
}

/// Erases as much of the person as `privacy.redact` says.
async fn erase(hub: &Hub, request: &AskedRight) -> Result<(RequestState, String), StoreError> {
    let nobody = || (RequestState::Done, "nobody is left by that name".to_owned());
    let Some(profile) = &request.profile else { return Ok(nobody()) };
    let connection = match hub.config().privacy.redact {
        Redact::Person => None,
        Redact::Connection => Some(request.connection.clone()),
    };
    let erasure = Erasure {
        profile: profile.clone(),
        connection,
        by: THE_HUB.to_owned(),
        reason: format!("{} asked for it ({})", request.connection, request.event),
    };
    Ok(match hub.store().erase(erasure).await? {
        Err(_) => nobody(),
        Ok(done) if done.remains => (
            RequestState::Waiting,
            "what this connection said is erased; other connections said more of the person: erase the person, or \
             answer the request as it is"
                .to_owned(),
        ),
        Ok(done) => (RequestState::Done, format!("the person is erased, {} events were emptied", done.events)),
    })
}
