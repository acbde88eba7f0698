//! What was typed into the search, read in every way that it can be meant.

use super::hit::{Match, Place};
use super::terms::{FIELDS, TYPED, Terms, from_end, handle, handles, pieces};
use super::typo::slips;
use crate::model::id::ProfileId;
use crate::model::identifier::{Evidence, Identifier};
use crate::model::normal::{EMAIL, PHONE, Region, asked};
use crate::model::profile::Profile;
use crate::model::suggest::folded_words;

/// The most characters of what is typed that count.
pub const MAX_TEXT: usize = 200;
/// The most words of a name, and of a message, that are looked for.
pub const MAX_WORDS: usize = 6;
const MAX_SAID: usize = 12;

/// The fewest characters that the beginning of a handle, and the fewest digits that the end of a telephone
/// number is looked up with.
const LEAST_BEGINNING: usize = 3;
const LEAST_END: usize = 4;
/// The fewest characters with which the last word of a message's may be the beginning of one.
const LEAST_SAID: usize = 3;

/// How well something fits that is the very thing: an id, an identifier, the number of an order, an id of another
/// system.
pub(crate) const THE_ID: u32 = 1000;
const THE_IDENTIFIER: u32 = 950;
pub(crate) const THE_ORDER: u32 = 900;
/// A name as it was typed; its beginning; with one slip, and with two.
pub(crate) const THE_NAME: u32 = 800;
const A_BEGINNING: u32 = 700;
const ONE_SLIP: u32 = 600;
const TWO_SLIPS: u32 = 500;
/// The beginning or the end of an identifier.
const A_PART: u32 = 450;
/// A message with all words.
pub(crate) const A_MESSAGE: u32 = 300;
/// What is taken off where nobody checked an identifier.
const CLAIMED: u32 = 200;

/// What was typed, read in every way that it can be meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The words of a name, folded.
    pub words: Vec<String>,
    /// The pieces of the words of a message.
    pub said: Vec<String>,
    /// Whether the last of `said` may be the beginning of a word.
    pub said_open: bool,
    /// Handles that would be the very thing.
    handles: Vec<String>,
    /// What handles may begin with.
    beginnings: Vec<String>,
    /// What an order may be called, in lower case.
    pub orders: Vec<String>,
    /// What something may be known by in another system.
    pub ids: Vec<String>,
    /// A person's id.
    pub profile: Option<ProfileId>,
    /// Whether the last word may be the beginning of one.
    open: bool,
}

impl Query {
    /// Reads what was typed; `None` where nothing of it can be looked for. `region` is where a telephone number
    /// is dialled that says no country. A space at the end says that the last word is whole.
    #[must_use]
    pub fn read(text: &str, region: Option<Region>) -> Option<Self> {
        let typed: String = text.trim_start().chars().take(MAX_TEXT).collect();
        let open = !typed.ends_with(char::is_whitespace);
        let trimmed = typed.trim();
        let words: Vec<String> = folded_words(trimmed);
        let mut said: Vec<String> = words.iter().flat_map(|word| pieces(word, false)).collect();
        said.truncate(MAX_SAID);
        let long = |piece: &String| piece.chars().count() >= LEAST_SAID || !piece.is_ascii();
        let mut query = Self {
            said_open: open && said.last().is_some_and(long),
            said,
            words: words.into_iter().take(MAX_WORDS).collect(),
            handles: Vec::new(),
            beginnings: Vec::new(),
            orders: Vec::new(),
            ids: Vec::new(),
            profile: trimmed.parse().ok(),
            open,
        };
        query.read_identifier(trimmed, region);
        query.read_order(trimmed);
        let nothing = query.words.is_empty() && query.handles.is_empty() && query.orders.is_empty();
        (!nothing).then_some(query)
    }

    fn read_identifier(&mut self, text: &str, region: Option<Region>) {
        let named = text.parse::<Identifier>().ok();
        let value = named.as_ref().map_or(text, |named| &named.value);
        let whole = handle(value);
        if whole.is_empty() {
            return;
        }
        let mut normal = |namespace: &str| {
            if let Ok(identifier) = Identifier::new(namespace, value.trim()) {
                self.handles.push(handle(&asked(identifier, region).value));
            }
        };
        let digits: String = value.chars().filter(char::is_ascii_digit).collect();
        let dialled = value.chars().all(|c| c.is_ascii_digit() || " +-./()".contains(c));
        if dialled && digits.len() >= LEAST_END {
            normal(PHONE);
            // However it was dialled, a number's end is the same.
            self.beginnings.extend([from_end(&digits), from_end(digits.trim_start_matches('0'))]);
        }
        if value.contains('@') {
            normal(EMAIL);
        }
        if whole.chars().count() >= LEAST_BEGINNING {
            self.beginnings.push(whole.clone());
        }
        self.handles.push(whole);
        self.beginnings.retain(|text| text.len() > LEAST_END || !text.starts_with('<'));
        for list in [&mut self.handles, &mut self.beginnings] {
            list.sort();
            list.dedup();
        }
    }

    fn read_order(&mut self, text: &str) {
        if text.is_empty() || text.contains(char::is_whitespace) {
            return;
        }
        let bare = text.trim_start_matches('#');
        self.orders = vec![format!("#{bare}").to_ascii_lowercase(), bare.to_ascii_lowercase()];
        self.ids = vec![bare.to_owned()];
        if bare != text {
            self.ids.push(text.to_owned());
        }
    }

    /// Whether the last word, or one that is a letter alone, may be the beginning of one.
    #[must_use]
    pub fn begins(&self, at: usize) -> bool {
        let alone = self.words.get(at).is_some_and(|word| word.len() == 1);
        alone || (self.open && at + 1 == self.words.len())
    }

    /// How well a word of a name fits the word at that place; `None` where it does not.
    #[must_use]
    pub fn likeness(&self, at: usize, word: &str) -> Option<u32> {
        let typed = self.words.get(at)?;
        if word == typed {
            return Some(THE_NAME);
        }
        if self.begins(at) && word.starts_with(typed.as_str()) {
            // The less is missing, the better.
            let missing = word.chars().count() - typed.chars().count();
            return Some(A_BEGINNING - u32::try_from(missing.min(50)).unwrap_or(50));
        }
        match slips(word, typed)? {
            0 => Some(THE_NAME),
            1 => Some(ONE_SLIP),
            _ => Some(TWO_SLIPS),
        }
    }

    /// How well a person's words fit all that was typed: `None` where any of it is missing.
    #[must_use]
    pub fn called<'a>(&self, words: impl Iterator<Item = &'a String> + Clone) -> Option<u32> {
        let mut sum = 0;
        for at in 0..self.words.len() {
            sum += words.clone().filter_map(|word| self.likeness(at, word)).max()?;
        }
        sum.checked_div(u32::try_from(self.words.len()).unwrap_or(u32::MAX))
    }

    /// The handles that would be the very thing, as they are stored.
    #[must_use]
    pub fn handles(&self) -> Vec<String> {
        self.handles.iter().flat_map(|handle| [handle.clone(), format!("{TYPED}{handle}")]).collect()
    }

    /// What handles may begin with, as they are stored.
    #[must_use]
    pub fn beginnings(&self) -> Vec<String> {
        self.beginnings.iter().flat_map(|handle| [handle.clone(), format!("{TYPED}{handle}")]).collect()
    }

    /// How well a handle fits.
    #[must_use]
    pub fn known_as(&self, handle: &str) -> Option<u32> {
        if let Some(typed) = handle.strip_prefix(TYPED) {
            return Some(self.known_as(typed)? - CLAIMED);
        }
        if self.handles.iter().any(|typed| typed == handle) {
            return Some(THE_IDENTIFIER);
        }
        self.beginnings.iter().any(|typed| handle.starts_with(typed.as_str())).then_some(A_PART)
    }

    /// How well a person fits by what is stored of them, without orders and messages.
    #[must_use]
    pub fn fits(&self, terms: &Terms) -> Option<u32> {
        let known = terms.handles.iter().filter_map(|handle| self.known_as(handle)).max();
        self.called(terms.words.iter()).max(known)
    }

    /// What of a person's names and identifiers fits, the best first: the value that holds and others.
    #[must_use]
    pub fn matches(&self, profile: &Profile) -> Vec<Match> {
        let mut found = Vec::new();
        if self.profile.is_some() {
            found.push(Match::new(Place::Identifier, profile.id.as_str(), THE_ID));
        }
        let fields = profile.attributes.iter().filter(|view| FIELDS.contains(&view.field.as_str()));
        let values: Vec<&str> = fields
            .flat_map(|view| std::iter::once(&view.value).chain(view.others.iter().map(|other| &other.value)))
            .map(String::as_str)
            .collect();
        let mut all = Terms::default();
        values.iter().for_each(|value| all.add_name(value));
        if let Some(score) = self.called(all.words.iter()) {
            // One value may hold all words, or each a part of them.
            let holds = |value: &&str| {
                let mut terms = Terms::default();
                terms.add_name(value);
                (0..self.words.len())
                    .filter(|at| terms.words.iter().any(|word| self.likeness(*at, word).is_some()))
                    .count()
            };
            let best = values.iter().map(holds).max().unwrap_or(0);
            let mut shown: Vec<&str> = values.into_iter().filter(|value| holds(value) == best).collect();
            shown.dedup();
            found.extend(shown.into_iter().take(2).map(|value| Match::new(Place::Name, value, score)));
        }
        let known = profile.identifiers.iter().map(|known| (&known.identifier, known.evidence));
        let claimed = profile.claims.iter().map(|claim| (&claim.identifier, Evidence::Claimed));
        for (identifier, evidence) in known.chain(claimed) {
            let score = handles(identifier).iter().filter_map(|handle| self.known_as(handle)).max();
            if let Some(score) = score {
                let less = if evidence == Evidence::Claimed { CLAIMED } else { 0 };
                let text = identifier.to_string();
                found.push(Match {
                    evidence: Some(evidence),
                    ..Match::new(Place::Identifier, text, score - less)
                });
            }
        }
        found.sort_by_key(|fit| std::cmp::Reverse(fit.score));
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str) -> Query {
        Query::read(text, Some("DE".parse().expect("a region"))).expect("a query")
    }

    fn terms(name: &str, identifiers: &[&str]) -> Terms {
        let mut terms = Terms::default();
        terms.add_name(name);
        identifiers.iter().for_each(|text| terms.add_identifier(&text.parse().expect("an identifier")));
        terms
    }

    #[test]
    fn a_name_is_found_in_any_order_with_a_slip_and_while_it_is_typed() {
        let ada = terms("Ada Lovelace", &[]);
        let score = |text| query(text).fits(&ada);
        assert_eq!(score("LOVELACE, Ada"), Some(THE_NAME));
        assert!(score("ada lov") < score("ada lovelace") && score("ada lovlace") < score("ada lov"));
        for text in ["ada lovelacé", "lovelaec", "a lovelace", "ada l", "loveleca ada"] {
            assert!(score(text).is_some(), "{text}");
        }
        for text in ["ada byron", "lov ada", "lov ", "ida"] {
            assert_eq!(score(text), None, "{text}");
        }
    }

    #[test]
    fn an_identifier_is_found_whole_by_its_beginning_and_a_number_by_its_end() {
        let ada =
            terms("", &["phone:+491701234567", "email:ada.lovelace@example.com", "shop:acme:customer:77x"]);
        let score = |text| query(text).fits(&ada);
        for text in [
            "+49 170 1234567",
            "0170 1234567",
            "phone:+491701234567",
            "ADA.lovelace@example.com",
            "77X",
            "shop:acme:customer:77x",
        ] {
            assert_eq!(score(text), Some(THE_IDENTIFIER), "{text}");
        }
        for text in ["234567", "+49170", "ada.lov", "lovelace@ex"] {
            assert_eq!(score(text), Some(A_PART), "{text}");
        }
        assert_eq!(score("567"), None, "three digits are anybody's");
        assert_eq!(score("170 123"), None, "neither its beginning nor its end");
    }

    #[test]
    fn whoever_is_known_by_an_identifier_comes_before_whoever_typed_it() {
        let mail: Identifier = "email:ada@example.com".parse().expect("an identifier");
        let (mut owner, mut visitor) = (Terms::default(), Terms::default());
        owner.add_identifier(&mail);
        visitor.add_claim(&mail);
        for text in ["ada@example.com", "ada@ex"] {
            assert!(query(text).fits(&owner) > query(text).fits(&visitor), "{text}");
            assert!(query(text).fits(&visitor).is_some(), "{text}");
        }
    }

    #[test]
    fn an_order_is_called_with_or_without_its_sign() {
        for text in ["#1001", "1001"] {
            assert_eq!(query(text).orders, ["#1001", "1001"], "{text}");
        }
        assert!(query("two words").orders.is_empty());
    }

    #[test]
    fn what_has_neither_letter_nor_digit_is_no_query() {
        for text in ["", "   "] {
            assert!(Query::read(text, None).is_none(), "{text:?}");
        }
    }

    #[test]
    fn a_longest_text_is_cut() {
        let query = query(&"word ".repeat(10_000));
        assert!(query.words.len() <= MAX_WORDS && query.said.len() <= MAX_SAID);
    }
}
