//! Lists of conversations.

use std::collections::HashMap;

use super::{COLUMNS, Kept, read};
use crate::model::conversation::{ConversationView, LastMessage, Status, message_of};
use crate::model::event::Priority;
use crate::model::id::{AccountId, ConnectionId, ConversationId, ProfileId, TeamId};
use crate::model::message::MessageState;
use crate::model::profile::{Source, Stated, choose};
use crate::store::batch::{Batch, Filtered, row};
use crate::store::error::corrupt;
use crate::store::{Page, PageRequest, Store, StoreError};

/// Which conversations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum View {
    /// Every one, however far it has come.
    All,
    /// Open ones.
    Open,
    /// Open ones that are this account's.
    Mine(AccountId),
    /// Open ones that are nobody's.
    Unassigned,
    /// Open ones of a team.
    Team(TeamId),
    /// Those that are left alone for a while.
    Snoozed,
    /// Those that are done with.
    Resolved,
    /// Those in which a note mentions this account, however far they have come.
    Mentions(AccountId),
}

/// What comes first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    /// The latest message.
    #[default]
    Latest,
    /// Whoever has waited longest for an answer; whoever waits for none is left out.
    Waiting,
    /// What matters most, then the latest message.
    Priority,
}

/// What is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// Which conversations.
    pub view: View,
    /// Only with this tag.
    pub tag: Option<String>,
    /// Only of this priority.
    pub priority: Option<Priority>,
    /// Only those in which the person last wrote on this connection.
    pub connection: Option<ConnectionId>,
    /// Only with this person.
    pub profile: Option<ProfileId>,
    /// For whom unread messages are counted.
    pub reader: Option<AccountId>,
}

impl Filter {
    /// All of a view.
    #[must_use]
    pub fn of(view: View) -> Self {
        Self { view, tag: None, priority: None, connection: None, profile: None, reader: None }
    }
}

/// How many conversations there are, by view.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Open ones.
    pub open: u64,
    /// Open ones of the account.
    pub mine: u64,
    /// Open ones of nobody.
    pub unassigned: u64,
    /// Those that are left alone for a while.
    pub snoozed: u64,
    /// Those in which the account is mentioned and that are not done with.
    pub mentions: u64,
}

/// Up to how many conversations are counted; more are as many.
const COUNTED: u32 = 1_000;

/// Up to how many unread messages of a conversation are counted; more are as many.
const UNREAD: u32 = 100;

impl Store {
    /// Conversations. A page's cursor holds for the same filter and order.
    ///
    /// # Errors
    /// When the cursor is none, or the database cannot be read.
    pub async fn conversations(
        &self,
        filter: &Filter,
        order: Sort,
        page: &PageRequest,
    ) -> Result<Page<ConversationView>, StoreError> {
        let mut question =
            Filtered::new(&format!("SELECT {COLUMNS} FROM conversations c WHERE 1 = 1"), row![]);
        narrow(&mut question, filter);
        let after = page.after()?;
        let by = match (order, &filter.view) {
            (Sort::Waiting, _) => {
                question.also("AND c.waiting_since IS NOT NULL");
                "c.waiting_since"
            }
            (Sort::Priority, _) => PRIORITY,
            (Sort::Latest, View::Snoozed) => "c.snoozed_until",
            (Sort::Latest, View::Resolved) => "c.resolved_at",
            (Sort::Latest, _) => "c.message_at",
        };
        let rises = matches!((order, &filter.view), (Sort::Waiting, _) | (Sort::Latest, View::Snoozed));
        let (than, way) = if rises { (">", "ASC") } else { ("<", "DESC") };
        if let Some((at, id)) = after {
            question.and(&format!("AND ({by}, c.id) {than} (CAST(? AS BIGINT),"), Some(at));
            question.and("?)", Some(id));
        }
        question.and(&format!("ORDER BY {by} {way}, c.id {way} LIMIT ?"), Some(page.rows()));
        let found = self.read(question.batch()).await?;
        let found = found.iter().map(|row| read(row, 0)).collect::<Result<Vec<_>, _>>()?;
        let key = |kept: &Kept| {
            let one = &kept.conversation;
            let at = match (order, one.status) {
                (Sort::Waiting, _) => one.waiting_since.unwrap_or_default(),
                (Sort::Priority, _) => one.priority as i64 * SPAN + one.last.at,
                (Sort::Latest, Status::Snoozed(until)) if filter.view == View::Snoozed => until,
                (Sort::Latest, Status::Resolved(since)) if filter.view == View::Resolved => since,
                (Sort::Latest, _) => one.last.at,
            };
            (at, one.id().to_string())
        };
        let page = Page::of(found, page, key);
        let items = self.shown(page.items, filter.reader.as_ref()).await?;
        Ok(Page { items, next: page.next })
    }

    /// How many conversations there are, by view: up to a thousand of each.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn conversation_counts(&self, account: Option<&AccountId>) -> Result<Counts, StoreError> {
        let mut counts = Counts::default();
        let of = async |view: View, live: bool| {
            let mut question =
                Filtered::new("SELECT count(*) FROM (SELECT 1 FROM conversations c WHERE 1 = 1", row![]);
            narrow(&mut question, &Filter::of(view));
            if live {
                question.also("AND c.state <> 'resolved'");
            }
            question.and("LIMIT ?) n", Some(COUNTED));
            let rows = self.read(question.batch()).await?;
            Ok::<_, StoreError>(rows.first().map_or(0, |row| row.get::<i64, _>(0).unsigned_abs()))
        };
        counts.open = of(View::Open, false).await?;
        counts.unassigned = of(View::Unassigned, false).await?;
        counts.snoozed = of(View::Snoozed, false).await?;
        if let Some(account) = account {
            counts.mine = of(View::Mine(account.clone()), false).await?;
            counts.mentions = of(View::Mentions(account.clone()), true).await?;
        }
        Ok(counts)
    }

    /// One conversation, by any id that ever stood for it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn conversation(&self, id: &ConversationId) -> Result<Option<ConversationView>, StoreError> {
        self.conversation_for(id, None).await
    }

    /// The same with how many messages an account has not read.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn conversation_for(
        &self,
        id: &ConversationId,
        reader: Option<&AccountId>,
    ) -> Result<Option<ConversationView>, StoreError> {
        let message = message_of(id);
        let mut batch = Batch::default();
        batch.add(
            &format!(
                "SELECT {COLUMNS} FROM conversations c WHERE c.id = (SELECT m.conversation FROM messages m WHERE m.id = \
                 coalesce((SELECT a.message FROM message_aliases a WHERE a.id = ?), ?))"
            ),
            row![message.as_str(), message.as_str()],
        );
        let found = self.read(batch).await?.iter().map(|row| read(row, 0)).collect::<Result<Vec<_>, _>>()?;
        Ok(self.shown(found, reader).await?.pop())
    }

    /// The conversation with a person that what comes next would join, or the last one; `None` before the first
    /// message.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn conversation_of(&self, profile: &ProfileId) -> Result<Option<ConversationView>, StoreError> {
        let Some(profile) = self.current(profile.as_str()).await? else { return Ok(None) };
        let mut batch = Batch::default();
        batch.add(
            &format!(
                "SELECT {COLUMNS} FROM conversations c WHERE c.profile = ? AND c.head = 1 \
                 ORDER BY CASE WHEN c.state = 'resolved' THEN 1 ELSE 0 END, c.message_at DESC, c.message DESC LIMIT 1"
            ),
            row![profile.as_str()],
        );
        let found = self.read(batch).await?.iter().map(|row| read(row, 0)).collect::<Result<Vec<_>, _>>()?;
        Ok(self.shown(found, None).await?.pop())
    }

    /// Conversations with what is shown beside them, in their order.
    async fn shown(
        &self,
        found: Vec<Kept>,
        reader: Option<&AccountId>,
    ) -> Result<Vec<ConversationView>, StoreError> {
        let names = self.names(&found).await?;
        let mut lasts: HashMap<String, LastMessage> = HashMap::new();
        let mut batch = Batch::default();
        let keys = found.iter().map(|kept| row![kept.conversation.last.id.as_str()]).collect();
        batch.keyed("SELECT state FROM messages WHERE id IN", keys);
        for row in self.read(batch).await? {
            let state: MessageState =
                serde_json::from_str(row.get(0)).map_err(|e| corrupt("messages")(&e))?;
            if let Some(content) = &state.content {
                let (direction, text) = (content.direction, state.text().to_owned());
                lasts.insert(state.id.to_string(), LastMessage { id: state.id, direction, text });
            }
        }
        let mut unread = HashMap::new();
        if let Some(reader) = reader {
            unread = self.unread(&found, reader).await?;
        }
        let shown = found.into_iter().map(|kept| {
            let id = kept.conversation.id();
            ConversationView {
                name: names.get(kept.profile.as_str()).cloned().flatten(),
                last: lasts.remove(kept.conversation.last.id.as_str()),
                unread: reader.map(|_| unread.remove(id.as_str()).unwrap_or_default()),
                id,
                profile: kept.profile,
                conversation: kept.conversation,
            }
        });
        Ok(shown.collect())
    }

    /// How many messages of each an account has not read.
    async fn unread(&self, found: &[Kept], reader: &AccountId) -> Result<HashMap<String, u32>, StoreError> {
        let mut batch = Batch::default();
        for kept in found.iter().filter(|kept| kept.conversation.inbound > 0) {
            let id = kept.conversation.id();
            batch.add(
                "SELECT c.id, (SELECT count(*) FROM (SELECT 1 FROM messages m WHERE m.profile = c.profile \
                 AND m.at >= coalesce(r.at, c.first_at) AND m.conversation = c.id AND m.inbound = 1 \
                 AND (r.message IS NULL OR (m.at, m.id) > (r.at, r.message)) LIMIT ?) n) FROM conversations c \
                 LEFT JOIN reading r ON r.conversation = c.id AND r.account = ? WHERE c.id = ?",
                row![UNREAD, reader.as_str(), id.as_str()],
            );
        }
        Ok(self.read(batch).await?.iter().map(|row| (row.get(0), row.get(1))).collect())
    }

    /// What people are called.
    async fn names(&self, found: &[Kept]) -> Result<HashMap<String, Option<String>>, StoreError> {
        let mut batch = Batch::default();
        batch.keyed(
            "SELECT a.profile, a.value, coalesce(c.priority, 0), a.connection, a.last_event, a.last_at, a.first_at, a.last_place \
             FROM attributes a LEFT JOIN connections c ON c.id = a.connection WHERE a.field = 'name' AND a.profile IN",
            found.iter().map(|kept| row![kept.profile.as_str()]).collect(),
        );
        let mut stated: HashMap<String, Vec<Stated>> = HashMap::new();
        for row in self.read(batch).await? {
            let bad = corrupt("attributes");
            let source = Source {
                connection: row.get::<String, _>(3).parse().map_err(|e| bad(&e))?,
                title: String::new(),
                event: row.get::<String, _>(4).parse().map_err(|e| bad(&e))?,
                at: row.get(5),
                since: row.get(6),
            };
            let (value, priority, place) = (row.get(1), row.get(2), row.get(7));
            let statement = Stated { field: "name".to_owned(), value, priority, place, source };
            stated.entry(row.get(0)).or_default().push(statement);
        }
        let name = |said| choose(said, &[]).into_iter().next().map(|view| view.value);
        Ok(stated.into_iter().map(|(profile, said)| (profile, name(said))).collect())
    }
}

/// Further apart than any two times: what makes one number of a priority and a time.
const SPAN: i64 = 1_000_000_000_000_000;
const PRIORITY: &str = "(c.priority * 1000000000000000 + c.message_at)";

fn narrow(question: &mut Filtered, filter: &Filter) {
    match &filter.view {
        View::All => {}
        View::Open => question.also("AND c.state = 'open'"),
        View::Mine(account) => {
            question.and("AND c.state = 'open' AND c.assignee = ?", Some(account.as_str()))
        }
        View::Unassigned => question.also("AND c.state = 'open' AND c.assignee IS NULL"),
        View::Team(team) => question.and("AND c.state = 'open' AND c.team = ?", Some(team.as_str())),
        View::Snoozed => question.also("AND c.state = 'snoozed'"),
        View::Resolved => question.also("AND c.state = 'resolved'"),
        View::Mentions(account) => question.and(
            "AND c.id IN (SELECT n.conversation FROM mentions n WHERE n.account = ?)",
            Some(account.as_str()),
        ),
    }
    question.and(
        "AND c.id IN (SELECT t.conversation FROM conversation_tags t WHERE t.tag = ?)",
        filter.tag.as_deref(),
    );
    question.and("AND c.priority = ?", filter.priority.map(|priority| priority as i64));
    question.and("AND c.received_on = ?", filter.connection.as_ref().map(ConnectionId::as_str));
    question.and("AND c.profile = ?", filter.profile.as_ref().map(ProfileId::as_str));
}
