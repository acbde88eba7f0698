//! What goes into a call and what comes out of it.

use wasmtime::component::{ComponentType, Lower};

use super::{Checked, Checker, MAX_NAME, broken};
use crate::model::event::EventKind;
use crate::model::grant::{Ask, refusal};
use crate::model::identifier::Evidence;
use crate::model::manifest::SecretPlaces;
use crate::model::outbox::OutboundContent;
use crate::plugin::bindings::{actions, assistant, poller, sender, types as t, webhook};
use crate::plugin::call::{
    ActionOutcome, AnalysisInput, Author, Finding, Outbound, PollPage, Receipt, Reply, WebhookOutcome,
    WebhookRequest,
};
use crate::plugin::error::PluginSaid;

/// One pair of a list, borrowed.
#[derive(Debug, Clone, Copy, ComponentType, Lower)]
#[component(record)]
pub(in crate::plugin) struct BorrowedPair<'a> {
    name: &'a str,
    value: &'a str,
}

/// `webhook.request`, borrowed from the request: written straight into the guest.
#[derive(Debug, Clone, ComponentType, Lower)]
#[component(record)]
pub(in crate::plugin) struct WebhookArgument<'a> {
    method: &'a str,
    path: &'a str,
    query: Vec<BorrowedPair<'a>>,
    headers: Vec<BorrowedPair<'a>>,
    body: &'a [u8],
    verified: bool,
}

impl<'a> WebhookArgument<'a> {
    /// The request as the plugin may see it: without what holds a secret itself.
    pub(in crate::plugin) fn new(request: WebhookRequest<'a>, secret: &SecretPlaces) -> Self {
        let pair = |(name, value): &'a (String, String)| BorrowedPair { name, value };
        let shown =
            |(name, _): &&(String, String)| !secret.headers.iter().any(|h| h.as_str() == name.as_str());
        let asked = |(name, _): &&(String, String)| !secret.query.contains(name);
        Self {
            method: request.method,
            path: request.path,
            query: request.query.iter().filter(asked).map(pair).collect(),
            headers: request.headers.iter().filter(shown).map(pair).collect(),
            body: request.body,
            verified: request.verified,
        }
    }
}

/// The contract's error.
pub(in crate::plugin) fn said(error: t::Error) -> PluginSaid {
    match error {
        t::Error::Retry(after) => PluginSaid::Retry(after),
        t::Error::Reject(why) => PluginSaid::Reject(why),
        t::Error::Misconfigured(what) => PluginSaid::Misconfigured(what),
        t::Error::AccessDenied(what) => PluginSaid::AccessDenied(what),
        t::Error::Other(what) => PluginSaid::Other(what),
    }
}

pub(in crate::plugin) fn webhook_outcome(
    check: &mut Checker<'_>,
    given: webhook::Outcome,
) -> Checked<WebhookOutcome> {
    Ok(WebhookOutcome { reply: reply(check, given.reply)?, events: check.events(given.events)? })
}

/// Headers that belong to one connection (RFC 9110, 7.6.1), or that the host sets by itself.
const HOP_BY_HOP: &[&str] = &[
    "connection",
    "content-length",
    "date",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

fn reply(check: &mut Checker<'_>, given: webhook::Reply) -> Checked<Reply> {
    if !(200..=599).contains(&given.status) {
        return broken(format!("the reply's status must be 200 to 599, and is {}", given.status));
    }
    check.count("headers of the reply", given.headers.len())?;
    let mut headers = Vec::with_capacity(given.headers.len());
    for t::Pair { mut name, value } in given.headers {
        name.make_ascii_lowercase();
        let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
        if name.is_empty() || !name.bytes().all(token) {
            return broken("a header's name in the reply has characters that it may not have");
        }
        if value.bytes().any(|b| b != b'\t' && (b < b' ' || b == 0x7f)) {
            return broken(format!("the reply's header `{name}` holds control characters"));
        }
        if !HOP_BY_HOP.contains(&name.as_str()) {
            headers.push((check.text(name), check.text(value)));
        }
    }
    check.bytes += given.body.len();
    Ok(Reply { status: given.status, headers, body: given.body })
}

pub(in crate::plugin) fn outbound(given: &Outbound) -> sender::Outbound {
    sender::Outbound {
        correlation: given.correlation.clone(),
        to: given
            .to
            .iter()
            .map(|to| t::Identifier {
                namespace: to.identifier.namespace.clone(),
                value: to.identifier.value.clone(),
                evidence: match to.evidence {
                    Evidence::Verified => t::Evidence::Verified,
                    Evidence::Recorded => t::Evidence::Recorded,
                    Evidence::Claimed => t::Evidence::Claimed,
                },
            })
            .collect(),
        content: outbound_content(&given.content),
        reply_to: given.reply_to.clone(),
        thread: given.thread.clone(),
        subject: given.subject.clone(),
        last_received_at: given.last_received_at,
        attempt: given.attempt,
    }
}

fn outbound_content(given: &OutboundContent) -> sender::Content {
    let items = |items: &[crate::model::outbox::OptionItem]| {
        let item = |item: &crate::model::outbox::OptionItem| sender::OptionItem {
            id: item.id.clone(),
            title: item.title.clone(),
            description: item.description.clone(),
        };
        items.iter().map(item).collect()
    };
    match given {
        OutboundContent::Text(text) => sender::Content::Text(text.clone()),
        OutboundContent::Media(link) => sender::Content::Media(sender::Link {
            url: link.url.clone(),
            mime: link.mime.clone(),
            name: link.name.clone(),
            caption: link.caption.clone(),
        }),
        OutboundContent::Buttons(buttons) => sender::Content::Buttons(sender::Buttons {
            text: buttons.text.clone(),
            items: items(&buttons.items),
        }),
        OutboundContent::Menu(menu) => sender::Content::Menu(sender::Menu {
            text: menu.text.clone(),
            button: menu.button.clone(),
            items: items(&menu.items),
        }),
        OutboundContent::Template(template) => sender::Content::Template(sender::Template {
            name: template.name.clone(),
            language: template.language.clone(),
            parameters: template.parameters.clone(),
            components: template.components.as_ref().map(|json| json.0.get().to_owned()),
        }),
        OutboundContent::Reaction(reaction) => sender::Content::Reaction(sender::Reaction {
            message: reaction.message.clone(),
            emoji: reaction.emoji.clone(),
        }),
        OutboundContent::ReadReceipt(id) => sender::Content::ReadReceipt(id.clone()),
    }
}

pub(in crate::plugin) fn receipt(check: &mut Checker<'_>, given: sender::Receipt) -> Checked<Receipt> {
    check.count("details of a receipt", given.details.len())?;
    let details =
        given.details.into_iter().map(|pair| (check.text(pair.name), check.text(pair.value))).collect();
    Ok(Receipt { id: check.id("the receipt's id", given.id)?, details })
}

pub(in crate::plugin) fn poll_page(check: &mut Checker<'_>, given: poller::Page) -> Checked<PollPage> {
    Ok(PollPage {
        events: check.events(given.events)?,
        cursor: check.json("the cursor", given.cursor)?,
        more: given.more,
    })
}

pub(in crate::plugin) fn action_outcome(
    check: &mut Checker<'_>,
    given: actions::Outcome,
    name: &str,
) -> Checked<ActionOutcome> {
    let output = check.json("the action's output", given.output)?;
    if let Some(action) = check.manifest.action(name) {
        // A document that was just found to be JSON reads as a value.
        let value =
            serde_json::from_str(output.get()).or_else(|e| broken(format!("the action's output: {e}")))?;
        if let Some(problem) = action.output.problems(&value).first() {
            return broken(format!(
                "the output of `{name}` does not match its schema in the manifest: {problem}"
            ));
        }
    }
    Ok(ActionOutcome { output, events: check.events(given.events)? })
}

pub(in crate::plugin) fn analysis_input(given: &AnalysisInput) -> assistant::Input {
    let line = |line: &crate::plugin::Line| assistant::Line {
        author: match line.author {
            Author::Customer => assistant::Author::Customer,
            Author::Business => assistant::Author::Business,
        },
        at: line.at,
        text: line.text.clone(),
    };
    let attribute = |attribute: &crate::model::event::Attribute| t::Attribute {
        field: attribute.field.clone(),
        value: attribute.value.clone(),
    };
    assistant::Input {
        message: line(&given.message),
        history: given.history.iter().map(line).collect(),
        profile: given.profile.iter().map(attribute).collect(),
    }
}

pub(in crate::plugin) fn findings(
    check: &mut Checker<'_>,
    given: Vec<assistant::Insight>,
) -> Checked<Vec<Finding>> {
    if !check.manifest.may_emit(EventKind::Insight) {
        return broken(refusal(check.asks, &Ask::Emit("insight".to_owned()), || {
            "the manifest does not ask for events of the kind `insight`: add it to `events.emit`".to_owned()
        }));
    }
    check.count("insights", given.len())?;
    let mut found: Vec<Finding> = Vec::with_capacity(given.len());
    for insight in given {
        let finding = finding(check, insight)?;
        if found.iter().any(|other| other.kind == finding.kind) {
            return broken(format!(
                "two insights of the kind `{}`; there is one of a kind for a message",
                finding.kind
            ));
        }
        found.push(finding);
    }
    Ok(found)
}

fn finding(check: &mut Checker<'_>, given: assistant::Insight) -> Checked<Finding> {
    let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b);
    if given.kind.is_empty() || given.kind.len() > MAX_NAME || !given.kind.bytes().all(legal) {
        return broken(format!("an insight's kind must be 1 to {MAX_NAME} of a-z, 0-9, `.`, `_` and `-`"));
    }
    let (low, high) = match given.kind.as_str() {
        "sentiment" => (-1.0, 1.0),
        "urgency" => (0.0, 1.0),
        _ => (f64::MIN, f64::MAX),
    };
    let score = given.score.map(|score| check.number("an insight's score", score, low, high)).transpose()?;
    let confidence =
        given.confidence.map(|sure| check.number("an insight's confidence", sure, 0.0, 1.0)).transpose()?;
    let details = check.maybe_raw("an insight's details", given.details)?;
    if details.as_ref().is_some_and(|details| !details.0.get().starts_with('{')) {
        return broken("an insight's details must be a JSON object");
    }
    Ok(Finding { kind: check.text(given.kind), label: check.text(given.label), score, confidence, details })
}
