//! Signatures in a plugin's file: custom sections at its end, each over everything before the first.
//!
//! What is signed is the SHA-256 of the file up to its first signature section, so another signature can
//! be added without touching the ones that are there. Nothing else may follow the first one: a section
//! after it would be run without being signed.

use sha2::{Digest as _, Sha256};

use super::file::{CUSTOM, FileError, HEADER, sections};
use crate::model::package::{ContentHash, Refusal, SIGNATURE_SECTION, Seal, SecretKey, Trust, Verdict};

/// Signatures that a file may carry; checking each costs as much as hashing some kilobytes.
const MOST: usize = 16;

/// What a file's signatures mean under an operator's policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// What they come to; `None` when the policy is not to look.
    pub verdict: Option<Verdict>,
    /// What the operator is to be told, though the file may run.
    pub warning: Option<String>,
}

/// A file with a signature more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The whole file.
    pub wasm: Vec<u8>,
    /// How many of the signatures it carried no longer fitted and were left out.
    pub dropped: usize,
}

/// Decides whether a plugin's file may run: exactly these bytes, whatever was decided of others before.
///
/// # Errors
/// When the operator's policy does not let it.
pub fn judge(wasm: &[u8], trust: &Trust) -> Result<Judged, Refusal> {
    if trust.policy == crate::model::package::Policy::Off {
        return Ok(Judged { verdict: None, warning: None });
    }
    let verdict = verdict(wasm, trust);
    let warning = trust.policy.judge(&verdict)?;
    Ok(Judged { verdict: Some(verdict), warning })
}

/// What a file's signatures come to, whatever the policy.
///
/// One signature of a trusted key that fits is enough: it says that the content is what its owner signed,
/// and a signature beside it changes nothing in the content. Else one that does not fit spoils the file.
#[must_use]
pub fn verdict(wasm: &[u8], trust: &Trust) -> Verdict {
    let read = match read(wasm) {
        Ok(read) => read,
        Err(why) => return Verdict::Broken(why),
    };
    let (mut unknown, mut broken) = (Vec::new(), None);
    for seal in read.seals {
        match seal {
            Ok(seal) if !seal.fits(&read.content) => {
                broken
                    .get_or_insert_with(|| format!("the file is not what the key {} signed", seal.key.id()));
            }
            Ok(seal) => match trust.name_of(&seal.key) {
                Some(name) => return Verdict::Trusted { name: name.clone(), key: seal.key.id() },
                None => unknown.push(seal.key.id()),
            },
            Err(why) => {
                broken.get_or_insert(why);
            }
        }
    }
    match broken {
        Some(why) => Verdict::Broken(why),
        None if unknown.is_empty() => Verdict::Unsigned,
        None => Verdict::Untrusted { keys: unknown },
    }
}

/// A signature of a file, for people to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// It fits what the file holds.
    Fits(Seal),
    /// It is a signature, of other content.
    Differs(Seal),
    /// It cannot be read; the text says why.
    Unreadable(String),
}

/// Every signature in a file, in order.
///
/// # Errors
/// When the file cannot have any, as a text that says why.
pub fn list(wasm: &[u8]) -> Result<Vec<Found>, String> {
    let read = read(wasm)?;
    let found = read.seals.into_iter().map(|seal| match seal {
        Ok(seal) if seal.fits(&read.content) => Found::Fits(seal),
        Ok(seal) => Found::Differs(seal),
        Err(why) => Found::Unreadable(why),
    });
    Ok(found.collect())
}

/// Adds a signature. Those of other keys stay where they still fit; what does not fit any more is left out.
///
/// # Errors
/// When the file is not a component.
pub fn sign(wasm: &[u8], key: &SecretKey) -> Result<Signed, FileError> {
    let (mut out, mut old) = (wasm[..wasm.len().min(HEADER)].to_vec(), Vec::new());
    for section in sections(wasm)? {
        if section.id == CUSTOM && section.name == SIGNATURE_SECTION {
            old.push(Seal::decode(section.content));
        } else {
            out.extend_from_slice(section.whole);
        }
    }
    let content = hash(&out);
    let (carried, ours) = (old.len(), Seal::make(key, &content));
    let mut seals: Vec<Seal> = old.into_iter().filter_map(Result::ok).filter(|s| s.fits(&content)).collect();
    let dropped = carried - seals.len();
    seals.retain(|seal| seal.key != ours.key);
    seals.push(ours);
    for seal in seals {
        use wasm_encoder::ComponentSection as _;
        let section =
            wasm_encoder::CustomSection { name: SIGNATURE_SECTION.into(), data: seal.encode().into() };
        section.append_to_component(&mut out);
    }
    Ok(Signed { wasm: out, dropped })
}

/// The content that is signed and what stands in the signature sections.
struct Read {
    content: ContentHash,
    seals: Vec<Result<Seal, String>>,
}

fn read(wasm: &[u8]) -> Result<Read, String> {
    let mut seals = Vec::new();
    let mut end = HEADER;
    for section in sections(wasm).map_err(|error| error.to_string())? {
        if section.id == CUSTOM && section.name == SIGNATURE_SECTION {
            seals.push(Seal::decode(section.content).map_err(|error| error.to_string()));
        } else if seals.is_empty() {
            end += section.whole.len();
        } else {
            return Err("the file goes on after its signature, with what nobody signed".to_owned());
        }
    }
    if seals.len() > MOST {
        return Err(format!("the file carries {} signatures, and {MOST} are looked at", seals.len()));
    }
    Ok(Read { content: hash(&wasm[..end]), seals })
}

fn hash(content: &[u8]) -> ContentHash {
    ContentHash(Sha256::digest(content).into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::package::{Policy, TrustedKey};
    use crate::plugin::file;

    fn key(seed: u8) -> SecretKey {
        SecretKey::from_seed(&[seed; 32])
    }

    fn trust(policy: Policy, seeds: &[u8]) -> Trust {
        let keys = seeds.iter().map(|&seed| TrustedKey {
            name: format!("key-{seed}").parse().expect("a name"),
            key: key(seed).public(),
        });
        Trust { policy, keys: keys.collect() }
    }

    /// A file with something to tamper with.
    fn plugin(manifest: &str) -> Vec<u8> {
        let asset = crate::model::manifest::Asset { path: "a.css", mime: "text/css", bytes: b"body{}" };
        file::embed(&wasm_encoder::Component::new().finish(), manifest, &[asset]).expect("embeds")
    }

    fn signed(wasm: &[u8], seeds: &[u8]) -> Vec<u8> {
        seeds.iter().fold(wasm.to_vec(), |wasm, &seed| sign(&wasm, &key(seed)).expect("signs").wasm)
    }

    fn is_trusted(wasm: &[u8]) -> bool {
        matches!(verdict(wasm, &trust(Policy::Require, &[1])), Verdict::Trusted { .. })
    }

    #[test]
    fn a_file_is_trusted_for_one_signature_of_a_trusted_key_among_others() {
        let both = signed(&plugin("x"), &[2, 1]);
        let found = verdict(&both, &trust(Policy::Require, &[1]));
        let name = "key-1".parse().expect("a name");
        assert_eq!(found, Verdict::Trusted { name, key: key(1).public().id() });
        let ids = vec![key(2).public().id(), key(1).public().id()];
        assert_eq!(verdict(&both, &trust(Policy::Require, &[3])), Verdict::Untrusted { keys: ids });
        assert_eq!(verdict(&plugin("x"), &trust(Policy::Require, &[1])), Verdict::Unsigned);
    }

    #[test]
    fn signing_again_changes_nothing_and_leaves_the_content_as_it_was() {
        let plain = plugin("x");
        let once = signed(&plain, &[1, 2]);
        assert!(once.starts_with(&plain));
        assert_eq!(signed(&once, &[2]), once);
        assert_eq!(signed(&once, &[1]), signed(&plain, &[2, 1]));
        assert_eq!(list(&once).expect("reads").len(), 2);
    }

    #[test]
    fn a_file_swapped_after_signing_does_not_run_under_any_policy_that_looks() {
        let of_another = signed(&plugin("harmless"), &[1])[plugin("harmless").len()..].to_vec();
        let swapped = [plugin("harmful"), of_another].concat();
        for policy in [Policy::Require, Policy::Warn] {
            let refused = judge(&swapped, &trust(policy, &[1])).expect_err("refused");
            assert!(refused.to_string().contains("is not what the key"), "{refused}");
        }
        assert_eq!(judge(&swapped, &trust(Policy::Off, &[1])).map(|judged| judged.verdict), Ok(None));
    }

    #[test]
    fn signing_a_changed_file_leaves_out_what_no_longer_fits() {
        let of_another = signed(&plugin("old"), &[2])[plugin("old").len()..].to_vec();
        let again = sign(&[plugin("new"), of_another].concat(), &key(1)).expect("signs");
        assert_eq!((again.dropped, again.wasm), (1, signed(&plugin("new"), &[1])));
    }

    #[test]
    fn embedding_anew_leaves_signatures_out() {
        let signed = signed(&plugin("x"), &[1]);
        let again = file::embed(&signed, "y", &[]).expect("embeds");
        assert_eq!(list(&again), Ok(Vec::new()));
    }

    #[test]
    fn nothing_can_follow_a_signature_unsigned() {
        let mut longer = signed(&plugin("x"), &[1]);
        longer.extend_from_slice(&plugin("evil")[HEADER..]);
        assert!(!is_trusted(&longer));
        let cut = &signed(&plugin("x"), &[1])[..];
        let refused = verdict(&cut[..cut.len() - 1], &trust(Policy::Require, &[1]));
        assert!(matches!(refused, Verdict::Broken(why) if why.contains("damaged")));
    }

    #[test]
    fn a_shortened_signature_in_a_whole_section_is_broken() {
        use wasm_encoder::ComponentSection as _;
        let mut wasm = plugin("x");
        let data = Seal::make(&key(1), &hash(&wasm)).encode()[..90].to_vec();
        wasm_encoder::CustomSection { name: SIGNATURE_SECTION.into(), data: data.into() }
            .append_to_component(&mut wasm);
        let found = verdict(&wasm, &trust(Policy::Warn, &[1]));
        assert!(matches!(&found, Verdict::Broken(why) if why.contains("90 bytes")), "{found:?}");
    }

    #[test]
    fn a_flood_of_signatures_is_not_checked() {
        let seeds: Vec<u8> = (1..=17).collect();
        let found = verdict(&signed(&plugin("x"), &seeds), &trust(Policy::Require, &[1]));
        assert!(matches!(&found, Verdict::Broken(why) if why.contains("17 signatures")), "{found:?}");
    }

    #[test]
    fn no_bit_of_a_signed_file_can_change_unnoticed() {
        let whole = signed(&plugin("name = \"x\""), &[1]);
        assert!(is_trusted(&whole));
        for at in 0..whole.len() {
            for bit in 0..8 {
                let mut changed = whole.clone();
                changed[at] ^= 1 << bit;
                assert!(!is_trusted(&changed), "bit {bit} of byte {at}");
            }
        }
    }

    proptest! {
        #[test]
        fn no_change_of_the_content_leaves_it_trusted(
            from in 0usize..200, length in 0usize..40, put in prop::collection::vec(any::<u8>(), 0..40)
        ) {
            let plain = plugin("name = \"x\"\nversion = \"1.0.0\"");
            let mut changed = signed(&plain, &[1]);
            let from = from.min(plain.len());
            let to = (from + length).min(plain.len());
            changed.splice(from..to, put);
            let same = changed.starts_with(&plain);
            prop_assert_eq!(is_trusted(&changed), same && changed == signed(&plain, &[1]));
        }

        #[test]
        fn whatever_the_bytes_are_a_verdict_comes_out(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut wasm = plugin("x");
            wasm.extend_from_slice(&bytes);
            prop_assert!(!is_trusted(&wasm));
            prop_assert!(!is_trusted(&bytes));
        }
    }
}
