//! What people say and do on the connections that carry talk: chat, mail, web site, telephone.

use super::draw::Draw;
use super::history::Memory;
use super::person::Person;
use super::trade;
use super::words::{ARTICLES, PAGES, THINGS};
use super::{Source, Sources};
use crate::model::event::{
    Attribute, Body, Call, Content, DeliveryState, IdentifierChange, Insight, Message, MessageEdit,
    MessageStatus, NewEvent, Page, Reaction,
};
use crate::model::id::MessageId;

/// One turn of somebody: who, what the person did before, and when.
pub(super) struct Turn<'a> {
    pub(super) seed: u64,
    pub(super) person: &'a Person,
    pub(super) memory: &'a mut Memory,
    pub(super) at: i64,
    pub(super) draw: Draw,
}

impl Turn<'_> {
    /// An id of the other system's, of something that the person began with their event of that number.
    pub(super) fn id(&self, kind: &str, number: u32) -> String {
        format!("{kind}-{}{:06x}-{number:05}", self.person.seed, self.person.number)
    }

    /// An event of this turn.
    pub(super) fn event(&self, source: Source, attributes: Vec<Attribute>, body: Body) -> NewEvent {
        NewEvent {
            external_id: self.id(body.kind().as_str(), self.memory.said),
            occurred_at: self.at,
            subject: self.person.subject(source, self.memory.moved, self.memory.shown),
            attributes,
            body,
            source: None,
        }
    }

    /// What happens on a connection.
    pub(super) fn happens(&mut self, source: Source) -> NewEvent {
        match source {
            Source::Chat => self.chat(),
            Source::Mail => self.mail(),
            Source::Web => self.web(),
            Source::Voice => self.call(),
            Source::Shop => trade::shop(self),
            Source::Crm | Source::Assistant => trade::contact(self),
        }
    }

    fn chat(&mut self) -> NewEvent {
        let named = vec![stated("name", &self.person.chat_name())];
        match (self.draw.below(100), self.memory.sent, self.memory.received) {
            (50..80, ..) => {
                let sentences = 1 + self.draw.below(2);
                self.sent(Source::Chat, sentences)
            }
            (80..92, Some(sent), _) => {
                let state = self.draw.weighted(&[
                    (5, DeliveryState::Delivered),
                    (5, DeliveryState::Read),
                    (1, DeliveryState::Failed),
                ]);
                let message = self.id("chat", sent);
                let reason = (state == DeliveryState::Failed).then(|| "131026: not reachable".to_owned());
                let status = MessageStatus { message, state, correlation: None, reason };
                self.event(Source::Chat, Vec::new(), Body::MessageStatus(status))
            }
            (92..96, Some(sent), _) => {
                let emoji = self.draw.pick(&["👍", "❤️", "🙏", "😊", ""]).to_owned();
                let reaction = Reaction { message: self.id("chat", sent), emoji };
                self.event(Source::Chat, named, Body::Reaction(reaction))
            }
            (96..98, _, Some((Source::Chat, message))) => {
                let edit = MessageEdit { id: self.id("chat", message), text: self.text(2, false) };
                self.event(Source::Chat, named, Body::MessageEdited(edit))
            }
            _ => {
                // Half of what people write there is one sentence.
                let sentences = 1 + self.draw.wait(1, 3) as u64 / 2;
                let text = self.text(sentences, false);
                self.received(Source::Chat, named, text, None)
            }
        }
    }

    fn mail(&mut self) -> NewEvent {
        let sentences = self.draw.wait(2, 4) as u64;
        if self.draw.chance(0.38) {
            return self.sent(Source::Mail, sentences);
        }
        let (begin, end) = self.person.tongue.letter;
        let text = format!("{begin}\n\n{}\n\n{end}\n{}", self.text(sentences, false), self.person.name());
        let subject = self.text(1, false);
        self.received(Source::Mail, vec![stated("name", &self.person.name())], text, Some(subject))
    }

    fn web(&mut self) -> NewEvent {
        // Whoever logs in once is known from then on, and named in some of the visits.
        let customer = self.person.ways.contains(&Source::Shop);
        let first = !self.memory.visited;
        self.memory.visited = true;
        let in_now = customer && !(first && self.person.shy);
        self.memory.shown = in_now && (!self.memory.known || self.draw.chance(0.4));
        self.memory.known |= self.memory.shown;
        let language = vec![stated("language", self.person.tongue.code)];
        let page = |(path, title): (&str, &str), referrer: Option<&str>| Page {
            url: format!("https://shop.example{path}"),
            title: Some(title.to_owned()),
            referrer: referrer.map(str::to_owned),
        };
        let event = match self.draw.below(100) {
            0..14 => {
                let sentences = self.draw.wait(2, 3) as u64;
                let text = self.text(sentences, false);
                let mut event = self.received(Source::Web, language, text, None);
                event.subject.push(self.person.typed());
                event
            }
            14..22 => {
                let article = ARTICLES[self.draw.below(ARTICLES.len() as u64) as usize];
                self.event(Source::Web, language, Body::ArticleViewed(page(article, None)))
            }
            22..28 => trade::cart(self),
            _ => {
                let referrer = self.draw.chance(0.3).then_some("https://search.example/");
                let seen = PAGES[self.draw.below(PAGES.len() as u64) as usize];
                self.event(Source::Web, language, Body::PageViewed(page(seen, referrer)))
            }
        };
        self.memory.shown = false;
        event
    }

    fn call(&mut self) -> NewEvent {
        let missed = self.draw.chance(0.2);
        let call = Call {
            id: self.id("call", self.memory.said),
            inbound: self.draw.chance(0.8),
            state: if missed { "missed" } else { "ended" }.to_owned(),
            duration: (!missed).then(|| self.draw.wait(15_000, 6) as u64),
            recording_url: None,
        };
        self.event(Source::Voice, Vec::new(), Body::Call(call))
    }

    /// What the assistant said of the message that came last.
    pub(super) fn comment(&mut self, sources: &Sources, of: Source, message: u32) -> NewEvent {
        let vendor_id = self.id(word(of), message);
        let (kind, label, score) = self.draw.weighted(&[
            (3, ("sentiment", "negative", -0.6)),
            (4, ("sentiment", "neutral", 0.0)),
            (3, ("sentiment", "positive", 0.7)),
            (2, ("urgency", "high", 0.9)),
            (4, ("urgency", "normal", 0.4)),
        ]);
        let insight = Insight {
            message: MessageId::derived(&sources.key, &[sources.id(of).as_str(), &vendor_id]),
            kind: kind.to_owned(),
            label: label.to_owned(),
            score: Some(score),
            confidence: Some(0.5 + self.draw.below(50) as f64 / 100.0),
            details: None,
        };
        let mut event = self.event(Source::Assistant, Vec::new(), Body::Insight(insight));
        // It is about whomever the message was about.
        event.subject = self.person.subject(of, self.memory.moved, false);
        event
    }

    /// The chat network says that the person has another number.
    pub(super) fn new_number(&mut self) -> NewEvent {
        let (previous, current) = self.person.numbers();
        self.memory.moved = true;
        let body = Body::IdentifierChanged(IdentifierChange { previous, current });
        self.event(Source::Chat, Vec::new(), body)
    }

    fn received(
        &mut self,
        source: Source,
        attributes: Vec<Attribute>,
        text: String,
        subject: Option<String>,
    ) -> NewEvent {
        let body = Body::MessageReceived(self.message(source, text, subject));
        let event = self.event(source, attributes, body);
        self.memory.received = Some((source, self.memory.said));
        self.memory.comment = self.draw.chance(0.18);
        event
    }

    fn sent(&mut self, source: Source, sentences: u64) -> NewEvent {
        let text = self.text(sentences, true);
        let subject = (source == Source::Mail).then(|| self.text(1, true));
        let body = Body::MessageSent(self.message(source, text, subject));
        if source == Source::Chat {
            self.memory.sent = Some(self.memory.said);
        }
        self.event(source, Vec::new(), body)
    }

    fn message(&self, source: Source, text: String, subject: Option<String>) -> Message {
        Message {
            id: self.id(word(source), self.memory.said),
            thread: subject.is_some().then(|| self.id("thread", self.memory.said / 8)),
            reply_to: None,
            text,
            html: None,
            subject,
            content: Content::Text,
            referral: None,
        }
    }

    /// Some sentences, of the business or of the person.
    fn text(&mut self, sentences: u64, answers: bool) -> String {
        let tongue = self.person.tongue;
        let order = format!("#{}", trade::order_number(self.person, self.memory.orders));
        let (thing, _) = THINGS[self.draw.below(THINGS.len() as u64) as usize];
        let mut text = String::new();
        for _ in 0..sentences {
            if !text.is_empty() {
                text.push(' ');
            }
            let sentence = self.draw.pick(if answers { tongue.answers } else { tongue.asks });
            text.push_str(&sentence.replace("{order}", &order).replace("{thing}", thing));
        }
        text
    }
}

/// What the ids of a connection's messages begin with.
fn word(source: Source) -> &'static str {
    match source {
        Source::Chat => "chat",
        Source::Mail => "mail",
        _ => "form",
    }
}

/// A statement of the person.
pub(super) fn stated(field: &str, value: &str) -> Attribute {
    Attribute { field: field.to_owned(), value: value.to_owned() }
}
