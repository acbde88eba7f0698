//! Questions narrowed by what is asked for.

use super::{Batch, Form, Value};

/// A question that is narrowed by whatever is asked for: of what is not, nothing stands in the text, so that
/// the database can plan for what does.
pub(in crate::store) struct Filtered {
    sql: String,
    values: Vec<Value>,
}

impl Filtered {
    /// Begins with a text that has these values for its marks.
    pub(in crate::store) fn new<const N: usize>(sql: &str, values: [Value; N]) -> Self {
        Self { sql: sql.to_owned(), values: values.into() }
    }

    /// Adds a text with one mark, where there is a value for it.
    pub(in crate::store) fn and(&mut self, sql: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.also(sql);
            self.values.push(value.into());
        }
    }

    /// Adds a text without a mark.
    pub(in crate::store) fn also(&mut self, sql: &str) {
        self.sql.push(' ');
        self.sql.push_str(sql);
    }

    /// The text and its values, for a batch of several.
    pub(in crate::store) fn parts(self) -> (String, Vec<Value>) {
        (self.sql, self.values)
    }

    /// The question.
    pub(in crate::store) fn batch(self) -> Batch {
        let mut batch = Batch { text: self.sql, values: self.values, ..Batch::default() };
        batch.end(Form::Plain, batch.text.len(), 0);
        batch
    }
}

/// A pattern of `LIKE … ESCAPE '\\'` for texts that contain another.
pub(in crate::store) fn containing(text: &str) -> String {
    format!("%{}%", text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"))
}
