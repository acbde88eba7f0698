//! Who has how many events: a few people nearly all of them, as Zipf and Mandelbrot found of words.

use super::Plan;
use super::draw::{Draw, For};

/// How many events everybody has, by their number; together as many as the plan says, and each at least one.
///
/// The share of rank r falls as (r + q) to the power of -5/4, with q a quarter of the square root of the number of
/// people: of 10 million events of a million people the first has about 10,000, and every other person one or two.
pub(super) fn shares(plan: Plan) -> Vec<u32> {
    let people = plan.people as usize;
    let flat = (f64::from(plan.people).sqrt() / 4.0).max(2.0);
    let weight = |rank: usize| {
        let place = rank as f64 + 1.0 + flat;
        1.0 / (place * place.sqrt().sqrt())
    };
    let total: f64 = (0..people).map(weight).sum();
    let spare = plan.events - u64::from(plan.people);
    // Rounded down along the running sum, so that nothing is lost or won on the way.
    let (mut sum, mut given) = (0.0, 0_u64);
    let mut shares = Vec::with_capacity(people);
    for rank in 0..people {
        sum += weight(rank);
        let upto = if rank + 1 == people { spare } else { (spare as f64 * (sum / total)) as u64 };
        let own = upto.saturating_sub(given);
        given += own;
        shares.push(1 + u32::try_from(own).unwrap_or(u32::MAX - 1));
    }
    // Whoever has many is anybody.
    let mut draw = Draw::new(plan.seed, For::Shares, 0, 0);
    for at in (1..people).rev() {
        shares.swap(at, draw.below(at as u64 + 1) as usize);
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_has_an_event_and_a_few_have_thousands() {
        let plan = Plan { people: 100_000, events: 1_000_000, seed: 7 };
        let mut shares = shares(plan);
        assert_eq!(shares.iter().map(|share| u64::from(*share)).sum::<u64>(), plan.events);
        shares.sort_unstable();
        assert_eq!(shares[0], 1);
        assert!(shares[50_000] <= 4, "the middle: {}", shares[50_000]);
        let most = shares[99_999];
        assert!((1_000..20_000).contains(&most), "the first: {most}");
        let thousands = shares.iter().filter(|share| **share >= 1_000).count();
        assert!((10..500).contains(&thousands), "with thousands: {thousands}");
    }

    #[test]
    fn one_person_can_have_everything() {
        assert_eq!(shares(Plan { people: 1, events: 10_000, seed: 1 }), [10_000]);
    }
}
