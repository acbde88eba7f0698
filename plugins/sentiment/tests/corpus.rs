//! Measures the English mood on labelled sentences, against VADER on the same sentences.
//!
//! The sentences are not part of this project: `SWITCHBOARD_CORPUS` names the folder that has them.
//! VADER's figures count an answer as positive when the polarity is above 0, and as negative
//! otherwise; that reproduces its .844, .791 and .816, and so it is counted here.

use std::path::{Path, PathBuf};
use std::{env, fs};

use sentiment::rules::judge;
use sentiment::tokens::tokens;
use sentiment::{Label, Language, analyse};
use serde::Deserialize;

#[derive(Deserialize)]
struct Sentence {
    text: String,
    /// 1 pleasant, 0 unpleasant; the last record of each file is empty and has none.
    class: Option<u8>,
}

fn corpus() -> Option<PathBuf> {
    let folder = env::var_os("SWITCHBOARD_CORPUS").map(|folder| PathBuf::from(folder).join("sentiment"));
    if folder.is_none() {
        eprintln!("SKIPPED: SWITCHBOARD_CORPUS is not set, so the mood was NOT measured");
    }
    folder
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn sentences(corpus: &Path, set: &str) -> Vec<Sentence> {
    let path = corpus.join("uci-labelled-sentences").join(format!("{set}.json"));
    let all: Vec<Sentence> =
        serde_json::from_str(&read(&path)).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    all.into_iter().filter(|sentence| sentence.class.is_some()).collect()
}

/// The polarity as English, as VADER was measured: these sets are known to be English.
fn english(text: &str) -> f64 {
    let english = Some(Language::English);
    judge(text, &tokens(text, english), english).polarity
}

#[allow(clippy::cast_precision_loss)]
fn share(right: usize, all: usize) -> f64 {
    right as f64 / all as f64
}

#[test]
fn english_reviews_are_judged_at_least_as_well_as_by_vader() {
    let Some(corpus) = corpus() else { return };
    for (set, vader) in [("amazon", 0.844), ("imdb", 0.791), ("yelp", 0.816)] {
        let sentences = sentences(&corpus, set);
        let right = |s: &&Sentence| (english(&s.text) > 0.0) == (s.class == Some(1));
        let accuracy = share(sentences.iter().filter(right).count(), sentences.len());
        let halves = [0, 1].map(|half| {
            let part: Vec<_> = sentences.iter().skip(half).step_by(2).collect();
            share(part.iter().copied().filter(right).count(), part.len())
        });
        // End to end: a sentence whose language is not recognised has no mood and is not positive.
        let positive = |s: &Sentence| analyse(&s.text).mood.is_some_and(|mood| mood.polarity > 0.0);
        let whole = sentences.iter().filter(|s| positive(s) == (s.class == Some(1))).count();
        let whole = share(whole, sentences.len());
        eprintln!(
            "{set}: accuracy {accuracy:.4} (VADER {vader}), halves {halves:.4?}, with recognition {whole:.4}"
        );
        assert!(whole >= vader, "{set}: with recognition {whole} is less than VADER's {vader}");
        assert!(accuracy >= vader, "{set}: {accuracy} is less than VADER's {vader}");
    }
}

#[test]
fn rated_tweets_correlate_at_least_as_well_as_vader_does() {
    let Some(corpus) = corpus() else { return };
    let text = read(&corpus.join("vader-groundtruth/tweets_even_rows.txt"));
    let pairs: Vec<(f64, f64)> = text
        .lines()
        .map(|line| {
            let mut parts = line.splitn(3, '\t').skip(1);
            let rating = parts.next().and_then(|r| r.parse().ok()).expect("a rating");
            (rating, english(parts.next().expect("a text")))
        })
        .collect();
    let r = correlation(&pairs);
    eprintln!("tweets: r = {r:.4} over {} (VADER .875)", pairs.len());
    assert!(r >= 0.875, "{r} is less than VADER's .875");
}

#[test]
fn confident_answers_are_right_more_often() {
    let Some(corpus) = corpus() else { return };
    let mut answers = Vec::new();
    for sentence in ["amazon", "imdb", "yelp"].into_iter().flat_map(|set| sentences(&corpus, set)) {
        if let Some(mood) = analyse(&sentence.text).mood.filter(|mood| mood.label != Label::Neutral) {
            let right = (mood.label == Label::Positive) == (sentence.class == Some(1));
            answers.push((mood.confidence, right));
        }
    }
    let accuracy = |from: f64, below: f64| {
        let part: Vec<bool> =
            answers.iter().filter(|(c, _)| (from..below).contains(c)).map(|(_, right)| *right).collect();
        share(part.iter().filter(|right| **right).count(), part.len())
    };
    let steps = [accuracy(0.0, 0.5), accuracy(0.5, 0.7), accuracy(0.7, 0.85), accuracy(0.85, 1.01)];
    eprintln!("accuracy below a confidence of .5, .7, .85, 1: {steps:.3?}");
    assert!(steps.is_sorted_by(|a, b| a < b), "{steps:?}");
}

#[test]
fn english_reviews_are_recognised_as_english() {
    let Some(corpus) = corpus() else { return };
    for set in ["amazon", "imdb", "yelp"] {
        let sentences = sentences(&corpus, set);
        let (mut right, mut unknown, mut wrong) = (0, 0, Vec::new());
        for sentence in &sentences {
            match analyse(&sentence.text).language {
                Some(found) if found.language == Language::English => right += 1,
                Some(found) => wrong.push((found.language, sentence.text.as_str())),
                None => unknown += 1,
            }
        }
        let recognised = share(right, sentences.len());
        eprintln!("{set}: {recognised:.4} recognised as English, {unknown} unknown, wrong {wrong:?}");
        assert!(recognised >= 0.97, "{set}: only {recognised} recognised");
        assert!(wrong.len() <= 3, "{set}: {wrong:?}");
    }
}

fn correlation(pairs: &[(f64, f64)]) -> f64 {
    #[allow(clippy::cast_precision_loss)]
    let n = pairs.len() as f64;
    let mean = |f: fn(&(f64, f64)) -> f64| pairs.iter().map(f).sum::<f64>() / n;
    let (mx, my) = (mean(|p| p.0), mean(|p| p.1));
    let sum = |f: &dyn Fn(f64, f64) -> f64| pairs.iter().map(|p| f(p.0 - mx, p.1 - my)).sum::<f64>();
    sum(&|x, y| x * y) / (sum(&|x, _| x * x) * sum(&|_, y| y * y)).sqrt()
}
