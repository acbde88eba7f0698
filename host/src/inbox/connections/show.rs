//! One connection: how it stands, where its vendor sends to, what it is set to and what it uses.

use askama::Template;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;

use super::list::Standing;
use super::settings::plain;
use crate::http::extract::{Path, Query};
use crate::http::{Http, Problem};
use crate::inbox::address;
use crate::inbox::clock::Moment;
use crate::inbox::form::{Field, Fields, Input, Wrong};
use crate::inbox::frame::{Frame, Page};
use crate::inbox::usage::{Span, Used};
use crate::model::connection::{Connection, ConnectionState};
use crate::model::id::ConnectionId;
use crate::model::limit::Limit;
use crate::model::manifest::Manifest;
use crate::model::mask;

/// One connection.
#[derive(Template)]
#[template(path = "connections/show.html")]
pub(in crate::inbox) struct ConnectionPage {
    pub(in crate::inbox) frame: Frame,
    pub(in crate::inbox) path: String,
    pub(in crate::inbox) title: String,
    pub(in crate::inbox) plugin: String,
    pub(in crate::inbox) standing: Standing,
    pub(in crate::inbox) paused: bool,
    pub(in crate::inbox) problem: Option<String>,
    pub(in crate::inbox) resting: Option<Resting>,
    /// The address to give to the vendor, where it takes requests.
    pub(in crate::inbox) hook: Option<String>,
    pub(in crate::inbox) added: Moment,
    pub(in crate::inbox) priority: i32,
    /// Where its parked deliveries are, and how many.
    pub(in crate::inbox) parked: Option<(String, String)>,
    pub(in crate::inbox) settings: Vec<(String, String)>,
    pub(in crate::inbox) secrets: Vec<Secret>,
    pub(in crate::inbox) polls: Option<Polls>,
    pub(in crate::inbox) region: Field,
    pub(in crate::inbox) limits: Vec<Field>,
    /// Whether the budgets are shown open, because one is set or wrong.
    pub(in crate::inbox) limits_open: bool,
    pub(in crate::inbox) used: Used,
}

/// Why and until when its plugin is left alone.
pub(in crate::inbox) struct Resting {
    pub(in crate::inbox) since: Moment,
    pub(in crate::inbox) until: Moment,
    pub(in crate::inbox) error: String,
}

/// A secret, without its value.
pub(in crate::inbox) struct Secret {
    pub(in crate::inbox) name: String,
    pub(in crate::inbox) title: String,
    /// Whether it is held.
    pub(in crate::inbox) held: bool,
    /// Until when the value before still verifies what comes in.
    pub(in crate::inbox) former: Option<Moment>,
    pub(in crate::inbox) value: Field,
    pub(in crate::inbox) keep: Field,
    /// Whether its form is shown open, because something is wrong with it.
    pub(in crate::inbox) open: bool,
}

/// When it asks.
pub(in crate::inbox) struct Polls {
    pub(in crate::inbox) words: String,
    pub(in crate::inbox) last: Option<Moment>,
    pub(in crate::inbox) next: Option<Moment>,
    pub(in crate::inbox) error: Option<String>,
    pub(in crate::inbox) schedule: Field,
}

/// How far back usage is shown.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Which {
    #[serde(default)]
    span: Span,
}

/// The connection of an id.
pub(super) async fn find(http: &Http, id: &ConnectionId) -> Result<Connection, Problem> {
    let found = http.store().connection(id).await?;
    found.ok_or_else(|| Problem::not_found(format!("there is no connection {id}")))
}

pub(super) async fn show(
    State(http): State<Http>,
    frame: Frame,
    Path(id): Path<ConnectionId>,
    Query(which): Query<Which>,
) -> Result<impl IntoResponse, Problem> {
    let connection = find(&http, &id).await?;
    Ok(Page(ConnectionPage::load(&http, frame, connection, which.span, None).await?))
}

/// A form of the page that comes back: what was typed into it, and what is wrong.
pub(super) struct Back<'a> {
    pub(super) typed: &'a Fields,
    pub(super) wrong: &'a Wrong,
    /// Of which secret it is the form, if of one.
    pub(super) secret: Option<&'a str>,
}

impl ConnectionPage {
    /// The page, with a form that comes back.
    pub(super) async fn load(
        http: &Http,
        frame: Frame,
        connection: Connection,
        span: Span,
        back: Option<Back<'_>>,
    ) -> Result<Self, Problem> {
        let id = &connection.id;
        let store = http.store();
        let manifest = http.hub.plugin(&connection.plugin).map(|plugin| plugin.manifest);
        let resting = store.resting(id).await?;
        let problem = http.hub.problem(id);
        let parked = store.parked_size(id).await?.deliveries;
        let filled = |field: Field, here: bool| match &back {
            Some(back) if here => field.typed(back.typed, back.wrong),
            _ => field,
        };
        let set = store.limits(id).await?;
        let form = back.as_ref().filter(|back| back.secret.is_none());
        let limits: Vec<Field> = Limit::all()
            .map(|limit| {
                let name = format!("limit:{limit}");
                let own = set.get(limit).map(|value| limit.show(value)).unwrap_or_default();
                let field = Field::new(&name, frame.words.of("limit", limit.as_str()), Input::Text);
                filled(field.value(own), form.is_some_and(|back| has(back.typed, &name)))
            })
            .collect();
        let region = connection.region.map(String::from).unwrap_or_default();
        let region = Field::new("region", frame.say("connection-region"), Input::Text)
            .hint(frame.say("connection-region-hint"))
            .value(region);
        Ok(Self {
            path: format!("/connections/{id}"),
            standing: Standing::of(connection.state, resting.is_some(), problem.is_some(), &frame),
            paused: connection.state == ConnectionState::Paused,
            resting: resting.map(|resting| Resting {
                since: frame.time(resting.since),
                until: frame.time(resting.until),
                error: resting.error,
            }),
            hook: manifest
                .as_ref()
                .is_none_or(|manifest| manifest.webhook.is_some())
                .then(|| http.hub.hook_url(id)),
            added: frame.time(connection.created_at),
            priority: connection.priority,
            parked: (parked > 0).then(|| {
                (address::with("/deliveries", &[("connection", id.as_str())]), frame.words.number(&parked))
            }),
            settings: settings(&connection, manifest.as_deref()),
            secrets: secrets(http, id, manifest.as_deref(), &frame, back.as_ref()).await?,
            polls: polls(http, id, &frame, |field| {
                filled(field, form.is_some_and(|back| has(back.typed, "schedule")))
            })
            .await?,
            region: filled(region, form.is_some_and(|back| has(back.typed, "region"))),
            limits_open: limits.iter().any(|field| !field.value.is_empty() || field.wrong.is_some()),
            limits,
            used: Used::read(http, None, Some(id), span, &frame).await?,
            problem,
            title: connection.title,
            plugin: connection.plugin,
            frame,
        })
    }
}

fn has(typed: &Fields, name: &str) -> bool {
    typed.all(name).next().is_some()
}

/// What it is set to, each by what people call it.
fn settings(connection: &Connection, manifest: Option<&Manifest>) -> Vec<(String, String)> {
    let title = |name: &str| {
        let field =
            manifest.and_then(|manifest| manifest.settings.fields().iter().find(|field| field.name == name));
        field.map_or_else(|| name.to_owned(), |field| field.title.clone())
    };
    let object = connection.settings.as_object();
    object.into_iter().flatten().map(|(name, value)| (title(name), plain(value))).collect()
}

async fn secrets(
    http: &Http,
    id: &ConnectionId,
    manifest: Option<&Manifest>,
    frame: &Frame,
    back: Option<&Back<'_>>,
) -> Result<Vec<Secret>, Problem> {
    let held = http.store().secret_names(id).await?;
    let former = http.store().former_secrets(id).await?;
    let now = frame.clock.now;
    let all = manifest.into_iter().flat_map(|manifest| &manifest.secrets).map(|secret| {
        let name = secret.name.as_str();
        let until = former.iter().find(|former| former.name == name).and_then(|former| former.verify_until);
        let field = |of: &str, key: &str, input| Field::new(of, frame.say(key), input);
        let value = field("value", "secret-value", Input::Secret).required();
        let keep = field("keep", "secret-keep", Input::Text).hint(frame.say("secret-keep-hint"));
        let here = back.filter(|back| back.secret == Some(name));
        let filled = |field: Field| match here {
            Some(back) => field.typed(back.typed, back.wrong),
            None => field,
        };
        Secret {
            title: secret.title.clone(),
            held: held.iter().any(|known| known == name),
            former: until.filter(|until| now < *until).map(|until| frame.time(until)),
            // Several of these forms stand on one page, and each element has an id of its own.
            value: filled(value).of(name),
            keep: filled(keep).of(name),
            open: here.is_some(),
            name: name.to_owned(),
        }
    });
    Ok(all.collect())
}

async fn polls(
    http: &Http,
    id: &ConnectionId,
    frame: &Frame,
    filled: impl FnOnce(Field) -> Field,
) -> Result<Option<Polls>, Problem> {
    let Some(polled) = http.hub.polled(id).await? else { return Ok(None) };
    let own = polled.own.as_ref().map(ToString::to_string).unwrap_or_default();
    let schedule = Field::new("schedule", frame.say("polls-schedule"), Input::Text)
        .hint(frame.words.say1("polls-schedule-hint", "theirs", &polled.theirs.to_string()))
        .value(own);
    Ok(Some(Polls {
        words: polled.words(),
        last: polled.polls.as_ref().map(|polls| frame.time(polls.began_at)),
        next: polled.next_at.map(|at| frame.time(at)),
        error: polled.polls.as_ref().and_then(|polls| polls.error.as_deref()).map(mask::words),
        schedule: filled(schedule),
    }))
}

#[cfg(test)]
impl ConnectionPage {
    /// Pages as they may be.
    pub(in crate::inbox) fn samples(frame: &Frame) -> Vec<Self> {
        let field = |name: &str| Field::new(name, name, Input::Text).hint("A hint");
        let secret = |name: &str, held| Secret {
            name: name.to_owned(),
            title: "Token".to_owned(),
            held,
            former: held.then(|| frame.time(0)),
            value: field("value").of(name),
            keep: field("keep").of(name),
            open: held,
        };
        let polls = || Polls {
            words: "every 5m".to_owned(),
            last: Some(frame.time(0)),
            next: Some(frame.time(0)),
            error: Some("the other system is away".to_owned()),
            schedule: field("schedule"),
        };
        let page = |standing, rich: bool| Self {
            frame: frame.clone(),
            path: "/connections/conn_0123456789abcdefghjkmnpqrs".to_owned(),
            title: "Support".to_owned(),
            plugin: "echo-channel".to_owned(),
            standing,
            paused: rich,
            problem: rich.then(|| "its plugin does not run".to_owned()),
            resting: rich.then(|| Resting {
                since: frame.time(0),
                until: frame.time(0),
                error: "it crashed".to_owned(),
            }),
            hook: rich.then(|| "https://hub.example/hooks/conn_1".to_owned()),
            added: frame.time(0),
            priority: 0,
            parked: rich.then(|| ("/deliveries".to_owned(), "3".to_owned())),
            settings: vec![("Number".to_owned(), "1".to_owned()), ("Empty".to_owned(), String::new())],
            secrets: if rich { vec![secret("a", true), secret("b", false)] } else { Vec::new() },
            polls: rich.then(polls),
            region: field("region"),
            limits: vec![field("limit:memory")],
            limits_open: rich,
            used: Used::sample(frame),
        };
        Standing::samples(frame).into_iter().zip([true, false]).map(|(one, rich)| page(one, rich)).collect()
    }
}
