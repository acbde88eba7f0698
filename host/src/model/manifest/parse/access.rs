//! Reads what is declared for others to name, and where secrets may go: hosts, secrets.

use std::ops::Range;

use super::super::problem::suggest;
use super::super::reader::{Section, Text};
use super::super::{Host, HostPattern, Secret, SecretName, Webhook, verify_parse};
use super::Declared;
use super::value::filled;

pub(super) fn hosts(root: &mut Section<'_, '_>, declared: &mut Declared) -> Vec<Host> {
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
pub(in crate::model::manifest) fn must_be_setting(
    section: &Section<'_, '_>,
    span: &Range<usize>,
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
pub(in crate::model::manifest) fn granted_hosts(
    section: &mut Section<'_, '_>,
    declared: &Declared,
) -> Vec<HostPattern> {
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

pub(super) fn secrets<'t>(
    sections: Vec<Section<'t, '_>>,
    declared: &mut Declared,
) -> Vec<(Secret, Range<usize>)> {
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

pub(super) fn unused_secrets(
    secrets: &[(Secret, Range<usize>)],
    webhook: Option<&Webhook>,
    used: &[&SecretName],
) -> Vec<(String, Range<usize>)> {
    let verified: Vec<_> =
        webhook.into_iter().flat_map(|w| &w.verify).flat_map(|rule| rule.scheme.secrets()).collect();
    secrets
        .iter()
        .filter(|(secret, _)| !secret.sign && secret.hosts.is_empty())
        .filter(|(secret, _)| !verified.contains(&&secret.name) && !used.contains(&&secret.name))
        .map(|(secret, at)| (secret.name.to_string(), at.clone()))
        .collect()
}
