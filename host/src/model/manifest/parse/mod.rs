//! Reads a whole `plugin.toml`.

mod access;
mod part;
mod value;

use toml::de::DeTable;

pub(super) use self::access::{granted_hosts, must_be_setting};
use self::access::{hosts, secrets, unused_secrets};
use self::part::{actions, assets, assistant, budget, channel, events, poller, sender, webhook};
use self::value::{contract, filled, optional, semver};
use super::credential_parse;
use super::json::Written;
use super::name::{ContractVersion, Name};
use super::problem::Problems;
use super::reader::Section;
use super::{HostPattern, Manifest, ManifestErrors, OAuth, Settings};
use crate::model::event::EventKind;

/// What other parts of the manifest may name.
#[derive(Default)]
pub(super) struct Declared {
    pub(super) secrets: Vec<String>,
    settings: Vec<String>,
    hosts: Vec<HostPattern>,
}

pub(super) fn manifest(text: &str, file: &str) -> Result<Manifest, ManifestErrors> {
    let problems = Problems::default();
    let (table, mistakes) = DeTable::parse_recoverable(text);
    for mistake in &mistakes {
        problems.add(
            mistake.span().unwrap_or(0..0),
            format!("this is not TOML: {}", mistake.message()),
            None,
        );
    }
    // What was recovered around a mistake in the syntax would only be reported as other mistakes.
    let read = if mistakes.is_empty() {
        root(Section::new("the manifest", 0..0, table.get_ref(), &problems))
    } else {
        None
    };
    match read {
        Some(manifest) if problems.count() == 0 => Ok(manifest),
        _ => Err(problems.into_errors(text, file)),
    }
}

fn root(mut root: Section<'_, '_>) -> Option<Manifest> {
    let problems = root.problems;
    let name = root.parsed::<Name>("name");
    let name = root.required("name", name, "name = \"my-plugin\"");
    let version = root.text("version").and_then(|text| semver(&root, &text));
    let version = root.required("version", version, "version = \"1.0.0\"");
    let contract = root.text("contract").and_then(|text| contract(&root, &text));
    let contract =
        root.required("contract", contract, &format!("contract = \"{}\"", ContractVersion::CURRENT));
    let title = root.text("title").and_then(|text| filled(&root, "title", text));
    let title = root.required("title", title, "title = \"My plugin\"");
    let description = root.string("description").unwrap_or_default();
    let authors = root.texts("authors").into_iter().map(|text| text.value).collect();
    let (license, homepage) = (root.string("license"), root.string("homepage"));

    let is_table = root.section("settings").is_some();
    let written = root.get("settings").filter(|_| is_table).map(|node| Written::read(node, problems));
    let settings = Settings::read(written.as_ref(), problems);
    let mut declared = Declared {
        settings: written.map(|w| w.names_in_order("/properties")).unwrap_or_default(),
        ..Declared::default()
    };
    let hosts = hosts(&mut root, &mut declared);
    let used = root.sections("secrets", "secrets");
    let secrets = secrets(used, &mut declared);
    let oauth = root.sections("oauth", "oauth");
    let oauth = credential_parse::oauth(oauth, &declared, &secrets, &hosts);
    let signing = credential_parse::signing(root.sections("signing", "signing"), &declared);
    let channel = root.section("channel").map(channel);
    let webhook = root.section("webhook").map(|section| webhook(section, &declared));
    let sender = root.section("sender").map(sender);
    let poller = root.section("poller").map(poller);
    let actions = actions(root.sections("actions", "actions"));
    let emits = root.section("events").map(events).unwrap_or_default();
    let assistant_at = root.key_span("assistant");
    let assistant = root.section("assistant").map(|section| assistant(section, name.as_ref()));
    if assistant.is_some() != emits.contains(&EventKind::Insight) {
        let (at, message) = match assistant {
            Some(_) => (assistant_at, "an assistant says insights, and [events] does not list them"),
            None => {
                (root.key_span("events"), "insights are what an assistant says, and there is no [assistant]")
            }
        };
        problems.add(
            at,
            message,
            Some("an assistant has `[assistant]` and `[events] emit = [\"insight\"]`".to_owned()),
        );
    }
    let topics = root.section("realtime").map(|mut section| {
        let topics = section.parsed_list("topics");
        section.finish();
        topics
    });
    let assets = root.section("assets").and_then(assets);
    let budget = root.section("budget").map(budget).unwrap_or_default();
    let used: Vec<_> =
        oauth.iter().flat_map(OAuth::secrets).chain(signing.iter().map(|one| &one.secret)).collect();
    let unused = unused_secrets(&secrets, webhook.as_ref().and_then(Option::as_ref), &used);
    for (secret, at) in unused {
        let help = "let a [[webhook.verify]], [[oauth]] or [[signing]] name it, give it `hosts`, or set `sign = true`"
            .to_owned();
        problems.add(at, format!("nothing can use the secret `{secret}`"), Some(help));
    }
    root.finish();
    Some(Manifest {
        name: name?,
        version: version?,
        contract: contract?,
        title: title?,
        description,
        authors,
        license,
        homepage,
        channel: optional(channel)?,
        settings: settings?,
        secrets: secrets.into_iter().map(|(secret, _)| secret).collect(),
        oauth,
        signing,
        hosts,
        webhook: optional(webhook)?,
        sender: optional(sender)?,
        poller: optional(poller)?,
        actions,
        assistant: optional(assistant)?,
        emits,
        topics: topics.unwrap_or_default(),
        assets,
        budget,
    })
}
