//! `switchboard db`.

use anyhow::Context;
use serde_json::json;

use super::args::{Db, DbCopy};
use super::output::{Output, count};
use crate::ambient::Ambient;
use crate::config::Config;
use crate::store::{self, Location, StoreOptions};

/// Runs it.
pub(super) async fn run(db: &Db, config: &Config, out: &Output) -> anyhow::Result<()> {
    match db {
        Db::Copy(args) => copy(args, config, out).await,
    }
}

async fn copy(args: &DbCopy, config: &Config, out: &Output) -> anyhow::Result<()> {
    let (from, to) = (options(&args.from, config), options(&args.to, config));
    let question = format!("Copy everything from {} to {}?", args.from, args.to);
    out.agreed(args.yes, &question, "nothing was copied")?;
    let mut told = String::new();
    let copied = store::copy(&from, &to, &Ambient::system(), |progress| {
        let step = progress.rows / 100_000;
        let word = format!("{} {step}", progress.table);
        if word != told {
            out.line(&format!("{}: {} rows …", progress.table, progress.rows));
            told = word;
        }
    })
    .await
    .with_context(|| format!("cannot copy {} to {}", args.from, args.to))?;
    let rows = copied.iter().map(|table| table.rows).sum::<u64>();
    out.data(&json!({"from": args.from.to_string(), "to": args.to.to_string(), "tables": copied}), || {
        let tables = copied.iter().filter(|table| table.rows > 0).map(|table| {
            format!("{:>10}  {}  {}\n", table.rows, &table.digest[..16], table.table)
        });
        let set = match &args.to {
            Location::File(path) => format!("storage.path={} (and no storage.url)", path.display()),
            Location::Server(_) => "storage.url to the address".to_owned(),
        };
        format!(
            "{}Copied {} in {} tables; each reads the same in both, row for row. Serve it with {set}; the key is in {}.",
            tables.collect::<String>(),
            count(rows, "row"),
            copied.len(),
            to.path.with_extension("key").display()
        )
    });
    Ok(())
}

/// How a side is opened. What lies beside a database on a server lies where the configuration says.
fn options(location: &Location, config: &Config) -> StoreOptions {
    match location {
        Location::File(path) => StoreOptions { path: path.clone(), server: None, ..config.store() },
        Location::Server(server) => StoreOptions { server: Some(server.clone()), ..config.store() },
    }
}
