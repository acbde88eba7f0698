//! Accounts, sessions, links, second factors, teams and tokens.

use switchboard::model::account::{Account, LinkKind, State};
use switchboard::model::scope::Scope;
use switchboard::store::{
    AccountError, AuditFilter, Joining, NewAccount, RECOVERY_CODES, SessionLimits, Stage,
};

use super::*;

const LIMITS: SessionLimits = SessionLimits { idle: 10_000, most: 100_000, half: 500 };

fn new(login: &str, role: Role, joined: bool) -> NewAccount {
    NewAccount { login: login.parse().expect("an address"), name: None, role, joined }
}

async fn made(scene: &Scene, login: &str, role: Role) -> Account {
    scene.store.create_account(new(login, role, true), "the test").await.expect("made")
}

fn joining(login: Option<&str>, password: &str) -> Joining {
    let login = login.map(|login| login.parse().expect("an address"));
    Joining { login, name: Some("Ada".into()), password: password.into() }
}

async fn session(scene: &Scene, account: &Account) -> String {
    let begun = scene.store.begin_session(&account.id, Stage::Whole, "Browser", LIMITS, "a test");
    begun.await.expect("begun")
}

async fn stands(scene: &Scene, secret: &str) -> bool {
    scene.store.session_by_secret(secret, LIMITS).await.expect("read").is_some()
}

/// What the audit log says was done to something, the latest first.
async fn audited(scene: &Scene, subject: &str) -> Vec<String> {
    let filter = AuditFilter { subject: Some(subject.to_owned()), ..AuditFilter::default() };
    let entries = scene.store.audit(&filter, None, 50).await.expect("read");
    entries.into_iter().map(|entry| format!("{}: {}", entry.who, entry.action)).collect()
}

#[tokio::test]
async fn a_set_up_link_makes_one_owner_and_is_worth_nothing_afterwards() {
    let scene = Scene::new().await;
    assert!(!scene.store.has_owner().await.expect("read"));
    let link = |lasts| scene.store.make_link(LinkKind::SetUp, None, lasts, "the hub");
    let (one, two, late) =
        (link(1_000).await.expect("made"), link(1_000).await.expect("made"), link(10).await.expect("made"));
    scene.clock.advance(10);
    assert!(scene.store.link(&late.secret).await.expect("read").is_none(), "it is too old");
    let found = scene.store.link(&one.secret).await.expect("read").expect("it works");
    assert_eq!((found.kind, found.account), (LinkKind::SetUp, None));
    assert!(matches!(
        scene.store.join(&late.secret, joining(Some("eve@example.com"), "phc")).await,
        Err(AccountError::Link)
    ));
    let ada = scene.store.join(&one.secret, joining(Some("ada@example.com"), "phc")).await.expect("joined");
    assert_eq!((ada.role, ada.state(), &*ada.name), (Role::Owner, State::Active, "Ada"));
    assert!(scene.store.has_owner().await.expect("read"));
    for used in [&one.secret, &two.secret] {
        assert!(scene.store.link(used).await.expect("read").is_none());
        let again = scene.store.join(used, joining(Some("eve@example.com"), "phc")).await;
        assert!(matches!(again, Err(AccountError::Link)), "{again:?}");
    }
    assert_eq!(scene.store.accounts().await.expect("read"), [ada]);
}

#[tokio::test]
async fn an_invitation_lets_in_whom_it_is_for_once_and_a_reset_takes_the_second_factor_away() {
    let scene = Scene::new().await;
    let bob =
        scene.store.create_account(new("bob@example.com", Role::Agent, false), "acct").await.expect("made");
    assert_eq!((bob.state(), &*bob.name), (State::Invited, "bob"));
    let taken = scene.store.create_account(new("bob@example.com", Role::Owner, true), "acct").await;
    assert!(matches!(taken, Err(AccountError::Taken(_))), "{taken:?}");
    let invite = || scene.store.make_link(LinkKind::Invitation, Some(&bob.id), 1_000, "acct");
    let (before, link) = (invite().await.expect("made"), invite().await.expect("made"));
    assert!(scene.store.link(&before.secret).await.expect("read").is_none(), "the newer one counts");
    let bob = scene.store.join(&link.secret, joining(None, "first")).await.expect("joined");
    assert_eq!((bob.state(), &*bob.name, bob.role), (State::Active, "Ada", Role::Agent));
    assert!(matches!(scene.store.join(&link.secret, joining(None, "x")).await, Err(AccountError::Link)));

    assert!(scene.store.begin_factor(&bob.id).await.expect("begun").is_some());
    scene.store.confirm_factor(&bob.id, 7).await.expect("confirmed").expect("codes");
    let browser = session(&scene, &bob).await;
    let reset = scene.store.make_link(LinkKind::Reset, Some(&bob.id), 1_000, "acct").await.expect("made");
    let bob = scene.store.join(&reset.secret, joining(None, "second")).await.expect("reset");
    assert!(!bob.has_factor);
    assert!(!stands(&scene, &browser).await);
    assert_eq!(scene.store.recovery_codes_left(&bob.id).await.expect("read"), 0);
    let (_, phc) = scene.store.credentials(&bob.login).await.expect("read").expect("there");
    assert_eq!(phc.as_deref(), Some("second"));
    assert!(audited(&scene, bob.id.as_str()).await.contains(&format!("{}: account-reset", bob.id)));
}

#[tokio::test]
async fn a_link_that_signs_in_does_so_once_and_never_somebody_who_is_disabled() {
    let scene = Scene::new().await;
    let ada = made(&scene, "ada@example.com", Role::Agent).await;
    let link = || scene.store.make_link(LinkKind::SignIn, Some(&ada.id), 1_000, "the demo");
    let first = link().await.expect("made");
    assert_eq!(scene.store.sign_in_by_link(&first.secret).await.expect("in").id, ada.id);
    assert!(matches!(scene.store.sign_in_by_link(&first.secret).await, Err(AccountError::Link)));
    let second = link().await.expect("made");
    scene.store.set_disabled(&ada.id, true, "acct").await.expect("disabled");
    assert!(matches!(scene.store.sign_in_by_link(&second.secret).await, Err(AccountError::Link)));
}

#[tokio::test]
async fn every_change_of_password_role_or_standing_ends_the_sessions_and_is_in_the_audit_log() {
    let scene = Scene::new().await;
    made(&scene, "owner@example.com", Role::Owner).await;
    let ada = made(&scene, "ada@example.com", Role::Agent).await;
    let other = made(&scene, "bob@example.com", Role::Agent).await;
    let theirs = session(&scene, &other).await;

    let one = session(&scene, &ada).await;
    scene.store.set_password(&ada.id, "phc".into(), "acct_x").await.expect("changed");
    assert!(!stands(&scene, &one).await);
    let one = session(&scene, &ada).await;
    scene.store.rehash_password(&ada.id, "phc", "anew").await.expect("hashed anew");
    assert!(stands(&scene, &one).await, "it is the same password");
    scene.store.change_role(&ada.id, Role::Supervisor, "acct_x").await.expect("changed");
    assert!(!stands(&scene, &one).await);
    let one = session(&scene, &ada).await;
    scene.store.set_disabled(&ada.id, true, "acct_x").await.expect("disabled");
    assert!(!stands(&scene, &one).await);
    scene.store.set_disabled(&ada.id, false, "acct_x").await.expect("enabled");
    let name = scene.store.describe_account(&ada.id, "Ada L".into(), Some("de".into()), None, "acct_x");
    name.await.expect("changed");

    let now = scene.store.account(&ada.id).await.expect("read").expect("there");
    assert_eq!((now.role, &*now.name, now.locale.as_deref()), (Role::Supervisor, "Ada L", Some("de")));
    assert!(stands(&scene, &theirs).await);
    let log = audited(&scene, ada.id.as_str()).await;
    for action in [
        "the test: account-created",
        "acct_x: account-password-changed",
        "acct_x: account-role-changed",
        "acct_x: account-disabled",
        "acct_x: account-enabled",
        "acct_x: account-described",
    ] {
        assert!(log.contains(&action.to_owned()), "{action}: {log:?}");
    }
}

#[tokio::test]
async fn the_last_owner_who_can_sign_in_stays_one() {
    let scene = Scene::new().await;
    let ada = made(&scene, "ada@example.com", Role::Owner).await;
    let invited = new("bob@example.com", Role::Owner, false);
    let bob = scene.store.create_account(invited, "the test").await.expect("made");
    for done in [
        scene.store.change_role(&ada.id, Role::Operator, "acct").await,
        scene.store.set_disabled(&ada.id, true, "acct").await,
    ] {
        assert!(matches!(done, Err(AccountError::LastOwner)), "{done:?}");
    }
    let link = scene.store.make_link(LinkKind::Invitation, Some(&bob.id), 1_000, "acct").await.expect("made");
    scene.store.join(&link.secret, joining(None, "phc")).await.expect("joined");
    scene.store.change_role(&ada.id, Role::Operator, "acct").await.expect("there is another owner");
    let unknown = "acct_00000000000000000000000000".parse().expect("an id");
    let done = scene.store.change_role(&unknown, Role::Agent, "acct").await;
    assert!(matches!(done, Err(AccountError::Unknown(_))), "{done:?}");
}

#[tokio::test]
async fn a_session_ends_when_it_is_idle_too_old_half_begun_or_told_to() {
    let scene = Scene::new().await;
    let ada = made(&scene, "ada@example.com", Role::Agent).await;
    let one = session(&scene, &ada).await;
    scene.clock.advance(9_999);
    assert!(stands(&scene, &one).await);
    scene.clock.advance(1);
    assert!(!stands(&scene, &one).await, "it was idle");

    let long = SessionLimits { idle: 1_000_000, ..LIMITS };
    let two = session(&scene, &ada).await;
    scene.clock.advance(99_999);
    assert!(scene.store.session_by_secret(&two, long).await.expect("read").is_some());
    scene.clock.advance(1);
    assert!(scene.store.session_by_secret(&two, long).await.expect("read").is_none(), "it is too old");

    let half = scene.store.begin_session(&ada.id, Stage::Factor, "Browser", LIMITS, "").await.expect("begun");
    let (found, _) = scene.store.session_by_secret(&half, LIMITS).await.expect("read").expect("there");
    assert_eq!(found.stage, Stage::Factor);
    scene.clock.advance(500);
    assert!(!stands(&scene, &half).await, "the second factor was not shown in time");

    let (three, four) = (session(&scene, &ada).await, session(&scene, &ada).await);
    let (shown, _) = scene.store.session_by_secret(&three, LIMITS).await.expect("read").expect("there");
    assert_eq!(scene.store.sessions(&ada.id, LIMITS).await.expect("read").len(), 2);
    let stranger = made(&scene, "eve@example.com", Role::Owner).await;
    assert!(!scene.store.end_session(&stranger.id, &shown.id).await.expect("asked"), "it is not theirs");
    assert!(scene.store.end_session(&ada.id, &shown.id).await.expect("ended"));
    assert!(!stands(&scene, &three).await && stands(&scene, &four).await);
    scene.store.end_session_by_secret(&four).await.expect("ended");
    assert!(!stands(&scene, &four).await);
    let five = session(&scene, &ada).await;
    scene.store.end_sessions(&ada.id, "acct").await.expect("ended");
    assert!(!stands(&scene, &five).await && !stands(&scene, "made up").await);
}

#[tokio::test]
async fn that_a_session_is_used_is_noted_once_a_minute() {
    let scene = Scene::new().await;
    let limits = SessionLimits { idle: 100_000_000, most: 100_000_000, half: 1 };
    let ada = made(&scene, "ada@example.com", Role::Agent).await;
    let one = session(&scene, &ada).await;
    let seen = || async {
        scene.store.session_by_secret(&one, limits).await.expect("read").expect("there").0.seen_at
    };
    let began = seen().await;
    scene.clock.advance(59_999);
    seen().await;
    assert_eq!(seen().await, began);
    scene.clock.advance(1);
    seen().await;
    assert_eq!(seen().await, began + 60_000);
    let account = scene.store.account(&ada.id).await.expect("read").expect("there");
    assert_eq!(account.seen_at, Some(began + 60_000));
}

#[tokio::test]
async fn a_second_factor_counts_once_it_is_confirmed_and_each_code_once() {
    let mut scene = Scene::new().await;
    let ada = made(&scene, "ada@example.com", Role::Agent).await;
    let (first, second) = (
        scene.store.begin_factor(&ada.id).await.expect("begun").expect("a secret"),
        scene.store.begin_factor(&ada.id).await.expect("begun").expect("a secret"),
    );
    assert_ne!(first, second);
    let account = |scene: &Scene| {
        let (store, id) = (scene.store.clone(), ada.id.clone());
        async move { store.account(&id).await.expect("read").expect("there") }
    };
    assert!(!account(&scene).await.has_factor);
    let browser = session(&scene, &ada).await;
    let codes = scene.store.confirm_factor(&ada.id, 100).await.expect("confirmed").expect("codes");
    assert!(!stands(&scene, &browser).await, "it began without");
    assert_eq!(
        (codes.len(), scene.store.confirm_factor(&ada.id, 101).await.expect("asked")),
        (RECOVERY_CODES, None)
    );
    assert!(scene.store.begin_factor(&ada.id).await.expect("asked").is_none(), "one is there");
    scene.restart().await;
    assert!(account(&scene).await.has_factor);
    let factor = scene.store.factor(&ada.id).await.expect("opens").expect("there");
    assert_eq!((&*factor.secret, factor.last_step), (&*second, 100));
    assert!(!scene.store.take_step(&ada.id, 100).await.expect("asked"));
    assert!(scene.store.take_step(&ada.id, 101).await.expect("taken"));
    assert!(!scene.store.take_step(&ada.id, 101).await.expect("asked"));
    let shouted = codes[3].to_uppercase().replace('-', " ");
    assert!(scene.store.take_recovery_code(&ada.id, &shouted).await.expect("taken"));
    assert!(!scene.store.take_recovery_code(&ada.id, &codes[3]).await.expect("asked"));
    assert!(!scene.store.take_recovery_code(&ada.id, "").await.expect("asked"));
    assert_eq!(scene.store.recovery_codes_left(&ada.id).await.expect("read"), 9);
    let renewed = scene.store.renew_recovery_codes(&ada.id, "acct").await.expect("made");
    assert!(!scene.store.take_recovery_code(&ada.id, &codes[4]).await.expect("asked"));
    assert!(scene.store.take_recovery_code(&ada.id, &renewed[4]).await.expect("taken"));
    scene.store.remove_factor(&ada.id, "acct").await.expect("removed");
    assert!(!account(&scene).await.has_factor);
    assert_eq!(scene.store.recovery_codes_left(&ada.id).await.expect("read"), 0);
}

#[tokio::test]
async fn an_identity_means_one_account_and_lets_an_invited_one_in() {
    let scene = Scene::new().await;
    let bob = new("bob@example.com", Role::Agent, false);
    let bob = scene.store.create_account(bob, "the test").await.expect("made");
    scene.store.link_identity(&bob.id, "https://login.example", "1").await.expect("linked");
    let found = scene.store.account_by_identity("https://login.example", "1").await.expect("read");
    assert_eq!(found.map(|found| (found.id.clone(), found.state())), Some((bob.id.clone(), State::Active)));
    assert!(scene.store.account_by_identity("https://login.example", "2").await.expect("read").is_none());
    assert!(scene.store.account_by_identity("https://other.example", "1").await.expect("read").is_none());
    assert!(scene.store.has_identity(&bob.id, "https://login.example").await.expect("read"));
    let eve = new("eve@example.com", Role::ReadOnly, true);
    let eve = scene.store.create_account_for(eve, "https://login.example", "2").await.expect("made");
    let found = scene.store.account_by_identity("https://login.example", "2").await.expect("read");
    assert_eq!(found.map(|found| found.id), Some(eve.id));
    let again = new("bob@example.com", Role::Owner, true);
    let again = scene.store.create_account_for(again, "https://login.example", "3").await;
    assert!(matches!(again, Err(AccountError::Taken(_))), "{again:?}");
    assert!(scene.store.account_by_identity("https://login.example", "3").await.expect("read").is_none());
}

#[tokio::test]
async fn a_team_has_the_members_that_it_was_given_last() {
    let scene = Scene::new().await;
    let (ada, bob) = (
        made(&scene, "ada@example.com", Role::Agent).await,
        made(&scene, "bob@example.com", Role::Agent).await,
    );
    let team = scene.store.create_team("Returns", "acct").await.expect("made");
    let second = scene.store.create_team("Sales", "acct").await.expect("made");
    for taken in [
        scene.store.create_team("Returns", "acct").await.map(drop),
        scene.store.change_team(&second.id, "Returns", &[], "acct").await,
    ] {
        assert!(matches!(taken, Err(AccountError::TeamTaken(_))), "{taken:?}");
    }
    let nobody = "acct_00000000000000000000000000".parse().expect("an id");
    let members = [bob.id.clone(), ada.id.clone(), nobody];
    scene.store.change_team(&team.id, "Refunds", &members, "acct").await.expect("changed");
    let teams = scene.store.teams().await.expect("read");
    let told: Vec<_> = teams.iter().map(|team| (&*team.name, team.members.clone())).collect();
    assert_eq!(told, [("Refunds", vec![ada.id.clone(), bob.id.clone()]), ("Sales", vec![])]);
    assert_eq!(scene.store.teams_of(&ada.id).await.expect("read")[&team.id], "Refunds");
    scene
        .store
        .change_team(&team.id, "Refunds", std::slice::from_ref(&bob.id), "acct")
        .await
        .expect("changed");
    assert!(scene.store.teams_of(&ada.id).await.expect("read").is_empty());
    scene.store.remove_team(&team.id, "acct").await.expect("removed");
    assert!(matches!(scene.store.remove_team(&team.id, "acct").await, Err(AccountError::UnknownTeam(_))));
    assert!(scene.store.teams_of(&bob.id).await.expect("read").is_empty());
    let log = audited(&scene, team.id.as_str()).await;
    assert_eq!(log, ["acct: team-removed", "acct: team-changed", "acct: team-changed", "acct: team-created"]);
}

#[tokio::test]
async fn a_token_keeps_its_scopes_and_its_end_and_both_its_ends_are_in_the_audit_log() {
    let mut scene = Scene::new().await;
    let scopes: Vec<Scope> =
        ["people:write", "audit:read", "audit:read"].map(|scope| scope.parse().expect("a scope")).into();
    let ask = TokenAsk { title: "Reports".into(), role: Role::Operator, scopes, expires_at: Some(2_000_000) };
    let made = scene.store.create_token(ask, "acct").await.expect("made");
    scene.restart().await;
    let read = scene.store.token_by_secret(&made.secret).await.expect("read").expect("there");
    assert_eq!(read, made.token);
    let mut told: Vec<_> = read.scopes.iter().map(ToString::to_string).collect();
    told.sort();
    assert_eq!(told, ["audit:read", "people:write"]);
    assert!(!read.expired(1_999_999) && read.expired(2_000_000));
    assert!(scene.store.revoke_token(&read.id, "acct").await.expect("revoked"));
    assert!(!scene.store.revoke_token(&read.id, "acct").await.expect("asked"));
    let log = audited(&scene, read.id.as_str()).await;
    assert_eq!(log, ["acct: token-revoked", "acct: token-created"]);
}
