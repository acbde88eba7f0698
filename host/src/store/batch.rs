//! Several statements in one call, written once for both engines.
//!
//! On SQLite every call through the library costs a hop to the thread that owns the connection, so a group of
//! changes is one text of many statements: `BEGIN IMMEDIATE` and the reads, then the writes and `COMMIT`. The
//! library keeps what it prepared by the whole text, so few texts may occur: rows go in by the multi-row
//! `VALUES` form in blocks of a power of two, and a block that is not full is padded with what changes nothing.
//!
//! On PostgreSQL they run one after another, each prepared on its own, and rows go in by pieces of a power of
//! two without padding. Its types are stricter, so: what is compared or inserted is a column's own type, no
//! mark stands where no type can be told, and names are qualified where `excluded` has them too.

mod filtered;
mod spell;
#[cfg(test)]
mod tests;
mod value;

use sqlx::Arguments;
use sqlx::sqlite::SqliteArguments;

use super::StoreError;
use super::engine::{Database, Engine, Row, arguments};

pub(super) use filtered::{Filtered, containing};
use spell::block;
pub(super) use value::{Value, row};

/// What kind of statement it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// As it stands.
    Plain,
    /// The beginning of a transaction that writes.
    Begin,
    /// Rows to insert.
    Rows,
    /// Keys to select by, after so many values of their own.
    Keyed(usize),
}

/// One statement: where its parts end in the text, and its values in all values.
#[derive(Debug, Clone, Copy)]
struct Statement {
    form: Form,
    /// Where what stands before the rows ends in the text.
    before: usize,
    /// Where the statement ends in the text.
    end: usize,
    /// Values of one row.
    columns: usize,
    /// Where its values end.
    values: usize,
}

/// Statements and what binds to them, in order.
#[derive(Default)]
pub(super) struct Batch {
    text: String,
    values: Vec<Value>,
    statements: Vec<Statement>,
    block: Option<usize>,
}

impl Batch {
    /// Adds one statement. It must have as many `?` as `values`.
    pub(super) fn add<const N: usize>(&mut self, sql: &str, values: [Value; N]) {
        self.text.push_str(sql);
        self.values.extend(values);
        self.end(Form::Plain, self.text.len(), 0);
    }

    /// Adds one statement with however many values it has.
    pub(super) fn add_all(&mut self, sql: &str, values: Vec<Value>) {
        self.text.push_str(sql);
        self.values.extend(values);
        self.end(Form::Plain, self.text.len(), 0);
    }

    /// Begins a transaction that writes.
    pub(super) fn begin(&mut self) {
        self.end(Form::Begin, self.text.len(), 0);
    }

    /// A batch for a group of `size` events: on SQLite all its rows come in blocks that fit so many.
    pub(super) fn for_group(size: usize) -> Self {
        Self { block: Some(block(size)), ..Self::default() }
    }

    /// Adds `before VALUES (…),(…) after` for rows of `N` values each, the first of which is never null;
    /// nothing where there are none. No two of them may be the same row to `ON CONFLICT … DO UPDATE`.
    pub(super) fn rows<const N: usize>(&mut self, before: &str, rows: Vec<[Value; N]>, after: &str) {
        if rows.is_empty() {
            return;
        }
        self.text.push_str(before);
        let split = self.text.len();
        self.text.push_str(after);
        self.values.extend(rows.into_iter().flatten());
        self.end(Form::Rows, split, N);
    }

    /// Adds rows of a table, in place of those that have the same `keys`. Both are names of columns with commas
    /// between them, in the order of the values.
    pub(super) fn replace<const N: usize>(
        &mut self,
        table: &str,
        keys: &str,
        others: &str,
        rows: Vec<[Value; N]>,
    ) {
        let mut after = format!("ON CONFLICT ({keys}) DO UPDATE SET ");
        for (n, column) in others.split(", ").enumerate() {
            after.push_str(if n == 0 { "" } else { ", " });
            after.push_str(column);
            after.push_str(" = excluded.");
            after.push_str(column);
        }
        self.rows(&format!("INSERT INTO {table} ({keys}, {others})"), rows, &after);
    }

    /// Adds `before (…)` to select by keys of `N` values; `before` ends with `IN`. Nothing where there are no
    /// keys.
    pub(super) fn keyed<const N: usize>(&mut self, before: &str, keys: Vec<[Value; N]>) {
        self.keyed_after(before, row![], keys);
    }

    /// The same where `before` has marks of its own, for `own`.
    pub(super) fn keyed_after<const M: usize, const N: usize>(
        &mut self,
        before: &str,
        own: [Value; M],
        keys: Vec<[Value; N]>,
    ) {
        self.keyed_within(before, own, keys, "");
    }

    /// The same with something to stand after the keys, without marks.
    pub(super) fn keyed_within<const M: usize, const N: usize>(
        &mut self,
        before: &str,
        own: [Value; M],
        keys: Vec<[Value; N]>,
        after: &str,
    ) {
        if keys.is_empty() {
            return;
        }
        self.text.push_str(before);
        let split = self.text.len();
        self.text.push_str(after);
        self.values.extend(own);
        self.values.extend(keys.into_iter().flatten());
        self.end(Form::Keyed(M), split, N);
    }

    fn end(&mut self, form: Form, before: usize, columns: usize) {
        let (end, values) = (self.text.len(), self.values.len());
        self.statements.push(Statement { form, before, end, columns, values });
    }

    /// Whether there is nothing to run.
    pub(super) fn is_empty(&self) -> bool {
        self.statements.is_empty()
    }

    fn arguments(values: Vec<Value>) -> Result<SqliteArguments, StoreError> {
        let mut arguments = SqliteArguments::default();
        for value in values {
            match value {
                Value::Null => arguments.add(None::<i64>),
                Value::Int(int) => arguments.add(int),
                Value::Text(text) => arguments.add(text),
                Value::Blob(bytes) => arguments.add(bytes),
            }
            .map_err(StoreError::Database)?;
        }
        Ok(arguments)
    }

    /// The text, to ask SQLite how it would run it.
    #[cfg(test)]
    pub(super) fn text(self) -> String {
        self.whole().0
    }

    /// Runs everything; the rows of every statement, one after another.
    pub(super) async fn fetch(self, database: &mut Database) -> Result<Vec<Row>, StoreError> {
        if self.is_empty() {
            return Ok(Vec::new());
        }
        Ok(self.go(database, true, true).await?.0)
    }

    /// Runs everything; how many rows the last statement changed.
    pub(super) async fn execute(self, database: &mut Database) -> Result<u64, StoreError> {
        Ok(self.go(database, false, true).await?.1)
    }

    /// Runs everything and keeps nothing prepared: for texts that hardly occur twice, which would fill the room for
    /// those that do.
    pub(super) async fn execute_once(self, database: &mut Database) -> Result<u64, StoreError> {
        Ok(self.go(database, false, false).await?.1)
    }

    async fn go(
        self,
        database: &mut Database,
        fetch: bool,
        keep: bool,
    ) -> Result<(Vec<Row>, u64), StoreError> {
        match database.engine() {
            Engine::Sqlite => {
                let (sql, values) = self.whole();
                database.whole(sql, Self::arguments(values)?, fetch, keep).await
            }
            Engine::Postgres => {
                let (mut rows, mut changed) = (Vec::new(), 0);
                for (sql, values) in self.single() {
                    let (more, count) = database.one(sql, arguments(values)?, fetch).await?;
                    rows.extend(more);
                    changed = count;
                }
                Ok((rows, changed))
            }
        }
    }
}
