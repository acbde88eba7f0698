//! Who works with the hub: everybody, invitations, roles, and the teams.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};

use super::roles;
use crate::http::extract::Path;
use crate::http::{Http, Problem};
use crate::inbox::clock::Moment;
use crate::inbox::form::{Field, Fields, Input, Offer, Wrong};
use crate::inbox::frame::{Again, Frame, Page};
use crate::model::account::{Account, LinkKind, Login, State as Standing, Team, name};
use crate::model::id::AccountId;
use crate::model::token::Role;
use crate::store::{AccountError, NewAccount};

/// Everybody, and what an owner may do about them.
#[derive(Template)]
#[template(path = "account/team.html")]
pub(super) struct TeamPage {
    pub(super) frame: Frame,
    pub(super) members: Vec<Member>,
    pub(super) invite: Vec<Field>,
    pub(super) wrong: Vec<String>,
    pub(super) teams: Vec<Group>,
    /// What is wrong with a team's name.
    pub(super) team_wrong: Option<String>,
    /// The name that was typed for a new team.
    pub(super) team_name: String,
}

/// Somebody.
pub(super) struct Member {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) login: String,
    pub(super) role: String,
    pub(super) roles: Vec<Offer>,
    pub(super) state: String,
    pub(super) look: &'static str,
    pub(super) disabled: bool,
    pub(super) factor: bool,
    pub(super) seen: Option<Moment>,
    /// Whether it is whoever reads the page.
    pub(super) me: bool,
    /// What a link for them does.
    pub(super) link: String,
}

/// A team, with everybody who may be in it.
pub(super) struct Group {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) members: Vec<Offer>,
    /// Who is in it, in words.
    pub(super) who: String,
}

/// A link that was just made, this once.
#[derive(Template)]
#[template(path = "account/link.html")]
pub(super) struct LinkPage {
    pub(super) frame: Frame,
    pub(super) link: String,
    pub(super) login: String,
    pub(super) reset: bool,
    pub(super) until: Moment,
}

impl TeamPage {
    pub(super) fn new(frame: Frame, accounts: &[Account], teams: &[Team]) -> Self {
        let invite = vec![
            Field::new("login", frame.say("team-login"), Input::Text).required(),
            Field::new("role", frame.say("team-role"), Input::Choice)
                .offers(roles(&frame, Role::Agent))
                .required(),
        ];
        Self {
            members: accounts.iter().map(|account| Member::new(&frame, account)).collect(),
            teams: teams.iter().map(|team| Group::new(team, accounts)).collect(),
            invite,
            wrong: Vec::new(),
            team_wrong: None,
            team_name: String::new(),
            frame,
        }
    }

    pub(super) async fn load(http: &Http, frame: Frame) -> Result<Self, Problem> {
        let (accounts, teams) = (http.store().accounts().await?, http.store().teams().await?);
        Ok(Self::new(frame, &accounts, &teams))
    }
}

impl Member {
    fn new(frame: &Frame, account: &Account) -> Self {
        let state = account.state();
        Self {
            id: account.id.to_string(),
            name: account.name.clone(),
            login: account.login.to_string(),
            role: frame.words.of("role", account.role.as_str()),
            roles: roles(frame, account.role),
            state: frame.words.of("account-state", state.as_str()),
            look: match state {
                Standing::Active => "good",
                Standing::Invited => "warn",
                Standing::Disabled => "bad",
            },
            disabled: state == Standing::Disabled,
            factor: account.has_factor,
            seen: account.seen_at.map(|at| frame.time(at)),
            me: frame.who() == account.id.as_str(),
            link: frame.say(if state == Standing::Invited { "team-invite-again" } else { "team-reset" }),
        }
    }
}

impl Group {
    fn new(team: &Team, accounts: &[Account]) -> Self {
        let within = |account: &Account| team.members.contains(&account.id);
        let may = accounts.iter().filter(|account| account.disabled_at.is_none() || within(account));
        let names: Vec<&str> =
            accounts.iter().filter(|account| within(account)).map(|account| &*account.name).collect();
        Self {
            id: team.id.to_string(),
            name: team.name.clone(),
            members: may
                .map(|account| Offer::new(account.id.as_str(), account.name.clone(), within(account)))
                .collect(),
            who: names.join(", "),
        }
    }
}

/// What a page says of a change that was refused.
pub(super) fn refused(frame: &Frame, error: AccountError) -> Result<String, Problem> {
    match error {
        AccountError::Store(error) => Err(error.into()),
        AccountError::Unknown(_) | AccountError::UnknownTeam(_) => Err(Problem::not_found(error.to_string())),
        AccountError::Link => Err(Problem::conflict(error.to_string())),
        AccountError::Taken(login) => Ok(frame.words.say1("team-taken", "login", login.as_str())),
        AccountError::LastOwner => Ok(frame.say("team-last-owner")),
        AccountError::TeamTaken(name) => Ok(frame.words.say1("team-name-taken", "name", &name)),
    }
}

/// The page again with what was refused, or the way on.
async fn settled(
    http: &Http,
    frame: Frame,
    done: Result<(), AccountError>,
    word: &str,
) -> Result<Response, Problem> {
    let Err(error) = done else {
        return Ok(Redirect::to(&format!("/settings/team?done={word}")).into_response());
    };
    let wrong = refused(&frame, error)?;
    let mut page = TeamPage::load(http, frame).await?;
    page.wrong = vec![wrong];
    Ok(Again(page).into_response())
}

pub(super) async fn show(State(http): State<Http>, frame: Frame) -> Result<Response, Problem> {
    Ok(Page(TeamPage::load(&http, frame).await?).into_response())
}

pub(super) async fn invite(
    State(http): State<Http>,
    frame: Frame,
    fields: Fields,
) -> Result<Response, Problem> {
    let mut wrong = Wrong::none();
    let login: Option<Login> = fields.text("login").parse().ok();
    let role = Role::from_name(fields.text("role"));
    if login.is_none() {
        wrong.add("login", frame.say("setup-login-wrong"));
    }
    if role.is_none() {
        wrong.add("role", frame.say("team-role-wrong"));
    }
    let called = fields.given("name").and_then(|text| name(&text).ok());
    if let (Some(login), Some(role)) = (login, role) {
        let new = NewAccount { login, name: called, role, joined: false };
        match http.store().create_account(new, frame.who()).await {
            Ok(account) => return made(&http, frame, &account).await,
            Err(error) => wrong.add("login", refused(&frame, error)?),
        }
    }
    let mut page = TeamPage::load(&http, frame).await?;
    page.wrong = wrong.beside(&page.invite);
    page.invite = page.invite.into_iter().map(|field| field.typed(&fields, &wrong)).collect();
    Ok(Again(page).into_response())
}

/// Makes a link for somebody and shows it.
async fn made(http: &Http, frame: Frame, account: &Account) -> Result<Response, Problem> {
    let kind = if account.joined_at.is_some() { LinkKind::Reset } else { LinkKind::Invitation };
    let lasts = http.hub.config().accounts.link_lasts(kind);
    let link = http.store().make_link(kind, Some(&account.id), lasts, frame.who()).await?;
    let page = LinkPage {
        link: format!("{}/setup/{}", http.hub.public_url(), link.secret),
        login: account.login.to_string(),
        reset: kind == LinkKind::Reset,
        until: frame.time(link.expires_at),
        frame,
    };
    Ok(Page(page).into_response())
}

pub(super) async fn link(
    State(http): State<Http>,
    frame: Frame,
    Path(id): Path<AccountId>,
) -> Result<Response, Problem> {
    let account = http.store().account(&id).await?;
    let account = account.ok_or_else(|| Problem::not_found(format!("there is no account {id}")))?;
    if account.disabled_at.is_some() {
        return Err(Problem::conflict("the account is disabled; enable it first"));
    }
    made(&http, frame, &account).await
}

pub(super) async fn change_role(
    State(http): State<Http>,
    frame: Frame,
    Path(id): Path<AccountId>,
    fields: Fields,
) -> Result<Response, Problem> {
    let Some(role) = Role::from_name(fields.text("role")) else {
        return Err(Problem::bad_request("there is no such role"));
    };
    let done = http.store().change_role(&id, role, frame.who()).await;
    settled(&http, frame, done, "role").await
}

pub(super) async fn disable(
    State(http): State<Http>,
    frame: Frame,
    Path(id): Path<AccountId>,
) -> Result<Response, Problem> {
    let done = http.store().set_disabled(&id, true, frame.who()).await;
    settled(&http, frame, done, "disabled").await
}

pub(super) async fn enable(
    State(http): State<Http>,
    frame: Frame,
    Path(id): Path<AccountId>,
) -> Result<Response, Problem> {
    let done = http.store().set_disabled(&id, false, frame.who()).await;
    settled(&http, frame, done, "enabled").await
}
