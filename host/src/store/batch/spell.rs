//! How a batch is spelled for either engine.

use std::vec::IntoIter;

use super::{Batch, Form, Value};
use crate::store::engine::marks;

/// The most rows that one statement takes: with the widest table it stays far under SQLite's limit of
/// 32,766 parameters.
const WIDEST: usize = 64;

/// One statement as it is spelled: its text around the rows, and what binds to it.
struct Part<'p> {
    form: Form,
    /// What stands before the rows.
    text: &'p str,
    /// What stands after them.
    after: &'p str,
    /// Values of one row.
    columns: usize,
    /// How many rows there are.
    rows: usize,
    /// The values that stand before the rows: all of them, where there are no rows.
    own: usize,
    /// All values from here on.
    values: &'p mut IntoIter<Value>,
}

impl Part<'_> {
    /// The next so many values.
    fn take(&mut self, count: usize) -> impl Iterator<Item = Value> {
        self.values.by_ref().take(count)
    }
}

impl Batch {
    /// Goes through the statements in order. Each must take all of its values.
    fn walk(self, mut spell: impl FnMut(Part<'_>)) {
        let (mut begin, mut taken) = (0, 0);
        let mut values = self.values.into_iter();
        for statement in self.statements {
            let count = statement.values - taken;
            let own = match statement.form {
                Form::Plain | Form::Begin => count,
                Form::Rows => 0,
                Form::Keyed(own) => own,
            };
            let rows = (count - own).checked_div(statement.columns).unwrap_or(0);
            spell(Part {
                form: statement.form,
                text: &self.text[begin..statement.before],
                after: &self.text[statement.before..statement.end],
                columns: statement.columns,
                rows,
                own,
                values: &mut values,
            });
            (begin, taken) = (statement.end, statement.values);
        }
    }

    /// Everything as one text for SQLite, and what binds to it. Rows come in blocks of the batch's size, or of one
    /// that fits them, filled up with what changes nothing.
    pub(super) fn whole(self) -> (String, Vec<Value>) {
        let mut sql = String::with_capacity(self.text.len() * 2);
        let mut bound = Vec::with_capacity(self.values.len() * 2);
        let given = self.block;
        self.walk(|mut part| {
            let (size, columns) = (given.unwrap_or_else(|| block(part.rows)), part.columns);
            let own: Vec<Value> = part.take(part.own).collect();
            match part.form {
                Form::Plain => {
                    sql.extend([part.text, ";"]);
                    bound.extend(own);
                }
                Form::Begin => sql.push_str("BEGIN IMMEDIATE;"),
                Form::Rows => {
                    let (open, close) =
                        if size == 1 { ("", "") } else { ("SELECT * FROM (", ") WHERE column1 IS NOT NULL") };
                    while part.rows > 0 {
                        sql.extend([part.text, " ", open]);
                        block_of(&mut sql, size, columns);
                        sql.extend([close, " ", part.after, ";"]);
                        let here = part.rows.min(size);
                        bound.extend(part.take(here * columns));
                        bound.resize(bound.len() + (size - here) * columns, Value::Null);
                        part.rows -= here;
                    }
                }
                Form::Keyed(_) => {
                    while part.rows > 0 {
                        sql.extend([part.text, " ("]);
                        block_of(&mut sql, size, columns);
                        sql.extend([")", part.after, ";"]);
                        bound.extend_from_slice(&own);
                        let here = part.rows.min(size);
                        bound.extend(part.take(here * columns));
                        for _ in here..size {
                            bound.extend_from_within(bound.len() - columns..);
                        }
                        part.rows -= here;
                    }
                }
            }
        });
        (sql, bound)
    }

    /// Everything statement by statement for PostgreSQL, each with what binds to it. Rows come in pieces of
    /// powers of two, so that few texts occur.
    pub(super) fn single(self) -> Vec<(String, Vec<Value>)> {
        let mut all = Vec::with_capacity(self.statements.len());
        self.walk(|mut part| {
            let own: Vec<Value> = part.take(part.own).collect();
            match part.form {
                Form::Plain => {
                    let mut sql = String::with_capacity(part.text.len() + 16);
                    marks(&mut sql, part.text, 0);
                    all.push((sql, own));
                }
                Form::Begin => all.push(("BEGIN".to_owned(), own)),
                Form::Rows | Form::Keyed(_) => {
                    while part.rows > 0 {
                        let size = piece(part.rows);
                        let mut sql = String::with_capacity(part.text.len() + part.after.len() + 16 * size);
                        let mark = marks(&mut sql, part.text, 0);
                        if matches!(part.form, Form::Rows) {
                            sql.push_str(" VALUES ");
                            tuples(&mut sql, mark, size, part.columns, "(");
                            sql.extend([" ", part.after]);
                        } else {
                            sql.push_str(" (");
                            // A row of one value is that value to `IN`.
                            let open = if part.columns == 1 { "" } else { "(" };
                            tuples(&mut sql, mark, size, part.columns, open);
                            sql.extend([")", part.after]);
                        }
                        let mut bound = own.clone();
                        bound.extend(part.take(size * part.columns));
                        all.push((sql, bound));
                        part.rows -= size;
                    }
                }
            }
        });
        all
    }
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

/// Writes `($4,$5),($6,$7)` after three marks before, or without the brackets.
fn tuples(sql: &mut String, before: usize, rows: usize, columns: usize, open: &str) {
    let mut mark = before;
    for row in 0..rows {
        sql.push_str(if row == 0 { "" } else { "," });
        sql.push_str(open);
        for column in 0..columns {
            mark += 1;
            sql.push_str(if column == 0 { "$" } else { ",$" });
            sql.push_str(&mark.to_string());
        }
        sql.push_str(if open.is_empty() { "" } else { ")" });
    }
}

/// The largest power of two that so many rows fill.
fn piece(left: usize) -> usize {
    (1 << left.ilog2()).min(WIDEST)
}

/// The block that fits `count` rows, or of which a few do.
pub(super) fn block(count: usize) -> usize {
    count.next_power_of_two().min(WIDEST)
}
