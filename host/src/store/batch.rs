//! Several statements in one call to the database.
//!
//! Every call through the library costs a hop to the thread that owns the connection, so a group of changes
//! is one text of many statements: `BEGIN IMMEDIATE` and the reads, then the writes and `COMMIT`. Rows go in
//! by the multi-row `VALUES` form, cut into powers of two, so that the few texts that occur stay prepared.

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
}

impl Batch {
    /// Adds one statement. It must have as many `?` as `values`; numbered ones (`?2`) count from the start of
    /// the whole text, so they fit only a batch of one statement.
    pub(super) fn add<const N: usize>(&mut self, sql: &str, values: [Value; N]) {
        self.sql.push_str(sql);
        self.sql.push(';');
        self.values.extend(values);
    }

    /// Adds `before VALUES (…),(…) after` for rows of `N` values each; nothing where there are none.
    pub(super) fn rows<const N: usize>(&mut self, before: &str, rows: Vec<[Value; N]>, after: &str) {
        let mut rows = rows.into_iter();
        for count in pieces(rows.len()) {
            self.sql.push_str(before);
            self.sql.push_str(" VALUES ");
            for at in 0..count {
                self.sql.push_str(if at == 0 { "(" } else { ",(" });
                for column in 0..N {
                    self.sql.push_str(if column == 0 { "?" } else { ",?" });
                }
                self.sql.push(')');
            }
            self.sql.push(' ');
            self.sql.push_str(after);
            self.sql.push(';');
            self.values.extend(rows.by_ref().take(count).flatten());
        }
    }

    /// Adds `before (VALUES (…),(…))` to select by keys of `N` values.
    pub(super) fn keyed<const N: usize>(&mut self, before: &str, keys: Vec<[Value; N]>) {
        self.rows(&format!("{before} ("), keys, ")");
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

    /// The text, to ask the database how it would run it.
    #[cfg(test)]
    pub(super) fn text(&self) -> &str {
        &self.sql
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

/// `count` as a sum of powers of two, none over [`WIDEST`].
fn pieces(mut count: usize) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        if count == 0 {
            return None;
        }
        let piece = WIDEST.min(1 << count.ilog2());
        count -= piece;
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_cut_into_powers_of_two() {
        assert_eq!(pieces(0).count(), 0);
        assert_eq!(pieces(135).collect::<Vec<_>>(), [64, 64, 4, 2, 1]);
    }

    #[test]
    fn every_row_binds_its_values_in_order() {
        let mut batch = Batch::default();
        batch.rows(
            "INSERT INTO t",
            vec![row![1_i64, "a"], row![2_i64, "b"], row![3_i64, "c"]],
            "ON CONFLICT DO NOTHING",
        );
        assert_eq!(
            batch.sql,
            "INSERT INTO t VALUES (?,?),(?,?) ON CONFLICT DO NOTHING;INSERT INTO t VALUES (?,?) ON CONFLICT DO NOTHING;"
        );
        assert_eq!(batch.values.len(), 6);
    }
}
