//! The events of everybody, in the order in which they reach the hub.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::bodies::Turn;
use super::draw::{Draw, For};
use super::person::Person;
use super::shares::shares;
use super::trade::Stage;
use super::{END, Plan, SPAN, Source, Sources};
use crate::model::event::NewEvent;

/// Of so many events one reaches the hub late: minutes or days after others that came later.
const LATE: u64 = 100;
/// Of so many events one reaches it twice.
const TWICE: u64 = 200;
/// Of a hundred events how many follow the one before within minutes.
const TALK: u64 = 70;

/// What a connection says.
#[derive(Debug, Clone)]
pub struct Said {
    /// Which connection.
    pub source: Source,
    /// What.
    pub event: NewEvent,
}

/// What is remembered of a person between two events.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Memory {
    /// Events so far; the number of the one that is made.
    pub(super) said: u32,
    /// Events to come.
    pub(super) left: u32,
    /// Orders so far, and how far the last one is.
    pub(super) orders: u32,
    pub(super) stage: Stage,
    /// The last message of the person, and the business's last one on chat.
    pub(super) received: Option<(Source, u32)>,
    pub(super) sent: Option<u32>,
    /// Whether the assistant is to say something of it.
    pub(super) comment: bool,
    /// Whether the person has a new number.
    pub(super) moved: bool,
    /// Of the web site: whether there was a visit, whether the visitor was ever known, whether this visit says
    /// who it is, and whether this is one.
    pub(super) visited: bool,
    pub(super) known: bool,
    pub(super) shown: bool,
    pub(super) visiting: bool,
    /// Which connections were used, a bit for each of the person's, and which last.
    used: u8,
    last: u8,
}

/// All events of a plan. People are kept in the order of their next event, so that memory is used by people
/// and not by events: about a hundred bytes each.
pub struct History {
    plan: Plan,
    sources: Sources,
    people: Vec<Memory>,
    next: BinaryHeap<Reverse<(i64, u32)>>,
    /// What is on its way: when it arrives, and a number that tells two of one time apart.
    late: BinaryHeap<Reverse<Arrival>>,
    made: u64,
}

impl History {
    /// The history of a plan.
    ///
    /// # Errors
    /// When there can be none, see [`Plan::check`].
    pub fn new(plan: Plan, sources: Sources) -> Result<Self, super::PlanError> {
        let plan = plan.check()?;
        let mut people = Vec::with_capacity(plan.people as usize);
        let mut next = Vec::with_capacity(plan.people as usize);
        for (number, share) in (0..).zip(shares(plan)) {
            people.push(Memory { left: share, ..Memory::default() });
            // Whoever has much to say has been there for long.
            let span = SPAN as u64 / if share > 100 { 8 } else { 1 };
            let first = Draw::new(plan.seed, For::Begin, u64::from(number), 0).below(span);
            next.push(Reverse((END - SPAN + first as i64, number)));
        }
        Ok(Self { plan, sources, people, next: next.into(), late: BinaryHeap::new(), made: 0 })
    }

    /// The next event of a person, and when it happens to be the person's turn again.
    fn turn(&mut self, number: u32, at: i64) -> Said {
        let memory = &mut self.people[number as usize];
        let person = Person::of(self.plan.seed, number, memory.said + memory.left);
        let draw = Draw::new(self.plan.seed, For::Event, u64::from(number), u64::from(memory.said));
        let mut turn = Turn { seed: self.plan.seed, person: &person, memory, at, draw };
        turn.memory.left -= 1;
        let unused: Vec<u8> =
            (0..person.ways.len() as u8).filter(|way| turn.memory.used & (1 << way) == 0).collect();
        let free = turn.memory.left as usize >= unused.len();
        let said = match turn.memory.received {
            Some((source, message)) if turn.memory.comment && free => {
                Said { source: Source::Assistant, event: turn.comment(&self.sources, source, message) }
            }
            _ if person.moves && !turn.memory.moved && turn.memory.said >= 6 && free => {
                Said { source: Source::Chat, event: turn.new_number() }
            }
            _ => {
                let way = turn.way(&unused, free);
                let source = person.ways[usize::from(way)];
                (turn.memory.used, turn.memory.last) = (turn.memory.used | 1 << way, way);
                turn.memory.visiting = source == Source::Web;
                turn.memory.comment = false;
                Said { source, event: turn.happens(source) }
            }
        };
        if said.source == Source::Assistant {
            turn.memory.comment = false;
        }
        turn.memory.said += 1;
        if turn.memory.left > 0 {
            self.next.push(Reverse((turn.later(), number)));
        }
        said
    }

    /// Puts an event on its way; it may come late, and twice.
    fn send(&mut self, said: Said) {
        let at = said.event.occurred_at;
        let mut draw = Draw::new(self.plan.seed, For::Journey, self.made, 0);
        // A minute doubled twelve times is nearly three days.
        let delay = if draw.below(LATE) == 0 { draw.wait(60_000, 12) } else { 0 };
        let again = (draw.below(TWICE) == 0).then(|| Arrival {
            at: at + delay + draw.wait(1_000, 12),
            number: 2 * self.made + 1,
            said: said.clone(),
        });
        self.late.push(Reverse(Arrival { at: at + delay, number: 2 * self.made, said }));
        self.late.extend(again.map(Reverse));
        self.made += 1;
    }
}

impl Iterator for History {
    type Item = Said;

    fn next(&mut self) -> Option<Said> {
        loop {
            let next = self.next.peek().map(|Reverse((at, _))| *at);
            let due =
                self.late.peek().is_some_and(|Reverse(arrival)| next.is_none_or(|next| arrival.at <= next));
            if due {
                return self.late.pop().map(|Reverse(arrival)| arrival.said);
            }
            let Reverse((at, number)) = self.next.pop()?;
            let said = self.turn(number, at);
            self.send(said);
        }
    }
}

impl Turn<'_> {
    /// Which of the person's connections is used: new ones while there is time, else mostly the same again.
    fn way(&mut self, unused: &[u8], free: bool) -> u8 {
        let ways = self.person.ways.len() as u64;
        if unused.len() as u64 == ways {
            return (u64::from(self.person.number) % ways) as u8;
        }
        if !unused.is_empty() && (!free || self.draw.chance(0.4)) {
            return unused[self.draw.below(unused.len() as u64) as usize];
        }
        if self.draw.chance(0.8) { self.memory.last } else { self.draw.below(ways) as u8 }
    }

    /// When the person is heard of again: minutes later in a talk, else so that what is left is spread over
    /// the rest of the time.
    fn later(&mut self) -> i64 {
        if self.memory.comment {
            return self.at + 1 + self.draw.below(2_000) as i64;
        }
        let rest = (END - 1 - self.at).max(1) as u64;
        let gap = if self.draw.below(100) < TALK {
            self.draw.wait(15_000, 6)
        } else {
            let silences = u64::from(self.memory.left) * (100 - TALK) / 100 + 1;
            1 + self.draw.below(2 * rest / (silences + 1) + 1) as i64
        };
        (self.at + gap).min(END - 1)
    }
}

/// An event on its way.
struct Arrival {
    at: i64,
    number: u64,
    said: Said,
}

impl PartialEq for Arrival {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.number) == (other.at, other.number)
    }
}

impl Eq for Arrival {}

impl PartialOrd for Arrival {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Arrival {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashSet};

    use super::*;
    use crate::model::event::EventKind;
    use crate::model::id::{ConnectionId, IdKey};

    fn sources() -> Sources {
        Sources {
            ids: std::array::from_fn(|n| ConnectionId::random([n as u8; 16])),
            key: IdKey::new(&[1; 32]),
        }
    }

    fn history(people: u32, events: u64, seed: u64) -> Vec<Said> {
        History::new(Plan { people, events, seed }, sources()).expect("a plan").collect()
    }

    fn bytes(history: &[Said]) -> String {
        let line = |said: &Said| {
            format!("{:?} {}\n", said.source, serde_json::to_string(&said.event).expect("JSON"))
        };
        history.iter().map(line).collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes_and_another_one_others() {
        let text = bytes(&history(200, 3_000, 5));
        assert!(text == bytes(&history(200, 3_000, 5)));
        assert!(text != bytes(&history(200, 3_000, 6)));
    }

    #[test]
    fn there_are_as_many_events_as_asked_for_and_a_few_come_twice_or_late() {
        let all = history(2_000, 20_000, 11);
        let ids: HashSet<(Source, &str)> =
            all.iter().map(|said| (said.source, said.event.external_id.as_str())).collect();
        assert_eq!(ids.len(), 20_000);
        let twice = all.len() - ids.len();
        assert!((50..200).contains(&twice), "one in 200 comes twice: {twice}");
        let late = all.windows(2).filter(|two| two[1].event.occurred_at < two[0].event.occurred_at).count();
        assert!((150..600).contains(&late), "one in a hundred comes late, or twice: {late}");
        let (from, to) = (END - SPAN, END);
        assert!(all.iter().all(|said| (from..to).contains(&said.event.occurred_at)), "within two years");
    }

    #[test]
    fn kinds_occur_as_often_as_in_a_business() {
        let all = history(5_000, 50_000, 3);
        let mut shares: BTreeMap<EventKind, f64> = BTreeMap::new();
        for said in &all {
            *shares.entry(said.event.body.kind()).or_default() += 100.0 / all.len() as f64;
        }
        println!("{shares:.1?}");
        for (kind, range) in [
            (EventKind::MessageReceived, 25.0..40.0),
            (EventKind::MessageSent, 12.0..25.0),
            (EventKind::Insight, 3.0..10.0),
            (EventKind::Order, 5.0..15.0),
            (EventKind::Fulfilment, 5.0..15.0),
            (EventKind::PageViewed, 3.0..20.0),
            (EventKind::MessageStatus, 1.0..8.0),
            (EventKind::Call, 2.0..12.0),
            (EventKind::CustomerUpdated, 2.0..10.0),
            (EventKind::Consent, 0.5..5.0),
            (EventKind::IdentifierChanged, 0.001..0.2),
        ] {
            let share = shares.get(&kind).copied().unwrap_or_default();
            assert!(range.contains(&share), "{kind:?}: {share:.2} % is not in {range:?}");
        }
    }

    #[test]
    fn a_plan_that_cannot_be_is_refused_with_what_would_be_right() {
        let refused = |people, events| {
            let made = History::new(Plan { people, events, seed: 1 }, sources());
            made.err().map(|why| why.to_string()).unwrap_or_default()
        };
        assert!(refused(0, 10).contains("1 to"));
        assert!(refused(10, 9).contains("at least one event"));
    }
}
