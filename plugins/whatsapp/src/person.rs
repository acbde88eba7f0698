//! Whom something is about: the names WhatsApp gives for one person.
//!
//! - `phone`: the number, from `wa_id`, `from`, `recipient_id` and the like. WhatsApp confirmed it when the
//!   account was made.
//! - `whatsapp:user`: the business-scoped user id (`US.1349…`), unique for one person within one business
//!   portfolio, and all there is when a person hides the number behind a username. It changes when the
//!   person changes the number.
//! - `whatsapp:parent-user`: the same over linked portfolios (`US.ENT.1181…`).
//! - `whatsapp:wa-id`: a `wa_id` that is neither, which Meta does not send but resellers and tests do.
//!
//! Usernames can be given up and taken by somebody else, so they are an attribute, never an identifier.

use switchboard_sdk::{Attribute, Evidence, Identifier};

use crate::field::Text;
use crate::payload::Contact;

/// The namespace of business-scoped user ids.
pub(crate) const USER: &str = "whatsapp:user";
/// The namespace of parent business-scoped user ids.
pub(crate) const PARENT: &str = "whatsapp:parent-user";
const WA_ID: &str = "whatsapp:wa-id";

/// One person as one thing names them.
#[derive(Default)]
pub(crate) struct Person<'a> {
    phones: [&'a str; 2],
    user: &'a str,
    parent: &'a str,
    name: &'a str,
    username: &'a str,
}

impl<'a> Person<'a> {
    /// The person whom a thing calls `phone`, `user` and `parent` (each may be empty), completed from their
    /// card among `contacts`. `alone` says that the body tells of this one thing only, so that a single
    /// card is theirs even where the numbers differ, as they do in Brazil and Mexico.
    pub(crate) fn find(
        phone: &'a str,
        user: &'a str,
        parent: &'a str,
        contacts: &'a [Contact<'a>],
        alone: bool,
    ) -> Self {
        let same = |mine: &str, theirs: &Text<'_>| !mine.is_empty() && mine == &**theirs;
        let theirs = |card: &&Contact<'_>| {
            same(phone, &card.wa_id) || same(user, &card.user_id) || same(parent, &card.parent_user_id)
        };
        let only = || if alone && contacts.len() == 1 { contacts.first() } else { None };
        let mut person = Self { phones: [phone, ""], user, parent, ..Self::default() };
        if let Some(card) = contacts.iter().find(theirs).or_else(only) {
            person.phones[1] = &card.wa_id;
            person.user = first(user, &card.user_id);
            person.parent = first(parent, &card.parent_user_id);
            person.name = &card.profile.name;
            person.username = first(&card.profile.username, &card.username);
        }
        person
    }

    /// The same person, with a name and username known from elsewhere.
    pub(crate) fn called(mut self, name: &'a str, username: &'a str) -> Self {
        self.name = first(self.name, name);
        self.username = first(self.username, username);
        self
    }

    /// Every name of theirs, as surely as `evidence` says.
    pub(crate) fn identifiers(&self, evidence: Evidence) -> Vec<Identifier> {
        let mut names = Vec::with_capacity(2);
        let [phone, other] = self.phones;
        names.extend(number(phone, evidence));
        if other != phone {
            names.extend(number(other, evidence));
        }
        names.extend(Identifier::vendor(USER, self.user, evidence));
        names.extend(Identifier::vendor(PARENT, self.parent, evidence));
        names
    }

    /// What is said of them.
    pub(crate) fn attributes(&self) -> Vec<Attribute> {
        let said = [("name", self.name), ("username", self.username.trim_start_matches('@'))];
        said.into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(field, value)| Attribute::new(field, value))
            .collect()
    }
}

/// What stands where a phone number should: mostly one, without its plus. A group's id is nobody's name.
pub(crate) fn number(text: &str, evidence: Evidence) -> Option<Identifier> {
    if text.is_empty() || text.contains('@') {
        return None;
    }
    Identifier::phone_digits(text, evidence).or_else(|| match text.as_bytes() {
        [a, b, b'.', rest @ ..] if a.is_ascii_uppercase() && b.is_ascii_uppercase() => {
            Identifier::vendor(if rest.starts_with(b"ENT.") { PARENT } else { USER }, text, evidence)
        }
        _ => Identifier::vendor(WA_ID, text, evidence),
    })
}

fn first<'a>(one: &'a str, other: &'a str) -> &'a str {
    if one.is_empty() { other } else { one }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card<'a>(wa_id: &'a str, user: &'a str, name: &'a str) -> Contact<'a> {
        let mut card =
            Contact { wa_id: Text(wa_id.into()), user_id: Text(user.into()), ..Contact::default() };
        card.profile.0.name = Text(name.into());
        card
    }

    fn names(person: &Person<'_>) -> Vec<String> {
        person
            .identifiers(Evidence::Verified)
            .into_iter()
            .map(|i| format!("{} {}", i.namespace, i.value))
            .collect()
    }

    #[test]
    fn a_person_is_completed_from_their_own_card_only() {
        let cards = [card("492", "", "Bob"), card("4917012345", "DE.1", "Ada")];
        let ada = Person::find("4917012345", "", "", &cards, true);
        assert_eq!(names(&ada), ["phone +4917012345", "whatsapp:user DE.1"]);
        assert_eq!(ada.attributes(), [Attribute::new("name", "Ada")]);
        let stranger = Person::find("4917099999", "", "", &cards, true);
        assert_eq!((names(&stranger), stranger.attributes()), (vec!["phone +4917099999".to_owned()], vec![]));
    }

    #[test]
    fn a_single_card_belongs_to_a_single_thing() {
        let cards = [card("551187654321", "BR.1", "Ada")];
        let alone = Person::find("5511987654321", "", "", &cards, true);
        assert_eq!(names(&alone), ["phone +5511987654321", "phone +551187654321", "whatsapp:user BR.1"]);
        let batched = Person::find("5511987654321", "", "", &cards, false);
        assert_eq!(names(&batched), ["phone +5511987654321"]);
    }

    #[test]
    fn what_stands_for_a_number_is_told_by_its_form() {
        let of = |text| number(text, Evidence::Verified).map(|i| i.namespace);
        assert_eq!(of("491701234567").as_deref(), Some("phone"));
        assert_eq!(of("US.13491208655302741918").as_deref(), Some(USER));
        assert_eq!(of("US.ENT.11815799212886844830").as_deref(), Some(PARENT));
        assert_eq!(of("REDACTED").as_deref(), Some(WA_ID));
        assert_eq!(of("120363418770915618@g.us"), None);
        assert_eq!(of(""), None);
    }
}
