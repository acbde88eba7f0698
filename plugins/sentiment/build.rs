//! Packs the word lists of `lexicon/` into the tables that `src/lexicon/packed.rs` reads.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{env, fs};

#[allow(unreachable_pub, reason = "it is public in the library")]
#[path = "src/language/columns.rs"]
mod columns;
#[allow(unreachable_pub, reason = "it is public in the library")]
#[path = "src/lexicon/fold.rs"]
mod fold;
#[allow(unreachable_pub, reason = "it is public in the library")]
#[path = "src/lexicon/stem.rs"]
mod stem;

use columns::{COLUMNS, PROFILED, TARGETS};

/// The same number as `packed::BLOCK`.
const BLOCK: usize = 32;

/// The same number as `packed::LONGEST`.
const LONGEST: usize = 64;

/// The language that has no generated list: no package under a fitting licence has one.
const BY_HAND: &str = "es";

type Table = BTreeMap<String, Vec<u8>>;

fn main() {
    println!("cargo::rerun-if-changed=lexicon");
    println!("cargo::rerun-if-changed=src/lexicon");
    println!("cargo::rerun-if-changed=src/language");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    for language in &COLUMNS[..TARGETS] {
        save(&out, language, &ratings(language));
    }
    save(&out, "signs", &signs());
    let (words, masks) = words();
    save(&out, "words", &words);
    write(&out, "masks", &masks);
    save(&out, "trigrams", &trigrams());
    save(&out, "phrases", &phrases("phrases.txt"));
    save(&out, "urgency", &phrases("urgency.txt"));
}

/// The lines of a file in `lexicon/` without comments, each with its place for messages.
fn lines(name: &str) -> Vec<(String, String)> {
    let path = Path::new("lexicon").join(name);
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let numbered = text.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with("# "));
    numbered.map(|(n, line)| (format!("lexicon/{name}:{}", n + 1), line.to_owned())).collect()
}

/// `word rating` lines, the rating in tenths.
fn rated(name: &str) -> Vec<(String, i8)> {
    let split = |(place, line): (String, String)| {
        let (word, rating) = line.rsplit_once(' ').unwrap_or_else(|| panic!("{place}: no rating"));
        let rating: i8 = rating.parse().unwrap_or_else(|e| panic!("{place}: {e}"));
        assert!((-50..=50).contains(&rating), "{place}: a rating lies from -50 to 50");
        (word.to_owned(), rating)
    };
    lines(name).into_iter().map(split).collect()
}

fn wordlike(key: &str) -> bool {
    key.chars().all(|c| c.is_alphabetic() || matches!(c, '\'' | '-')) && key.chars().any(char::is_alphabetic)
}

/// One language's words. Hand-made ratings replace generated ones. Outside English, words of one
/// stem whose ratings agree in sign become one entry, `stem~`; the others stay whole.
fn ratings(language: &str) -> Table {
    let mut table = Table::new();
    let mut by_stem: BTreeMap<String, Vec<(String, i8, bool)>> = BTreeMap::new();
    let made = if language == BY_HAND { Vec::new() } else { rated(&format!("{language}.txt")) };
    let made = made.into_iter().map(|(w, r)| (w, r, false));
    let house = rated(&format!("house/{language}.txt")).into_iter().map(|(w, r)| (w, r, true));
    for (word, rating, by_hand) in made.chain(house) {
        if language == "en" {
            if wordlike(&word) {
                table.insert(word, vec![rating.cast_unsigned()]);
            }
            continue;
        }
        let word = fold::fold(&word, language == "de");
        let group = by_stem.entry(stem::stem(&word, language)).or_default();
        group.retain(|(known, ..)| *known != word);
        group.push((word, rating, by_hand));
    }
    for (stem, group) in by_stem {
        let hand: Vec<i8> = group.iter().filter(|(.., by_hand)| *by_hand).map(|(_, r, _)| *r).collect();
        let all: Vec<i8> = group.iter().map(|(_, r, _)| *r).collect();
        let decisive = if hand.is_empty() { &all } else { &hand };
        if decisive.iter().all(|r| *r > 0) || decisive.iter().all(|r| *r < 0) {
            let sum: i32 = decisive.iter().map(|r| i32::from(*r)).sum();
            let mean = sum / i32::try_from(decisive.len()).expect("a group is small");
            let mean = i8::try_from(mean).expect("a mean of i8 is an i8");
            table.insert(format!("{stem}~"), vec![mean.cast_unsigned()]);
        } else {
            table.extend(
                group.into_iter().filter(|(_, r, _)| *r != 0).map(|(w, r, _)| (w, vec![r.cast_unsigned()])),
            );
        }
    }
    table
}

/// Emoticons (from VADER's lexicon) and emoji: they mean the same in every language.
fn signs() -> Table {
    let emoticons = rated("en.txt").into_iter().filter(|(key, _)| !wordlike(key) && key.chars().count() > 1);
    let emoticons = emoticons.filter(|(key, _)| !key.chars().all(|c| c.is_ascii_alphanumeric()));
    let emoji = rated("emoji.txt").into_iter();
    emoticons.chain(emoji).map(|(key, rating)| (key, vec![rating.cast_unsigned()])).collect()
}

/// Common words, each with the place of its mask among the masks: a bit per language that has it.
fn words() -> (Table, Vec<u8>) {
    let mut masks: BTreeMap<String, u64> = BTreeMap::new();
    let bit = |place: &str, code: &str| {
        let column = COLUMNS.iter().position(|c| *c == code).unwrap_or_else(|| panic!("{place}: {code}?"));
        1_u64 << column
    };
    for (place, line) in lines("words.txt") {
        let mut parts = line.split(' ');
        let word = parts.next().unwrap_or_default();
        for code in parts {
            *masks.entry(word.to_owned()).or_default() |= bit(&place, code);
        }
    }
    for (place, line) in lines("house/words.txt") {
        let (code, rest) = line.split_once(": ").unwrap_or_else(|| panic!("{place}: no language"));
        for word in rest.split_whitespace() {
            if code == "drop" {
                masks.remove(word);
            } else if let Some(code) = code.strip_prefix("not ") {
                masks.entry(word.to_owned()).and_modify(|mask| *mask &= !bit(&place, code));
            } else {
                *masks.entry(word.to_owned()).or_default() |= bit(&place, code);
            }
        }
    }
    let different: BTreeSet<u64> = masks.values().copied().collect();
    let different: Vec<u64> = different.into_iter().collect();
    let place = |mask: u64| {
        let index = different.binary_search(&mask).expect("every mask is among the different ones");
        u16::try_from(index).expect("few masks differ").to_le_bytes().to_vec()
    };
    let table = masks.into_iter().map(|(word, mask)| (word, place(mask))).collect();
    (table, different.into_iter().flat_map(u64::to_le_bytes).collect())
}

/// Telling trigrams, each with two bits per language, the first language's lowest.
fn trigrams() -> Table {
    let entry = |(place, line): (String, String)| {
        let (gram, digits) = line.split_once(' ').unwrap_or_else(|| panic!("{place}: no digits"));
        assert_eq!(digits.len(), PROFILED, "{place}: a digit per language");
        let level = |d: char| {
            d.to_digit(16).and_then(|d| u8::try_from(d).ok()).unwrap_or_else(|| panic!("{place}: {d}?"))
        };
        let levels: Vec<u8> = digits.chars().map(level).collect();
        let quarter = |level: &u8| match level {
            0..=5 => 0,
            6..=8 => 1,
            9..=11 => 2,
            _ => 3_u8,
        };
        let packed =
            levels.chunks(4).map(|four| four.iter().rev().fold(0, |byte, level| byte << 2 | quarter(level)));
        (gram.replace('_', " "), packed.collect())
    };
    lines("trigrams.txt").into_iter().map(entry).collect()
}

/// The lines `language: phrase number` of a file under `language:phrase`, the number in a byte.
fn phrases(name: &str) -> Table {
    let mut table = Table::new();
    for (place, line) in lines(name) {
        let (language, rest) = line.split_once(": ").unwrap_or_else(|| panic!("{place}: no language"));
        let (phrase, number) = rest.rsplit_once(' ').unwrap_or_else(|| panic!("{place}: no number"));
        let number: i8 = number.parse().unwrap_or_else(|e| panic!("{place}: {e}"));
        let phrase = fold::fold(phrase, language == "de");
        let before = table.insert(format!("{language}:{phrase}"), vec![number.cast_unsigned()]);
        assert!(before.is_none(), "{place}: twice");
    }
    table
}

/// Writes a table in the form that `Packed` reads.
fn save(out: &Path, name: &str, table: &Table) {
    let head = 4 + 4 * table.len().div_ceil(BLOCK);
    let mut offsets = Vec::new();
    let mut body = Vec::new();
    let mut before: &[u8] = b"";
    for (index, (key, value)) in table.iter().enumerate() {
        let key = key.as_bytes();
        assert!(key.len() <= LONGEST, "{name}: a key is too long");
        let whole = index % BLOCK == 0;
        if whole {
            offsets.push(u32::try_from(head + body.len()).expect("a table is small"));
        }
        let shared = key.iter().zip(before).take_while(|(a, b)| a == b).count();
        let shared = if whole { 0 } else { shared.min(15) };
        let rest = u8::try_from(key.len() - shared).expect("a key is short");
        let head = u8::try_from(shared).expect("at most 15") << 4;
        if rest < 15 {
            body.push(head | rest);
        } else {
            body.extend([head | 15, rest]);
        }
        body.extend(&key[shared..]);
        body.extend(value);
        before = key;
    }
    let mut bytes = u32::try_from(offsets.len()).expect("a table is small").to_le_bytes().to_vec();
    bytes.extend(offsets.iter().flat_map(|o| o.to_le_bytes()));
    bytes.extend(body);
    write(out, name, &bytes);
}

fn write(out: &Path, name: &str, bytes: &[u8]) {
    let path = out.join(format!("{name}.bin"));
    fs::write(&path, bytes).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
}
