//! Suggestions held against records with known duplicates that nobody here made, the way a store works: an
//! index of keys gives the pairs, and only those are compared.
//!
//! The records are in the folder `identity` below the one that `SWITCHBOARD_CORPUS` names (Febrl's data set
//! 1, and Splink's `fake_1000`); without it the tests say so and pass. A hash of a record's person puts it into the half that
//! weights and threshold were chosen on, or into the half that is measured, never into both.
//!
//! The same records are told to a real store as a shop tells of its customers, to see what its index finds.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use switchboard::ambient::Ambient;
use switchboard::model::event::{Attribute, Body, Customer, NewEvent};
use switchboard::model::id::ConnectionId;
use switchboard::model::identifier::{Evidence, Evident, Identifier};
use switchboard::model::suggest::{
    AddressParts, Facts, Level, MAX_LEARNED, MAX_PEOPLE_PER_KEY, THRESHOLD, Weights, compare,
};
use switchboard::store::{Ingest, PageRequest, Store, StoreOptions};

/// A record, and whose it is.
struct Record {
    person: String,
    facts: Facts,
    /// The same as a shop states it, as far as the contract has a field for it: a postal address in one line,
    /// and no number of an authority.
    stated: Vec<(&'static str, String)>,
    /// The mail address that was typed.
    mail: String,
}

/// Which half of a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Half {
    Choosing,
    Measuring,
}

/// The records of a data set, in rows of trimmed cells.
fn rows(file: &str) -> Option<Vec<Vec<String>>> {
    let Some(folder) = std::env::var_os("SWITCHBOARD_CORPUS") else {
        eprintln!("SKIPPED: SWITCHBOARD_CORPUS is not set, so suggestions were not held against {file}");
        return None;
    };
    let path = PathBuf::from(folder).join("identity").join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    // Neither file has a quoted cell.
    let row = |line: &str| line.split(',').map(|cell| cell.trim().to_owned()).collect();
    Some(text.lines().skip(1).map(row).collect())
}

/// Columns: id, first name, last name, house number, street, second line, suburb, postcode, state, date of
/// birth, social security number. `rec-12-org` and `rec-12-dup-0` are one person.
fn febrl() -> Option<Vec<Record>> {
    let record = |row: Vec<String>| {
        let mut facts = Facts::new();
        facts.add_first_name(&row[1]);
        facts.add_last_name(&row[2]);
        let (street, house_number) = (&format!("{} {}", row[4], row[5]), &row[3]);
        facts.add_address(AddressParts {
            street,
            house_number,
            postcode: &row[7],
            city: &row[6],
            country: &row[8],
        });
        facts.add_birthday(&row[9]);
        facts.add_national_id(&row[10]);
        let address = format!("{} {street}, {} {}, {}", row[3], row[7], row[6], row[8]);
        let stated = vec![
            ("first-name", row[1].clone()),
            ("last-name", row[2].clone()),
            ("address", address),
            ("birthday", row[9].clone()),
        ];
        let person = row[0].splitn(3, '-').take(2).collect::<Vec<_>>().join("-");
        Record { person, facts, stated, mail: String::new() }
    };
    Some(rows("febrl/dataset1.csv")?.into_iter().map(record).collect())
}

/// Columns: id, first name, last name, date of birth, city, mail address, person.
fn splink() -> Option<Vec<Record>> {
    let record = |row: Vec<String>| {
        let mut facts = Facts::new();
        facts.add_first_name(&row[1]);
        facts.add_last_name(&row[2]);
        facts.add_birthday(&row[3]);
        facts.add_address(AddressParts { city: &row[4], ..AddressParts::default() });
        facts.add_mail(&row[5]);
        let stated = vec![
            ("first-name", row[1].clone()),
            ("last-name", row[2].clone()),
            ("address", row[4].clone()),
            ("birthday", row[3].clone()),
        ];
        Record { person: row[6].clone(), facts, stated, mail: row[5].clone() }
    };
    Some(rows("splink/fake_1000.csv")?.into_iter().map(record).collect())
}

fn sets() -> Option<[(&'static str, Vec<Record>); 2]> {
    Some([("febrl", febrl()?), ("splink", splink()?)])
}

fn of_half<'r>(set: &str, records: &'r [Record], half: Half) -> Vec<&'r Record> {
    let choosing = |person: &str| Sha256::digest(format!("{set}:{person}"))[0].is_multiple_of(2);
    records.iter().filter(|record| choosing(&record.person) == (half == Half::Choosing)).collect()
}

/// The pairs that share a key which is not too common.
fn candidates(records: &[&Record]) -> BTreeSet<(usize, usize)> {
    let mut index: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, record) in records.iter().enumerate() {
        for key in record.facts.keys() {
            index.entry(key).or_default().push(at);
        }
    }
    let mut pairs = BTreeSet::new();
    for people in index.values().filter(|people| people.len() <= MAX_PEOPLE_PER_KEY) {
        for (at, one) in people.iter().enumerate() {
            pairs.extend(people[at + 1..].iter().map(|other| (*one, *other)));
        }
    }
    pairs
}

fn every_pair(records: &[&Record]) -> impl Iterator<Item = (usize, usize)> {
    let count = records.len();
    (0..count).flat_map(move |one| (one + 1..count).map(move |other| (one, other)))
}

/// What suggestions come to on one half of a data set.
#[derive(Debug, Default)]
struct Figures {
    records: usize,
    compared: usize,
    /// Pairs of records that are one person's.
    true_pairs: usize,
    /// Those of them that share no key.
    lost: usize,
    right: usize,
    wrong: usize,
}

impl Figures {
    fn of(records: &[&Record]) -> Self {
        let same = |one: usize, other: usize| records[one].person == records[other].person;
        let pairs = candidates(records);
        let true_pairs: Vec<_> = every_pair(records).filter(|(one, other)| same(*one, *other)).collect();
        let mut figures = Self {
            records: records.len(),
            compared: pairs.len(),
            true_pairs: true_pairs.len(),
            lost: true_pairs.iter().filter(|pair| !pairs.contains(pair)).count(),
            ..Self::default()
        };
        let weights = Weights::for_people(records.len() as u64);
        for (one, other) in pairs {
            if compare(&records[one].facts, &records[other].facts, &weights).is_suggestion() {
                *(if same(one, other) { &mut figures.right } else { &mut figures.wrong }) += 1;
            }
        }
        figures
    }

    fn precision(&self) -> f64 {
        self.right as f64 / (self.right + self.wrong) as f64
    }

    fn recall(&self) -> f64 {
        self.right as f64 / self.true_pairs as f64
    }

    fn print(&self, set: &str, half: Half) {
        println!(
            "{set}, {half:?} half: {} records, {} pairs compared, {} true pairs, {:.1} % of them lost by keys; \
             at {THRESHOLD}: precision {:.4} ({} wrong), recall {:.4}",
            self.records,
            self.compared,
            self.true_pairs,
            self.lost as f64 / self.true_pairs as f64 * 100.0,
            self.precision(),
            self.wrong,
            self.recall(),
        );
    }
}

#[test]
fn of_a_hundred_suggestions_at_least_98_are_right() {
    let Some(sets) = sets() else { return };
    for (set, records) in sets {
        Figures::of(&of_half(set, &records, Half::Choosing)).print(set, Half::Choosing);
        let measured = Figures::of(&of_half(set, &records, Half::Measuring));
        measured.print(set, Half::Measuring);
        assert!(measured.precision() >= 0.98, "{set}: {measured:?}");
        // A little under what is reached; the records do not change.
        let floor = if set == "febrl" { 0.985 } else { 0.915 };
        assert!(measured.recall() >= floor, "{set}: {measured:?}");
        // Nobody could compare all with all.
        assert!(measured.compared * 10 < measured.records * measured.records / 2, "{set}: {measured:?}");
    }
}

/// How often each level occurs between records of one person, and of two.
#[derive(Default)]
struct Counts {
    one: BTreeMap<Level, f64>,
    two: BTreeMap<Level, f64>,
}

impl Counts {
    fn take(&mut self, set: &str, records: &[Record]) {
        let records = of_half(set, records, Half::Choosing);
        let weights = Weights::default();
        for (one, other) in every_pair(&records) {
            let same = records[one].person == records[other].person;
            let found = compare(&records[one].facts, &records[other].facts, &weights);
            for reason in found.reasons {
                *(if same { &mut self.one } else { &mut self.two }).entry(reason.level).or_default() += 1.0;
            }
        }
    }

    /// log2(m / u), half an occurrence added to each level so that none is impossible; nothing for a field
    /// that the records do not have.
    fn bits(&self, level: Level) -> Option<f64> {
        let share = |counts: &BTreeMap<Level, f64>| {
            let levels: Vec<Level> =
                Level::ALL.iter().copied().filter(|other| other.field() == level.field()).collect();
            let count = |level: Level| counts.get(&level).copied().unwrap_or_default();
            let all: f64 = levels.iter().map(|level| count(*level)).sum();
            (all > 0.0).then(|| (count(level) + 0.5) / (all + 0.5 * levels.len() as f64))
        };
        Some((share(&self.one)? / share(&self.two)?).log2())
    }
}

#[test]
fn the_weights_are_what_the_choosing_half_says() {
    let Some(sets) = sets() else { return };
    let mut counts = Counts::default();
    for (set, records) in &sets {
        counts.take(set, records);
    }
    let weights = Weights::default();
    for level in Level::ALL.iter().copied().filter(|level| Weights::is_learned(*level)) {
        let learned = counts.bits(level).unwrap_or_else(|| panic!("no record has {:?}", level.field()));
        let learned = learned.min(MAX_LEARNED);
        println!("{level:?}: {learned:.2} bits learned, {} used", weights.bits(level));
        assert!((learned - weights.bits(level)).abs() <= 0.3, "{level:?}: {learned:.2} bits");
    }
}

/// What a shop says of a record.
fn event(n: usize, record: &Record) -> NewEvent {
    let named = |namespace: &str, value: &str, evidence| {
        Identifier::new(namespace, value).ok().map(|identifier| Evident { identifier, evidence })
    };
    let customer = named("shop:customer", &format!("record-{n}"), Evidence::Recorded);
    let typed = named("email", &record.mail, Evidence::Claimed);
    let attribute =
        |(field, value): &(&str, String)| Attribute { field: (*field).to_owned(), value: value.clone() };
    NewEvent {
        external_id: format!("record {n}"),
        occurred_at: 1_700_000_000_000 + n as i64,
        subject: customer.into_iter().chain(typed).collect(),
        attributes: record.stated.iter().map(attribute).collect(),
        body: Body::CustomerUpdated(Customer { id: n.to_string(), state: None, updated_at: None }),
        source: None,
    }
}

/// What a store that was told of the records suggests.
async fn stored(records: &[&Record]) -> Figures {
    let folder = tempfile::tempdir().expect("a folder");
    let options = StoreOptions::at(folder.path().join("hub.db"));
    let store = Store::open(&options, Ambient::system()).await.expect("a store");
    let events: Vec<NewEvent> = records.iter().enumerate().map(|(n, record)| event(n, record)).collect();
    let ingest = Ingest {
        connection: ConnectionId::random([1; 16]),
        delivery: None,
        events,
        cursor: None,
        finishes: None,
        assistants: Arc::new([]),
    };
    store.ingest(ingest).await.expect("taken");
    store.follow_to_end(|_, _| {}).await.expect("followed");
    let mut people = HashMap::new();
    for n in 0..records.len() {
        let name = Identifier::new("shop:customer", format!("record-{n}")).expect("an identifier");
        people.insert(store.profile_by(&name).await.expect("read").expect("known").id, n);
    }
    assert_eq!(people.len(), records.len(), "nothing that was typed joins anybody");
    let same = |one: usize, other: usize| records[one].person == records[other].person;
    let true_pairs = every_pair(records).filter(|(one, other)| same(*one, *other)).count();
    let mut figures = Figures { records: records.len(), true_pairs, ..Figures::default() };
    let mut page = PageRequest::first(200);
    loop {
        let some = store.suggestions(&page).await.expect("read");
        for found in some.items {
            let [one, other] = found.people.map(|person| people[&person.profile]);
            *(if same(one, other) { &mut figures.right } else { &mut figures.wrong }) += 1;
        }
        match some.next {
            Some(next) => page.cursor = Some(next),
            None => break,
        }
    }
    store.close().await;
    figures
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_suggestions_of_a_store_at_least_98_are_right() {
    let Some(sets) = sets() else { return };
    for (set, records) in sets {
        let figures = stored(&of_half(set, &records, Half::Measuring)).await;
        println!(
            "{set}, through the store: {} records, {} true pairs; precision {:.4} ({} wrong), recall {:.4}",
            figures.records,
            figures.true_pairs,
            figures.precision(),
            figures.wrong,
            figures.recall(),
        );
        assert!(figures.precision() >= 0.98, "{set}: {figures:?}");
        // A little under what is reached. Less than above: the contract has no field for the number of an
        // authority, and a postal address comes in one line.
        let floor = if set == "febrl" { 0.835 } else { 0.89 };
        assert!(figures.recall() >= floor, "{set}: {figures:?}");
    }
}
