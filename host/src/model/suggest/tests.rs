//! What must hold for any two people.

use proptest::prelude::*;

use super::*;
use crate::model::identifier::Identifier;

/// A person as sources describe them, before anything is folded.
#[derive(Debug, Clone, Default)]
struct Said {
    names: Vec<String>,
    birthdays: Vec<String>,
    mails: Vec<String>,
    phones: Vec<String>,
    streets: Vec<String>,
    claimed: Vec<String>,
}

impl Said {
    fn facts(&self) -> Facts {
        let mut facts = Facts::new();
        self.names.iter().for_each(|name| facts.add_name(name));
        self.birthdays.iter().for_each(|date| facts.add_birthday(date));
        self.phones.iter().for_each(|phone| facts.add_phone(phone));
        for mail in &self.mails {
            facts.add_mail(mail);
            if let Ok(identifier) = Identifier::new("email", mail.clone()) {
                facts.add_known(&identifier);
            }
        }
        for street in &self.streets {
            facts.add_address_text(street);
            facts.add_address(AddressParts { street, house_number: "7", city: street, ..Default::default() });
        }
        for claim in &self.claimed {
            if let Ok(identifier) = Identifier::new("email", claim.clone()) {
                facts.add_claimed(&identifier);
            }
        }
        facts
    }
}

/// Texts that look like the field, and texts that nobody thought of.
fn text(like: &'static str) -> impl Strategy<Value = String> {
    prop_oneof![3 => like.prop_map(|text: String| text), 1 => any::<String>()]
}

fn values(like: &'static str) -> impl Strategy<Value = Vec<String>> {
    proptest::collection::vec(text(like), 0..3)
}

fn said() -> impl Strategy<Value = Said> {
    (
        values("(Ada|Jon|John|Maria|J\\.) ?[A-Z]?[a-zäé]{0,8}"),
        values("19[78][0-9]-0[1-9]-[12][0-9]"),
        values("[abc]{1,3}[0-9]?@(a|b)\\.example"),
        values("\\+49 ?17[0-9]{7,8}"),
        values("(Haupt|Neben)(straße|str\\.) [0-9]{1,2}, 1011[0-9] Berlin"),
        values("[abc]{1,3}[0-9]?@(a|b)\\.example"),
    )
        .prop_map(|(names, birthdays, mails, phones, streets, claimed)| Said {
            names,
            birthdays,
            mails,
            phones,
            streets,
            claimed,
        })
}

/// `text` with the character at `at` (from its end where it is too short) swapped, dropped or replaced.
fn slip(text: &str, at: usize, how: u8) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let at = at % letters.len();
    match how % 3 {
        0 if at + 1 < letters.len() => letters.swap(at, at + 1),
        1 if letters.len() > 3 => {
            letters.remove(at);
        }
        _ => letters[at] = if letters[at].is_ascii_digit() { '7' } else { 'x' },
    }
    letters.into_iter().collect()
}

proptest! {
    #[test]
    fn who_stands_first_makes_no_difference(a in said(), b in said()) {
        let (a, b, weights) = (a.facts(), b.facts(), Weights::default());
        prop_assert_eq!(compare(&a, &b, &weights), compare(&b, &a, &weights));
    }

    #[test]
    fn the_same_people_compare_the_same_every_time_and_a_score_is_a_probability(a in said(), b in said()) {
        let weights = Weights::default();
        let once = compare(&a.facts(), &b.facts(), &weights);
        prop_assert_eq!(&once, &compare(&a.facts(), &b.facts(), &weights));
        prop_assert!((0.0..=1.0).contains(&once.score) && once.bits.is_finite());
        prop_assert_eq!(a.facts().keys(), a.facts().keys());
    }

    #[test]
    fn keys_are_few_and_none_stands_twice(said in said()) {
        let keys = said.facts().keys();
        prop_assert!(keys.len() <= MAX_KEYS);
        prop_assert!(keys.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn a_person_with_a_name_and_a_birthday_has_keys(name in "\\PC*[a-z]{2}\\PC*", day in 1..28) {
        let facts = Said {
            names: vec![name],
            birthdays: vec![format!("1980-05-{day:02}")],
            ..Said::default()
        };
        prop_assert!(!facts.facts().keys().is_empty());
    }

    #[test]
    fn a_slip_in_one_field_still_shares_a_key(
        first in "[a-z]{4,9}",
        last in "[a-z]{4,9}",
        day in 10..28,
        field in 0..3usize,
        at in 0..20usize,
        how in 0..3u8,
    ) {
        let mut parts = [first, last, format!("1983-05-{day}")];
        let facts = |parts: &[String; 3]| Said {
            names: vec![format!("{} {}", parts[0], parts[1])],
            birthdays: vec![parts[2].clone()],
            ..Said::default()
        }.facts();
        let right = facts(&parts).keys();
        parts[field] = slip(&parts[field], at, how);
        let wrong = facts(&parts).keys();
        prop_assert!(wrong.iter().any(|key| right.contains(key)), "{:?} has none of {:?}", wrong, right);
    }
}

fn person(name: &str, birthday: &str, address: &str) -> Facts {
    let mut facts = Facts::new();
    facts.add_name(name);
    facts.add_birthday(birthday);
    facts.add_address_text(address);
    facts
}

fn texts(comparison: &Comparison) -> Vec<&str> {
    comparison.reasons.iter().map(|reason| reason.text.as_str()).collect()
}

#[test]
fn the_reasons_read_as_an_agent_would_say_them() {
    let a = person("Jon Smith", "1980-05-12", "Giblin Street 69, Bittern");
    let b = person("Smyth, John", "1980-05-12", "Giblin St 69, Bittern");
    let found = compare(&a, &b, &Weights::default());
    assert!(found.is_suggestion(), "{found:?}");
    let said = texts(&found);
    assert!(said.contains(&"same date of birth, 12 May 1980"), "{said:?}");
    assert!(said.contains(&"names nearly alike: Jon Smith and Smyth, John"), "{said:?}");
}

#[test]
fn a_reason_names_the_statements_that_it_rests_on() {
    let mut a = Facts::new();
    a.said_by(7);
    a.add_first_name("Ada");
    a.said_by(8);
    a.add_last_name("Lovelace");
    a.said_by(9);
    a.add_last_name("Lovelace");
    let mut b = Facts::new();
    b.said_by(1);
    b.add_name("Ada Lovelace");
    b.said_by(2);
    b.add_claimed(&Identifier::new("email", "ada@example.com").expect("an identifier"));
    a.said_by(3);
    a.add_known(&Identifier::new("email", "ada@example.com").expect("an identifier"));
    let found = compare(&a, &b, &Weights::default());
    let by = |field| found.reasons.iter().find(|reason| reason.field == field).map(|reason| &reason.by);
    assert_eq!(by(Field::Name), Some(&[vec![7, 8, 9], vec![1]]));
    assert_eq!(by(Field::Claim), Some(&[vec![3], vec![2]]));
    let turned = compare(&b, &a, &Weights::default());
    let by = |field| turned.reasons.iter().find(|reason| reason.field == field).map(|reason| &reason.by);
    assert_eq!(by(Field::Claim), Some(&[vec![2], vec![3]]));
}

#[test]
fn a_name_alone_is_no_suggestion() {
    let weights = Weights::for_people(1_000_000);
    let found = compare(&person("Ada Lovelace", "", ""), &person("Ada Lovelace", "", ""), &weights);
    assert!(!found.is_suggestion(), "{found:?}");
}

#[test]
fn the_more_people_there_are_the_more_it_takes() {
    let (a, b) = (person("Ada Lovelace", "1980-05-12", ""), person("Ada Lovelace", "1981-06-12", ""));
    let few = compare(&a, &b, &Weights::for_people(1_000));
    let many = compare(&a, &b, &Weights::for_people(1_000_000));
    assert!(few.score > many.score);
}

#[test]
fn husband_and_wife_and_twins_are_two_people() {
    let ada = person("Ada Lovelace", "1980-05-12", "Hauptstr. 12, 10115 Berlin");
    let husband = person("William Lovelace", "1975-02-01", "Hauptstr. 12, 10115 Berlin");
    let twin = person("Byron Lovelace", "1980-05-12", "Hauptstr. 12, 10115 Berlin");
    for other in [husband, twin] {
        let found = compare(&ada, &other, &Weights::default());
        assert!(!found.is_suggestion(), "{found:?}");
        assert!(texts(&found).iter().any(|text| text.contains("one household share")), "{found:?}");
    }
}

#[test]
fn whoever_types_anothers_identifier_is_suggested_by_that_alone_and_ranked_by_its_kind() {
    let known = |namespace: &str, value: &str| {
        let mut facts = Facts::new();
        facts.add_known(&Identifier::new(namespace, value).expect("an identifier"));
        facts.add_name("Ada Lovelace");
        facts
    };
    let typed = |namespace: &str, value: &str| {
        let mut facts = Facts::new();
        facts.add_claimed(&Identifier::new(namespace, value).expect("an identifier"));
        facts.add_name("Somebody Else");
        facts.call("Somebody Else");
        facts
    };
    let weights = Weights::for_people(1_000_000);
    let mut ranks = Vec::new();
    for (namespace, value) in
        [("phone", "+491701234567"), ("email", "ada@example.com"), ("acme:customer", "42")]
    {
        let (ada, stranger) = (known(namespace, value), typed(namespace, value));
        assert!(ada.keys().iter().any(|key| stranger.keys().contains(key)), "{namespace} is no key");
        let found = compare(&ada, &stranger, &weights);
        assert!(found.is_suggestion(), "{found:?}");
        ranks.push(found.bits);
        let text = format!(
            "typed {}, which is the other's",
            match namespace {
                "phone" => "the phone number +491701234567",
                "email" => "the mail address ada@example.com",
                _ => "the identifier acme:customer:42",
            }
        );
        assert!(texts(&found)[0].ends_with(&text), "{found:?}");
        assert!(found.is_claimed());
    }
    assert!(ranks[0] > ranks[1] && ranks[1] > ranks[2], "{ranks:?}");
}
