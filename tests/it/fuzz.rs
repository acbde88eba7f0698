//! The fuzz targets' checks on a few hundred inputs each, so that a plain `cargo test` has them too.
//! `tests/README.md` says how to run the targets themselves; the conversion of events is checked beside it,
//! in `host/src/plugin/convert/drawn.rs`.

use proptest::prelude::*;
use switchboard::model;

#[allow(unreachable_pub, reason = "the fuzz targets are another crate")]
#[path = "../fuzz/src/checks.rs"]
mod checks;

/// Every file of a folder of seeds.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut seeds: Vec<_> = entries.map(|entry| entry.expect("a folder's entry").path()).collect();
    seeds.sort();
    assert!(!seeds.is_empty(), "{}", folder.display());
    seeds.iter().map(|path| std::fs::read(path).expect("a seed")).collect()
}

/// A seed with a piece taken out and another put in, or bytes of no origin.
fn inputs(target: &str) -> impl Strategy<Value = Vec<u8>> {
    let bytes = proptest::collection::vec(any::<u8>(), 0..300);
    let changed = (
        proptest::sample::select(seeds(target)),
        any::<proptest::sample::Index>(),
        0..40_usize,
        proptest::collection::vec(any::<u8>(), 0..20),
    );
    let changed = changed.prop_map(|(mut seed, at, length, put)| {
        let at = at.index(seed.len() + 1);
        let end = (at + length).min(seed.len());
        seed.splice(at..end, put);
        seed
    });
    prop_oneof![bytes, changed]
}

#[test]
fn every_seed_is_as_it_should_be() {
    seeds("signature").iter().for_each(|seed| checks::signature(seed));
    seeds("manifest").iter().for_each(|seed| checks::manifest(seed));
    seeds("form").iter().for_each(|seed| checks::form(seed));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_request_is_let_in_or_refused(data in inputs("signature")) {
        checks::signature(&data);
    }

    #[test]
    fn any_text_is_a_manifest_or_is_answered_with_its_problems(data in inputs("manifest")) {
        checks::manifest(&data);
    }

    #[test]
    fn any_bytes_are_a_form_and_can_be_shown_covered(data in inputs("form")) {
        checks::form(&data);
    }
}
