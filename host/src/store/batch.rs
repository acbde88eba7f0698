//! Several statements in one call to the database.
//!
//! Every call through the library costs a hop to the thread that owns the connection, so a group of changes
//! is one text of many statements: `BEGIN IMMEDIATE` and the reads, then the writes and `COMMIT`. The library
//! keeps what it prepared by the whole text, so few texts may occur: rows go in by the multi-row `VALUES`
//! form in blocks of a power of two, and a block that is not full is padded with what changes nothing.

use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqliteRow};
use sqlx::{Arguments, AssertSqlSafe};

use super::StoreError;

/// The most rows that one statement takes: with the widest table it stays far under SQLite's limit of
/// 32,766 parameters.
const WIDEST: usize = 64;

/// A value to bind.
#[derive(Debug, Clone)]
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

/// A text of statements and what binds to them, in order.
#[derive(Default)]
pub(super) struct Batch {
    sql: String,
    values: Vec<Value>,
    block: Option<usize>,
}

impl Batch {
    /// Adds one statement. It must have as many `?` as `values`; numbered ones (`?2`) count from the start of
    /// the whole text, so they fit only a batch of one statement.
    pub(super) fn add<const N: usize>(&mut self, sql: &str, values: [Value; N]) {
        self.sql.push_str(sql);
        self.sql.push(';');
        self.values.extend(values);
    }

    /// A batch for a group of `size` events: all its rows come in blocks that fit so many.
    pub(super) fn for_group(size: usize) -> Self {
        Self { block: Some(block(size)), ..Self::default() }
    }

    /// Adds `before VALUES (…),(…) after` for rows of `N` values each, the first of which is never null;
    /// nothing where there are none.
    pub(super) fn rows<const N: usize>(&mut self, before: &str, rows: Vec<[Value; N]>, after: &str) {
        let size = self.block.unwrap_or_else(|| block(rows.len()));
        let (open, close) =
            if size == 1 { ("", "") } else { ("SELECT * FROM (", ") WHERE column1 IS NOT NULL") };
        self.blocks(size, rows, &[before, " ", open], &[close, " ", after, ";"], |_| {
            [const { Value::Null }; N]
        });
    }

    /// Adds `before (VALUES (…),(…))` to select by keys of `N` values.
    pub(super) fn keyed<const N: usize>(&mut self, before: &str, keys: Vec<[Value; N]>) {
        let size = self.block.unwrap_or_else(|| block(keys.len()));
        self.blocks(size, keys, &[before, " ("], &[");"], Clone::clone);
    }

    /// Adds rows in blocks of `size`, the last one filled up with what `pad` makes of its last row.
    fn blocks<const N: usize>(
        &mut self,
        size: usize,
        rows: Vec<[Value; N]>,
        before: &[&str],
        after: &[&str],
        pad: impl Fn(&[Value; N]) -> [Value; N],
    ) {
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            self.sql.extend(before.iter().copied());
            self.sql.push_str("VALUES ");
            let mut padding = None;
            for at in 0..size {
                self.sql.push_str(if at == 0 { "(" } else { ",(" });
                for column in 0..N {
                    self.sql.push_str(if column == 0 { "?" } else { ",?" });
                }
                self.sql.push(')');
                match rows.next() {
                    Some(row) => {
                        if rows.peek().is_none() {
                            padding = Some(pad(&row));
                        }
                        self.values.extend(row);
                    }
                    None => self.values.extend(padding.iter().flatten().cloned()),
                }
            }
            self.sql.extend(after.iter().copied());
        }
    }

    /// Whether there is nothing to run.
    pub(super) fn is_empty(&self) -> bool {
        self.sql.is_empty()
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

    /// Runs everything; the rows of every statement, one after another.
    pub(super) async fn fetch(self, connection: &mut SqliteConnection) -> Result<Vec<SqliteRow>, StoreError> {
        let arguments = Self::arguments(self.values)?;
        // Only this crate's own texts come here; what varies is bound.
        Ok(sqlx::query_with(AssertSqlSafe(self.sql), arguments).fetch_all(connection).await?)
    }

    /// Runs everything.
    pub(super) async fn execute(self, connection: &mut SqliteConnection) -> Result<u64, StoreError> {
        let arguments = Self::arguments(self.values)?;
        let done = sqlx::query_with(AssertSqlSafe(self.sql), arguments).execute(connection).await?;
        Ok(done.rows_affected())
    }
}

/// The block that fits `count` rows, or of which a few do.
fn block(count: usize) -> usize {
    count.next_power_of_two().min(WIDEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(count: usize) -> String {
        let mut batch = Batch::default();
        batch.rows(
            "INSERT INTO t",
            (0..count).map(|n| row![n as i64, "a"]).collect(),
            "ON CONFLICT DO NOTHING",
        );
        assert_eq!(batch.values.len(), 2 * batch.sql.matches("(?,?)").count(), "every mark has its value");
        batch.sql
    }

    #[test]
    fn few_texts_occur_whatever_the_number_of_rows() {
        let texts: std::collections::HashSet<_> = (1..=256).map(text).collect();
        assert_eq!(texts.len(), 10, "seven blocks, and two to four of the widest");
        assert_eq!(text(0), "");
        assert_eq!(text(1), "INSERT INTO t VALUES (?,?) ON CONFLICT DO NOTHING;");
    }

    #[test]
    fn a_block_is_filled_up_with_rows_that_change_nothing() {
        let mut batch = Batch::for_group(4);
        batch.rows("INSERT INTO t", vec![row![1_i64], row![2_i64], row![3_i64]], "");
        assert_eq!(
            batch.sql,
            "INSERT INTO t SELECT * FROM (VALUES (?),(?),(?),(?)) WHERE column1 IS NOT NULL ;"
        );
        assert!(matches!(batch.values[..], [Value::Int(1), Value::Int(2), Value::Int(3), Value::Null]));
        let mut batch = Batch::default();
        batch.keyed("SELECT a FROM t WHERE a IN", vec![row![1_i64], row![2_i64], row![3_i64]]);
        assert_eq!(batch.sql, "SELECT a FROM t WHERE a IN (VALUES (?),(?),(?),(?));");
        assert!(matches!(batch.values[..], [Value::Int(1), Value::Int(2), Value::Int(3), Value::Int(3)]));
    }
}
