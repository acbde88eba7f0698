//! Events.

use super::{Checked, Checker, Garbage, MAX_EXTERNAL_ID, broken};
use crate::model::event::{
    Attachment, Body, Call, Choice, Consent, Content, Customer, CustomerMerge, CustomerRef, DeliveryState,
    IdentifierChange, Message, MessageEdit, MessageRef, MessageStatus, NewEvent, Notice, Other, Page, Place,
    PrivacyRequest, PrivacyRight, Reaction, SurveyAnswer,
};
use crate::model::grant::{Ask, refusal};
use crate::plugin::amount;
use crate::plugin::bindings::{events as e, types as t};

impl Checker<'_> {
    pub(super) fn events(&mut self, given: Vec<e::Event>) -> Checked<Vec<NewEvent>> {
        let (count, limit) = (given.len(), self.limits.events);
        if count > limit {
            let (count, limit) = (amount::count(count), amount::count(limit));
            return broken(format!(
                "{count} events in one answer, more than {limit} (`plugin.limits.events`)"
            ));
        }
        self.events += count;
        given
            .into_iter()
            .enumerate()
            .map(|(at, event)| {
                self.event(event).map_err(|garbage| garbage.at(format_args!("event {}", at + 1)))
            })
            .collect()
    }

    fn event(&mut self, given: e::Event) -> Checked<NewEvent> {
        let length = given.external_id.len();
        if length == 0 || length > MAX_EXTERNAL_ID {
            return broken(format!(
                "its external id must have 1 to {MAX_EXTERNAL_ID} bytes, and has {length}"
            ));
        }
        let body = self.body(given.body)?;
        let kind = body.kind();
        if !self.manifest.may_emit(kind) {
            let kind = kind.as_str();
            return broken(refusal(self.asks, &Ask::Emit(kind.to_owned()), || {
                format!("the manifest does not ask for events of the kind `{kind}`: add it to `events.emit`")
            }));
        }
        let named = |garbage: Garbage| garbage.at(format_args!("`{}`", kind.as_str()));
        Ok(NewEvent {
            external_id: self.text(given.external_id),
            occurred_at: self.time("occurred-at", given.occurred_at).map_err(named)?,
            subject: self.identifiers(given.subject).map_err(named)?,
            attributes: self.attributes(given.attributes).map_err(named)?,
            source: given.source.map(|source| self.json("source", source)).transpose().map_err(named)?,
            body,
        })
    }

    fn body(&mut self, given: e::Body) -> Checked<Body> {
        use e::Body as G;
        Ok(match given {
            G::MessageReceived(message) => Body::MessageReceived(self.message(message)?),
            G::MessageSent(message) => Body::MessageSent(self.message(message)?),
            G::MessageEdited(edit) => Body::MessageEdited(MessageEdit {
                id: self.id("the message's id", edit.id)?,
                text: self.text(edit.text),
            }),
            G::MessageDeleted(message) => {
                Body::MessageDeleted(MessageRef { id: self.id("the message's id", message.id)? })
            }
            G::Reaction(reaction) => Body::Reaction(Reaction {
                message: self.id("the message's id", reaction.message)?,
                emoji: self.text(reaction.emoji),
            }),
            G::MessageStatus(status) => Body::MessageStatus(MessageStatus {
                // Empty: every message up to that time.
                message: self.text(status.message),
                state: delivery_state(status.state),
                correlation: self.maybe(status.correlation),
                reason: self.maybe(status.reason),
            }),
            G::Call(call) => Body::Call(Call {
                id: self.id("the call's id", call.id)?,
                inbound: call.inbound,
                state: self.text(call.state),
                duration: call.duration,
                recording_url: self.maybe(call.recording_url),
            }),
            G::CustomerUpdated(customer) => Body::CustomerUpdated(Customer {
                id: self.id("the customer's id", customer.id)?,
                state: self.maybe(customer.state),
                updated_at: self.maybe_time("updated-at", customer.updated_at)?,
            }),
            G::CustomerMerged(merge) => Body::CustomerMerged(CustomerMerge {
                kept: self.id("the kept customer's id", merge.kept)?,
                merged: self.identifiers(merge.merged)?,
            }),
            G::CustomerDeleted(customer) => {
                Body::CustomerDeleted(CustomerRef { id: self.id("the customer's id", customer.id)? })
            }
            G::IdentifierChanged(change) => Body::IdentifierChanged(IdentifierChange {
                previous: self.identifier(change.previous)?,
                current: self.identifier(change.current)?,
            }),
            G::Order(order) => Body::Order(self.order(order)?),
            G::Fulfilment(fulfilment) => Body::Fulfilment(self.fulfilment(fulfilment)?),
            G::Refund(refund) => Body::Refund(self.refund(refund)?),
            G::Cart(cart) => Body::Cart(self.cart(cart)?),
            G::Ticket(ticket) => Body::Ticket(self.ticket(ticket)?),
            G::Payment(payment) => Body::Payment(self.payment(payment)?),
            G::Subscription(subscription) => Body::Subscription(self.subscription(subscription)?),
            G::Consent(consent) => Body::Consent(Consent {
                channel: self.id("the consent's channel", consent.channel)?,
                purpose: self.id("the consent's purpose", consent.purpose)?,
                granted: consent.granted,
                proof: self.maybe(consent.proof),
                recorded_by: None,
            }),
            G::PageViewed(page) => Body::PageViewed(self.page(page)),
            G::ArticleViewed(page) => Body::ArticleViewed(self.page(page)),
            G::SurveyAnswer(answer) => Body::SurveyAnswer(SurveyAnswer {
                survey: self.id("the survey's name", answer.survey)?,
                score: answer
                    .score
                    .map(|score| self.number("a survey's score", score, f64::MIN, f64::MAX))
                    .transpose()?,
                comment: self.maybe(answer.comment),
            }),
            G::PrivacyRequest(request) => Body::PrivacyRequest(PrivacyRequest {
                id: self.id("the privacy request's id", request.id)?,
                right: match request.right {
                    e::PrivacyRight::Access => PrivacyRight::Access,
                    e::PrivacyRight::Erase => PrivacyRight::Erase,
                    e::PrivacyRight::EraseConnection => PrivacyRight::EraseConnection,
                },
                orders: self.texts("orders of a privacy request", request.orders)?,
            }),
            G::Notice(notice) => {
                if !["info", "warning", "error"].contains(&notice.severity.as_str()) {
                    return broken("a notice's severity must be `info`, `warning` or `error`");
                }
                Body::Notice(Notice {
                    severity: self.text(notice.severity),
                    title: self.text(notice.title),
                    detail: self.maybe(notice.detail),
                })
            }
            G::Other(other) => Body::Other(Other {
                kind: self.id("the kind of `other`", other.kind)?,
                data: self.raw("the data of `other`", other.data)?,
            }),
        })
    }

    fn message(&mut self, given: e::Message) -> Checked<Message> {
        Ok(Message {
            id: self.id("the message's id", given.id)?,
            thread: self.maybe_id("the thread's id", given.thread)?,
            reply_to: self.maybe_id("reply-to", given.reply_to)?,
            text: self.text(given.text),
            html: self.maybe(given.html),
            subject: self.maybe(given.subject),
            content: self.content(given.content)?,
            referral: self.maybe_raw("the referral", given.referral)?,
        })
    }

    fn content(&mut self, given: e::Content) -> Checked<Content> {
        Ok(match given {
            e::Content::Text => Content::Text,
            e::Content::Media(files) => {
                self.count("attachments", files.len())?;
                Content::Media(files.into_iter().map(|file| self.attachment(file)).collect())
            }
            e::Content::Location(place) => Content::Location(self.place(place)?),
            e::Content::Contacts(json) => Content::Contacts(self.raw("the contacts", json)?),
            e::Content::Choice(choice) => {
                Content::Choice(Choice { id: self.text(choice.id), title: self.text(choice.title) })
            }
            e::Content::Products(json) => Content::Products(self.raw("the products", json)?),
            e::Content::Unsupported(kind) => Content::Unsupported(self.text(kind)),
        })
    }

    fn attachment(&mut self, given: t::Attachment) -> Attachment {
        Attachment {
            id: self.maybe(given.id),
            url: self.maybe(given.url),
            mime: self.text(given.mime),
            name: self.maybe(given.name),
            size: given.size,
            caption: self.maybe(given.caption),
            checksum: self.maybe(given.checksum),
        }
    }

    fn place(&mut self, given: t::Place) -> Checked<Place> {
        Ok(Place {
            latitude: self.number("latitude", given.latitude, -90.0, 90.0)?,
            longitude: self.number("longitude", given.longitude, -180.0, 180.0)?,
            name: self.maybe(given.name),
            address: self.maybe(given.address),
        })
    }

    fn page(&mut self, given: e::Page) -> Page {
        Page {
            url: self.text(given.url),
            title: self.maybe(given.title),
            referrer: self.maybe(given.referrer),
        }
    }

    pub(super) fn texts(&mut self, what: &str, given: Vec<String>) -> Checked<Vec<String>> {
        self.count(what, given.len())?;
        self.bytes += given.iter().map(String::len).sum::<usize>();
        Ok(given)
    }
}

fn delivery_state(given: e::DeliveryState) -> DeliveryState {
    match given {
        e::DeliveryState::Accepted => DeliveryState::Accepted,
        e::DeliveryState::Sent => DeliveryState::Sent,
        e::DeliveryState::Delivered => DeliveryState::Delivered,
        e::DeliveryState::Read => DeliveryState::Read,
        e::DeliveryState::Failed => DeliveryState::Failed,
    }
}
