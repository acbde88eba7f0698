//! Two people compared.

use serde::Serialize;

use super::facts::{By, Facts, Given, Handle};
use super::level::{Field, Level};
use super::text::{Nearness, nearness};
use super::weights::{THRESHOLD, Weights};
use super::words;

/// Why two people may be one, or may not.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reason {
    /// What was compared.
    pub field: Field,
    /// How far it agrees.
    pub level: Level,
    /// What that is worth, in bits: above zero it speaks for one person, below against.
    pub bits: f64,
    /// The reason in words, for whoever decides: `same date of birth, 12 May 1980`. Holds personal data.
    pub text: String,
    /// Which statements the two values rest on, those of the one compared first standing first: the numbers
    /// that [`Facts::said_by`] was given.
    #[serde(skip)]
    pub by: [Vec<u32>; 2],
}

/// What comparing two people gave.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// How likely the two are one person, 0 to 1.
    pub score: f64,
    /// The same as the log2 of the odds: it still tells apart what is nearly certain. Suggestions are
    /// ranked by it.
    pub bits: f64,
    /// What the reasons come to, without the odds before: it does not change with the number of people.
    pub evidence: f64,
    /// Why, the strongest first; those against stand among those for.
    pub reasons: Vec<Reason>,
}

impl Comparison {
    /// Whether the two should be suggested to be one.
    #[must_use]
    pub fn is_suggestion(&self) -> bool {
        self.score >= THRESHOLD
    }

    /// Whether one of the two typed an identifier of the other's: a suggestion whatever else differs.
    #[must_use]
    pub fn is_claimed(&self) -> bool {
        self.reasons.iter().any(|reason| reason.field == Field::Claim)
    }

    /// How sure that is, in words for whoever decides.
    #[must_use]
    pub fn sure(&self) -> &'static str {
        match self.score {
            score if score >= 0.99 => "almost certain",
            score if score >= 0.9 => "likely",
            score if score >= THRESHOLD => "possible",
            _ => "unlikely",
        }
    }
}

/// The most bits that half a name and what a household shares may count together, where the rest of the
/// name says that there are two people: less than any hub's odds ask for.
const HOUSEHOLD: f64 = 4.0;

/// Compares two people. The same whichever stands first, and the same every time.
#[must_use]
pub fn compare(a: &Facts, b: &Facts, weights: &Weights) -> Comparison {
    let mut found = Found { weights, reasons: Vec::new() };
    let claim = claims(a, b, &mut found);
    found.best(&a.names, &b.names, |a, b| a.compare(b), words::names);
    found.best(&a.birthdays, &b.birthdays, |a, b| Some(a.compare(*b)), words::birthdays);
    // What a claim says is not said again.
    if claim != Some(Level::ClaimedMail) {
        found.best(&a.mails, &b.mails, |a, b| Some(a.compare(b)), words::mails);
    }
    if claim != Some(Level::ClaimedPhone) {
        found.best(&a.phones, &b.phones, |a, b| Some(a.compare(b)), words::phones);
    }
    found.best(&a.national_ids, &b.national_ids, |a, b| Some(a.compare(b)), words::national_ids);
    found.best(&a.addresses, &b.addresses, |a, b| a.compare_street(b), words::streets);
    found.best(&a.addresses, &b.addresses, |a, b| a.compare_place(b), words::places);
    let company = |a: &(String, String), b: &(String, String)| match nearness(&a.0, &b.0) {
        Nearness::Equal => Some(Level::CompanyEqual),
        Nearness::Near => Some(Level::CompanyNear),
        Nearness::Different => Some(Level::CompanyDifferent),
    };
    found.best(&a.companies, &b.companies, company, words::companies);
    found.household();
    found.finish(claim.is_some())
}

/// How far two values agree, which, and the statements that they rest on.
type Agreed<'a, T> = ((Level, &'a T, &'a T), [&'a By; 2]);

struct Found<'w> {
    weights: &'w Weights,
    reasons: Vec<Reason>,
}

impl Found<'_> {
    fn add(&mut self, level: Level, text: String, by: [&By; 2]) {
        let by = by.map(|by| by.iter().copied().collect());
        self.reasons.push(Reason { field: level.field(), level, bits: self.weights.bits(level), text, by });
    }

    /// Keeps what two of the values agree in best.
    fn best<T: Ord>(
        &mut self,
        a: &[Given<T>],
        b: &[Given<T>],
        compare: impl Fn(&T, &T) -> Option<Level>,
        words: impl Fn(Level, &T, &T) -> String,
    ) {
        let mut best: Option<Agreed<'_, T>> = None;
        for one in a {
            for other in b {
                let (left, right) = (&one.value, &other.value);
                let Some(level) = compare(left, right) else { continue };
                // Levels of a field stand from best to worst. Among equals the first in the values' own
                // order, so that the words do not depend on who stands first.
                let pair = if left <= right { (level, left, right) } else { (level, right, left) };
                if best.as_ref().is_none_or(|(best, _)| pair < *best) {
                    best = Some((pair, [&one.by, &other.by]));
                }
            }
        }
        if let Some(((level, left, right), by)) = best {
            self.add(level, words(level, left, right), by);
        }
    }

    fn bits_of(&self, fields: &[Field]) -> f64 {
        self.reasons.iter().filter(|reason| fields.contains(&reason.field)).map(|r| r.bits.max(0.0)).sum()
    }

    /// Two people of one household share the last name, the address, a phone, and twins the date of birth.
    fn household(&mut self) {
        let two = |level| matches!(level, Level::HalfNameEqual | Level::HalfNameNear | Level::NamesDifferent);
        if !self.reasons.iter().any(|reason| two(reason.level)) {
            return;
        }
        let mut fields = vec![Field::Name, Field::Phone, Field::Street, Field::Place, Field::Company];
        // Nobody but one person has both one's own mail address or number and one's date of birth.
        if self.bits_of(&[Field::Claim, Field::Mail, Field::NationalId]) == 0.0 {
            fields.push(Field::Birthday);
        }
        let shared = self.bits_of(&fields);
        if shared > HOUSEHOLD {
            self.reasons.push(Reason {
                field: Field::Household,
                level: Level::SharedHousehold,
                bits: HOUSEHOLD - shared,
                text: "the names differ, and what agrees is what people of one household share".to_owned(),
                by: Default::default(),
            });
        }
    }

    fn finish(mut self, claimed: bool) -> Comparison {
        let evidence = self.reasons.iter().map(|reason| reason.bits).sum::<f64>();
        let bits = evidence - self.weights.asked();
        self.reasons.sort_by(|x, y| y.bits.abs().total_cmp(&x.bits.abs()).then(x.level.cmp(&y.level)));
        let score = 1.0 / (1.0 + (-bits).exp2());
        // Whoever typed another person's identifier is a suggestion by that alone.
        let score = if claimed { score.max(THRESHOLD) } else { score };
        Comparison { score, bits, evidence, reasons: self.reasons }
    }
}

/// Looks for identifiers that one typed and the other is known by, and keeps the strongest kind.
fn claims(a: &Facts, b: &Facts, found: &mut Found<'_>) -> Option<Level> {
    let mut best: Option<(Agreed<'_, Handle>, usize)> = None;
    for (typer, (one, other)) in [(a, b), (b, a)].into_iter().enumerate() {
        for (typed, typed_by) in &one.claimed {
            let Some((known, known_by)) = other.known.iter().find(|(known, _)| known.same(typed)) else {
                continue;
            };
            let level = match typed.namespace.as_str() {
                "phone" => Level::ClaimedPhone,
                "email" => Level::ClaimedMail,
                _ => Level::ClaimedOther,
            };
            let this = (level, typed, known);
            if best.as_ref().is_none_or(|((best, _), _)| this < *best) {
                best = Some(((this, [typed_by, known_by]), typer));
            }
        }
    }
    let (((level, _, known), mut by), typer) = best?;
    let (mut one, mut other) = (a, b);
    if typer == 1 {
        std::mem::swap(&mut one, &mut other);
        by.reverse();
    }
    let called = [one, other].map(|facts| facts.called.as_deref());
    found.add(level, words::claim(level, &known.shown, &known.namespace, called), by);
    Some(level)
}
