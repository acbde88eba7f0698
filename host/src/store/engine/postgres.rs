//! How statements and values are given to PostgreSQL.

use std::borrow::Cow;

use sqlx::encode::{Encode, IsNull};
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgArguments, PgTypeInfo};
use sqlx::{Arguments, Postgres, Type};

use crate::store::StoreError;
use crate::store::batch::Value;

/// A null of no type: the server takes it for whatever stands in its place.
struct Nothing;

impl Type<Postgres> for Nothing {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(0))
    }
}

impl Encode<'_, Postgres> for Nothing {
    fn encode_by_ref(&self, _: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        Ok(IsNull::Yes)
    }
}

/// What binds to one statement.
pub(in crate::store) fn arguments(
    values: impl IntoIterator<Item = Value>,
) -> Result<PgArguments, StoreError> {
    let mut arguments = PgArguments::default();
    for value in values {
        match value {
            Value::Null => arguments.add(Nothing),
            Value::Int(int) => arguments.add(int),
            Value::Text(text) => arguments.add(&*storable(&text)),
            Value::Blob(bytes) => arguments.add(bytes),
        }
        .map_err(StoreError::Database)?;
    }
    Ok(arguments)
}

/// PostgreSQL's text cannot hold U+0000 (<https://www.postgresql.org/docs/15/datatype-character.html>). It is
/// stored, and looked for, as the sign for what cannot be shown.
fn storable(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{fffd}")) } else { Cow::Borrowed(text) }
}

/// Writes PostgreSQL's numbered marks for `?`, counting on from those before. None of the texts has a `?` of
/// another meaning.
pub(in crate::store) fn marks(out: &mut String, sql: &str, mut count: usize) -> usize {
    let mut parts = sql.split('?');
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        count += 1;
        out.push('$');
        out.push_str(&count.to_string());
        out.push_str(part);
    }
    count
}

/// Whether the connection cannot be used any more.
pub(super) fn lost(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => {
            true
        }
        // Class 57P: the server is going down, or ended the session
        // (<https://www.postgresql.org/docs/15/errcodes-appendix.html>).
        error => error
            .as_database_error()
            .and_then(|database| database.code())
            .is_some_and(|code| code.starts_with("57P") || code.starts_with("08")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_numbered_in_the_order_of_their_values() {
        let mut out = String::new();
        let count = marks(&mut out, "SELECT a FROM t WHERE b = ? AND c IN (?, ?)", 0);
        assert_eq!((count, &*out), (3, "SELECT a FROM t WHERE b = $1 AND c IN ($2, $3)"));
        assert_eq!(storable("a\0b"), "a\u{fffd}b");
        assert_eq!(storable("ab"), "ab");
    }
}
