//! Reads a whole `plugin.toml`.

use semver::Version;
use toml::de::DeTable;

use super::json::Written;
use super::name::{ContractVersion, Name};
use super::problem::{Malformed, Problems, suggest};
use super::quantity::{Period, Rate, Size};
use super::reader::{Node, Section, Text};
use super::schema::Schema;
use super::{
    Action, Assistant, Budget, Channel, Host, HostPattern, Manifest, ManifestErrors, OAuth, Poller, Secret,
    SecretName, Sender, Settings, Webhook,
};
use super::{credential_parse, verify_parse};
use crate::model::event::{EventKind, PROFILE_FIELDS};
use crate::model::schedule::{CronSchedule, SHORTEST, Schedule};

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

/// A part that is missing is fine; a part that is there and wrong is not.
fn optional<T>(part: Option<Option<T>>) -> Option<Option<T>> {
    match part {
        None => Some(None),
        Some(Some(part)) => Some(Some(part)),
        Some(None) => None,
    }
}

fn semver(section: &Section<'_, '_>, text: &Text) -> Option<Version> {
    let version = Version::parse(&text.value);
    version
        .map_err(|why| {
            let message = format!("`{}` is not a version: {why}", Malformed::excerpt(&text.value));
            let help = Some("write three numbers, such as `1.0.0`".to_owned());
            section.problems.add(text.span.clone(), message, help);
        })
        .ok()
}

fn contract(section: &Section<'_, '_>, text: &Text) -> Option<ContractVersion> {
    let version: ContractVersion = section.parse_text(text)?;
    let ours = ContractVersion::CURRENT;
    if version.major != ours.major || version > ours {
        let message =
            format!("this hub serves the contract {ours}, and the plugin is written against {version}");
        let help = "build the plugin against that version, or update the hub".to_owned();
        section.problems.add(text.span.clone(), message, Some(help));
        return None;
    }
    Some(version)
}

fn filled(section: &Section<'_, '_>, key: &str, text: Text) -> Option<String> {
    if text.value.trim().is_empty() {
        section.wrong(text.span, format!("`{key}` is empty: people read it"));
        return None;
    }
    Some(text.value)
}

fn channel(mut section: Section<'_, '_>) -> Option<Channel> {
    let name = section.parsed("name");
    let name = section.required("name", name, "name = \"chat\"");
    let reach = section.parsed_list("reach");
    section.finish();
    Some(Channel { name: name?, reach })
}

fn hosts(root: &mut Section<'_, '_>, declared: &mut Declared) -> Vec<Host> {
    let mut hosts = Vec::new();
    for mut section in root.sections("hosts", "hosts") {
        let host = section.text("host");
        let host = section.required("host", host, "host = \"api.example.com\"");
        let pattern = host.as_ref().and_then(|text| pattern(&section, text, declared));
        let methods = section.texts("methods");
        let methods: Vec<_> =
            methods.iter().filter_map(|text| verify_parse::method(&section, text)).collect();
        section.required("methods", Some(()), "methods = [\"GET\"]");
        let reason = section.text("reason").and_then(|text| filled(&section, "reason", text));
        let reason = section.required("reason", reason, "reason = \"what the plugin does there\"");
        section.finish();
        declared.hosts.extend(pattern.clone());
        if let (Some(host), Some(reason)) = (pattern, reason) {
            hosts.push(Host { host, methods, reason });
        }
    }
    hosts
}

fn pattern(section: &Section<'_, '_>, text: &Text, declared: &Declared) -> Option<HostPattern> {
    let pattern: HostPattern = section.parse_text(text)?;
    for name in pattern.settings() {
        must_be_setting(section, &text.span, name, declared);
    }
    Some(pattern)
}

/// Reports a setting that is not declared.
pub(super) fn must_be_setting(
    section: &Section<'_, '_>,
    span: &std::ops::Range<usize>,
    name: &str,
    declared: &Declared,
) {
    if !declared.settings.iter().any(|known| known == name) {
        let help = suggest(name, declared.settings.iter().map(String::as_str))
            .unwrap_or_else(|| format!("add `[settings.properties.{name}]` with `type = \"string\"`"));
        let message = format!("there is no setting `{name}` in [settings]");
        section.problems.add(span.clone(), message, Some(help));
    }
}

/// The `hosts` of a secret or of what is made of one; each must be among those of `[[hosts]]`.
pub(super) fn granted_hosts(section: &mut Section<'_, '_>, declared: &Declared) -> Vec<HostPattern> {
    let mut hosts = Vec::new();
    for text in section.texts("hosts") {
        let Some(host) = pattern(section, &text, declared) else { continue };
        if !declared.hosts.iter().any(|known| known.includes(&host)) {
            let message = format!("the host `{host}` is not in [[hosts]]");
            let help = format!("add `[[hosts]]` with `host = \"{host}\"`, or remove it here");
            section.problems.add(text.span, message, Some(help));
        }
        hosts.push(host);
    }
    hosts
}

fn secrets<'t>(
    sections: Vec<Section<'t, '_>>,
    declared: &mut Declared,
) -> Vec<(Secret, std::ops::Range<usize>)> {
    let mut secrets = Vec::new();
    for mut section in sections {
        let text = section.text("name");
        let text = section.required("name", text, "name = \"api_token\"");
        let name = text.as_ref().and_then(|text| section.parse_text(text));
        let title = section.text("title").and_then(|text| filled(&section, "title", text));
        let title = section.required("title", title, "title = \"API token\"");
        let description = section.string("description").unwrap_or_default();
        let required = section.boolean("required").unwrap_or(true);
        let hosts = granted_hosts(&mut section, declared);
        let sign = section.boolean("sign").unwrap_or(false);
        let mut span = section.span.clone();
        if let Some(text) = text {
            if declared.secrets.contains(&text.value) {
                section.wrong(text.span.clone(), format!("there are two secrets `{}`", text.value));
            }
            span = text.span;
            declared.secrets.push(text.value);
        }
        section.finish();
        if let (Some(name), Some(title)) = (name, title) {
            secrets.push((Secret { name, title, description, required, hosts, sign }, span));
        }
    }
    secrets
}

fn unused_secrets(
    secrets: &[(Secret, std::ops::Range<usize>)],
    webhook: Option<&Webhook>,
    used: &[&SecretName],
) -> Vec<(String, std::ops::Range<usize>)> {
    let verified: Vec<_> =
        webhook.into_iter().flat_map(|w| &w.verify).flat_map(|rule| rule.scheme.secrets()).collect();
    secrets
        .iter()
        .filter(|(secret, _)| !secret.sign && secret.hosts.is_empty())
        .filter(|(secret, _)| !verified.contains(&&secret.name) && !used.contains(&&secret.name))
        .map(|(secret, at)| (secret.name.to_string(), at.clone()))
        .collect()
}

fn webhook(mut section: Section<'_, '_>, declared: &Declared) -> Option<Webhook> {
    let max_body = size(&mut section, "max_body");
    let sections = section.sections("verify", "webhook.verify");
    if sections.is_empty() {
        let help = "add `[[webhook.verify]]`; `scheme = \"none\"` lets requests in whose events are refused";
        section.problems.add(
            section.span.clone(),
            "nothing says how requests are verified",
            Some(help.to_owned()),
        );
    }
    let mut verify = Vec::new();
    let (mut all, mut whole) = (false, true);
    for rule in sections {
        if all {
            let message = "this rule never decides: an earlier one without `when` fits every request";
            section.problems.add(
                rule.span.clone(),
                message,
                Some("give the earlier rule a `when`".to_owned()),
            );
        }
        let read = verify_parse::rule(rule, declared);
        all |= read.as_ref().is_some_and(|rule| rule.when.is_empty());
        whole &= read.is_some();
        verify.extend(read);
    }
    section.finish();
    whole.then_some(Webhook { max_body, verify })
}

fn sender(mut section: Section<'_, '_>) -> Option<Sender> {
    let rate = section.section("rate").map(|mut rate| {
        rate.title = "`rate`".to_owned();
        let count = rate.count("count", 1);
        let count = rate.required("count", count, "count = 10");
        let per = period(&mut rate, "per", 1);
        let per = rate.required("per", per, "per = \"1s\"");
        rate.finish();
        Some(Rate { count: count?, per: per? })
    });
    let wait = period(&mut section, "ambiguous_wait", 0);
    section.finish();
    let default = Sender::default();
    Some(Sender { rate: optional(rate)?, ambiguous_wait: wait.unwrap_or(default.ambiguous_wait) })
}

fn poller(mut section: Section<'_, '_>) -> Option<Poller> {
    let every = period(&mut section, "every", SHORTEST.millis());
    let cron = section.text("cron");
    let zone = section.text("time_zone");
    let schedule = match (section.has("every"), cron) {
        (false, None) if !section.has("cron") => {
            let help = "add `every = \"5m\"`, or `cron = \"0 3 * * *\"`".to_owned();
            section.problems.add(section.span.clone(), "nothing says when the poller asks", Some(help));
            None
        }
        (true, Some(cron)) => {
            section.wrong(cron.span, "a poller has `every` or `cron`, not both");
            None
        }
        (true, None) => {
            if let Some(zone) = &zone {
                section.wrong(
                    zone.span.clone(),
                    "`time_zone` is for `cron`; every so often is the same everywhere",
                );
            }
            every.map(Schedule::Every)
        }
        (false, None) => None,
        (false, Some(cron)) => {
            let read = CronSchedule::new(&cron.value, zone.as_ref().map_or("UTC", |zone| &zone.value));
            let at = match &read {
                // The expression is right where it is in a zone that is there: then the zone is wrong.
                Err(_) if CronSchedule::new(&cron.value, "UTC").is_ok() => zone.unwrap_or(cron).span,
                _ => cron.span,
            };
            read.map(Schedule::Cron).map_err(|why| section.wrong(at, why.to_string())).ok()
        }
    };
    section.finish();
    Some(Poller { schedule: schedule? })
}

fn actions(sections: Vec<Section<'_, '_>>) -> Vec<Action> {
    let mut actions: Vec<Action> = Vec::new();
    for mut section in sections {
        let text = section.text("name");
        let text = section.required("name", text, "name = \"find-order\"");
        let name = text.as_ref().and_then(|text| section.parse_text::<Name>(text));
        if let (Some(name), Some(text)) = (&name, text)
            && actions.iter().any(|action| action.name == *name)
        {
            section.wrong(text.span, format!("there are two actions `{name}`"));
        }
        let title = section.text("title").and_then(|text| filled(&section, "title", text));
        let title = section.required("title", title, "title = \"Find an order\"");
        let description = section.string("description").unwrap_or_default();
        let confirm = section.boolean("confirm").unwrap_or(false);
        let input = section.get("input");
        let input = schema(&section, "input", input);
        let output = section.get("output");
        let output = schema(&section, "output", output);
        section.finish();
        if let (Some(name), Some(title), Some(input), Some(output)) = (name, title, input, output) {
            actions.push(Action { name, title, description, confirm, input, output });
        }
    }
    actions
}

fn schema(section: &Section<'_, '_>, key: &str, node: Option<Node<'_, '_>>) -> Option<Schema> {
    let node = section.required(key, node, &format!("{key} = {{ type = \"object\" }}"))?;
    let written = Written::read(node, section.problems);
    if !written.json.is_object() {
        section
            .wrong(node.span(), format!("`{key}` must be a JSON Schema, such as `{{ type = \"object\" }}`"));
        return None;
    }
    Schema::read(&written, section.problems)
}

fn events(mut section: Section<'_, '_>) -> Vec<EventKind> {
    let kinds = kinds(&mut section, "emit");
    section.finish();
    kinds
}

fn kinds(section: &mut Section<'_, '_>, key: &'static str) -> Vec<EventKind> {
    let mut kinds = Vec::new();
    for text in section.texts(key) {
        match EventKind::from_name(&text.value) {
            Some(kind) if kinds.contains(&kind) => {
                section.wrong(text.span, format!("`{}` is listed twice", text.value));
            }
            Some(kind) => kinds.push(kind),
            None => {
                let help = suggest(&text.value, EventKind::ALL.iter().map(|kind| kind.as_str()));
                let message = format!("there is no event `{}`", Malformed::excerpt(&text.value));
                section.problems.add(text.span, message, help);
            }
        }
    }
    kinds
}

fn assistant(mut section: Section<'_, '_>, plugin: Option<&Name>) -> Option<Assistant> {
    let on = kinds(&mut section, "on");
    section.required("on", Some(()), "on = [\"message-received\"]");
    let history = section.count("history", 0).unwrap_or(0);
    let mut fields = Vec::new();
    for text in section.texts("fields") {
        let own =
            text.value.split_once('.').is_some_and(|(owner, _)| plugin.is_none_or(|p| p.as_str() == owner));
        if !own && !PROFILE_FIELDS.contains(&text.value.as_str()) {
            let message = format!("a profile has no field `{}`", Malformed::excerpt(&text.value));
            section.problems.add(text.span, message, suggest(&text.value, PROFILE_FIELDS));
            continue;
        }
        fields.push(text.value);
    }
    section.finish();
    Some(Assistant { on, history, fields })
}

fn assets(mut section: Section<'_, '_>) -> Option<String> {
    let dir = section.text("dir");
    let dir = section.required("dir", dir, "dir = \"assets\"");
    let outside = |dir: &str| {
        dir.is_empty()
            || dir.starts_with('/')
            || dir.contains(['\\', ':'])
            || dir.split('/').any(|part| part == "..")
    };
    if let Some(dir) = dir.as_ref().filter(|dir| outside(&dir.value)) {
        section.wrong(dir.span.clone(), "`dir` must be a folder beside the manifest, such as `assets`");
    }
    section.finish();
    dir.map(|dir| dir.value)
}

fn budget(mut section: Section<'_, '_>) -> Budget {
    let memory = size(&mut section, "memory");
    let wall = period(&mut section, "wall", 1);
    let key_value = size(&mut section, "key_value");
    section.finish();
    Budget { memory, wall, key_value }
}

fn period(section: &mut Section<'_, '_>, key: &'static str, least: u64) -> Option<Period> {
    let text = section.text(key)?;
    let period: Period = section.parse_text(&text)?;
    if period.millis() < least {
        section.wrong(text.span, format!("`{key}` must be at least {}", Period::from_millis(least)));
        return None;
    }
    Some(period)
}

/// A size, as a text or a plain number of bytes; more than nothing.
fn size(section: &mut Section<'_, '_>, key: &'static str) -> Option<Size> {
    let text = section.text_or_number(key)?;
    let size: Size = section.parse_text(&text)?;
    if size.bytes() == 0 {
        section.wrong(text.span, format!("`{key}` must be more than nothing"));
        return None;
    }
    Some(size)
}
