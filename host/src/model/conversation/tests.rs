use proptest::prelude::*;

use super::*;
use crate::model::event::{Deed, Handling};
use crate::model::id::EventId;

fn message(n: u8) -> MessageId {
    MessageId::random([n; 16])
}

fn channel(n: u8) -> ConnectionId {
    ConnectionId::random([n; 16])
}

fn post(n: u8, at: i64, direction: Direction) -> Post {
    Post {
        place: Place { at, id: message(n) },
        direction,
        connection: channel(1),
        vendor_id: format!("v{n}"),
        reply_to: None,
        thread: None,
        within: None,
    }
}

fn wrote(n: u8, at: i64) -> Post {
    post(n, at, Direction::In)
}

fn done(n: u8, at: i64, of: u8, deed: Deed) -> Done {
    let handling = Handling { by: "anna".into(), message: message(of), deed };
    Done { event: EventId::random([n; 16]), at, handling }
}

/// The first messages of the conversations, with how each stands and what it holds.
fn shape(posts: &[Post], done: &[Done]) -> Vec<(Status, Vec<u8>)> {
    let number = |id: &MessageId| (0..=u8::MAX).find(|n| message(*n) == *id).expect("one of these");
    let folded = fold(10, posts.to_vec(), done.to_vec(), &[]);
    let numbers = |ids: Vec<MessageId>| ids.iter().map(number).collect();
    folded.conversations.into_iter().map(|(one, ids)| (one.status, numbers(ids))).collect()
}

#[test]
fn a_message_joins_reopens_or_begins() {
    let resolved = [done(1, 5, 1, Deed::Resolve)];
    assert_eq!(shape(&[wrote(1, 1), wrote(2, 4)], &[]), [(Status::Open, vec![1, 2])]);
    assert_eq!(shape(&[wrote(1, 1), wrote(2, 15)], &resolved), [(Status::Open, vec![1, 2])]);
    let answer = post(2, 15, Direction::Out);
    assert_eq!(shape(&[wrote(1, 1), answer], &resolved), [(Status::Resolved(5), vec![1, 2])]);
    let late = [(Status::Resolved(5), vec![1]), (Status::Open, vec![2])];
    assert_eq!(shape(&[wrote(1, 1), wrote(2, 16)], &resolved), late);
}

#[test]
fn what_was_written_unseen_keeps_a_conversation_open() {
    let posts = [wrote(1, 1), wrote(2, 4)];
    assert_eq!(shape(&posts, &[done(1, 5, 1, Deed::Resolve)]), [(Status::Open, vec![1, 2])]);
    assert_eq!(shape(&posts, &[done(1, 5, 2, Deed::Resolve)]), [(Status::Resolved(5), vec![1, 2])]);
    // A clock that is ahead: what names the message comes after it.
    assert_eq!(shape(&[wrote(1, 9)], &[done(1, 5, 1, Deed::Resolve)]), [(Status::Resolved(9), vec![1])]);
}

#[test]
fn a_message_wakes_what_is_snoozed_and_so_does_the_time() {
    let snoozed = done(1, 2, 1, Deed::Snooze(50));
    assert_eq!(shape(&[wrote(1, 1)], std::slice::from_ref(&snoozed)), [(Status::Snoozed(50), vec![1])]);
    assert_eq!(
        shape(&[wrote(1, 1), wrote(2, 3)], std::slice::from_ref(&snoozed)),
        [(Status::Open, vec![1, 2])]
    );
    let answer = post(2, 3, Direction::Out);
    assert_eq!(
        shape(&[wrote(1, 1), answer], std::slice::from_ref(&snoozed)),
        [(Status::Snoozed(50), vec![1, 2])]
    );
    let woke = |until| [snoozed.clone(), done(2, 50, 1, Deed::Wake(until))];
    assert_eq!(shape(&[wrote(1, 1)], &woke(50)), [(Status::Open, vec![1])]);
    assert_eq!(shape(&[wrote(1, 1)], &woke(40)), [(Status::Snoozed(50), vec![1])]);
}

#[test]
fn a_split_is_followed_by_what_answers_it_and_can_be_undone() {
    let split = done(1, 5, 2, Deed::Split);
    let mut answer = wrote(3, 6);
    answer.reply_to = Some("v1".into());
    let posts = [wrote(1, 1), wrote(2, 4), answer, wrote(4, 7)];
    let parted = [(Status::Open, vec![1, 3, 4]), (Status::Open, vec![2])];
    assert_eq!(shape(&posts, std::slice::from_ref(&split)), parted);
    let undone = done(2, 9, 2, Deed::Undo(split.event.clone()));
    assert_eq!(shape(&posts, &[split.clone(), undone.clone()]), [(Status::Open, vec![1, 2, 3, 4])]);
    let again = done(3, 10, 2, Deed::Undo(undone.event.clone()));
    assert_eq!(shape(&posts, &[split, undone, again]), parted);
}

#[test]
fn a_merge_keeps_what_either_has_and_its_first_id() {
    let posts = [wrote(1, 1), wrote(2, 20)];
    let done = [
        done(1, 5, 1, Deed::Resolve),
        done(2, 21, 1, Deed::Tag("late".into())),
        done(3, 21, 2, Deed::Priority(Priority::High)),
        done(4, 22, 2, Deed::Merge(message(1))),
    ];
    let folded = fold(10, posts, done, &[message(2)]);
    let (one, ids) = &folded.conversations[0];
    assert_eq!((folded.conversations.len(), one.id(), ids.len()), (1, id_of(&message(1)), 2));
    assert_eq!((one.status, one.priority, one.notes), (Status::Open, Priority::High, 1));
    assert_eq!(
        (one.tags.iter().map(String::as_str).collect::<Vec<_>>(), one.waiting_since),
        (vec!["late"], Some(20))
    );
    assert_eq!(message_of(&one.id()), message(1));
}

#[derive(Debug, Clone)]
enum Item {
    Post(Post),
    Done(Done),
}

fn items() -> impl Strategy<Value = Vec<Item>> {
    let one = (any::<bool>(), 0_u8..12, 0_i64..40, 0_u8..14, 0_u8..12);
    proptest::collection::vec(one, 1..40).prop_map(|all| {
        all.into_iter()
            .enumerate()
            .map(|(at, (is_post, n, when, kind, other))| {
                if is_post || kind < 3 {
                    // One message for each number, whichever says it.
                    let when = i64::from(n) * 5 % 31;
                    let mut post = wrote(n, when);
                    post.direction = if n % 3 == 0 { Direction::Out } else { Direction::In };
                    post.connection = channel(n % 2);
                    post.reply_to = (n % 4 == 1).then(|| format!("v{}", n / 2));
                    post.thread = (n % 5 == 2).then(|| "t".to_owned());
                    post.within = (n % 6 == 3).then(|| message(n - 1));
                    return Item::Post(post);
                }
                let deed = match kind {
                    3 | 4 => Deed::Resolve,
                    5 => Deed::Reopen,
                    6 => Deed::Snooze(when + 3),
                    7 => Deed::Wake(when),
                    8 => Deed::Assign(None),
                    9 => Deed::Tag(format!("t{}", n % 3)),
                    10 => Deed::Priority(Priority::ALL[n as usize % 4]),
                    11 => Deed::Merge(message(other)),
                    12 => Deed::Split,
                    _ => Deed::Undo(EventId::random([other; 16])),
                };
                Item::Done(done(at as u8, when, n, deed))
            })
            .collect()
    })
}

fn folded(items: &[Item]) -> Folded {
    let posts = items.iter().filter_map(|item| match item {
        Item::Post(post) => Some(post.clone()),
        Item::Done(_) => None,
    });
    let done = items.iter().filter_map(|item| match item {
        Item::Done(done) => Some(done.clone()),
        Item::Post(_) => None,
    });
    fold(7, posts, done, &[])
}

/// What a desk must hold.
fn desk(folded: &Folded) -> Desk {
    let all: Vec<_> = folded.conversations.iter().map(|(one, _)| one.clone()).collect();
    let heads = heads(all.iter());
    let conversations = all.into_iter().zip(heads).filter(|(_, head)| *head).map(|(one, _)| one).collect();
    Desk { conversations, upto: folded.upto.clone() }
}

proptest! {
    #[test]
    fn any_order_and_repetition_give_the_same_conversations(items in items(), seed in any::<u64>()) {
        let mut other = [items.clone(), items.iter().step_by(2).cloned().collect()].concat();
        let mut state = seed | 1;
        for at in (1..other.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            other.swap(at, (state >> 33) as usize % (at + 1));
        }
        prop_assert_eq!(folded(&items), folded(&other));
    }

    #[test]
    fn every_message_is_in_one_conversation_whose_id_is_its_first_ones(items in items()) {
        let folded = folded(&items);
        let mut seen = BTreeSet::new();
        for (one, messages) in &folded.conversations {
            prop_assert_eq!(one.id(), id_of(&messages[0]));
            prop_assert_eq!(one.messages as usize, messages.len());
            prop_assert!(messages.iter().all(|id| seen.insert(id.clone())));
        }
        let said: BTreeSet<_> = items.iter().filter_map(|item| match item {
            Item::Post(post) => Some(post.place.id.clone()),
            Item::Done(_) => None,
        }).collect();
        prop_assert_eq!(seen, said);
    }

    #[test]
    fn the_short_way_leads_where_the_whole_history_does(items in items()) {
        let mut short = Desk::default();
        let mut known = BTreeSet::new();
        for (at, item) in items.iter().enumerate() {
            let so_far = &items[..=at];
            let whole = folded(so_far);
            let taken = match item {
                Item::Post(post) if known.insert(post.place.id.clone()) => short.take(7, post, None).is_some(),
                Item::Post(_) => true,
                // What names nothing that is known is not taken at all.
                Item::Done(done) => folded(&items[..at]).conversations.iter().find_map(|(one, messages)| {
                    let named = &done.handling.message;
                    messages.contains(named).then(|| one.id())
                }).is_some_and(|id| {
                    let place = items[..at].iter().find_map(|item| match item {
                        Item::Post(post) if post.place.id == done.handling.message => Some(post.place.clone()),
                        _ => None,
                    });
                    short.handle(&id, done, &place.expect("known")).is_some()
                }),
            };
            // What came before it may have been waiting for this message, or have undone it beforehand, which the hub
            // refuses to log.
            let waited = items[..at].iter().any(|before| match (item, before) {
                (Item::Post(post), Item::Done(done)) => {
                    done.handling.message == post.place.id || done.handling.deed == Deed::Merge(post.place.id.clone())
                }
                (Item::Done(now), Item::Done(done)) => done.handling.deed == Deed::Undo(now.event.clone()),
                (_, Item::Post(_)) => false,
            });
            let mut held = short.clone();
            let heads = held.heads();
            let mut heads = heads.iter();
            held.conversations.retain(|_| *heads.next().expect("one each"));
            held.conversations.sort_by(|a, b| a.first.cmp(&b.first));
            if taken && !waited {
                prop_assert_eq!(&held, &desk(&whole));
            }
            short = desk(&whole);
        }
    }
}
