//! Has assistants look at messages after they were committed.
//!
//! At least once, and idempotent: an insight's external id is made of its event and kind, so that what is
//! said twice is in the log once.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::{back_off, until, wait_ms};
use crate::model::event::{Attribute, Body, Insight, NewEvent};
use crate::model::id::MessageId;
use crate::model::manifest::Assistant;
use crate::model::message::Direction;
use crate::pipeline::Hub;
use crate::pipeline::connection::Live;
use crate::pipeline::registry::with_sources;
use crate::plugin::{AnalysisInput, Author, CallError, Finding, Line, PluginSaid};
use crate::store::{Ingest, Job, LoggedEvent, PageRequest, StoreError};

/// How long work waits for a connection that is paused or does not work, in milliseconds.
const IDLE_WAIT: i64 = 60_000;

/// Works until the hub stops; what was claimed is finished first.
pub(super) async fn run(hub: Hub) {
    let places = Arc::new(Semaphore::new(hub.config().assistant.at_once));
    let mut work = hub.inner.work.subscribe();
    loop {
        work.mark_unchanged();
        // One free place at least; while all are taken nothing is claimed, so that no lease runs meanwhile.
        let Ok(first) = Arc::clone(&places).acquire_owned().await else { return };
        drop(first);
        if hub.inner.stop.is_cancelled() {
            return;
        }
        let due = match claim(&hub, &places).await {
            Ok(0) => hub.store().next_job_at().await.ok().flatten(),
            Ok(_) => continue,
            Err(error) => {
                if !error.passes() {
                    tracing::error!(error = with_sources(&error), "assistants' work cannot be claimed");
                }
                None
            }
        };
        tokio::select! {
            () = hub.inner.stop.cancelled() => return,
            _ = work.changed() => {}
            () = tokio::time::sleep(until(hub.ambient(), due)) => {}
        }
    }
}

/// Claims as much as there are free places for, and starts on it.
async fn claim(hub: &Hub, places: &Arc<Semaphore>) -> Result<usize, StoreError> {
    let store = hub.store();
    if store.next_job_at().await?.is_none_or(|due| due > hub.ambient().now_ms()) {
        return Ok(0);
    }
    let limit = u32::try_from(places.available_permits()).unwrap_or(u32::MAX);
    let lease = i64::try_from(hub.config().assistant.lease.as_millis()).unwrap_or(i64::MAX);
    let jobs = store.claim_jobs(limit, lease).await?;
    let claimed = jobs.len();
    for job in jobs {
        let Ok(place) = Arc::clone(places).acquire_owned().await else { break };
        let hub = hub.clone();
        hub.inner.tasks.clone().spawn(async move {
            if let Err(error) = work_on(&hub, &job).await {
                // Its lease brings it back.
                tracing::error!(job = %job.id, error = with_sources(&error), "an assistant's work could not be committed");
            }
            drop(place);
        });
    }
    Ok(claimed)
}

async fn work_on(hub: &Hub, job: &Job) -> Result<(), StoreError> {
    let (store, ambient) = (hub.store(), hub.ambient());
    let Some(live) = hub.connection(&job.connection) else {
        return match store.connection(&job.connection).await? {
            Some(_) => store.rest_job(&job.id, ambient.now_ms() + IDLE_WAIT).await,
            None => store.finish_job(&job.id).await,
        };
    };
    if !live.active() {
        return store.rest_job(&job.id, ambient.now_ms() + IDLE_WAIT).await;
    }
    // Whoever claimed it before never came to say how it ended: a crash, or a fault of the hub's own.
    if job.attempts > hub.config().assistant.attempts {
        given_up(&live, job, "the hub never came to the end of it");
        return store.abandon_job(&job.id, "given up: the hub never came to the end of it").await;
    }
    let (Some(granted), Some((message, line))) =
        (live.plugin.manifest.assistant.as_ref(), line(hub, &job.event))
    else {
        return store.finish_job(&job.id).await;
    };
    let input = input(hub, granted, &job.event, &message, line).await?;
    let now = ambient.now_ms();
    let permit = match live.guard.enter(now) {
        Ok(permit) => permit,
        Err(until) => return store.rest_job(&job.id, until.max(now.saturating_add(1_000))).await,
    };
    let analysed = live.plugin.analyse(&live.binding, &input).await;
    permit.ended(hub, &live, &analysed).await;
    match analysed {
        Ok(findings) if findings.is_empty() => store.finish_job(&job.id).await,
        Ok(findings) => {
            let events = findings.into_iter().map(|finding| insight(&job.event, &message, finding)).collect();
            // Insights are nothing an assistant is shown, so no work follows from them.
            let ingest = Ingest {
                connection: job.connection.clone(),
                delivery: None,
                events,
                cursor: None,
                finishes: Some(job.id.clone()),
                assistants: Arc::from([]),
            };
            store.ingest(ingest).await.map(drop)
        }
        Err(error) => failed(hub, &live, job, &error).await,
    }
}

fn given_up(live: &Live, job: &Job, why: &str) {
    tracing::error!(
        connection = %live.connection.id, event = %job.event.event.id, attempts = job.attempts, why,
        "an assistant's comment on a message is given up"
    );
    metrics::counter!("switchboard_assistant_given_up_total", "plugin" => live.plugin.manifest.name.to_string())
        .increment(1);
}

/// Tries again later, or gives up.
async fn failed(hub: &Hub, live: &Live, job: &Job, error: &CallError) -> Result<(), StoreError> {
    let (store, ambient, options) = (hub.store(), hub.ambient(), &hub.config().assistant);
    let why = error.to_string();
    let never = matches!(error, CallError::Plugin(PluginSaid::Reject(_)));
    if never || job.attempts >= options.attempts {
        given_up(live, job, &error.logged());
        return store.abandon_job(&job.id, &why).await;
    }
    // A pool that is full is nobody's fault and passes soon.
    let wait = match error {
        CallError::Unavailable(_) => back_off(1, options.first_wait, options.longest_wait, ambient),
        _ => wait_ms(error, job.attempts, options.first_wait, options.longest_wait, ambient),
    };
    tracing::warn!(connection = %live.connection.id, event = %job.event.event.id, why = error.logged(), wait_ms = wait, "an assistant failed");
    store.retry_job(&job.id, ambient.now_ms().saturating_add(wait), &why).await
}

/// The words of an event and whose message they are; `None` where there are none to look at.
fn line(hub: &Hub, logged: &LoggedEvent) -> Option<(MessageId, Line)> {
    let event = &logged.event;
    let (id, author, text) = match &event.said.body {
        Body::MessageReceived(message) => (&message.id, Author::Customer, &message.text),
        Body::MessageSent(message) => (&message.id, Author::Business, &message.text),
        Body::MessageEdited(edit) => (&edit.id, Author::Customer, &edit.text),
        _ => return None,
    };
    if text.trim().is_empty() {
        return None;
    }
    let message = MessageId::derived(hub.store().id_key(), &[event.connection.as_str(), id]);
    Some((message, Line { author, at: event.said.occurred_at, text: text.clone() }))
}

/// The message with as much around it as the manifest asks for and the operator allows.
async fn input(
    hub: &Hub,
    granted: &Assistant,
    logged: &LoggedEvent,
    message: &MessageId,
    line: Line,
) -> Result<AnalysisInput, StoreError> {
    let mut input = AnalysisInput { message: line, history: Vec::new(), profile: Vec::new() };
    let Some(profile) = &logged.profile else { return Ok(input) };
    let earlier = granted.history.min(hub.config().assistant.history);
    if earlier > 0 {
        // Later ones may have come meanwhile; they are left out, so a few more are looked at.
        let page = PageRequest { cursor: None, limit: earlier.saturating_mul(2).max(20) };
        let views = hub.store().messages(profile, &page).await?.items;
        let lines = views.into_iter().filter(|view| view.message.id != *message).filter_map(|view| {
            let text = view.message.text().to_owned();
            let content = view.message.content.filter(|_| !text.trim().is_empty())?;
            let author = match content.direction {
                Direction::In => Author::Customer,
                Direction::Out => Author::Business,
            };
            (content.at <= input.message.at).then_some(Line { author, at: content.at, text })
        });
        input.history = lines.take(earlier as usize).collect();
        input.history.reverse();
    }
    if granted.fields.is_empty() {
        return Ok(input);
    }
    if let Some(person) = hub.store().profile(profile).await? {
        let known = granted.fields.iter().filter_map(|field| {
            Some(Attribute { field: field.clone(), value: person.attribute(field)?.to_owned() })
        });
        input.profile = known.collect();
    }
    Ok(input)
}

/// An event of what an assistant said, the same whenever it says the same of the same event.
fn insight(logged: &LoggedEvent, message: &MessageId, finding: Finding) -> NewEvent {
    let event = &logged.event;
    NewEvent {
        external_id: format!("insight:{}:{}", event.id, finding.kind),
        occurred_at: event.said.occurred_at,
        subject: event.said.subject.clone(),
        attributes: Vec::new(),
        body: Body::Insight(Insight {
            message: message.clone(),
            kind: finding.kind,
            label: finding.label,
            score: finding.score,
            confidence: finding.confidence,
            details: finding.details,
        }),
        source: None,
    }
}
