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
    let (before, after) = ("SELECT a FROM (SELECT a, b > ? AS c FROM t WHERE a IN", ") WHERE c");
    batch.keyed_within(before, row![7_i64], vec![row![1_i64]; 2], after);
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
            "SELECT a FROM (SELECT a, b > $1 AS c FROM t WHERE a IN ($2,$3)) WHERE c",
        ]
    );
    let counts: Vec<usize> = single.iter().map(|(_, values)| values.len()).collect();
    assert_eq!(counts, [0, 2, 6, 3, 5, 2, 3]);
}
