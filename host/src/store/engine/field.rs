//! What can be read out of a column, the same from either database. PostgreSQL's integers come in several
//! sizes, and there are no truth values in the tables: both are read as numbers.

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{ColumnIndex, Row, TypeInfo, ValueRef};

use crate::store::batch::Value;

/// A type that columns are read as.
pub(in crate::store) trait Field<'r>: Sized {
    fn of_sqlite<I: ColumnIndex<SqliteRow>>(row: &'r SqliteRow, column: I) -> Self;
    fn of_postgres<I: ColumnIndex<PgRow>>(row: &'r PgRow, column: I) -> Self;
}

macro_rules! plain {
    ($($type:ty),* $(,)?) => { $(
        impl<'r> Field<'r> for $type {
            fn of_sqlite<I: ColumnIndex<SqliteRow>>(row: &'r SqliteRow, column: I) -> Self {
                row.get(column)
            }

            fn of_postgres<I: ColumnIndex<PgRow>>(row: &'r PgRow, column: I) -> Self {
                row.get_unchecked(column)
            }
        }
    )* };
}

plain!(
    i64,
    String,
    &'r str,
    Vec<u8>,
    &'r [u8],
    Option<i64>,
    Option<String>,
    Option<&'r str>,
    Option<Vec<u8>>,
);

macro_rules! counted {
    ($($type:ty),* $(,)?) => { $(
        impl<'r> Field<'r> for $type {
            fn of_sqlite<I: ColumnIndex<SqliteRow>>(row: &'r SqliteRow, column: I) -> Self {
                row.get(column)
            }

            fn of_postgres<I: ColumnIndex<PgRow>>(row: &'r PgRow, column: I) -> Self {
                // Written from such a type, it fits.
                <$type>::try_from(row.get_unchecked::<i64, _>(column)).unwrap_or_default()
            }
        }
    )* };
}

counted!(i32, u32);

impl<'r> Field<'r> for bool {
    fn of_sqlite<I: ColumnIndex<SqliteRow>>(row: &'r SqliteRow, column: I) -> Self {
        row.get(column)
    }

    fn of_postgres<I: ColumnIndex<PgRow>>(row: &'r PgRow, column: I) -> Self {
        row.get_unchecked::<i64, _>(column) != 0
    }
}

/// A column of SQLite as it is.
pub(super) fn sqlite_value(row: &SqliteRow, column: usize) -> Value {
    let kind = row.try_get_raw(column).ok().filter(|value| !value.is_null());
    match kind.map(|value| value.type_info().name().to_owned()).as_deref() {
        None => Value::Null,
        Some("INTEGER" | "BOOLEAN") => Value::Int(row.get_unchecked(column)),
        Some("BLOB") => Value::Blob(row.get_unchecked(column)),
        Some(_) => Value::Text(row.get_unchecked(column)),
    }
}

/// A column of PostgreSQL as it is.
pub(super) fn postgres_value(row: &PgRow, column: usize) -> Value {
    let kind = row.try_get_raw(column).ok().filter(|value| !value.is_null());
    match kind.map(|value| value.type_info().name().to_owned()).as_deref() {
        None => Value::Null,
        Some("INT8" | "INT4" | "INT2") => Value::Int(row.get_unchecked(column)),
        Some("BYTEA") => Value::Blob(row.get_unchecked(column)),
        Some(_) => Value::Text(row.get_unchecked(column)),
    }
}
