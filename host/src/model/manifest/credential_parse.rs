//! Reads `[[oauth]]` and `[[signing]]`.

use std::ops::Range;

use super::credential::{ClientAuth, ClientId, Grant, OAuth, Signing};
use super::endpoint::Endpoint;
use super::name::SecretName;
use super::parse::{Declared, granted_hosts, must_be_setting};
use super::problem::suggest;
use super::reader::{Section, Text};
use super::template::{Part, Template};
use super::verify::{Algorithm, Encoding, TimeUnit};
use super::verify_parse::choice;
use super::{Host, Secret};

/// The grants there are.
const GRANTS: [(&str, bool); 2] = [("client-credentials", false), ("refresh-token", true)];

/// Every `[[oauth]]`.
pub(super) fn oauth(
    sections: Vec<Section<'_, '_>>,
    declared: &Declared,
    secrets: &[(Secret, Range<usize>)],
    hosts: &[Host],
) -> Vec<OAuth> {
    let mut all: Vec<OAuth> = Vec::new();
    for mut section in sections {
        let name = name(&mut section, "admin", all.iter().map(|one| &one.name));
        let url = section.text("token_url");
        let url = section.required("token_url", url, "token_url = \"https://auth.example.com/token\"");
        let token_url = url.as_ref().and_then(|text| token_url(&section, text, declared, hosts));
        let kind = choice(&mut section, "grant", &GRANTS, false);
        let kind = section.required("grant", kind, "grant = \"client-credentials\"");
        let refresh = own_secret(&mut section, "refresh_token", secrets);
        let grant = match kind {
            Some(true) => {
                let refresh = section.required("refresh_token", refresh, "refresh_token = \"refresh_token\"");
                refresh.map(Grant::RefreshToken)
            }
            Some(false) => {
                if section.has("refresh_token") {
                    section.wrong(
                        section.key_span("refresh_token"),
                        "`refresh_token` means nothing for grant = \"client-credentials\": remove it",
                    );
                }
                Some(Grant::ClientCredentials)
            }
            None => None,
        };
        let id = section.text("client_id");
        let id = section.required("client_id", id, "client_id = \"{{setting:client_id}}\"");
        let client_id = id.and_then(|text| client_id(&section, &text, declared, secrets));
        let client_secret = own_secret(&mut section, "client_secret", secrets);
        if matches!(grant, Some(Grant::ClientCredentials)) {
            section.required("client_secret", Some(()), "client_secret = \"client_secret\"");
        }
        let scope = section.string("scope").filter(|scope| !scope.trim().is_empty());
        let auth = choice(&mut section, "auth", &ClientAuth::NAMES, ClientAuth::Body);
        let hosts = to(&mut section, declared);
        section.finish();
        if let (Some(name), Some(token_url), Some(grant), Some(client_id), Some(auth)) =
            (name, token_url, grant, client_id, auth)
        {
            all.push(OAuth { name, token_url, grant, client_id, client_secret, scope, auth, hosts });
        }
    }
    all
}

/// Every `[[signing]]`.
pub(super) fn signing(sections: Vec<Section<'_, '_>>, declared: &Declared) -> Vec<Signing> {
    let mut all: Vec<Signing> = Vec::new();
    for mut section in sections {
        let name = name(&mut section, "request", all.iter().map(|one| &one.name));
        let secret = section.text("secret");
        let secret = section.required("secret", secret, "secret = \"api_secret\"");
        let secret = secret.and_then(|text| declared_secret(&section, &text, &declared.secrets));
        let algorithm = choice(&mut section, "algorithm", &Algorithm::NAMES, Algorithm::Sha256);
        let encoding = choice(&mut section, "encoding", &Encoding::NAMES, Encoding::Hex);
        let timestamp = choice(&mut section, "timestamp", &TimeUnit::NAMES, TimeUnit::Seconds);
        let signed = section.text("signed");
        let signed = section.required("signed", signed, "signed = \"{timestamp}{method}{path}{body}\"");
        let signed = signed.and_then(|text| {
            let template: Template = section.parse_text(&text)?;
            if template.has(&Part::Secret) || template.has(&Part::UrlDecoded) {
                let message =
                    "`{secret}` and `{url-decoded}` cannot be part of what the hub signs: remove them";
                section.wrong(text.span, message);
                return None;
            }
            Some(template)
        });
        let hosts = to(&mut section, declared);
        section.finish();
        if let (Some(name), Some(secret), Some(algorithm), Some(encoding), Some(timestamp), Some(signed)) =
            (name, secret, algorithm, encoding, timestamp, signed)
        {
            all.push(Signing { name, secret, algorithm, encoding, signed, timestamp, hosts });
        }
    }
    all
}

/// The name, which no other of its kind has.
fn name<'a>(
    section: &mut Section<'_, '_>,
    example: &str,
    mut others: impl Iterator<Item = &'a SecretName>,
) -> Option<SecretName> {
    let text = section.text("name");
    let text = section.required("name", text, &format!("name = \"{example}\""))?;
    let name: SecretName = section.parse_text(&text)?;
    if others.any(|other| *other == name) {
        section.wrong(text.span, format!("there are two {} `{name}`", section.title));
    }
    Some(name)
}

/// The hosts that what is made may go to.
fn to(section: &mut Section<'_, '_>, declared: &Declared) -> Vec<super::HostPattern> {
    let hosts = granted_hosts(section, declared);
    section.required("hosts", Some(()), "hosts = [\"api.example.com\"]");
    hosts
}

fn token_url(
    section: &Section<'_, '_>,
    text: &Text,
    declared: &Declared,
    hosts: &[Host],
) -> Option<Endpoint> {
    let endpoint: Endpoint = section.parse_text(text)?;
    for name in endpoint.settings() {
        must_be_setting(section, &text.span, name, declared);
    }
    let host = endpoint.host();
    let granted =
        hosts.iter().any(|one| one.host.includes(host) && one.methods.iter().any(|method| method == "POST"));
    if !granted {
        let message = format!("the host `{host}` of `token_url` is not in [[hosts]] with the method POST");
        let help = format!("add `[[hosts]]` with `host = \"{host}\"` and `methods = [\"POST\"]`");
        section.problems.add(text.span.clone(), message, Some(help));
    }
    Some(endpoint)
}

fn client_id(
    section: &Section<'_, '_>,
    text: &Text,
    declared: &Declared,
    secrets: &[(Secret, Range<usize>)],
) -> Option<ClientId> {
    let inner = text.value.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
    match inner.map(|inner| inner.split_once(':').unwrap_or((inner, ""))) {
        Some(("setting", name)) => {
            must_be_setting(section, &text.span, name, declared);
            Some(ClientId::Setting(name.to_owned()))
        }
        Some(("secret", name)) => {
            let name = Text { value: name.to_owned(), span: text.span.clone() };
            unsent_secret(section, &name, secrets).map(ClientId::Secret)
        }
        Some(_) => {
            section
                .wrong(text.span.clone(), "`client_id` is a text, `{{setting:NAME}}` or `{{secret:NAME}}`");
            None
        }
        None if text.value.trim().is_empty() => {
            section.wrong(text.span.clone(), "`client_id` is empty: write `{{setting:client_id}}`");
            None
        }
        None => Some(ClientId::Text(text.value.clone())),
    }
}

/// A key that names a secret which only the hub itself sends.
fn own_secret(
    section: &mut Section<'_, '_>,
    key: &'static str,
    secrets: &[(Secret, Range<usize>)],
) -> Option<SecretName> {
    let text = section.text(key)?;
    unsent_secret(section, &text, secrets)
}

/// A secret that buys access tokens. The plugin must not be able to send it anywhere: it could buy a token
/// itself and read it.
fn unsent_secret(
    section: &Section<'_, '_>,
    text: &Text,
    secrets: &[(Secret, Range<usize>)],
) -> Option<SecretName> {
    let names: Vec<String> = secrets.iter().map(|(secret, _)| secret.name.to_string()).collect();
    let name = declared_secret(section, text, &names)?;
    let sent = secrets.iter().any(|(secret, _)| secret.name == name && !secret.hosts.is_empty());
    if sent {
        let message =
            format!("the secret `{name}` has `hosts`, so the plugin could send it and buy tokens itself");
        let help = "remove its `hosts`: the hub alone sends it, to `token_url`".to_owned();
        section.problems.add(text.span.clone(), message, Some(help));
    }
    Some(name)
}

fn declared_secret(section: &Section<'_, '_>, text: &Text, secrets: &[String]) -> Option<SecretName> {
    if !secrets.contains(&text.value) {
        let help = suggest(&text.value, secrets.iter().map(String::as_str))
            .unwrap_or_else(|| format!("add `[[secrets]]` with `name = \"{}\"`", text.value));
        let message = format!("the secret `{}` is not declared in [[secrets]]", text.value);
        section.problems.add(text.span.clone(), message, Some(help));
    }
    section.parse_text(text)
}

#[cfg(test)]
mod tests;
