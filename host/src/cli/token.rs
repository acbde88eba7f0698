//! `switchboard token create | list | revoke`.

use anyhow::bail;
use serde_json::json;

use super::args::{Role as Given, Token};
use super::open;
use super::output::{Output, table, time};
use crate::config::Config;
use crate::model::id::TokenId;
use crate::model::token::Role;

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

/// Does one of them.
pub(super) async fn run(command: &Token, config: Config, out: &Output) -> anyhow::Result<()> {
    let store = open::store(&config).await?;
    match command {
        Token::Create { role, title } => {
            let made = store.create_token(title, (*role).into()).await?;
            let data =
                json!({"id": made.token.id, "role": made.token.role, "title": title, "token": made.secret});
            out.data(&data, || {
                format!(
                    "{}\n\nThis is the only time it is shown. Use it as\n  curl -H \"Authorization: Bearer …\" http://{}/api/v1/profiles",
                    made.secret, config.http.listen
                )
            });
        }
        Token::List => {
            let tokens = store.tokens().await?;
            let data: Vec<_> = tokens
                .iter()
                .map(|t| json!({"id": t.id, "title": t.title, "role": t.role, "created_at": t.created_at}))
                .collect();
            out.data(&data, || {
                if tokens.is_empty() {
                    return "There is no token yet; `switchboard token create` makes one.".to_owned();
                }
                let rows: Vec<_> = tokens
                    .iter()
                    .map(|t| {
                        vec![t.id.to_string(), t.role.as_str().into(), time(t.created_at), t.title.clone()]
                    })
                    .collect();
                table(&["id", "role", "made (UTC)", "title"], &rows)
            });
        }
        Token::Revoke { token } => {
            let id: TokenId = token.parse()?;
            if !store.revoke_token(&id).await? {
                bail!("there is no token {id}; `switchboard token list` shows them");
            }
            out.data(&json!({ "revoked": id }), || format!("{id} is worth nothing any more."));
        }
    }
    store.close().await;
    Ok(())
}
