//! What a plugin is and wants, in sentences that an operator reads before granting it.

use std::fmt::{self, Display};

use super::credential::{Grant, OAuth, Signing};
use super::verify::{Scheme, SignatureKind, VerifyRule, When};
use super::{Action, Host, Manifest, Pattern, Secret, settings};

impl Manifest {
    /// What it is, then everything it wants: see [`Manifest::wants`].
    #[must_use]
    pub fn describe(&self) -> Vec<String> {
        let mut sentences = vec![format!("{} (`{}`, version {}).", self.title, self.name, self.version)];
        if !self.description.is_empty() {
            sentences.push(sentence(&self.description));
        }
        if !self.authors.is_empty() {
            sentences.push(format!("By {}.", self.authors.join(", ")));
        }
        if let Some(channel) = &self.channel {
            let dumb = if channel.reach.is_empty() { " and cannot write to anybody" } else { "" };
            sentences.push(format!("It is the channel `{}`{dumb}.", channel.name));
        }
        sentences.extend(self.settings.fields().iter().map(|field| {
            let need = if field.required { "It must be told" } else { "It can be told" };
            let default = field.default.as_ref().map_or_else(String::new, |value| format!(", else {value}"));
            format!("{need} `{}` ({}): {}{default}.", field.name, field.title, settings::kind(field))
        }));
        sentences.extend(self.wants());
        sentences
    }

    /// What an operator grants: hosts, secrets, requests let in, events, fields, schedule, budgets. A
    /// sentence each, so that two versions can be compared by comparing the sentences.
    #[must_use]
    pub fn wants(&self) -> Vec<String> {
        let mut wants: Vec<String> = self.hosts.iter().map(host).collect();
        wants.extend(self.secrets.iter().map(|one| self.secret_sentence(one)));
        wants.extend(self.oauth.iter().map(tokens));
        wants.extend(self.signing.iter().map(signing));
        if let Some(webhook) = &self.webhook {
            if let Some(size) = webhook.max_body {
                wants.push(format!("It takes requests of at most {size}."));
            }
            wants.extend(webhook.verify.iter().map(rule));
        }
        if let Some(poller) = &self.poller {
            wants.push(format!("It asks the other system {}.", poller.schedule.words()));
        }
        if let Some(sender) = &self.sender {
            let rate = sender.rate.map_or_else(
                || "messages".to_owned(),
                |rate| format!("at most {} messages per {}", rate.count, rate.per),
            );
            wants.push(format!(
                "It sends {rate}; a send whose outcome is unknown is tried again after {}.",
                sender.ambiguous_wait
            ));
        }
        if let Some(channel) = self.channel.as_ref().filter(|channel| !channel.reach.is_empty()) {
            wants.push(format!("It writes to people by {}.", ticked(&channel.reach)));
            let foreign = |names: &&Pattern| names.scope().is_some_and(|scope| scope != self.name.as_str());
            let foreign: Vec<_> = channel.reach.iter().filter(foreign).collect();
            if !foreign.is_empty() {
                wants
                    .push(format!("It may call people by {}, which are not its own names.", ticked(foreign)));
            }
        }
        wants.extend(self.actions.iter().map(action));
        if let Some(assistant) = &self.assistant {
            let history = match assistant.history {
                0 => "no earlier messages".to_owned(),
                1 => "the message before it".to_owned(),
                n => format!("up to {n} messages before it"),
            };
            let fields = match assistant.fields.as_slice() {
                [] => "nothing of the profile".to_owned(),
                fields => format!("{} of the profile", ticked(fields)),
            };
            wants.push(format!(
                "It reads every {}, with {history} and {fields}.",
                ticked(kinds(&assistant.on))
            ));
        }
        if !self.emits.is_empty() {
            wants.push(format!("It may say {}.", ticked(kinds(&self.emits))));
        }
        if !self.topics.is_empty() {
            wants.push(format!("It may send live updates to {}.", ticked(&self.topics)));
        }
        if self.assets.is_some() {
            wants.push("It serves files of its own to browsers.".to_owned());
        }
        match (self.budget.memory, self.budget.wall) {
            (Some(memory), Some(wall)) => {
                wants.push(format!("One call may take {memory} of memory and {wall}."))
            }
            (Some(memory), None) => wants.push(format!("One call may take {memory} of memory.")),
            (None, Some(wall)) => wants.push(format!("One call may take {wall}.")),
            (None, None) => {}
        }
        if let Some(size) = self.budget.key_value {
            wants.push(format!("It may keep up to {size} for itself, for each connection."));
        }
        wants.iter().map(|want| readable(want)).collect()
    }

    fn secret_sentence(&self, secret: &Secret) -> String {
        let mut uses = Vec::new();
        let verifies = self.webhook.iter().flat_map(|webhook| &webhook.verify);
        if verifies.flat_map(|rule| rule.scheme.secrets()).any(|name| *name == secret.name) {
            uses.push("the hub checks requests with it".to_owned());
        }
        if !secret.hosts.is_empty() {
            uses.push(format!("it is written into requests to {}", ticked(&secret.hosts)));
        }
        for oauth in self.oauth.iter().filter(|oauth| oauth.secrets().any(|name| *name == secret.name)) {
            uses.push(format!("the hub buys access tokens with it at `{}`", oauth.token_url));
        }
        for signing in self.signing.iter().filter(|signing| signing.secret == secret.name) {
            uses.push(format!("the hub signs requests to {} with it", ticked(&signing.hosts)));
        }
        if secret.sign {
            uses.push("the plugin may have the hub sign with it".to_owned());
        }
        let need = if secret.required { "It needs" } else { "It can use" };
        let more = if secret.description.is_empty() {
            String::new()
        } else {
            format!(" {}", sentence(&secret.description))
        };
        format!("{need} the secret `{}` ({}): {}.{more}", secret.name, secret.title, uses.join(", "))
    }
}

impl VerifyRule {
    /// How requests prove where they come from, in words: `an HMAC with SHA-256 in …`.
    #[must_use]
    pub fn proof(&self) -> String {
        let with = ticked(self.scheme.secrets()).replace(" and ", " or ");
        match &self.scheme {
            Scheme::Signed(signed) => {
                let kind = match signed.kind {
                    SignatureKind::Hmac(algorithm) => format!("an HMAC with {algorithm}"),
                    SignatureKind::Digest(algorithm) => format!("a {algorithm} digest"),
                    SignatureKind::Ed25519 => "an Ed25519 signature".to_owned(),
                    SignatureKind::EcdsaP256 => "an ECDSA signature".to_owned(),
                };
                let headers = ticked(&signed.headers).replace(" and ", " or ");
                format!("{kind} of `{}` in {headers}, made with {with}", signed.signed)
            }
            Scheme::SortedForm { header, .. } => {
                format!("an HMAC with SHA-1 of the address and the form in `{header}`, made with {with}")
            }
            Scheme::TimedList { header, .. } => {
                format!("an HMAC with SHA-256 of time stamp and body in `{header}`, made with {with}")
            }
            Scheme::StandardWebhooks { .. } => format!("a Standard Webhooks signature, made with {with}"),
            Scheme::Token(token) => {
                let places = token.headers.iter().map(|name| format!("the header `{name}`"));
                let places =
                    places.chain(token.query.iter().map(|name| format!("the query parameter `{name}`")));
                format!("{with} in {}", places.collect::<Vec<_>>().join(" or "))
            }
            Scheme::Plugin => "a proof that the plugin itself checks".to_owned(),
            Scheme::Unsigned => "nothing".to_owned(),
        }
    }
}

fn rule(rule: &VerifyRule) -> String {
    let mut requests = rule.when.to_string();
    if let Some(first) = requests.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    match rule.scheme {
        Scheme::Unsigned => {
            format!("{requests} come in unsigned: the plugin sees them, and its events are refused.")
        }
        _ => format!("{requests} must carry {}.", rule.proof()),
    }
}

impl Display for When {
    /// Which requests a rule is for: `GET requests with the header …`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.methods.as_slice() {
            [] => f.write_str("requests")?,
            methods => write!(f, "{} requests", methods.join(" and "))?,
        }
        if !self.headers.is_empty() {
            write!(f, " with the header {}", ticked(&self.headers))?;
        }
        if !self.query.is_empty() {
            write!(f, " with the query parameter {}", ticked(&self.query))?;
        }
        if let Some(kind) = &self.content_type {
            write!(f, " of type `{kind}`")?;
        }
        Ok(())
    }
}

fn host(host: &Host) -> String {
    format!("It calls `{}` ({}): {}", host.host, host.methods.join(", "), sentence(&host.reason))
}

fn tokens(oauth: &OAuth) -> String {
    let grant = match &oauth.grant {
        Grant::ClientCredentials => "for the client's secret",
        Grant::RefreshToken(_) => "for a refresh token",
    };
    let scope = oauth.scope.as_ref().map_or_else(String::new, |scope| format!(" with the scope `{scope}`"));
    format!(
        "The hub fetches the access token `{}` at `{}` {grant}{scope} and writes it into requests to {}.",
        oauth.name,
        oauth.token_url,
        ticked(&oauth.hosts)
    )
}

fn signing(signing: &Signing) -> String {
    format!(
        "The hub makes the signature `{}` of requests to {}: an HMAC with {} of `{}`, made with `{}`.",
        signing.name,
        ticked(&signing.hosts),
        signing.algorithm,
        signing.signed,
        signing.secret
    )
}

fn action(action: &Action) -> String {
    let confirm = if action.confirm { "after an agent confirmed" } else { "when an agent asks" };
    format!("It does `{}` ({}) {confirm}.", action.name, action.title)
}

fn kinds(kinds: &[crate::model::event::EventKind]) -> Vec<&'static str> {
    kinds.iter().map(|kind| kind.as_str()).collect()
}

/// `a`, `b` and `c`, each in ticks.
fn ticked<T: Display>(items: impl AsRef<[T]>) -> String {
    let items: Vec<_> = items.as_ref().iter().map(|item| format!("`{item}`")).collect();
    match items.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => "nothing".to_owned(),
    }
}

/// A sentence without the placeholders of manifests: `` `{{setting:url}}` `` becomes ``the address in the setting
/// `url` ``, and `` `{{setting:shop}}.example.com` `` becomes `` `<the setting shop>.example.com` ``.
pub(in crate::model) fn readable(sentence: &str) -> String {
    let mut read = String::with_capacity(sentence.len());
    let mut rest = sentence;
    while let Some((before, from)) = rest.split_once('`') {
        let Some((text, after)) = from.split_once('`') else { break };
        read.push_str(before);
        read.push_str(&place(text));
        rest = after;
    }
    read.push_str(rest);
    read
}

/// What stands in ticks, with them.
fn place(text: &str) -> String {
    const BEGINS: &str = "{{setting:";
    if let Some(name) = text.strip_prefix(BEGINS).and_then(|rest| rest.strip_suffix("}}"))
        && !name.contains('}')
    {
        return format!("the address in the setting `{name}`");
    }
    let named = text.replace(BEGINS, "<the setting ").replace("}}", ">");
    let shown = if text.contains(BEGINS) { &named } else { text };
    format!("`{shown}`")
}

/// A text that ends like a sentence.
fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operator_reads_which_setting_is_meant_and_no_placeholder() {
        for (written, read) in [
            ("It calls `{{setting:url}}` with GET.", "It calls the address in the setting `url` with GET."),
            (
                "It calls `{{setting:shop}}.{{setting:area}}.example` (GET).",
                "It calls `<the setting shop>.<the setting area>.example` (GET).",
            ),
            ("It signs `{{timestamp}}.{{body}}`.", "It signs `{{timestamp}}.{{body}}`."),
            ("It says `order`. A `lone tick", "It says `order`. A `lone tick"),
        ] {
            assert_eq!(readable(written), read);
        }
    }
}
