//! Who somebody is: all of it follows from the seed and the person's number.

use super::Source;
use super::draw::{Draw, For, mix};
use super::words::{Language, TONGUES};
use crate::model::identifier::{Evidence, Evident, Identifier};

/// Of so many people one has the same telephone as the person before.
const SHARED_PHONE: u64 = 250;
/// Of so many people on chat one gets a new number.
const NEW_NUMBER: u64 = 40;
/// Whole numbers of telephones: eight digits after what a country's mobile numbers begin with.
const NUMBERS: u64 = 100_000_000;

/// Which connections people have, and how often: per thousand. The first one names all that the others name,
/// so that they are known for one person's.
const WAYS: &[(u32, &[Source])] = &[
    (220, &[Source::Chat]),
    (140, &[Source::Mail]),
    (140, &[Source::Shop]),
    (40, &[Source::Web]),
    (40, &[Source::Voice]),
    (20, &[Source::Crm]),
    (100, &[Source::Shop, Source::Chat]),
    (80, &[Source::Shop, Source::Mail]),
    (50, &[Source::Shop, Source::Web]),
    (20, &[Source::Crm, Source::Mail]),
    (20, &[Source::Crm, Source::Voice]),
    (10, &[Source::Chat, Source::Voice]),
    (50, &[Source::Shop, Source::Chat, Source::Mail]),
    (30, &[Source::Shop, Source::Web, Source::Chat]),
    (20, &[Source::Shop, Source::Crm, Source::Mail]),
    (20, &[Source::Crm, Source::Chat, Source::Voice]),
];

/// Somebody.
pub(super) struct Person {
    /// Their number.
    pub(super) number: u32,
    /// What they speak.
    pub(super) tongue: &'static Language,
    /// Their first name.
    pub(super) first: &'static str,
    /// Their last name.
    pub(super) last: &'static str,
    /// The connections they have, what holds them together first.
    pub(super) ways: &'static [Source],
    /// Whether they ever get a new telephone number.
    pub(super) moves: bool,
    /// Whether they look at the web site before they say who they are.
    pub(super) shy: bool,
    /// Letters of the seed, so that another seed's people and what they do have other ids.
    pub(super) seed: String,
    /// Where the business's own numbers for people begin.
    numbers: u64,
    phone: String,
    new_phone: String,
    mail: String,
    has_phone: bool,
    chat_name: bool,
}

impl Person {
    /// The person of that number; `events` is how many they have in all.
    pub(super) fn of(seed: u64, number: u32, events: u32) -> Self {
        let draw = &mut Draw::new(seed, For::Person, u64::from(number), 0);
        let tongue = draw.weighted(TONGUES);
        let (first, last) = (draw.pick(tongue.first), draw.pick(tongue.last));
        let ways = draw.weighted(WAYS);
        let ways = &ways[..ways.len().min(events as usize)];
        let (moving, sharing) = (draw.below(NEW_NUMBER) == 0, draw.below(SHARED_PHONE) == 0);
        let (shy, has_phone, chat_name) = (draw.chance(0.2), draw.chance(0.6), draw.chance(0.7));
        let spoken = |source| ways.contains(&source);
        let begin = Draw::new(seed, For::Numbers, 0, 0).below(NUMBERS);
        // A number without a factor in common with `NUMBERS`: everybody gets another one.
        let digits = |number: u64| (number * 7_368_787 + begin) % NUMBERS;
        let telephone = |number: u64, tongue: &Language| format!("{}{:08}", tongue.mobile, digits(number));
        let whose = if sharing && number > 0 { number - 1 } else { number };
        let theirs = if whose == number {
            tongue
        } else {
            Draw::new(seed, For::Person, u64::from(whose), 0).weighted(TONGUES)
        };
        Self {
            number,
            tongue,
            first,
            last,
            ways,
            moves: moving && events > 8 && spoken(Source::Chat),
            shy,
            phone: telephone(u64::from(whose), theirs),
            new_phone: telephone(u64::from(number) + NUMBERS / 2, tongue),
            mail: format!(
                "{}.{}.{number}{}@{}",
                ascii(first),
                ascii(last),
                letters(mix(seed)),
                draw.pick(&["example.com", "example.org", "example.net"])
            ),
            seed: letters(mix(seed)),
            numbers: (mix(seed) % 1_000_000) * NUMBERS,
            has_phone: has_phone || spoken(Source::Chat) || spoken(Source::Voice),
            chat_name,
        }
    }

    /// What people call them.
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.first, self.last)
    }

    /// What they call themselves on chat.
    pub(super) fn chat_name(&self) -> String {
        if self.chat_name { self.name() } else { self.first.to_owned() }
    }

    /// The number that was theirs, and the one that they have then.
    pub(super) fn numbers(&self) -> (Evident, Evident) {
        (
            evident("phone", &self.phone, Evidence::Verified),
            evident("phone", &self.new_phone, Evidence::Verified),
        )
    }

    /// How a connection names them. `moved`: whether they have their new number; `known`: whether the web site
    /// knows which customer visits it.
    pub(super) fn subject(&self, source: Source, moved: bool, known: bool) -> Vec<Evident> {
        let phone = if moved { &self.new_phone } else { &self.phone };
        let recorded = |namespace, value: &str| evident(namespace, value, Evidence::Recorded);
        let phone_at = |evidence| self.has_phone.then(|| evident("phone", phone, evidence));
        match source {
            Source::Chat => vec![evident("phone", phone, Evidence::Verified)],
            Source::Mail => vec![evident("email", &self.mail, Evidence::Verified)],
            Source::Voice => vec![recorded("phone", phone)],
            Source::Shop => {
                let mut subject = vec![self.customer(), recorded("email", &self.mail)];
                subject.extend(phone_at(Evidence::Recorded));
                subject
            }
            Source::Crm => {
                let mut subject =
                    vec![recorded("crm:contact", &self.contact()), recorded("email", &self.mail)];
                subject.extend(phone_at(Evidence::Recorded));
                subject
            }
            Source::Web => {
                let visitor = format!("v{:016x}", mix(self.account() ^ 0x0077_6562));
                let mut subject = vec![evident("web:visitor", &visitor, Evidence::Verified)];
                subject.extend(known.then(|| self.customer()));
                subject
            }
            Source::Assistant => Vec::new(),
        }
    }

    /// The mail address as it is typed into a form.
    pub(super) fn typed(&self) -> Evident {
        evident("email", &self.mail, Evidence::Claimed)
    }

    /// The shop's number for them.
    pub(super) fn account(&self) -> u64 {
        self.numbers + u64::from(self.number)
    }

    /// The sales people's system's id for them.
    pub(super) fn contact(&self) -> String {
        format!("003{:014}", self.account())
    }

    fn customer(&self) -> Evident {
        evident("shop:customer", &self.account().to_string(), Evidence::Recorded)
    }
}

/// The namespaces and values made here are identifiers without asking.
fn evident(namespace: &str, value: &str, evidence: Evidence) -> Evident {
    let identifier = Identifier { namespace: namespace.to_owned(), value: value.to_owned() };
    Evident { identifier, evidence }
}

/// A name as mail addresses spell it.
fn ascii(name: &str) -> String {
    let plain = |letter: char| match letter {
        'á' | 'à' | 'ä' | 'â' | 'ã' => Some('a'),
        'é' | 'è' | 'ê' | 'ë' => Some('e'),
        'í' | 'î' | 'ï' => Some('i'),
        'ó' | 'ö' | 'ô' | 'õ' => Some('o'),
        'ú' | 'ü' | 'û' => Some('u'),
        'ñ' => Some('n'),
        'ç' => Some('c'),
        'ß' => Some('s'),
        letter => letter.is_ascii_alphanumeric().then_some(letter),
    };
    name.to_lowercase().chars().filter_map(plain).collect()
}

/// Five letters of a number.
fn letters(number: u64) -> String {
    (0..5).map(|at| char::from(b'a' + ((number >> (at * 8)) % 26) as u8)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn everybody_has_identifiers_that_the_hub_takes_and_that_are_theirs() {
        let mut mails = HashSet::new();
        let mut shared = 0;
        let mut phones = HashSet::new();
        for number in 0..20_000 {
            let person = Person::of(3, number, 5);
            mails.insert(person.mail.clone());
            shared += usize::from(!phones.insert(person.phone.clone()));
            for source in Source::ALL {
                for Evident { identifier: Identifier { namespace, value }, .. } in
                    person.subject(source, number % 2 == 0, true)
                {
                    Identifier::new(namespace, value).expect("an identifier");
                }
            }
        }
        assert_eq!(mails.len(), 20_000, "nobody has another's mail address");
        assert!((40..150).contains(&shared), "one in 250 shares a telephone: {shared}");
    }

    #[test]
    fn another_seed_gives_other_people() {
        let (a, b) = (Person::of(1, 5, 5), Person::of(2, 5, 5));
        assert_ne!(a.mail, b.mail);
        assert_ne!(a.phone, b.phone);
        assert_ne!(a.account(), b.account());
        assert_ne!(a.seed, b.seed);
    }
}
