//! Cuts a body that tells of several things into bodies that tell of one.
//!
//! Each piece has the form of a whole body, so one translation serves both, a piece can be replayed by
//! itself, and it is the source of the events made from it. The values are the vendor's own text,
//! verbatim. Nothing is dropped: what belongs to no single thing (unknown members, cards of people that
//! nothing else names) goes with the first piece; what places a thing (which account, which number of
//! the business) goes with every piece.

use switchboard_sdk::json::{self, Raw};
use switchboard_sdk::lenient::{self, array, members};
use switchboard_sdk::record;

use crate::field::Text;

/// How one level of a body is cut.
struct Level {
    /// Members that are arrays of things, with the level of their elements.
    lists: &'static [(&'static str, &'static Level)],
    /// A member that is an object to be cut itself.
    inside: Option<(&'static str, &'static Level)>,
    /// Members that go with every piece.
    every: &'static [&'static str],
    /// Whether the member `contacts` holds cards of the people that the lists name.
    cards: bool,
}

const THING: Level = Level { lists: &[], inside: None, every: &[], cards: false };
const THREAD: Level =
    Level { lists: &[("messages", &THING)], inside: None, every: &["id", "context"], cards: false };
const CHUNK: Level = Level {
    lists: &[("threads", &THREAD), ("errors", &THING)],
    inside: None,
    every: &["metadata"],
    cards: false,
};
const VALUE: Level = Level {
    lists: &[
        ("messages", &THING),
        ("message_echoes", &THING),
        ("statuses", &THING),
        ("history", &CHUNK),
        ("user_id_update", &THING),
        ("user_preferences", &THING),
        ("calls", &THING),
        ("groups", &THING),
        ("state_sync", &THING),
        ("errors", &THING),
    ],
    inside: None,
    every: &["messaging_product", "metadata"],
    cards: true,
};
const CHANGE: Level = Level { lists: &[], inside: Some(("value", &VALUE)), every: &["field"], cards: false };
const ENTRY: Level =
    Level { lists: &[("changes", &CHANGE)], inside: None, every: &["id", "time"], cards: false };
const BODY: Level = Level { lists: &[("entry", &ENTRY)], inside: None, every: &["object"], cards: false };

/// The bodies of one thing each that `body`, a JSON object, is made of; at least one.
pub(crate) fn pieces(body: &str) -> Vec<String> {
    cut(body, &BODY)
}

/// The thing itself in a piece: the one element of its list, else the news of its change, else all of it.
pub(crate) fn thing(piece: &str) -> &str {
    let mut level = &BODY;
    let mut here = piece;
    while let Some(members) = members(here) {
        let list = |name: &str| level.lists.iter().find(|(list, _)| *list == name).map(|(_, below)| *below);
        let inside = |name: &str| level.inside.filter(|(object, _)| *object == name).map(|(_, below)| below);
        let below = members.iter().find_map(|(name, raw)| match (list(name), inside(name)) {
            (Some(below), _) => Some((*array(raw.get())?.first()?, below)),
            (None, Some(below)) => Some((*raw, below)),
            (None, None) => None,
        });
        let Some((raw, below)) = below else { break };
        (here, level) = (raw.get(), below);
    }
    here
}

fn cut(object: &str, level: &Level) -> Vec<String> {
    let Some(members) = members(object) else { return vec![object.to_owned()] };
    let mut rest = Vec::new();
    let mut parts = Vec::new();
    for (name, raw) in &members {
        let list = level.lists.iter().find(|(list, _)| list == name);
        let elements = list.and_then(|(_, below)| Some((array(raw.get())?, *below)));
        match (elements, level.inside) {
            (Some((elements, below)), _) if !elements.is_empty() => {
                for element in elements {
                    parts.extend(cut(element.get(), below).into_iter().map(|part| (name, true, part)));
                }
            }
            (None, Some((inside, below))) if inside == name => {
                parts.extend(cut(raw.get(), below).into_iter().map(|part| (name, false, part)));
            }
            _ => rest.push((name, *raw)),
        }
    }
    if parts.len() < 2 {
        return vec![object.to_owned()];
    }
    let mut cards = take_cards(&mut rest, level, &parts.iter().map(|(.., part)| &**part).collect::<Vec<_>>());
    let piece = |(at, (name, in_list, part)): (usize, (&String, bool, String))| {
        let mut out = String::with_capacity(part.len() + 256);
        for (other, raw) in rest.iter().filter(|(name, _)| at == 0 || level.every.contains(&name.as_str())) {
            member(&mut out, other, raw.get());
        }
        let cards = cards.get_mut(at).map(std::mem::take).unwrap_or_default();
        if !cards.is_empty() {
            member(&mut out, "contacts", &format!("[{}]", cards.join(",")));
        }
        member(&mut out, name, &if in_list { format!("[{part}]") } else { part });
        out.push('}');
        out
    };
    parts.into_iter().enumerate().map(piece).collect()
}

fn member(out: &mut String, name: &str, json: &str) {
    out.push(if out.is_empty() { '{' } else { ',' });
    out.push_str(&json::quote(name));
    out.push(':');
    out.push_str(json);
}

/// Takes the cards of people out of `rest` and deals them to the parts that name those people; cards
/// that no part names go to the first.
fn take_cards<'a>(rest: &mut Vec<(&String, Raw<'a>)>, level: &Level, parts: &[&str]) -> Vec<Vec<&'a str>> {
    let mut dealt = vec![Vec::new(); parts.len()];
    let found = rest.iter().position(|(name, _)| level.cards && *name == "contacts");
    let Some(at) = found else { return dealt };
    let Some(cards) = array(rest[at].1.get()) else { return dealt };
    if cards.is_empty() {
        return dealt;
    }
    rest.remove(at);
    let named: Vec<Named<'_>> = parts.iter().map(|part| lenient::read(part).unwrap_or_default()).collect();
    for card in cards {
        let who: Named<'_> = lenient::part(card);
        let mut used = false;
        for (at, _) in named.iter().enumerate().filter(|(_, named)| named.meets(&who)) {
            dealt[at].push(card.get());
            used = true;
        }
        if !used {
            dealt[0].push(card.get());
        }
    }
    dealt
}

record! {
    /// The names of people in a thing, or in a card.
    pub(crate) struct Named {
        from: Text<'a>,
        from_user_id: Text<'a>,
        to: Text<'a>,
        to_user_id: Text<'a>,
        recipient_id: Text<'a>,
        recipient_user_id: Text<'a>,
        recipient_participant_id: Text<'a>,
        recipient_participant_user_id: Text<'a>,
        wa_id: Text<'a>,
        user_id: Text<'a>,
    }
}

impl Named<'_> {
    fn meets(&self, card: &Named<'_>) -> bool {
        let mine = [
            &self.from,
            &self.from_user_id,
            &self.to,
            &self.to_user_id,
            &self.recipient_id,
            &self.recipient_user_id,
            &self.recipient_participant_id,
            &self.recipient_participant_user_id,
            &self.wa_id,
            &self.user_id,
        ];
        [&card.wa_id, &card.user_id].into_iter().any(|name| !name.is_empty() && mine.contains(&name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_of_one_thing_is_its_own_piece() {
        for body in [
            r#"{"object":"o","entry":[{"id":"1","changes":[{"value":{"messages":[{"id":"a"}]},"field":"messages"}]}]}"#,
            r#"{"entry":[]}"#,
            r#"{"entry":[{"messaging":[1,2]}]}"#,
            "{}",
            r#"{"entry":"x"}"#,
        ] {
            assert_eq!(pieces(body), [body]);
        }
    }

    #[test]
    fn each_piece_keeps_what_places_it_and_the_first_keeps_the_rest() {
        let body = r#"{"object":"o","odd":1,"entry":[{"id":"w","extra":2,"changes":[
            {"field":"messages","value":{"metadata":{"n":9},"more":[3],
             "contacts":[{"wa_id":"22"},{"wa_id":"11"},{"wa_id":"99"}],
             "messages":[{"id":"a","from":"11"},{"id":"b","from":"22"}],"statuses":[{"id":"s"}]}},
            {"field":"security","value":{"event":"E"}}]}]}"#;
        assert_eq!(
            pieces(body),
            [
                r#"{"object":"o","odd":1,"entry":[{"id":"w","extra":2,"changes":[{"field":"messages","value":{"metadata":{"n":9},"more":[3],"contacts":[{"wa_id":"11"},{"wa_id":"99"}],"messages":[{"id":"a","from":"11"}]}}]}]}"#,
                r#"{"object":"o","entry":[{"id":"w","changes":[{"field":"messages","value":{"metadata":{"n":9},"contacts":[{"wa_id":"22"}],"messages":[{"id":"b","from":"22"}]}}]}]}"#,
                r#"{"object":"o","entry":[{"id":"w","changes":[{"field":"messages","value":{"metadata":{"n":9},"statuses":[{"id":"s"}]}}]}]}"#,
                r#"{"object":"o","entry":[{"id":"w","changes":[{"field":"security","value":{"event":"E"}}]}]}"#,
            ]
        );
    }

    #[test]
    fn the_thing_in_a_piece_is_found() {
        let piece = r#"{"entry":[{"changes":[{"value":{"contacts":[{}],"messages":[{"id": "a"}]}}]}]}"#;
        assert_eq!(thing(piece), r#"{"id": "a"}"#);
        assert_eq!(thing(r#"{"entry":[{"changes":[{"value":{"event": 1}}]}]}"#), r#"{"event": 1}"#);
        assert_eq!(thing(r#"{"entry":[{"messaging":[]}]}"#), r#"{"messaging":[]}"#);
        assert_eq!(thing("{}"), "{}");
    }
}
