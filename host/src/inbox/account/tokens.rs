//! API tokens: made, shown once, revoked.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};

use super::roles;
use crate::http::api::token::MAX_TITLE;
use crate::http::extract::Path;
use crate::http::{Http, Problem};
use crate::inbox::clock::Moment;
use crate::inbox::form::{Field, Fields, Input, Offer, Wrong};
use crate::inbox::frame::{Again, Frame, Page};
use crate::model::id::TokenId;
use crate::model::scope::{Area, Scope};
use crate::model::token::{Role, Token};
use crate::store::TokenAsk;

/// How long a token may be asked to work, in days; `None` is for good.
const LASTS: [Option<i64>; 4] = [Some(30), Some(90), Some(365), None];

const DAY: i64 = 24 * 60 * 60 * 1_000;

/// Every token, and making one.
#[derive(Template)]
#[template(path = "account/tokens.html")]
pub(super) struct TokensPage {
    pub(super) frame: Frame,
    pub(super) tokens: Vec<Line>,
    pub(super) fields: Vec<Field>,
    pub(super) areas: Vec<AreaLine>,
    pub(super) wrong: Vec<String>,
}

/// A token.
pub(super) struct Line {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) role: String,
    pub(super) scopes: Vec<String>,
    pub(super) made: Moment,
    pub(super) until: Option<Moment>,
    pub(super) expired: bool,
}

/// What a token may be confined to, of one area.
pub(super) struct AreaLine {
    pub(super) field: String,
    pub(super) name: String,
    pub(super) hint: String,
    pub(super) offers: Vec<Offer>,
}

/// A token that was just made, this once.
#[derive(Template)]
#[template(path = "account/token.html")]
pub(super) struct TokenPage {
    pub(super) frame: Frame,
    pub(super) title: String,
    pub(super) secret: String,
    pub(super) url: String,
}

impl TokensPage {
    pub(super) fn new(frame: Frame, tokens: &[Token], typed: &Fields, wrong: &Wrong) -> Self {
        let chosen = typed.given("lasts").unwrap_or_else(|| "90".to_owned());
        let lasts = LASTS.map(|days| match days {
            Some(days) => {
                Offer::new(days.to_string(), frame.clock.length(days * DAY), chosen == days.to_string())
            }
            None => Offer::new("0", frame.say("token-for-good"), chosen == "0"),
        });
        let role = Role::from_name(typed.text("role")).unwrap_or(Role::ReadOnly);
        let mut title = Field::new("title", frame.say("token-title"), Input::Text)
            .hint(frame.say("token-title-hint"))
            .value(typed.text("title"))
            .required();
        title.wrong = wrong.with("title");
        let fields = vec![
            title,
            Field::new("role", frame.say("team-role"), Input::Choice).offers(roles(&frame, role)).required(),
            Field::new("lasts", frame.say("token-lasts"), Input::Choice).offers(lasts.into()).required(),
        ];
        let line = |token: &Token| Line {
            id: token.id.to_string(),
            title: token.title.clone(),
            role: frame.words.of("role", token.role.as_str()),
            scopes: token.scopes.iter().map(ToString::to_string).collect(),
            made: frame.time(token.created_at),
            until: token.expires_at.map(|at| frame.time(at)),
            expired: token.expired(frame.clock.now),
        };
        let area = |area: Area| {
            let field = format!("area-{}", area.as_str());
            let chosen = typed.text(&field);
            let offer = |value: &str, key: &str| Offer::new(value, frame.say(key), chosen == value);
            AreaLine {
                offers: vec![
                    offer("", "token-scope-none"),
                    offer("read", "token-scope-read"),
                    offer("write", "token-scope-write"),
                ],
                name: frame.words.of("area", area.as_str()),
                hint: frame.words.of("area-hint", area.as_str()),
                field,
            }
        };
        Self {
            tokens: tokens.iter().map(line).collect(),
            areas: Area::ALL.map(area).into(),
            wrong: wrong.beside(&fields),
            fields,
            frame,
        }
    }
}

/// The scopes that were chosen.
fn scopes(fields: &Fields) -> Vec<Scope> {
    let chosen = |area: Area| match fields.text(&format!("area-{}", area.as_str())) {
        "read" => Some(Scope { area, write: false }),
        "write" => Some(Scope { area, write: true }),
        _ => None,
    };
    Area::ALL.into_iter().filter_map(chosen).collect()
}

pub(super) async fn show(State(http): State<Http>, frame: Frame) -> Result<Response, Problem> {
    let tokens = http.store().tokens().await?;
    Ok(Page(TokensPage::new(frame, &tokens, &Fields::default(), &Wrong::none())).into_response())
}

pub(super) async fn create(
    State(http): State<Http>,
    frame: Frame,
    fields: Fields,
) -> Result<Response, Problem> {
    let mut wrong = Wrong::none();
    let title = fields.text("title").to_owned();
    if title.is_empty() || title.chars().count() > MAX_TITLE {
        wrong.add("title", frame.words.say1("token-title-wrong", "most", &MAX_TITLE));
    }
    let role = Role::from_name(fields.text("role"));
    if role.is_none() {
        wrong.add("role", frame.say("team-role-wrong"));
    }
    let days = LASTS.into_iter().find(|days| days.unwrap_or(0).to_string() == fields.text("lasts"));
    if days.is_none() {
        wrong.add("lasts", frame.say("token-lasts-wrong"));
    }
    // Whoever wants a part of the hub and chose none must not get everything.
    let (scopes, confined) = (scopes(&fields), fields.text("confined") == "on");
    if confined && scopes.is_empty() {
        wrong.add("", frame.say("token-scope-wrong"));
    }
    let (Some(role), Some(days), true) = (role, days, wrong.is_empty()) else {
        let tokens = http.store().tokens().await?;
        return Ok(Again(TokensPage::new(frame, &tokens, &fields, &wrong)).into_response());
    };
    let expires_at = days.map(|days| frame.clock.now + days * DAY);
    let ask = TokenAsk { title: title.clone(), role, scopes, expires_at };
    let made = http.store().create_token(ask, frame.who()).await?;
    let page = TokenPage { frame, title, secret: made.secret, url: http.hub.public_url().to_owned() };
    Ok(Page(page).into_response())
}

pub(super) async fn revoke(
    State(http): State<Http>,
    frame: Frame,
    Path(id): Path<TokenId>,
) -> Result<Response, Problem> {
    if !http.store().revoke_token(&id, frame.who()).await? {
        return Err(Problem::not_found(format!("there is no token {id}")));
    }
    Ok(Redirect::to("/settings/tokens?done=token-revoked").into_response())
}
