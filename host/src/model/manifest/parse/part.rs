//! Reads the parts of a manifest that each say what a plugin does: one section, one function.

use super::super::json::Written;
use super::super::name::Name;
use super::super::problem::{Malformed, suggest};
use super::super::quantity::Rate;
use super::super::reader::{Node, Section};
use super::super::schema::Schema;
use super::super::{Action, Assistant, Budget, Channel, Poller, Sender, Webhook, verify_parse};
use super::Declared;
use super::value::{filled, optional, period, size};
use crate::model::event::{EventKind, PROFILE_FIELDS};
use crate::model::schedule::{CronSchedule, SHORTEST, Schedule};

pub(super) fn channel(mut section: Section<'_, '_>) -> Option<Channel> {
    let name = section.parsed("name");
    let name = section.required("name", name, "name = \"chat\"");
    let reach = section.parsed_list("reach");
    section.finish();
    Some(Channel { name: name?, reach })
}

pub(super) fn webhook(mut section: Section<'_, '_>, declared: &Declared) -> Option<Webhook> {
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

pub(super) fn sender(mut section: Section<'_, '_>) -> Option<Sender> {
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

pub(super) fn poller(mut section: Section<'_, '_>) -> Option<Poller> {
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

pub(super) fn actions(sections: Vec<Section<'_, '_>>) -> Vec<Action> {
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

pub(super) fn events(mut section: Section<'_, '_>) -> Vec<EventKind> {
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

pub(super) fn assistant(mut section: Section<'_, '_>, plugin: Option<&Name>) -> Option<Assistant> {
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

pub(super) fn assets(mut section: Section<'_, '_>) -> Option<String> {
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

pub(super) fn budget(mut section: Section<'_, '_>) -> Budget {
    let memory = size(&mut section, "memory");
    let wall = period(&mut section, "wall", 1);
    let key_value = size(&mut section, "key_value");
    section.finish();
    Budget { memory, wall, key_value }
}
