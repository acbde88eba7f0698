//! Opening the database and bringing its shape up to date.

mod server;

use std::borrow::Cow;

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, SqlSafeStr};

use super::batch::{Batch, row};
use super::engine::{Database, Readers};
use super::vault::private;
use super::{StoreError, StoreOptions};

use crate::ambient::Ambient;
use crate::model::id::IdKey;
pub(super) use server::{connect, newest as newest_on_server};

/// How many prepared statements a connection keeps: every table has a handful of row counts.
const PREPARED: usize = 1024;

/// Under how much memory the connection that writes caches pages, at least, in KiB. Among ten million events a
/// group of changes touches some thousand pages, found through many more; with less, what it changed would go to
/// the log of changes before its commit, and again with it.
const WRITER_CACHE_KIB: u32 = 64 * 1024;

/// After how many pages in the log of changes the writer itself copies them into the database: 128 MiB. Before, they
/// are copied beside it ([`super::checkpoint`]).
const CHECKPOINT: u32 = 32_768;

/// Every step from nothing to now, in order; a published step never changes.
const STEPS: [(i64, &str, &str); 16] = [
    (1, "first", include_str!("../../migrations/sqlite/0001_first.sql")),
    (2, "plugins", include_str!("../../migrations/sqlite/0002_plugins.sql")),
    (3, "credentials", include_str!("../../migrations/sqlite/0003_credentials.sql")),
    (4, "parked", include_str!("../../migrations/sqlite/0004_parked.sql")),
    (5, "secret", include_str!("../../migrations/sqlite/0005_secret.sql")),
    (6, "install", include_str!("../../migrations/sqlite/0006_install.sql")),
    (7, "addresses", include_str!("../../migrations/sqlite/0007_addresses.sql")),
    (8, "identity", include_str!("../../migrations/sqlite/0008_identity.sql")),
    (9, "people", include_str!("../../migrations/sqlite/0009_people.sql")),
    (10, "privacy", include_str!("../../migrations/sqlite/0010_privacy.sql")),
    (11, "search", include_str!("../../migrations/sqlite/0011_search.sql")),
    (12, "suggest", include_str!("../../migrations/sqlite/0012_suggest.sql")),
    (13, "meta", include_str!("../../migrations/sqlite/0013_meta.sql")),
    (14, "scale", include_str!("../../migrations/sqlite/0014_scale.sql")),
    (15, "accounts", include_str!("../../migrations/sqlite/0015_accounts.sql")),
    (16, "conversations", include_str!("../../migrations/sqlite/0016_conversations.sql")),
];

fn migrator() -> Migrator {
    steps(&STEPS)
}

fn steps(all: &[(i64, &'static str, &'static str)]) -> Migrator {
    let step = |&(version, name, sql): &(i64, &'static str, &'static str)| {
        let sql = sqlx::AssertSqlSafe(sql).into_sql_str();
        Migration::new(version, Cow::Borrowed(name), MigrationType::Simple, sql, false)
    };
    Migrator::with_migrations(all.iter().map(step).collect())
}

/// A table: its columns, and those that make its key, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<String>,
    pub(super) keys: Vec<String>,
}

impl Table {
    /// Which column has a name.
    pub(super) fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }
}

/// The tables that this program keeps things in, whichever the engine.
pub(super) async fn shape() -> Result<Vec<Table>, StoreError> {
    let mut empty = super::copy::in_memory().await?;
    migrator().run(&mut empty).await.map_err(refused)?;
    super::copy::tables(&mut Database::sqlite(empty)).await
}

/// The last step that this program knows.
pub(super) fn newest() -> i64 {
    migrator().iter().map(|step| step.version).max().unwrap_or(0)
}

/// The connections of a store.
pub(super) struct Opened {
    /// The pool that reads.
    pub(super) readers: Readers,
    /// The one that writes.
    pub(super) writer: Database,
    /// The one that copies the log of changes into the database, where the engine does not do so itself.
    pub(super) copier: Option<Database>,
}

/// Opens a database and brings its shape up to date.
pub(super) async fn open(options: &StoreOptions) -> Result<Opened, StoreError> {
    match &options.server {
        Some(server) => {
            let (readers, writer) = server::open(server, options).await?;
            Ok(Opened { readers, writer, copier: None })
        }
        None => open_file(options).await,
    }
}

async fn open_file(options: &StoreOptions) -> Result<Opened, StoreError> {
    // A database that is not there yet begins as a file that its owner alone reads, for it holds every customer;
    // what SQLite keeps beside it takes after it. Where that does not work, SQLite says why.
    drop(private(&options.path));
    let connect = SqliteConnectOptions::new()
        .filename(&options.path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // A commit is on the disk before it is answered.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(std::time::Duration::from_secs(5))
        .foreign_keys(false)
        .pragma("cache_size", format!("-{}", options.cache_kib))
        .pragma("temp_store", "memory")
        // What is deleted or replaced is overwritten: an erased person's data is in no free part of the file.
        .pragma("secure_delete", "on")
        .statement_cache_capacity(PREPARED)
        .row_buffer_size(1024)
        .disable_statement_logging();
    let cache = options.cache_kib.max(WRITER_CACHE_KIB);
    let writer = connect.clone().pragma("cache_size", format!("-{cache}"));
    let mut write = writer.pragma("wal_autocheckpoint", CHECKPOINT.to_string()).connect().await?;
    migrator().run(&mut write).await.map_err(refused)?;
    let copier = connect.clone().connect().await?;
    let readers = SqlitePoolOptions::new()
        .max_connections(options.readers)
        .min_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .connect_with(connect.read_only(false).pragma("query_only", "1"))
        .await?;
    Ok(Opened {
        readers: Readers::Sqlite(readers),
        writer: Database::sqlite(write),
        copier: Some(Database::sqlite(copier)),
    })
}

/// What a database that cannot be brought up to date says.
fn refused(error: MigrateError) -> StoreError {
    match error {
        MigrateError::VersionMissing(version) => StoreError::Newer(format!("its shape {version}")),
        error => StoreError::Database(error.into()),
    }
}

/// The installation's key for derived ids: made with the database, kept in it.
pub(super) async fn id_key(write: &mut Database, ambient: &Ambient) -> Result<IdKey, StoreError> {
    let mut fresh = [0_u8; 32];
    ambient.entropy.fill(&mut fresh);
    let mut batch = Batch::default();
    batch.add("INSERT INTO meta VALUES ('id-key', ?) ON CONFLICT DO NOTHING", row![hex::encode(fresh)]);
    batch.add("INSERT INTO meta VALUES ('revision', '0') ON CONFLICT DO NOTHING", row![]);
    batch.add("SELECT value FROM meta WHERE name = 'id-key'", row![]);
    let rows = batch.fetch(write).await?;
    let text: &str = rows.first().map(|row| row.get(0)).unwrap_or_default();
    let bytes = <[u8; 32]>::try_from(hex::decode(text).unwrap_or_default())
        .map_err(|_| StoreError::Corrupt { place: "meta", why: "the id key is not 32 bytes".into() })?;
    Ok(IdKey::new(&bytes))
}

#[cfg(test)]
mod tests {
    use sqlx::Executor as _;

    use super::*;
    use crate::model::event::{Body, Customer, NewEvent};
    use crate::model::id::{ConnectionId, EventId, ProfileId};
    use crate::model::identifier::{Evidence, Evident, Identifier};
    use crate::store::{PageRequest, Store, health};

    #[tokio::test]
    async fn a_database_of_every_older_shape_is_brought_up_to_date_and_keeps_what_it_holds() {
        let folder = tempfile::tempdir().expect("a folder");
        let steps: Vec<Migration> = migrator().iter().cloned().collect();
        for count in 1..=steps.len() {
            let path = folder.path().join(format!("hub-{count}.db"));
            let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
            let mut database = options.connect().await.expect("opened");
            Migrator::with_migrations(steps[..count].to_vec())
                .run(&mut database)
                .await
                .expect("an older shape");
            let row = "INSERT INTO tokens (id, hash, title, role, created_at) VALUES \
                 ('tok_0123456789abcdefghjkmnpqrs', x'00', 'kept', 'owner', 5)";
            database.execute(row).await.expect("written");
            sqlx::Connection::close(database).await.expect("closed");
            let last = steps[count - 1].version;
            assert_eq!(health::outdated(&path).await.expect("read"), last < newest());

            let store =
                Store::open(&StoreOptions::at(&path), Ambient::system()).await.expect("brought up to date");
            let tokens = store.tokens().await.expect("read");
            assert_eq!(tokens.iter().map(|token| &*token.title).collect::<Vec<_>>(), ["kept"]);
            store.close().await;
            let checkup = health::examine(&path, true).await.expect("read");
            assert_eq!((checkup.shape, checkup.problems), (Some(newest()), Vec::new()));
        }
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_new_database_and_what_lies_beside_it_are_for_their_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("hub.db");
        let store = Store::open(&StoreOptions::at(&path), Ambient::system()).await.expect("made");
        for file in std::fs::read_dir(folder.path()).expect("read") {
            let file = file.expect("read");
            let mode = file.metadata().expect("read").permissions().mode();
            assert_eq!(mode & 0o077, 0, "{}", file.path().display());
        }
        store.close().await;
    }

    #[tokio::test]
    async fn a_database_that_a_newer_program_wrote_is_refused_and_left_as_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("hub.db");
        let store = Store::open(&StoreOptions::at(&path), Ambient::system()).await.expect("made");
        store.close().await;
        let mut database = SqliteConnectOptions::new().filename(&path).connect().await.expect("opened");
        let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES \
             (9999, 'of the future', 1, x'00', 0)";
        database.execute(newer).await.expect("written");
        sqlx::Connection::close(database).await.expect("closed");
        let refused = Store::open(&StoreOptions::at(&path), Ambient::system()).await.expect_err("refused");
        assert!(matches!(refused, StoreError::Newer(_)), "{refused:?}");
        let words = refused.to_string();
        assert!(words.contains("9999") && words.contains("run that version, or restore a backup"), "{words}");
        assert_eq!(health::examine(&path, false).await.expect("read").shape, Some(9999));

        let backup = folder.path().join("hub.backup");
        crate::store::backup::make(&path, &backup, 7, Vec::new()).await.expect("also that can be copied");
        let refused =
            crate::store::backup::inspect(&backup).await.expect_err("but not put back by this program");
        assert!(matches!(refused, StoreError::Newer(_)), "{refused:?}");
    }

    #[tokio::test]
    async fn the_people_of_a_database_from_before_the_rules_are_folded_anew_from_its_log() {
        let folder = tempfile::tempdir().expect("a folder");
        let identifiers =
            ["phone:+4915112345678", "mail:anna@example.com"].map(|name| name.parse().expect("a name"));
        let event = |id: &str, names: &[Identifier]| NewEvent {
            external_id: id.to_owned(),
            occurred_at: 5,
            subject: names
                .iter()
                .map(|identifier| Evident { identifier: identifier.clone(), evidence: Evidence::Recorded })
                .collect(),
            attributes: Vec::new(),
            body: Body::CustomerUpdated(Customer { id: id.to_owned(), state: None, updated_at: None }),
            source: None,
        };
        let path = folder.path().join("older.db");
        let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
        let mut database = options.connect().await.expect("opened");
        let before: Vec<Migration> = migrator().iter().filter(|step| step.version < 8).cloned().collect();
        Migrator::with_migrations(before).run(&mut database).await.expect("an older shape");
        let connection = ConnectionId::random([1; 16]);
        // Three events of one person that lie with two people, as if something had gone wrong back then.
        let log =
            [("c1", &identifiers[..1], 1_u8), ("c2", &identifiers[1..], 2), ("c3", &identifiers[..], 1)];
        for (seq, (id, names, person)) in log.into_iter().enumerate() {
            let profile = ProfileId::random([person; 16]);
            let said = serde_json::to_string(&event(id, names)).expect("JSON");
            sqlx::query("INSERT INTO events VALUES (?, ?, ?, NULL, 'customer-updated', 5, 5, ?, ?)")
                .bind(seq as i64 + 1)
                .bind(EventId::derived(&IdKey::new(&[0; 32]), &[connection.as_str(), id]).as_str())
                .bind(connection.as_str())
                .bind(profile.as_str())
                .bind(said)
                .execute(&mut database)
                .await
                .expect("written");
            sqlx::query("INSERT OR IGNORE INTO profiles VALUES (?, 5, 'x', 5, NULL, NULL, NULL)")
                .bind(profile.as_str())
                .execute(&mut database)
                .await
                .expect("written");
        }
        sqlx::Connection::close(database).await.expect("closed");

        let store =
            Store::open(&StoreOptions::at(&path), Ambient::system()).await.expect("brought up to date");
        let [by_phone, by_mail] = identifiers.each_ref().map(|name| store.profile_by(name));
        let (by_phone, by_mail) = (by_phone.await.expect("read"), by_mail.await.expect("read"));
        let person = by_phone.expect("found by the phone");
        assert_eq!(Some(&person.id), by_mail.as_ref().map(|found| &found.id));
        assert_eq!(store.profiles(None, &PageRequest::first(10)).await.expect("read").items.len(), 1);
        assert_eq!(store.rebuild(true, |_| {}).await.expect("read").differed, 0);
        store.close().await;
    }
}
