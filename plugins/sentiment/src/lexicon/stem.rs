//! Light stemming: takes the commonest endings off a folded word, so that one entry serves its
//! gender, number and tense. The build script reads this file too, so both sides always agree.
//! English is not stemmed: its lexicon lists every form.

/// Letters that a stem keeps at the least; shorter words are looked up as they are written.
const SHORTEST: usize = 4;

/// Endings per language code, longest first; the first that fits is taken off.
const GERMAN: &[&str] = &[
    "sten", "tem", "ten", "ter", "tes", "end", "ern", "st", "te", "em", "en", "er", "es", "et", "e", "n",
    "s", "t",
];
const SPANISH: &[&str] = &[
    "amente", "emente", "ieron", "iendo", "mente", "adas", "ados", "amos", "ando", "aron", "emos", "idas",
    "idos", "imos", "aba", "ada", "ado", "ais", "ida", "ido", "an", "ar", "as", "en", "er", "es", "io", "ir",
    "os", "a", "e", "o", "s",
];
const FRENCH: &[&str] = &[
    "issement", "ements", "ement", "aient", "ment", "ants", "ante", "ait", "ant", "ees", "ent", "ons", "ais",
    "er", "es", "ee", "ez", "ir", "is", "it", "e", "s", "t", "x", "i",
];
const ITALIAN: &[&str] = &[
    "amente", "emente", "mente", "iamo", "ando", "endo", "ante", "anti", "are", "ata", "ate", "ati", "ato",
    "ava", "ere", "ire", "ita", "ite", "iti", "ito", "uta", "ute", "uti", "uto", "ano", "ono", "hi", "he",
    "a", "e", "i", "o",
];
const PORTUGUESE: &[&str] = &[
    "amente", "emente", "mente", "adas", "ados", "amos", "ando", "aram", "emos", "endo", "eram", "idas",
    "idos", "imos", "indo", "iram", "ada", "ado", "ava", "ida", "ido", "am", "ar", "as", "em", "er", "es",
    "eu", "ir", "iu", "os", "ou", "a", "e", "o", "s",
];

/// The stem of a folded word in the language of this ISO 639-1 code.
pub fn stem(word: &str, language: &str) -> String {
    let (word, endings) = match language {
        "de" => (word.to_owned(), GERMAN),
        "es" => (word.to_owned(), SPANISH),
        "fr" => (masculine(word), FRENCH),
        "it" => (word.to_owned(), ITALIAN),
        "pt" => (word.to_owned(), PORTUGUESE),
        _ => return word.to_owned(),
    };
    for ending in endings {
        if let Some(rest) = word.strip_suffix(ending)
            && rest.chars().count() >= SHORTEST
        {
            return rest.to_owned();
        }
    }
    word
}

/// French feminines that change more than their last letter: heureuse, active, nulle, bonne.
fn masculine(word: &str) -> String {
    const FORMS: &[(&str, &str)] = &[
        ("euses", "eux"),
        ("euse", "eux"),
        ("ives", "if"),
        ("ive", "if"),
        ("ifs", "if"),
        ("elles", "el"),
        ("elle", "el"),
        ("ennes", "en"),
        ("enne", "en"),
    ];
    for (feminine, masculine) in FORMS {
        if let Some(rest) = word.strip_suffix(feminine)
            && rest.chars().count() >= 3
        {
            return format!("{rest}{masculine}");
        }
    }
    word.to_owned()
}
