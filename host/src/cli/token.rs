//! `switchboard token create | list | revoke`.

use anyhow::{Context as _, bail};
use serde_json::json;

use super::args::{Role as Given, Token};
use super::installed::who;
use super::open;
use super::output::{Output, table, time};
use crate::ambient::Ambient;
use crate::config::Config;
use crate::model::id::TokenId;
use crate::model::token::{self, Role};
use crate::store::TokenAsk;

impl From<Given> for Role {
    fn from(role: Given) -> Self {
        match role {
            Given::Owner => Self::Owner,
            Given::Operator => Self::Operator,
            Given::Supervisor => Self::Supervisor,
            Given::Agent => Self::Agent,
            Given::ReadOnly => Self::ReadOnly,
        }
    }
}

fn data(token: &token::Token) -> serde_json::Value {
    json!({
        "id": token.id,
        "title": token.title,
        "role": token.role,
        "scopes": token.scopes,
        "created_at": token.created_at,
        "expires_at": token.expires_at,
    })
}

/// Until when a token works, in words.
fn until(token: &token::Token, now: i64) -> String {
    match token.expires_at {
        None => "revoked".to_owned(),
        Some(at) if token.expired(now) => format!("expired {}", time(at)),
        Some(at) => time(at),
    }
}

/// Does one of them.
pub(super) async fn run(command: &Token, config: Config, out: &Output) -> anyhow::Result<()> {
    let store = open::store(&config).await?;
    let now = Ambient::system().now_ms();
    match command {
        Token::Create { role, title, scope, expires } => {
            let lasts = expires.map(|lasts| i64::try_from(lasts.as_millis()).context("it lasts too long"));
            let expires_at = lasts.transpose()?.map(|lasts| now.saturating_add(lasts));
            let ask =
                TokenAsk { title: title.clone(), role: (*role).into(), scopes: scope.clone(), expires_at };
            let made = store.create_token(ask, &who()).await?;
            let mut shown = data(&made.token);
            shown["token"] = json!(made.secret);
            out.data(&shown, || {
                format!(
                    "{}\n\nThis is the only time it is shown. Use it as\n  curl -H \"Authorization: Bearer …\" http://{}/api/v1/profiles",
                    made.secret, config.http.listen
                )
            });
        }
        Token::List => {
            let tokens = store.tokens().await?;
            out.data(&tokens.iter().map(data).collect::<Vec<_>>(), || {
                if tokens.is_empty() {
                    return "There is no token yet; `switchboard token create` makes one.".to_owned();
                }
                let rows: Vec<_> = tokens
                    .iter()
                    .map(|t| {
                        let scopes = t.scopes_text();
                        vec![
                            t.id.to_string(),
                            t.role.as_str().into(),
                            if scopes.is_empty() { "everything".to_owned() } else { scopes },
                            time(t.created_at),
                            until(t, now),
                            t.title.clone(),
                        ]
                    })
                    .collect();
                table(&["id", "role", "for", "made (UTC)", "until (UTC)", "title"], &rows)
            });
        }
        Token::Revoke { token } => {
            let id: TokenId = token.parse()?;
            if !store.revoke_token(&id, &who()).await? {
                bail!("there is no token {id}; `switchboard token list` shows them");
            }
            out.data(&json!({ "revoked": id }), || format!("{id} is worth nothing any more."));
        }
    }
    store.close().await;
    Ok(())
}
