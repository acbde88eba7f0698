//! `switchboard profile`: who the customers are, why, and what people decide of it.

use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressStyle};

use super::args::{Leave, Profile};
use super::customer::Customer;
use super::installed::who;
use super::open;
use super::output::{Output, count, time};
use super::suggestion;
use crate::ambient::Ambient;
use crate::config::Config;
use crate::model::consent::check;
use crate::model::explain::Sentence;
use crate::model::id::ProfileId;
use crate::model::identifier::Identifier;
use crate::model::normal::{Region, asked};
use crate::model::rules::Rules;
use crate::model::search::{Hit, Query};
use crate::store::{
    Decided, Explained, Look, NewConsent, PageRequest, Progress, Rebuilt, Store, Undecidable,
};

/// How many joined or parted people are listed.
const LISTED: usize = 20;

/// Runs one of the verbs.
pub(super) async fn run(command: &Profile, config: Config, out: &Output) -> anyhow::Result<()> {
    let store = open::store(&config).await?;
    let done = verb(command, &config, &store, out).await;
    store.close().await;
    done
}

async fn verb(command: &Profile, config: &Config, store: &Store, out: &Output) -> anyhow::Result<()> {
    let region = config.identity.region;
    match command {
        Profile::Search { words, limit } => search(store, &words.join(" "), region, *limit, out).await,
        Profile::Show { identifier } => {
            let id = find(store, identifier, region).await?;
            let profile = store.profile(&id).await?.context("the person was erased meanwhile")?;
            looked(store, config, "profile-viewed", &id).await?;
            let customer = Customer::load(store, profile).await?;
            out.data(&customer.data(), || customer.words());
            Ok(())
        }
        Profile::Explain { identifier } => {
            let id = find(store, identifier, region).await?;
            let told = store.told_why(&id).await?.context("the person was erased meanwhile")?;
            looked(store, config, "explanation-viewed", &id).await?;
            out.data(&told, || words(&told));
            Ok(())
        }
        Profile::Merge { left, right, reason } => {
            let (left, right) = (find(store, left, region).await?, find(store, right, region).await?);
            decided(out, store.merge_people(&left, &right, &who(), reason.clone()).await?)
        }
        Profile::Split { person, identifiers, reason } => {
            let id = find(store, person, region).await?;
            let names: Vec<Identifier> = identifiers
                .iter()
                .map(|text| Ok(asked(text.parse()?, region)))
                .collect::<anyhow::Result<_>>()?;
            decided(out, store.split_person(&id, &names, &who(), reason.clone()).await?)
        }
        Profile::Undo { event, reason } => {
            decided(out, store.undo_decision(&event.parse()?, &who(), reason.clone()).await?)
        }
        Profile::Consent { person, channel, purpose, verb, proof, identifier } => {
            let profile = find(store, person, region).await?;
            let granted = *verb == Leave::Grant;
            check(channel, purpose, granted, proof.as_deref())?;
            let identifier = identifier.as_deref().map(|text| text.parse::<Identifier>()).transpose()?;
            let new = NewConsent {
                profile,
                channel: channel.clone(),
                purpose: purpose.clone(),
                granted,
                proof: proof.clone(),
                identifier: identifier.map(|name| asked(name, region)),
                by: who(),
            };
            recorded(store, new, out).await
        }
        Profile::Suggestions { person, limit } => {
            let page = PageRequest::first(*limit);
            let found = match person {
                Some(text) => store.suggestions_of(&find(store, text, region).await?, &page).await?,
                None => store.suggestions(&page).await?,
            };
            let behind = store.behind().await?;
            out.data(&found.items, || suggestion::words(&found.items, found.next.is_some(), behind));
            Ok(())
        }
        Profile::Confirm { suggestion, reason } => {
            decided(out, store.confirm_suggestion(&suggestion.parse()?, &who(), reason.clone()).await?)
        }
        Profile::Reject { suggestion, reason } => {
            decided(out, store.reject_suggestion(&suggestion.parse()?, &who(), reason.clone()).await?)
        }
        Profile::Export { identifier, format, output } => {
            let id = find(store, identifier, region).await?;
            super::privacy::export(store, &id, format == "html", output.as_deref(), out).await
        }
        Profile::Erase { identifier, reason, connection, yes } => {
            let id = find(store, identifier, region).await?;
            super::privacy::erase(store, id, (reason, connection.as_deref(), *yes), out).await
        }
        Profile::Retention => super::privacy::retention(store, config, out).await,
        Profile::Rebuild { verify } => rebuild(store, *verify, out).await,
        Profile::Rules { dry_run, apply, yes } => rules(store, config, (*dry_run, *apply, *yes), out).await,
    }
}

/// Finds people, and shows what fitted.
async fn search(
    store: &Store,
    text: &str,
    region: Option<Region>,
    limit: u32,
    out: &Output,
) -> anyhow::Result<()> {
    let query = Query::read(text, region).context("there is nothing to look for in that")?;
    let found = store.search(&query, &[], &PageRequest::first(limit)).await?;
    let more = found.page.next.is_some();
    let data = serde_json::json!({ "people": found.page.items, "more": more, "behind": found.behind });
    out.data(&data, || {
        let mut lines: Vec<String> = found.page.items.iter().map(hit).collect();
        match lines.len() {
            0 => lines.push(format!("Nobody is found by `{text}`.")),
            _ if more => {
                lines.push(format!("There are more than {limit}: type more, or ask with `--limit`."))
            }
            _ => {}
        }
        if found.behind > 0 {
            let behind = count(found.behind, "event");
            lines.push(format!(
                "{behind} cannot be searched yet: a hub that serves brings the search up to date."
            ));
        }
        lines.join("\n")
    });
    Ok(())
}

/// A person with what fitted, in lines.
fn hit(hit: &Hit) -> String {
    let name = hit.profile.attribute("name").unwrap_or("Somebody without a name");
    let mut text = format!("{}  {name}", hit.profile.id);
    for fit in &hit.matches {
        let sure = fit.evidence.map(|evidence| format!(" ({})", evidence.as_str())).unwrap_or_default();
        let at = fit.at.map(|at| format!(", {}", time(at))).unwrap_or_default();
        text.push_str(&format!("\n    {}: {}{sure}{at}", fit.place.as_str(), fit.text));
    }
    text
}

/// Notes that a person was looked at.
async fn looked(
    store: &Store,
    config: &Config,
    action: &'static str,
    profile: &ProfileId,
) -> anyhow::Result<()> {
    if config.privacy.audit_reads {
        store.note_looks(&[Look { at: now(), who: who(), action, profile: profile.clone() }]).await?;
    }
    Ok(())
}

/// The person that an identifier or an id names.
async fn find(store: &Store, text: &str, region: Option<Region>) -> anyhow::Result<ProfileId> {
    let found = match text.parse::<ProfileId>() {
        Ok(id) => store.profile(&id).await?,
        Err(_) => store.profile_by(&asked(text.parse::<Identifier>()?, region)).await?,
    };
    let Some(profile) = found else {
        bail!(
            "nobody is known as `{text}`; identifiers read as `namespace:value`, such as phone:+491701234567"
        );
    };
    Ok(profile.id)
}

fn decided(out: &Output, done: Result<Decided, Undecidable>) -> anyhow::Result<()> {
    let decided = done?;
    let data = serde_json::json!({ "event": decided.event, "profiles": decided.people });
    out.data(&data, || {
        let people: Vec<String> = decided.people.iter().map(ToString::to_string).collect();
        let now = match &*people {
            [one] => format!("This is one person now: {one}"),
            several => format!("These are {} people now: {}", several.len(), several.join(", ")),
        };
        format!("{now}\nTake it back with `switchboard profile undo {}`.", decided.event)
    });
    Ok(())
}

async fn recorded(store: &Store, new: NewConsent, out: &Output) -> anyhow::Result<()> {
    let NewConsent { profile, channel, purpose, granted, .. } = new.clone();
    let event = store.record_consent(new).await??;
    let person = store.profile(&profile).await?.context("the person was erased meanwhile")?;
    let said = person.consents.iter().find(|one| one.channel == channel && one.purpose == purpose);
    out.data(&serde_json::json!({ "event": event, "consent": said }), || {
        let (verb, opposite) = if granted { ("agreed to", "withdraw") } else { ("withdrew leave for", "grant") };
        format!(
            "{profile} {verb} {purpose} on {channel}.\nTake it back with `switchboard profile consent {profile} \
             {channel} {purpose} {opposite}`."
        )
    });
    Ok(())
}

fn words(told: &Explained) -> String {
    let mut out = format!("{} is one person", told.profile);
    let part = |title: &str, sentences: &[Sentence]| {
        let lines =
            sentences.iter().map(|one| format!("\n  {}  {}\n      {}", time(one.at), one.text, one.event));
        format!("\n\n{title}{}", lines.collect::<String>())
    };
    match (told.reasons.is_empty(), told.decisions.is_empty()) {
        (true, true) => out.push_str(": there is nothing that had to be joined."),
        (true, false) => out.push_str(" by what people decided."),
        (false, _) => out.push_str(&part(", because", &told.reasons).replacen("\n\n", "", 1)),
    }
    if !told.decisions.is_empty() {
        out.push_str(&part(
            "What people decided (`switchboard profile undo EVENT` takes it back)",
            &told.decisions,
        ));
    }
    if !told.doubts.is_empty() {
        out.push_str(&part("What somebody says and is not followed", &told.doubts));
    }
    if !told.suggestions.is_empty() {
        let lines: Vec<String> =
            told.suggestions.iter().map(|one| suggestion::beside(one, &told.profile)).collect();
        let title = "Who may be the same person (`switchboard profile suggestions` says why)";
        out.push_str(&format!("\n\n{title}\n  {}", lines.join("\n  ")));
    }
    out
}

/// Milliseconds since the epoch, to say how long something took.
fn now() -> i64 {
    Ambient::system().now_ms()
}

/// A bar on a terminal; nothing where a program reads.
fn bar() -> ProgressBar {
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{msg} [{wide_bar}] {pos}/{len} events") {
        bar.set_style(style);
    }
    bar
}

fn show(bar: &ProgressBar) -> impl FnMut(Progress) + Send + '_ {
    move |progress: Progress| {
        bar.set_length(progress.of);
        let (word, at) =
            if progress.folded == 0 { ("Reading", progress.read) } else { ("Folding", progress.folded) };
        bar.set_message(word);
        bar.set_position(at);
    }
}

async fn rebuild(store: &Store, verify: bool, out: &Output) -> anyhow::Result<()> {
    let (bar, began) = (bar(), now());
    let rebuilt = store.rebuild(verify, show(&bar)).await?;
    if !verify {
        bar.set_message("Indexing");
        store.follow_anew().await?;
        let indexed = |done, of| {
            bar.set_length(of);
            bar.set_position(done);
        };
        store.follow_to_end(indexed).await?;
    }
    bar.finish_and_clear();
    out.data(&rebuilt, || {
        told(&rebuilt, now() - began, if verify { "would be mended" } else { "were mended" })
    });
    if verify && rebuilt.differed > 0 {
        bail!(
            "{} profiles are stored otherwise than the log has them; `switchboard profile rebuild` mends them",
            rebuilt.differed
        );
    }
    Ok(())
}

fn told(rebuilt: &Rebuilt, took_ms: i64, verb: &str) -> String {
    let rate = rebuilt.events as f64 * 1000.0 / took_ms.max(1) as f64;
    let mut text = format!(
        "{} folded anew from {}, {rate:.0} a second: {}",
        count(rebuilt.people, "profile"),
        count(rebuilt.events, "event"),
        match rebuilt.differed {
            0 => "everything is stored as the log has it".to_owned(),
            count => format!("{count} {verb}"),
        }
    );
    for change in rebuilt.changes.iter().take(LISTED) {
        let list = |ids: &[ProfileId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let verb = if change.before.len() > 1 { "become one" } else { "is parted" };
        text.push_str(&format!("\n  {} {verb}: {}", list(&change.before), list(&change.after)));
    }
    if rebuilt.changes.len() > LISTED {
        text.push_str(&format!("\n  … and {} more; `--json` lists them all", rebuilt.changes.len() - LISTED));
    }
    text
}

async fn rules(
    store: &Store,
    config: &Config,
    (dry_run, apply, yes): (bool, bool, bool),
    out: &Output,
) -> anyhow::Result<()> {
    let (in_force, wanted): (Rules, &Rules) = (store.rules().await?, &config.identity.rules);
    let same = in_force.to_string() == wanted.to_string();
    if !dry_run && !apply {
        let data = serde_json::json!({ "in-force": in_force.to_string(), "configured": wanted.to_string() });
        out.data(&data, || {
            let end = if same {
                "The configuration says the same."
            } else {
                "The configuration says something else: `switchboard profile rules --dry-run` tells whom that \
                 would join or part."
            };
            format!("{in_force}\n{end}")
        });
        return Ok(());
    }
    if same {
        out.data(&Rebuilt::default(), || "The configuration's rules are in force already.".to_owned());
        return Ok(());
    }
    let (bar, began) = (bar(), now());
    let tried = store.try_rules(wanted, show(&bar)).await?;
    bar.finish_and_clear();
    if dry_run {
        out.data(&tried, || told(&tried, now() - began, "would change"));
        return Ok(());
    }
    out.line(&told(&tried, now() - began, "would change"));
    out.agreed(yes, "Put these rules into force?", "Nothing was changed")?;
    let done = store.set_rules(wanted, show(&bar)).await?;
    bar.finish_and_clear();
    out.data(&done, || told(&done, now() - began, "changed"));
    Ok(())
}
