//! `switchboard account list | create | invite | link | role | disable | enable | reset`.

use std::io::Read as _;

use anyhow::{Context as _, bail};
use serde_json::json;
use zeroize::Zeroizing;

use super::args::Account as Command;
use super::installed::who;
use super::open;
use super::output::{Output, table, time};
use crate::access::{Gate, acceptable};
use crate::ambient::Ambient;
use crate::config::Config;
use crate::model::account::{Account, LinkKind, Login, name};
use crate::model::id::AccountId;
use crate::store::{NewAccount, NewLink, Store};

/// Does one of them.
pub(super) async fn run(command: &Command, config: Config, out: &Output) -> anyhow::Result<()> {
    let store = open::store(&config).await?;
    let done = act(command, &store, &config, out).await;
    store.close().await;
    done
}

async fn act(command: &Command, store: &Store, config: &Config, out: &Output) -> anyhow::Result<()> {
    match command {
        Command::List => list(store, out).await,
        Command::Create { address, role, name: called, password_stdin } => {
            let login: Login = address.parse()?;
            let called = called.as_deref().map(name).transpose()?;
            let password = if *password_stdin { read_password()? } else { ask_password()? };
            acceptable(&password, &login, &config.accounts)?;
            let gate = Gate::new(store.clone(), Ambient::system(), 1);
            let phc = gate.hash(&password, &config.accounts).await?;
            let new = NewAccount { login, name: called, role: (*role).into(), joined: true };
            let made = store.create_account(new, &who()).await?;
            store.set_password(&made.id, phc, &who()).await?;
            out.data(&data(&made), || {
                format!("{} signs in with {} as {}.", made.id, made.login, made.role.as_str())
            });
            Ok(())
        }
        Command::Invite { address, role, name: called } => {
            let called = called.as_deref().map(name).transpose()?;
            let new =
                NewAccount { login: address.parse()?, name: called, role: (*role).into(), joined: false };
            let made = match store.account_by_login(&new.login).await? {
                // Invited already: another link, in place of the one before.
                Some(there) if there.joined_at.is_none() => there,
                _ => store.create_account(new, &who()).await?,
            };
            link(LinkKind::Invitation, Some(&made), store, config, out).await
        }
        Command::Link => {
            if store.has_owner().await? {
                bail!(
                    "there is an owner already; `switchboard account invite` lets others in, and `switchboard account \
                     reset` gives somebody a new password"
                );
            }
            link(LinkKind::SetUp, None, store, config, out).await
        }
        Command::Role { account, role } => {
            let account = find(store, account).await?;
            store.change_role(&account.id, (*role).into(), &who()).await?;
            told(store, &account.id, out, "has this role from now on, and signs in anew").await
        }
        Command::Disable { account } => {
            let account = find(store, account).await?;
            store.set_disabled(&account.id, true, &who()).await?;
            told(store, &account.id, out, "is signed out everywhere and cannot sign in").await
        }
        Command::Enable { account } => {
            let account = find(store, account).await?;
            store.set_disabled(&account.id, false, &who()).await?;
            told(store, &account.id, out, "can sign in again").await
        }
        Command::Reset { account } => {
            let account = find(store, account).await?;
            if account.disabled_at.is_some() {
                bail!(
                    "{} is disabled; `switchboard account enable {}` comes first",
                    account.login,
                    account.login
                );
            }
            let kind = if account.joined_at.is_some() { LinkKind::Reset } else { LinkKind::Invitation };
            link(kind, Some(&account), store, config, out).await
        }
    }
}

fn data(account: &Account) -> serde_json::Value {
    json!({
        "id": account.id,
        "login": account.login,
        "name": account.name,
        "role": account.role,
        "state": account.state(),
        "second_factor": account.has_factor,
        "created_at": account.created_at,
        "seen_at": account.seen_at,
    })
}

async fn list(store: &Store, out: &Output) -> anyhow::Result<()> {
    let accounts = store.accounts().await?;
    out.data(&accounts.iter().map(data).collect::<Vec<_>>(), || {
        if accounts.is_empty() {
            return "There is no account yet; `switchboard account link` makes the first owner.".to_owned();
        }
        let rows: Vec<_> = accounts
            .iter()
            .map(|account| {
                vec![
                    account.id.to_string(),
                    account.login.to_string(),
                    account.role.as_str().into(),
                    account.state().as_str().into(),
                    if account.has_factor { "yes" } else { "no" }.into(),
                    account.seen_at.map_or_else(|| "never".to_owned(), time),
                    account.name.clone(),
                ]
            })
            .collect();
        table(&["id", "signs in with", "role", "state", "2nd factor", "seen (UTC)", "name"], &rows)
    });
    Ok(())
}

/// Tells how an account stands now.
async fn told(store: &Store, id: &AccountId, out: &Output, what: &str) -> anyhow::Result<()> {
    let account = store.account(id).await?.with_context(|| format!("there is no account {id}"))?;
    out.data(&data(&account), || format!("{} ({}) {what}.", account.login, account.role.as_str()));
    Ok(())
}

/// Makes a link and tells it, this once.
async fn link(
    kind: LinkKind,
    account: Option<&Account>,
    store: &Store,
    config: &Config,
    out: &Output,
) -> anyhow::Result<()> {
    let lasts = config.accounts.link_lasts(kind);
    let made = store.make_link(kind, account.map(|account| &account.id), lasts, &who()).await?;
    let url = address(&open::public_url(config), &made);
    let data = json!({
        "account": account.map(|account| &account.id),
        "link": url,
        "expires_at": made.expires_at,
    });
    out.data(&data, || {
        let what = match (kind, account) {
            (LinkKind::Invitation, Some(account)) => format!("lets {} in", account.login),
            (LinkKind::Reset, Some(account)) => format!(
                "lets {} choose a new password; then their sessions end and their second factor is gone",
                account.login
            ),
            (_, Some(account)) => format!("signs {} in", account.login),
            (_, None) => "makes the first owner".to_owned(),
        };
        format!("{url}\n\nThis link {what}. It works once, until {} UTC.", time(made.expires_at))
    });
    Ok(())
}

/// The address that a link is opened at.
pub(super) fn address(public_url: &str, link: &NewLink) -> String {
    format!("{public_url}/setup/{}", link.secret)
}

/// What a hub without an owner tells at its start: the link that makes one. `None` where there is one.
pub(super) async fn set_up(
    store: &Store,
    config: &Config,
    public_url: &str,
) -> anyhow::Result<Option<String>> {
    if store.has_owner().await? {
        return Ok(None);
    }
    let lasts = config.accounts.link_lasts(LinkKind::SetUp);
    let link = store.make_link(LinkKind::SetUp, None, lasts, "the hub").await?;
    Ok(Some(format!(
        "This hub has no owner yet. Open this link to become it; it works once, until {} UTC:\n\n  {}\n\n\
         `switchboard account link` makes another one.",
        time(link.expires_at),
        address(public_url, &link)
    )))
}

/// The account that a person means: by id or mail address.
async fn find(store: &Store, text: &str) -> anyhow::Result<Account> {
    let found = match text.parse::<AccountId>() {
        Ok(id) => store.account(&id).await?,
        Err(_) => store.account_by_login(&text.parse::<Login>()?).await?,
    };
    found.with_context(|| format!("there is no account {text}; `switchboard account list` shows them"))
}

/// The password on the first line of what is handed in.
fn read_password() -> anyhow::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::new());
    std::io::stdin().read_to_string(&mut text).context("cannot read the password")?;
    Ok(Zeroizing::new(text.lines().next().unwrap_or_default().to_owned()))
}

/// Asks for one at the terminal, twice.
fn ask_password() -> anyhow::Result<Zeroizing<String>> {
    let ask = |prompt| rpassword::prompt_password(prompt).map(Zeroizing::new);
    let why = "nobody can be asked for a password here; hand it in with `--password-stdin`";
    let (first, second) = (ask("Password: ").context(why)?, ask("The same again: ").context(why)?);
    if *first != *second {
        bail!("the two are not the same; nothing was made");
    }
    Ok(first)
}
