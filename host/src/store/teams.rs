//! Teams: accounts that share work.

use std::collections::BTreeMap;

use super::batch::{Batch, row};
use super::engine::Database;
use super::error::corrupt;
use super::{AccountError, Audit, Store, StoreError};
use crate::model::account::Team;
use crate::model::id::{AccountId, TeamId};

/// What a team is called; `None` where there is none.
async fn named(database: &mut Database, id: &TeamId) -> Result<Option<String>, StoreError> {
    let mut batch = Batch::default();
    batch.add("SELECT name FROM teams WHERE id = ?", row![id.as_str()]);
    Ok(batch.fetch(database).await?.first().map(|row| row.get(0)))
}

/// Whether another team has that name.
async fn taken(database: &mut Database, name: &str, id: &TeamId) -> Result<bool, StoreError> {
    let mut batch = Batch::default();
    batch.add("SELECT id FROM teams WHERE name = ? AND id <> ?", row![name, id.as_str()]);
    Ok(!batch.fetch(database).await?.is_empty())
}

impl Store {
    /// Every team, by name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn teams(&self) -> Result<Vec<Team>, StoreError> {
        let mut batch = Batch::default();
        batch.add(
            "SELECT t.id, t.name, t.created_at, m.account FROM teams t LEFT JOIN team_members m ON m.team = t.id \
             LEFT JOIN accounts a ON a.id = m.account ORDER BY t.name, t.id, a.name, a.id",
            row![],
        );
        let bad = corrupt("teams");
        let mut teams: Vec<Team> = Vec::new();
        for row in self.read(batch).await? {
            let id: TeamId = row.get::<String, _>(0).parse().map_err(|e| bad(&e))?;
            if teams.last().is_none_or(|team| team.id != id) {
                teams.push(Team { id, name: row.get(1), members: Vec::new(), created_at: row.get(2) });
            }
            let member: Option<String> = row.get(3);
            if let (Some(team), Some(member)) = (teams.last_mut(), member) {
                team.members.push(member.parse().map_err(|e| bad(&e))?);
            }
        }
        Ok(teams)
    }

    /// The teams that somebody is in, by name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn teams_of(&self, account: &AccountId) -> Result<BTreeMap<TeamId, String>, StoreError> {
        let mut batch = Batch::default();
        batch.add(
            "SELECT t.id, t.name FROM teams t JOIN team_members m ON m.team = t.id WHERE m.account = ?",
            row![account.as_str()],
        );
        let bad = corrupt("teams");
        let rows = self.read(batch).await?;
        rows.iter()
            .map(|row| Ok((row.get::<String, _>(0).parse().map_err(|e| bad(&e))?, row.get(1))))
            .collect()
    }

    /// Makes a team. `by` did it.
    ///
    /// # Errors
    /// When one has that name, or it cannot be committed now.
    pub async fn create_team(&self, name: &str, by: &str) -> Result<Team, AccountError> {
        let (id, now) = (TeamId::random(self.inner.ambient.random16()), self.inner.ambient.now_ms());
        let (name, who) = (name.to_owned(), by.to_owned());
        let made = self.inner.writer.transact(move |database| {
            Box::pin(async move {
                if taken(database, &name, &id).await? {
                    return Ok(Err(AccountError::TeamTaken(name)));
                }
                let mut batch = Batch::default();
                batch.add(
                    "INSERT INTO teams (id, name, created_at) VALUES (?,?,?)",
                    row![id.as_str(), name.as_str(), now],
                );
                let audit = Audit { who, action: "team-created", detail: name.clone() };
                audit.write(&mut batch, now, id.as_str());
                batch.execute(database).await?;
                Ok(Ok(Team { id, name, members: Vec::new(), created_at: now }))
            })
        });
        made.await?
    }

    /// Gives a team another name and other members; who is no account is left out. `by` did it.
    ///
    /// # Errors
    /// When there is no such team, another has that name, or it cannot be committed now.
    pub async fn change_team(
        &self,
        id: &TeamId,
        name: &str,
        members: &[AccountId],
        by: &str,
    ) -> Result<(), AccountError> {
        let (id, name, members) = (id.clone(), name.to_owned(), members.to_vec());
        let (who, now) = (by.to_owned(), self.inner.ambient.now_ms());
        let changed = self.inner.writer.transact(move |database| {
            Box::pin(async move {
                if named(database, &id).await?.is_none() {
                    return Ok(Err(AccountError::UnknownTeam(id.to_string())));
                }
                if taken(database, &name, &id).await? {
                    return Ok(Err(AccountError::TeamTaken(name)));
                }
                let mut batch = Batch::default();
                batch.add("UPDATE teams SET name = ? WHERE id = ?", row![name.as_str(), id.as_str()]);
                batch.add("DELETE FROM team_members WHERE team = ?", row![id.as_str()]);
                batch.keyed_after(
                    "INSERT INTO team_members (team, account) SELECT CAST(? AS TEXT), id FROM accounts WHERE id IN",
                    row![id.as_str()],
                    members.iter().map(|member| row![member.as_str()]).collect(),
                );
                let detail = format!("{name}: {} members", members.len());
                Audit { who, action: "team-changed", detail }.write(&mut batch, now, id.as_str());
                batch.execute(database).await?;
                Ok(Ok(()))
            })
        });
        changed.await?
    }

    /// Removes a team; its members stay. `by` did it.
    ///
    /// # Errors
    /// When there is no such team, or it cannot be committed now.
    pub async fn remove_team(&self, id: &TeamId, by: &str) -> Result<(), AccountError> {
        let (id, who, now) = (id.clone(), by.to_owned(), self.inner.ambient.now_ms());
        let removed = self.inner.writer.transact(move |database| {
            Box::pin(async move {
                let Some(detail) = named(database, &id).await? else {
                    return Ok(Err(AccountError::UnknownTeam(id.to_string())));
                };
                let mut batch = Batch::default();
                batch.add("DELETE FROM team_members WHERE team = ?", row![id.as_str()]);
                batch.add("DELETE FROM teams WHERE id = ?", row![id.as_str()]);
                Audit { who, action: "team-removed", detail }.write(&mut batch, now, id.as_str());
                batch.execute(database).await?;
                Ok(Ok(()))
            })
        });
        removed.await?
    }
}
