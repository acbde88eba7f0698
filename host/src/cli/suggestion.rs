//! Suggestions on a terminal.

use super::output::{count, time};
use crate::model::id::ProfileId;
use crate::model::suggest::Said;
use crate::store::{Grounds, Suggested, Suggestion};

/// All of them, with the reasons. `more` says that there are others, `behind` how many events were not looked
/// at yet.
pub(super) fn words(suggestions: &[Suggestion], more: bool, behind: u64) -> String {
    let behind = match behind {
        0 => String::new(),
        behind => format!("\n{} were not looked at yet: a hub that serves does so.", count(behind, "event")),
    };
    if suggestions.is_empty() {
        return format!("Nobody is suggested to be somebody else.{behind}");
    }
    let mut out: Vec<String> = suggestions.iter().map(one).collect();
    let end = "`switchboard profile confirm SUGGESTION` makes the two one person, `reject` remembers that they are two.";
    let more = if more { "There are more: `--limit` shows them.\n" } else { "" };
    out.push(format!("{more}{end}{behind}"));
    out.join("\n\n")
}

fn one(suggestion: &Suggestion) -> String {
    let [a, b] = &suggestion.people;
    let mut out = format!(
        "{}  {}, {}\n  {} and {}",
        suggestion.id,
        suggestion.sure,
        percent(suggestion.score),
        called(a),
        called(b)
    );
    for reason in &suggestion.reasons {
        let sign = if reason.bits < 0.0 { "but " } else { "" };
        out.push_str(&format!("\n    {sign}{}{}", reason.text, sources(reason)));
    }
    out
}

/// One line that tells who else `person` may be.
pub(super) fn beside(suggestion: &Suggestion, person: &ProfileId) -> String {
    let other = suggestion.people.iter().find(|one| one.profile != *person);
    let other = other.map_or_else(|| "somebody".to_owned(), called);
    let reason = suggestion.reasons.first().map(|reason| format!(": {}", reason.text)).unwrap_or_default();
    format!("{}  {other}, {}, {}{reason}", suggestion.id, suggestion.sure, percent(suggestion.score))
}

/// A chance in words; nothing here is ever wholly sure.
fn percent(score: f64) -> String {
    if score > 0.999 { "over 99.9 %".to_owned() } else { format!("{:.1} %", score * 100.0) }
}

fn called(person: &Suggested) -> String {
    match &person.name {
        Some(name) => format!("{name} ({})", person.profile),
        None => format!("somebody without a name ({})", person.profile),
    }
}

/// The latest source of each of the two values.
fn sources(reason: &Grounds) -> String {
    let [a, b] = &reason.said;
    match (a.first(), b.first()) {
        (Some(a), Some(b)) => format!(" ({}; {})", source(a), source(b)),
        _ => String::new(),
    }
}

fn source(said: &Said) -> String {
    let typed = if said.typed { "typed, " } else { "" };
    let title = said.title.as_deref().map(|title| format!("“{title}”, ")).unwrap_or_default();
    format!("{typed}{title}{}", time(said.at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::SuggestionId;
    use crate::model::suggest::{Field, Level};

    fn suggestion() -> Suggestion {
        let said = |title: &str, typed| Said { title: Some(title.to_owned()), at: 1_772_357_400_000, typed };
        Suggestion {
            id: SuggestionId::random([3; 16]),
            score: 0.9973,
            sure: "almost certain",
            bits: 8.5,
            people: [("Anna Meier", 1), ("Anne Maier", 2)].map(|(name, n)| Suggested {
                profile: ProfileId::random([n; 16]),
                name: Some(name.to_owned()),
            }),
            reasons: vec![
                Grounds {
                    field: Field::Birthday,
                    level: Level::BirthdayEqual,
                    bits: 14.0,
                    text: "same date of birth, 4 May 1987".to_owned(),
                    said: [vec![said("Acme shop", false)], vec![said("Chat", true)]],
                },
                Grounds {
                    field: Field::Place,
                    level: Level::PlaceDifferent,
                    bits: -6.0,
                    text: "different cities: Berlin and Hamburg".to_owned(),
                    said: [Vec::new(), Vec::new()],
                },
            ],
            found_at: 0,
        }
    }

    #[test]
    fn a_suggestion_reads_as_an_agent_would_say_it() {
        let text = words(&[suggestion()], false, 0);
        for line in [
            "almost certain, 99.7 %",
            "Anna Meier (prof_",
            "    same date of birth, 4 May 1987 (“Acme shop”, 2026-03-01 09:30; typed, “Chat”, 2026-03-01 09:30)\n",
            "    but different cities: Berlin and Hamburg\n",
            "switchboard profile confirm",
        ] {
            assert!(text.contains(line), "{line}: {text}");
        }
        let line = beside(&suggestion(), &ProfileId::random([1; 16]));
        assert!(line.contains("Anne Maier") && !line.contains("Anna Meier"), "{line}");
        assert!(words(&[], false, 3).contains("Nobody") && words(&[], false, 3).contains("3 events"));
        assert_eq!(percent(0.999_99), "over 99.9 %");
    }
}
