//! Accounts for pages that are rendered without a hub.

use super::set_up::SetUpPage;
use super::sign_in::SignInPage;
use super::team::{LinkPage, TeamPage};
use super::tokens::{TokenPage, TokensPage};
use super::{factor, own, sign_in};
use crate::inbox::form::{Fields, Wrong};
use crate::inbox::frame::Frame;
use crate::model::account::{Account, LinkKind, Team};
use crate::model::id::{AccountId, SessionId, TeamId, TokenId};
use crate::model::token::{Role, Token};
use crate::store::{Session, Stage};

use askama::Template;

fn account(n: u8, login: &str, name: &str, role: Role) -> Account {
    Account {
        id: AccountId::random([n; 16]),
        login: login.parse().expect("an address"),
        name: name.to_owned(),
        role,
        locale: Some("de".to_owned()),
        zone: None,
        created_at: 5,
        joined_at: (n != 2).then_some(6),
        disabled_at: (n == 3).then_some(7),
        seen_at: (n == 1).then_some(8),
        has_password: n != 1,
        has_factor: n == 1,
    }
}

fn session(n: u8) -> Session {
    Session {
        id: SessionId::random([n; 16]),
        stage: Stage::Whole,
        browser: "Firefox on Linux".to_owned(),
        created_at: 5,
        seen_at: 6,
    }
}

/// Every page of accounts, with its name.
pub(crate) fn pages(frame: &Frame) -> Vec<(&'static str, String)> {
    let alone = &Frame { viewer: None, done: None, csrf: String::new(), ..frame.clone() };
    let ada = account(1, "ada@example.com", "Ada <b>bold</b>", Role::Owner);
    let all = [
        ada.clone(),
        account(2, "bob@example.com", "bob", Role::Agent),
        account(3, "eve@example.com", "Eve", Role::Supervisor),
    ];
    let team =
        |n: u8, members| Team { id: TeamId::random([n; 16]), name: "Returns".into(), members, created_at: 5 };
    let teams = [team(1, vec![ada.id.clone()]), team(2, vec![])];
    let token = |n: u8, scopes: &[&str], expires_at| Token {
        id: TokenId::random([n; 16]),
        title: "Reports".to_owned(),
        role: Role::ReadOnly,
        scopes: scopes.iter().map(|scope| scope.parse().expect("a scope")).collect(),
        created_at: 5,
        expires_at,
    };
    let tokens = [token(1, &[], None), token(2, &["people:read", "orders:write"], Some(6))];
    let sign_in = |wrong: Option<&str>| SignInPage {
        frame: alone.clone(),
        next: "/people?search=a&b".to_owned(),
        login: "ada@example.com".to_owned(),
        wrong: wrong.map(str::to_owned),
        elsewhere: wrong.is_none().then(|| "Sign in with Example".to_owned()),
        unusable: wrong.is_some(),
        owned: false,
    };
    let set_up = |kind: Option<LinkKind>, wrong: Wrong| SetUpPage {
        frame: alone.clone(),
        token: "secret".to_owned(),
        kind,
        account: kind.filter(|kind| *kind != LinkKind::SetUp).map(|_| ada.clone()),
        login: String::new(),
        name: String::new(),
        wrong,
        least: 12,
        unusable: false,
    };
    let factor = |secret: Option<&str>, first, wrong: Option<&str>| factor::FactorPage {
        frame: frame.clone(),
        secret: secret.map(str::to_owned),
        first,
        needed: first,
        codes_left: 9,
        wrong: wrong.map(str::to_owned),
    };
    let own = own::OwnPage::new(frame.clone(), &ada, vec![session(1), session(2)], Some(&session(1).id), 12);
    let mut own_wrong = own::OwnPage::new(frame.clone(), &all[1], vec![], None, 12);
    own_wrong.wrong = Wrong::one("password", "wrong");
    let mut said = vec![
        ("sign in", sign_in(None).render()),
        ("sign in, wrong", sign_in(Some("no")).render()),
        (
            "second factor asked",
            sign_in::FactorPage { frame: alone.clone(), next: "/".into(), wrong: Some("no".into()) }.render(),
        ),
        ("set up, dead", set_up(None, Wrong::none()).render()),
        ("own", own.render()),
        ("own, wrong", own_wrong.render()),
        ("second factor, new", factor(Some("ABCD EFGH"), true, Some("no")).render()),
        ("second factor, on", factor(None, false, None).render()),
        (
            "recovery codes",
            factor::CodesPage { frame: frame.clone(), codes: vec!["a2cd-e4gh-j5kn-p7rs".into()] }.render(),
        ),
        ("team", TeamPage::new(frame.clone(), &all, &teams).render()),
        ("team, empty", TeamPage::new(frame.clone(), &all[..1], &[]).render()),
        (
            "link",
            LinkPage {
                link: "https://hub.example.com/setup/secret".into(),
                login: "bob@example.com".into(),
                reset: true,
                until: frame.time(5),
                frame: frame.clone(),
            }
            .render(),
        ),
        ("tokens", TokensPage::new(frame.clone(), &tokens, &Fields::default(), &Wrong::none()).render()),
        (
            "tokens, wrong",
            TokensPage::new(frame.clone(), &[], &Fields::default(), &Wrong::one("", "no")).render(),
        ),
        (
            "token",
            TokenPage {
                frame: frame.clone(),
                title: "Reports".into(),
                secret: "sbt_secret".into(),
                url: "https://hub.example.com".into(),
            }
            .render(),
        ),
    ];
    for kind in LinkKind::ALL {
        said.push(("set up", set_up(Some(kind), Wrong::one("password", "no")).render()));
    }
    said.into_iter().map(|(name, html)| (name, html.expect(name))).collect()
}
