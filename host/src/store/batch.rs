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

use sqlx::Arguments;
use sqlx::sqlite::SqliteArguments;

use super::StoreError;
use super::engine::{Database, Engine, Row, arguments, marks};

/// The most rows that one statement takes: with the widest table it stays far under SQLite's limit of
/// 32,766 parameters.
const WIDEST: usize = 64;

/// A value to bind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Null,
    Int(i64),
    Text(String),
    Blob(Vec<u8>),
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Self::Int(value.into())
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Int(value.into())
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Self::Blob(value)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// Makes a row of values.
macro_rules! row {
    ($($value:expr),* $(,)?) => { [$($crate::store::batch::Value::from($value)),*] };
}
pub(super) use row;

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
        if keys.is_empty() {
            return;
        }
        self.text.push_str(before);
        let split = self.text.len();
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

    /// Everything as one text for SQLite, and what binds to it.
    fn whole(mut self) -> (String, Vec<Value>) {
        let mut sql = String::with_capacity(self.text.len() * 2);
        let mut bound = Vec::with_capacity(self.values.len() * 2);
        let (mut begin, mut values) = (0, self.values.drain(..));
        let mut taken = 0;
        for Statement { form, before, end, columns, values: last } in self.statements {
            let (text, after) = (&self.text[begin..before], &self.text[before..end]);
            let count = last - taken;
            (begin, taken) = (end, last);
            match form {
                Form::Plain => {
                    sql.push_str(text);
                    bound.extend(values.by_ref().take(count));
                    sql.push(';');
                }
                Form::Begin => sql.push_str("BEGIN IMMEDIATE;"),
                Form::Rows => {
                    let size = self.block.unwrap_or_else(|| block(count / columns));
                    let (open, close) =
                        if size == 1 { ("", "") } else { ("SELECT * FROM (", ") WHERE column1 IS NOT NULL") };
                    let mut left = count / columns;
                    while left > 0 {
                        sql.extend([text, " ", open]);
                        block_of(&mut sql, size, columns);
                        sql.extend([close, " ", after, ";"]);
                        let here = left.min(size);
                        bound.extend(values.by_ref().take(here * columns));
                        bound.resize(bound.len() + (size - here) * columns, Value::Null);
                        left -= here;
                    }
                }
                Form::Keyed(own) => {
                    let own: Vec<Value> = values.by_ref().take(own).collect();
                    let mut left = (count - own.len()) / columns;
                    let size = self.block.unwrap_or_else(|| block(left));
                    while left > 0 {
                        sql.extend([text, " ("]);
                        block_of(&mut sql, size, columns);
                        sql.push_str(");");
                        bound.extend_from_slice(&own);
                        let here = left.min(size);
                        bound.extend(values.by_ref().take(here * columns));
                        for _ in here..size {
                            let last = bound[bound.len() - columns..].to_vec();
                            bound.extend(last);
                        }
                        left -= here;
                    }
                }
            }
        }
        (sql, bound)
    }

    /// Everything statement by statement for PostgreSQL, each with what binds to it. Rows come in pieces of
    /// powers of two, so that few texts occur.
    fn single(mut self) -> Vec<(String, Vec<Value>)> {
        let mut all = Vec::with_capacity(self.statements.len());
        let (mut begin, mut values) = (0, self.values.drain(..));
        let mut taken = 0;
        for Statement { form, before, end, columns, values: last } in self.statements {
            let (text, after) = (&self.text[begin..before], &self.text[before..end]);
            let count = last - taken;
            (begin, taken) = (end, last);
            match form {
                Form::Plain => {
                    let mut sql = String::with_capacity(text.len() + 16);
                    marks(&mut sql, text, 0);
                    all.push((sql, values.by_ref().take(count).collect()));
                }
                Form::Begin => all.push(("BEGIN".to_owned(), Vec::new())),
                Form::Rows => {
                    let mut left = count / columns;
                    while left > 0 {
                        let size = piece(left);
                        let mut sql = format!("{text} VALUES ");
                        for row in 0..size {
                            sql.push_str(if row == 0 { "" } else { "," });
                            tuple(&mut sql, row * columns, columns);
                        }
                        sql.push(' ');
                        sql.push_str(after);
                        all.push((sql, values.by_ref().take(size * columns).collect()));
                        left -= size;
                    }
                }
                Form::Keyed(own) => {
                    let own: Vec<Value> = values.by_ref().take(own).collect();
                    let mut left = (count - own.len()) / columns;
                    while left > 0 {
                        let size = piece(left);
                        let mut sql = String::with_capacity(text.len() + 16 * size);
                        let mut mark = marks(&mut sql, text, 0);
                        sql.push_str(" (");
                        for row in 0..size {
                            sql.push_str(if row == 0 { "" } else { "," });
                            if columns == 1 {
                                sql.push('$');
                                sql.push_str(&(mark + 1).to_string());
                            } else {
                                tuple(&mut sql, mark, columns);
                            }
                            mark += columns;
                        }
                        sql.push(')');
                        let mut bound = own.clone();
                        bound.extend(values.by_ref().take(size * columns));
                        all.push((sql, bound));
                        left -= size;
                    }
                }
            }
        }
        all
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

/// A question that is narrowed by whatever is asked for: of what is not, nothing stands in the text, so that
/// the database can plan for what does.
pub(super) struct Filtered {
    sql: String,
    values: Vec<Value>,
}

impl Filtered {
    /// Begins with a text that has these values for its marks.
    pub(super) fn new<const N: usize>(sql: &str, values: [Value; N]) -> Self {
        Self { sql: sql.to_owned(), values: values.into() }
    }

    /// Adds a text with one mark, where there is a value for it.
    pub(super) fn and(&mut self, sql: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.also(sql);
            self.values.push(value.into());
        }
    }

    /// Adds a text without a mark.
    pub(super) fn also(&mut self, sql: &str) {
        self.sql.push(' ');
        self.sql.push_str(sql);
    }

    /// The text and its values, for a batch of several.
    pub(super) fn parts(self) -> (String, Vec<Value>) {
        (self.sql, self.values)
    }

    /// The question.
    pub(super) fn batch(self) -> Batch {
        let mut batch = Batch { text: self.sql, values: self.values, ..Batch::default() };
        batch.end(Form::Plain, batch.text.len(), 0);
        batch
    }
}

/// A pattern of `LIKE … ESCAPE '\\'` for texts that contain another.
pub(super) fn containing(text: &str) -> String {
    format!("%{}%", text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"))
}

/// Writes `VALUES (?,?),(?,?)`.
fn block_of(sql: &mut String, size: usize, columns: usize) {
    sql.push_str("VALUES ");
    for row in 0..size {
        sql.push_str(if row == 0 { "(" } else { ",(" });
        for column in 0..columns {
            sql.push_str(if column == 0 { "?" } else { ",?" });
        }
        sql.push(')');
    }
}

/// Writes `($4,$5,$6)` after three marks before.
fn tuple(sql: &mut String, before: usize, columns: usize) {
    for column in 0..columns {
        sql.push_str(if column == 0 { "($" } else { ",$" });
        sql.push_str(&(before + column + 1).to_string());
    }
    sql.push(')');
}

/// The largest power of two that so many rows fill.
fn piece(left: usize) -> usize {
    (1 << left.ilog2()).min(WIDEST)
}

/// The block that fits `count` rows, or of which a few do.
fn block(count: usize) -> usize {
    count.next_power_of_two().min(WIDEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(count: usize) -> Batch {
        let mut batch = Batch::default();
        let rows = (0..count).map(|n| row![n as i64, "a"]).collect();
        batch.rows("INSERT INTO t", rows, "ON CONFLICT DO NOTHING");
        batch
    }

    #[test]
    fn few_texts_occur_whatever_the_number_of_rows() {
        let text = |count| {
            let (sql, values) = batch(count).whole();
            assert_eq!(values.len(), 2 * sql.matches("(?,?)").count(), "every mark has its value");
            sql
        };
        let texts: std::collections::HashSet<_> = (1..=256).map(text).collect();
        assert_eq!(texts.len(), 10, "seven blocks, and two to four of the widest");
        assert_eq!(text(0), "");
        assert_eq!(text(1), "INSERT INTO t VALUES (?,?) ON CONFLICT DO NOTHING;");
        let single = (1..=256).flat_map(|count| batch(count).single());
        let single: std::collections::HashSet<_> = single.map(|(sql, _)| sql).collect();
        assert_eq!(single.len(), 7, "{single:?}");
    }

    #[test]
    fn a_block_is_filled_up_with_rows_that_change_nothing() {
        let mut batch = Batch::for_group(4);
        batch.rows("INSERT INTO t", vec![row![1_i64], row![2_i64], row![3_i64]], "");
        let (sql, values) = batch.whole();
        assert_eq!(sql, "INSERT INTO t SELECT * FROM (VALUES (?),(?),(?),(?)) WHERE column1 IS NOT NULL ;");
        assert_eq!(values, [Value::Int(1), Value::Int(2), Value::Int(3), Value::Null]);
        let mut batch = Batch::default();
        batch.keyed_after(
            "UPDATE t SET b = ? WHERE a IN",
            row!["x"],
            vec![row![1_i64], row![2_i64], row![3_i64]],
        );
        let (sql, values) = batch.whole();
        assert_eq!(sql, "UPDATE t SET b = ? WHERE a IN (VALUES (?),(?),(?),(?));");
        assert_eq!(values, row!["x", 1_i64, 2_i64, 3_i64, 3_i64]);
    }

    #[test]
    fn statements_are_numbered_each_for_itself_and_rows_come_in_pieces() {
        let mut batch = Batch::default();
        batch.begin();
        batch.add("DELETE FROM t WHERE a = ? AND b = ?", row![1_i64, "b"]);
        batch.replace("t", "a", "b, c", (0..3).map(|n| row![i64::from(n), "b", "c"]).collect());
        batch.keyed_after(
            "UPDATE t SET c = ? WHERE (a, b) IN",
            row!["c"],
            vec![row![1_i64, "b"], row![2_i64, "b"]],
        );
        batch.keyed("SELECT a FROM t WHERE a IN", vec![row![1_i64]; 2]);
        let single = batch.single();
        let texts: Vec<&str> = single.iter().map(|(sql, _)| &**sql).collect();
        let upsert = "ON CONFLICT (a) DO UPDATE SET b = excluded.b, c = excluded.c";
        assert_eq!(
            texts,
            [
                "BEGIN",
                "DELETE FROM t WHERE a = $1 AND b = $2",
                &format!("INSERT INTO t (a, b, c) VALUES ($1,$2,$3),($4,$5,$6) {upsert}"),
                &format!("INSERT INTO t (a, b, c) VALUES ($1,$2,$3) {upsert}"),
                "UPDATE t SET c = $1 WHERE (a, b) IN (($2,$3),($4,$5))",
                "SELECT a FROM t WHERE a IN ($1,$2)",
            ]
        );
        let counts: Vec<usize> = single.iter().map(|(_, values)| values.len()).collect();
        assert_eq!(counts, [0, 2, 6, 3, 5, 2]);
    }
}
