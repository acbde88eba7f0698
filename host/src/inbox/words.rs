//! What pages say, in the reader's language: messages of `templates/locales/*.ftl`, by key.

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};

/// A language that the pages are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    /// English, which also stands in for every language that is not here.
    English,
    /// German.
    German,
}

impl Language {
    /// Every language.
    pub(crate) const ALL: [Self; 2] = [Self::English, Self::German];

    /// Its BCP 47 tag, for the page's `lang`.
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// The language of a tag such as `de-AT`.
    pub(crate) fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(primary))
    }

    /// The language that an `Accept-Language` header likes best of those there are.
    pub(crate) fn accepted(header: &str) -> Self {
        let mut best = (0.0, Self::English);
        for part in header.split(',') {
            let (tag, weight) = part.split_once(";q=").unwrap_or((part, "1"));
            let weight = weight.trim().parse::<f64>().unwrap_or(0.0);
            if let Some(language) = Self::of_tag(tag).filter(|_| weight > best.0) {
                best = (weight, language);
            }
        }
        best.1
    }

    /// What stands between groups of three digits, and before the decimals.
    pub(crate) fn marks(self) -> (char, char) {
        match self {
            Self::English => (',', '.'),
            Self::German => ('.', ','),
        }
    }

    fn source(self) -> &'static str {
        match self {
            Self::English => include_str!("../../templates/locales/en.ftl"),
            Self::German => include_str!("../../templates/locales/de.ftl"),
        }
    }
}

type Bundle = FluentBundle<FluentResource>;

static BUNDLES: LazyLock<[Bundle; 2]> = LazyLock::new(|| Language::ALL.map(bundle));

/// The messages of a language. A file that cannot be read whole fails a test; here what can be read of it counts.
fn bundle(language: Language) -> Bundle {
    let resource = match FluentResource::try_new(language.source().to_owned()) {
        Ok(resource) | Err((resource, _)) => resource,
    };
    let mut bundle = Bundle::new_concurrent(language.tag().parse().into_iter().collect());
    // Names are isolated by `<bdi>` where they stand.
    bundle.set_use_isolating(false);
    bundle.set_formatter(Some(match language {
        Language::English => |value, _| number(value, Language::English),
        Language::German => |value, _| number(value, Language::German),
    }));
    bundle.add_resource_overriding(resource);
    bundle
}

fn number(value: &FluentValue<'_>, language: Language) -> Option<String> {
    let FluentValue::Number(number) = value else { return None };
    Some(grouped(&number.as_string(), language))
}

/// A number with its digits in groups of three.
pub(crate) fn grouped(digits: &str, language: Language) -> String {
    let (group, decimal) = language.marks();
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |rest| ("-", rest));
    let (whole, rest) = digits.split_once('.').map_or((digits, None), |(whole, rest)| (whole, Some(rest)));
    let mut out = sign.to_owned();
    for (at, digit) in whole.chars().enumerate() {
        // From ten thousand on: a year or a four-digit order number reads better whole.
        if at > 0 && whole.len() > 4 && (whole.len() - at).is_multiple_of(3) {
            out.push(group);
        }
        out.push(digit);
    }
    if let Some(rest) = rest {
        out.push(decimal);
        out.push_str(rest);
    }
    out
}

/// A value that a message takes.
pub(crate) trait Value {
    /// The value for a message.
    fn value(&self) -> FluentValue<'_>;
}

macro_rules! value {
    ($($kind:ty),*) => {$(
        impl Value for $kind {
            fn value(&self) -> FluentValue<'_> {
                FluentValue::from(*self)
            }
        }
    )*};
}
value!(i8, u8, u16, u32, u64, usize, i32, i64, f64);

impl Value for str {
    fn value(&self) -> FluentValue<'_> {
        FluentValue::from(self)
    }
}

impl Value for String {
    fn value(&self) -> FluentValue<'_> {
        FluentValue::from(self.as_str())
    }
}

impl<V: Value + ?Sized> Value for &V {
    fn value(&self) -> FluentValue<'_> {
        (**self).value()
    }
}

/// The messages of one language. Templates ask it: `{{ words.say("nav-people") }}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Words {
    /// The language.
    pub(crate) language: Language,
}

impl Words {
    /// A message.
    pub(crate) fn say(self, key: &str) -> String {
        self.message(key, None)
    }

    /// A message with one value.
    pub(crate) fn say1<V: Value + ?Sized>(self, key: &str, name: &str, value: &V) -> String {
        self.message(key, Some(FluentArgs::from_iter([(name, value.value())])))
    }

    /// A message with two values.
    pub(crate) fn say2<V: Value + ?Sized, W: Value + ?Sized>(
        self,
        key: &str,
        (name, value): (&str, &V),
        (other, second): (&str, &W),
    ) -> String {
        self.message(key, Some(FluentArgs::from_iter([(name, value.value()), (other, second.value())])))
    }

    /// The message of a family for something that the domain calls by a word: `family-word`. What has no message is
    /// shown as it is called.
    pub(crate) fn of(self, family: &str, word: &str) -> String {
        let key = format!("{family}-{word}");
        self.found(&key, None).unwrap_or_else(|| word.to_owned())
    }

    /// A number.
    pub(crate) fn number<V: ToString + ?Sized>(self, value: &V) -> String {
        grouped(&value.to_string(), self.language)
    }

    /// A length of time, milliseconds, in its largest unit: `3 minutes`.
    pub(crate) fn length(self, ms: u64) -> String {
        let seconds = ms / 1000;
        let (key, count) = match seconds {
            0..60 => ("length-seconds", seconds),
            60..3_600 => ("length-minutes", seconds / 60),
            3_600..86_400 => ("length-hours", seconds / 3_600),
            _ => ("length-days", seconds / 86_400),
        };
        self.say1(key, "count", &count)
    }

    fn message(self, key: &str, values: Option<FluentArgs<'_>>) -> String {
        self.found(key, values).unwrap_or_else(|| key.to_owned())
    }

    fn found(self, key: &str, values: Option<FluentArgs<'_>>) -> Option<String> {
        let [english, german] = &*BUNDLES;
        let bundle = match self.language {
            Language::English => english,
            Language::German => german,
        };
        let pattern = bundle.get_message(key)?.value()?;
        let mut mistakes = Vec::new();
        Some(bundle.format_pattern(pattern, values.as_ref(), &mut mistakes).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};

    use regex::Regex;

    use super::*;

    const ENGLISH: Words = Words { language: Language::English };
    const GERMAN: Words = Words { language: Language::German };

    fn keys(language: Language) -> BTreeSet<String> {
        let key = Regex::new(r"(?m)^([a-z][a-z0-9-]*) *=").expect("a pattern");
        key.captures_iter(language.source()).map(|found| found[1].to_owned()).collect()
    }

    /// Every template, and every source file of the pages.
    fn sources() -> Vec<String> {
        let host = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut folders: Vec<PathBuf> = vec![host.join("templates"), host.join("src/inbox")];
        let mut texts = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|kind| kind == "html" || kind == "rs") {
                    texts.push(std::fs::read_to_string(path).expect("text"));
                }
            }
        }
        texts
    }

    fn quoted(texts: &[String], pattern: &str) -> BTreeSet<String> {
        let pattern = Regex::new(pattern).expect("a pattern");
        let found = texts.iter().flat_map(|text| pattern.captures_iter(text));
        found.map(|found| found[1].to_owned()).collect()
    }

    #[test]
    fn every_message_can_be_read() {
        for language in Language::ALL {
            if let Err((_, mistakes)) = FluentResource::try_new(language.source().to_owned()) {
                panic!("{}.ftl: {mistakes:?}", language.tag());
            }
        }
    }

    #[test]
    fn the_languages_have_the_same_messages_and_each_is_written_once() {
        let english = keys(Language::English);
        let german = keys(Language::German);
        assert_eq!(english.difference(&german).collect::<Vec<_>>(), Vec::<&String>::new(), "not in de.ftl");
        assert_eq!(german.difference(&english).collect::<Vec<_>>(), Vec::<&String>::new(), "not in en.ftl");
        let key = Regex::new(r"(?m)^([a-z][a-z0-9-]*) *=").expect("a pattern");
        for language in Language::ALL {
            let all = key.captures_iter(language.source()).count();
            assert_eq!(all, keys(language).len(), "{}.ftl says something twice", language.tag());
        }
    }

    #[test]
    fn a_message_takes_the_same_values_in_every_language() {
        let value = Regex::new(r"\$([a-z]+)").expect("a pattern");
        let messages = |language: Language| {
            let start = Regex::new(r"(?m)^[a-z][a-z0-9-]* *=").expect("a pattern");
            let source = language.source();
            let starts: Vec<usize> = start.find_iter(source).map(|found| found.start()).collect();
            let ends = starts.iter().skip(1).copied().chain([source.len()]);
            let texts = starts.iter().zip(ends).map(|(start, end)| &source[*start..end]);
            texts
                .map(|text| {
                    let key = text.split([' ', '=']).next().unwrap_or_default().to_owned();
                    let values: BTreeSet<String> =
                        value.captures_iter(text).map(|found| found[1].to_owned()).collect();
                    (key, values)
                })
                .collect::<std::collections::BTreeMap<_, _>>()
        };
        let german = messages(Language::German);
        for (key, values) in messages(Language::English) {
            assert_eq!(german.get(&key), Some(&values), "{key}");
        }
    }

    #[test]
    fn every_message_that_is_said_is_there_and_every_message_that_is_there_is_said() {
        let texts = sources();
        let keys = keys(Language::English);
        let said = quoted(&texts, r#"\bsay[12]?\(\s*"([a-z0-9-]+)""#);
        let missing: Vec<_> = said.difference(&keys).collect();
        assert!(missing.is_empty(), "said and not written: {missing:?}");
        let families = quoted(&texts, r#"\bof\(\s*"([a-z0-9-]+)""#);
        let literal = quoted(&texts, r#""([a-z][a-z0-9-]*)""#);
        let unused: Vec<_> = keys
            .iter()
            .filter(|key| !literal.contains(*key))
            .filter(|key| !families.iter().any(|family| key.starts_with(&format!("{family}-"))))
            .collect();
        assert!(unused.is_empty(), "written and never said: {unused:?}");
    }

    #[test]
    fn the_language_liked_best_is_taken_and_english_where_none_is_there() {
        for (header, language) in [
            ("de-AT,de;q=0.9,en;q=0.8", Language::German),
            ("en-GB,de;q=0.9", Language::English),
            ("fr,de;q=0.5,en;q=0.3", Language::German),
            ("fr, ja", Language::English),
            ("", Language::English),
            ("de;q=0", Language::English),
        ] {
            assert_eq!(Language::accepted(header), language, "{header}");
        }
    }

    #[test]
    fn numbers_are_grouped_as_the_language_does() {
        assert_eq!(ENGLISH.number(&1_234_567), "1,234,567");
        assert_eq!(GERMAN.number(&1_234_567), "1.234.567");
        assert_eq!(ENGLISH.number(&2026), "2026");
        assert_eq!(GERMAN.number("-12345.5"), "-12.345,5");
    }

    #[test]
    fn a_length_of_time_is_told_in_its_largest_unit() {
        let told = [0, 1_000, 90_000, 7_200_000, 260_000_000].map(|ms| ENGLISH.length(ms));
        assert_eq!(told, ["0 seconds", "1 second", "1 minute", "2 hours", "3 days"]);
    }

    #[test]
    fn what_has_no_message_is_shown_as_it_is_called() {
        assert_eq!(ENGLISH.of("evidence", "made-up"), "made-up");
        assert_ne!(ENGLISH.of("evidence", "verified"), GERMAN.of("evidence", "verified"));
    }
}
