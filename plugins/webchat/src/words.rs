//! What the widget says, in the languages it speaks, and how it looks: `GET /config`.

use serde::Serialize;
use serde_json::value::RawValue;
use switchboard_sdk::webhook::{Reply, Request};
use switchboard_sdk::{Result, json};

use crate::settings::{Ask, Settings};

/// The message files, English first: the language of those whose own is not here.
const FILES: [(&str, &str); 5] = [
    ("en", include_str!("../locales/en.json")),
    ("de", include_str!("../locales/de.json")),
    ("fr", include_str!("../locales/fr.json")),
    ("es", include_str!("../locales/es.json")),
    ("ar", include_str!("../locales/ar.json")),
];

/// Languages that are read from the right.
const RIGHT: [&str; 1] = ["ar"];

/// The words of one language.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Words {
    lang: &'static str,
    file: &'static str,
}

/// The language of a page (`de-AT`), or the one that the operator set.
pub(crate) fn of(lang: &str, settings: &Settings) -> Words {
    let find = |lang: &str| {
        let plain = lang.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        FILES.iter().find(|(name, _)| *name == plain)
    };
    let (lang, file) = find(lang).or_else(|| find(&settings.language)).unwrap_or(&FILES[0]);
    Words { lang, file }
}

impl Words {
    /// A word by its name.
    pub(crate) fn text(self, name: &str) -> String {
        json::text_at(self.file, &[name]).unwrap_or_default()
    }

    /// How soon somebody answers; empty for 0.
    pub(crate) fn answer(self, minutes: u32) -> String {
        let (name, count) = match minutes {
            0 => return String::new(),
            1..=90 => ("answerMinutes", minutes),
            91..=1_440 => ("answerHours", minutes.div_ceil(60)),
            _ => ("answerDays", minutes.div_ceil(1_440)),
        };
        self.text(name).replace("{n}", &count.to_string())
    }
}

/// What a widget needs to know before it shows itself.
#[derive(Serialize)]
struct Config<'a> {
    lang: &'a str,
    dir: &'a str,
    words: &'a RawValue,
    title: String,
    greeting: String,
    colour: &'a str,
    side: &'a str,
    name: Ask,
    email: Ask,
    phone: Ask,
    consent: &'a str,
    privacy: &'a str,
    bot: bool,
    pages: bool,
    /// The largest file in bytes, and the types that are taken.
    file: usize,
    types: &'a [String],
}

/// Looks and words, for any page: there is nothing personal in it.
pub(crate) fn config(request: &Request, settings: &Settings) -> Result<Reply> {
    let words = of(request.query("lang").unwrap_or_default(), settings);
    let or = |own: &String, name| if own.is_empty() { words.text(name) } else { own.clone() };
    let config = Config {
        lang: words.lang,
        dir: if RIGHT.contains(&words.lang) { "rtl" } else { "ltr" },
        words: serde_json::from_str(words.file)?,
        title: or(&settings.title, "title"),
        greeting: or(&settings.greeting, "greeting"),
        colour: &settings.colour,
        side: &settings.side,
        name: settings.ask_name,
        email: settings.ask_email,
        phone: settings.ask_phone,
        consent: &settings.consent,
        privacy: &settings.privacy_url,
        bot: settings.bot,
        pages: settings.pages,
        file: settings.attachment_kib << 10,
        types: &settings.attachment_types,
    };
    Ok(Reply::json(serde_json::to_string(&config)?).header("cache-control", "public, max-age=300"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn names(file: &str) -> BTreeSet<String> {
        json::members(file).unwrap().into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn every_language_says_the_same_and_fills_the_same_gaps() {
        let gaps = |file: &str, name: &str| {
            let text = json::text_at(file, &[name]).unwrap();
            ["{n}", "{when}", "{name}"].map(|gap| text.contains(gap))
        };
        for (lang, file) in FILES {
            assert_eq!(names(file), names(FILES[0].1), "{lang}");
            for name in names(file) {
                assert_eq!(gaps(file, &name), gaps(FILES[0].1, &name), "{lang}: {name}");
            }
        }
    }

    #[test]
    fn every_word_is_used_and_every_word_that_is_used_is_there() {
        let widget = include_str!("../assets/widget.js");
        // Said by the plugin, or by the name of a field.
        let here =
            ["answerMinutes", "answerHours", "answerDays", "title", "greeting", "name", "email", "phone"];
        for name in names(FILES[0].1) {
            assert!(
                widget.contains(&format!("words.{name}")) || here.contains(&&*name),
                "`{name}` is said nowhere"
            );
        }
        for (at, _) in widget.match_indices("words.") {
            let name: String = widget[at + 6..].chars().take_while(char::is_ascii_alphabetic).collect();
            assert!(names(FILES[0].1).contains(&name), "`{name}` is in no message file");
        }
    }

    #[test]
    fn a_page_is_spoken_to_in_its_language_or_the_operators() {
        let settings = Settings { language: "fr".to_owned(), ..Settings::default() };
        for (lang, chosen) in [("de-AT", "de"), ("AR", "ar"), ("nl", "fr"), ("", "fr"), ("en_GB", "en")] {
            assert_eq!(of(lang, &settings).lang, chosen, "{lang}");
        }
        let words = of("de", &settings);
        assert_eq!(words.answer(0), "");
        assert_eq!(words.answer(5), "Wir antworten meist innerhalb von 5 Minuten.");
        assert_eq!(words.answer(120), "Wir antworten meist innerhalb von 2 Stunden.");
    }
}
