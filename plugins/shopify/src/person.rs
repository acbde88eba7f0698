//! Whom a document is about: identifiers with their evidence, and what is said of the person.

use switchboard_sdk::identifier;
use switchboard_sdk::{Attribute, Event, Evidence, Identifier, record};

use crate::config::Shop;
use crate::text::Text;

/// One person, gathered from the parts of a document.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Person {
    identifiers: Vec<Identifier>,
    attributes: Vec<Attribute>,
}

impl Person {
    /// Adds a name of the person. Said twice, the stronger evidence counts.
    pub(crate) fn known_as(&mut self, name: Option<Identifier>) {
        let Some(name) = name else { return };
        let known = self
            .identifiers
            .iter_mut()
            .find(|known| known.namespace == name.namespace && known.value == name.value);
        match known {
            Some(known) if weight(known.evidence) < weight(name.evidence) => {
                known.evidence = name.evidence;
            }
            Some(_) => {}
            None => self.identifiers.push(name),
        }
    }

    /// Adds a mail address.
    pub(crate) fn email(&mut self, address: &Text<'_>, evidence: Evidence) {
        self.known_as(address.get().and_then(|address| Identifier::email(address, evidence)));
    }

    /// Adds a phone number: as E.164, or as people of `country` or of the shop's region write it.
    pub(crate) fn phone(
        &mut self,
        number: &Text<'_>,
        country: Option<&str>,
        evidence: Evidence,
        shop: &Shop,
    ) {
        let Some(number) = number.get() else { return };
        let value = identifier::phone(number, None)
            .or_else(|| identifier::phone(number, Some(country.or_else(|| shop.region())?)));
        self.known_as(value.map(|value| Identifier::new("phone", value, evidence)));
    }

    /// States something of the person; the first statement of a field counts, an empty one is none.
    pub(crate) fn says(&mut self, field: &str, value: Option<&str>) {
        if let Some(value) = value
            && !self.attributes.iter().any(|known| known.field == field)
        {
            self.attributes.push(Attribute::new(field, value));
        }
    }

    /// Puts the person into an event.
    pub(crate) fn into(self, mut event: Event) -> Event {
        event.subject = self.identifiers;
        event.attributes = self.attributes;
        event
    }

    /// Puts the person's names, without what is said of them, into an event.
    pub(crate) fn name(&self, event: Event) -> Event {
        event.about(self.identifiers.iter().cloned())
    }
}

fn weight(evidence: Evidence) -> u8 {
    match evidence {
        Evidence::Claimed => 0,
        Evidence::Recorded => 1,
        Evidence::Verified => 2,
    }
}

record! {
    /// A postal address.
    pub(crate) struct Address {
        first_name: Text<'a>,
        last_name: Text<'a>,
        company: Text<'a>,
        address1: Text<'a>,
        address2: Text<'a>,
        city: Text<'a>,
        zip: Text<'a>,
        province_code: Text<'a>,
        country_code: Text<'a>,
        phone: Text<'a>,
    }
}

impl Address<'_> {
    /// The country, ISO 3166-1 alpha-2.
    pub(crate) fn country(&self) -> Option<&str> {
        self.country_code.get().filter(|code| code.len() == 2)
    }

    /// States where the person lives and works, and what they are called.
    pub(crate) fn describe(&self, person: &mut Person) {
        name(person, &self.first_name, &self.last_name);
        person.says("company", self.company.get());
        person.says("country", self.country());
        person.says("address", self.line().as_deref());
    }

    /// The address in one line: `1 Main St, Flat 2, 10115 Berlin, BE, DE`. `None` without street and city.
    fn line(&self) -> Option<String> {
        if self.address1.get().is_none() && self.city.get().is_none() {
            return None;
        }
        let town = [self.zip.get(), self.city.get()];
        let town = town.into_iter().flatten().collect::<Vec<_>>().join(" ");
        let parts = [
            self.address1.get(),
            self.address2.get(),
            Some(&*town).filter(|town| !town.is_empty()),
            self.province_code.get(),
            self.country(),
        ];
        Some(parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
    }
}

/// States what the person is called.
pub(crate) fn name(person: &mut Person, first: &Text<'_>, last: &Text<'_>) {
    match (first.get(), last.get()) {
        (Some(first), Some(last)) => person.says("name", Some(&format!("{first} {last}"))),
        (only, other) => person.says("name", only.or(other)),
    }
    person.says("first-name", first.get());
    person.says("last-name", last.get());
}

#[cfg(test)]
mod tests {
    use super::*;
    use switchboard_sdk::testing::Host;

    #[test]
    fn of_two_evidences_the_stronger_counts() {
        let mut person = Person::default();
        person.email(&"Ada@Example.com".into(), Evidence::Claimed);
        person.email(&"ada@example.com ".into(), Evidence::Verified);
        person.email(&"ada@example.com".into(), Evidence::Recorded);
        assert_eq!(person.identifiers, [Identifier::new("email", "ada@example.com", Evidence::Verified)]);
    }

    #[test]
    fn a_national_number_is_read_in_the_addresss_country_then_in_the_shops() {
        let _host = Host::with_settings(r#"{"shop":"acme","default_region":"DE"}"#);
        let shop = Shop::of_settings().unwrap();
        let number = |number: &'static str, country| {
            let mut person = Person::default();
            person.phone(&number.into(), country, Evidence::Claimed, &shop);
            person.identifiers.first().map(|i| i.value.clone())
        };
        assert_eq!(number("0170 1234567", None).as_deref(), Some("+491701234567"));
        assert_eq!(number("06 12 34 56 78", Some("FR")).as_deref(), Some("+33612345678"));
        assert_eq!(number("555-555-SHIP", Some("US")), None);
    }

    #[test]
    fn an_address_is_one_line_without_gaps() {
        let address: Address<'_> = switchboard_sdk::lenient::read(
            r#"{"address1":"1 Main St","address2":"","city":"Berlin","zip":"10115","country_code":"DE"}"#,
        )
        .unwrap();
        assert_eq!(address.line().as_deref(), Some("1 Main St, 10115 Berlin, DE"));
        assert_eq!(Address::default().line(), None);
    }
}
