//! What the rules do to a polarity, and how pleasant short messages in six languages are.

use proptest::prelude::*;
use sentiment::rules::judge;
use sentiment::tokens::{Kind, tokens};
use sentiment::{Label, Language, analyse};

fn polarity(text: &str) -> f64 {
    polarity_in(Language::English, text)
}

fn polarity_in(language: Language, text: &str) -> f64 {
    judge(text, &tokens(text, Some(language)), Some(language)).polarity
}

#[test]
fn a_negator_flips_the_sign() {
    let pairs = [
        (Language::English, "the service is good", "the service is not good"),
        (Language::English, "it is terrible", "it isn't terrible"),
        (Language::German, "das ist gut", "das ist nicht gut"),
        (Language::German, "das gefällt mir", "das gefällt mir nicht"),
        (Language::Spanish, "me gusta", "no me gusta"),
        (Language::French, "je suis content", "je ne suis pas content du tout"),
        (Language::French, "ça marche", "ça marche pas"),
        (Language::Italian, "sono soddisfatto", "non sono soddisfatto"),
        (Language::Portuguese, "gostei do produto", "não gostei do produto"),
    ];
    for (language, plain, negated) in pairs {
        let (plain_polarity, negated_polarity) =
            (polarity_in(language, plain), polarity_in(language, negated));
        assert!(
            plain_polarity * negated_polarity < 0.0,
            "{plain} {plain_polarity}, {negated} {negated_polarity}"
        );
    }
}

#[test]
fn a_booster_strengthens_and_a_dampener_weakens() {
    let rows = [
        (Language::English, "slightly", "very", "good"),
        (Language::English, "slightly", "extremely", "bad"),
        (Language::German, "etwas", "sehr", "gut"),
        (Language::Spanish, "poco", "muy", "malo"),
        (Language::French, "peu", "très", "content"),
        (Language::Italian, "poco", "molto", "deluso"),
        (Language::Portuguese, "pouco", "muito", "feliz"),
    ];
    for (language, weaker, stronger, word) in rows {
        let plain = polarity_in(language, word).abs();
        assert!(polarity_in(language, &format!("{stronger} {word}")).abs() > plain, "{stronger} {word}");
        assert!(polarity_in(language, &format!("{weaker} {word}")).abs() < plain, "{weaker} {word}");
    }
}

#[test]
fn capitals_and_exclamation_marks_strengthen() {
    assert!(polarity("the food was GREAT") > polarity("the food was great"));
    assert!(polarity("the food was AWFUL") < polarity("the food was awful"));
    assert!(polarity("great!!!") > polarity("great!"));
    assert!(polarity("awful!!!") < polarity("awful!"));
    assert_eq!(polarity("GREAT FOOD"), polarity("great food"), "nothing stands out if all is in capitals");
}

#[test]
fn but_gives_the_second_half_the_say() {
    assert!(polarity("the food was good but the service was bad") < 0.0);
    assert!(polarity("the service was bad but the food was good") > 0.0);
    assert!(polarity_in(Language::German, "Das Essen war gut, aber der Service war schlecht") < 0.0);
    assert!(polarity_in(Language::French, "le service est mauvais mais le produit est bon") > 0.0);
}

#[test]
fn an_emoji_counts_as_a_word() {
    assert!(polarity("my order arrived 😍") > 0.3);
    assert!(polarity("my order arrived 😡") < -0.3);
    assert!(polarity("my order arrived :(") < -0.2);
    assert!(polarity("thanks :)") > polarity("thanks"));
}

#[test]
fn a_stretched_word_is_the_word_it_stretches() {
    assert!(polarity("goooood") > 0.3);
    assert!(polarity("this is sooooo baaaad") < -0.3);
}

#[test]
fn a_phrase_may_mean_the_opposite_of_its_words() {
    assert!(polarity("don't waste your money") < 0.0);
    assert!(polarity("could not be happier") > 0.0);
    assert!(polarity("no problems so far") > 0.0);
    assert!(polarity_in(Language::French, "c'est pas mal") > 0.0);
    assert!(polarity_in(Language::German, "nicht schlecht") > 0.0);
}

#[test]
fn short_messages_have_the_mood_that_a_reader_finds() {
    let rows = [
        (Label::Negative, "Das ist wirklich sehr schlecht, ich bin enttäuscht!"),
        (Label::Negative, "Ich warte seit zwei Wochen und niemand antwortet, eine Frechheit"),
        (Label::Negative, "Das Gerät war bei der Lieferung schon kaputt"),
        (Label::Positive, "Danke, super schneller Versand!"),
        (Label::Positive, "Alles bestens, gerne wieder"),
        (Label::Neutral, "Wo ist meine Bestellung?"),
        (Label::Negative, "Muy mal servicio, es una estafa"),
        (Label::Negative, "El paquete llegó roto y nadie me responde"),
        (Label::Positive, "Muchas gracias, todo perfecto"),
        (Label::Positive, "Me encanta, muy buena calidad"),
        (Label::Neutral, "¿Dónde está mi pedido?"),
        (Label::Negative, "Très déçu, produit de mauvaise qualité"),
        (Label::Negative, "Ça ne marche pas, c'est une arnaque"),
        (Label::Positive, "Merci pour votre aide rapide"),
        (Label::Positive, "Livraison parfaite, je recommande"),
        (Label::Neutral, "Quand serai-je livré ?"),
        (Label::Negative, "Il servizio è pessimo, sono molto deluso"),
        (Label::Negative, "Il prodotto è arrivato rotto, che vergogna"),
        (Label::Positive, "Ottimo prodotto, consigliatissimo"),
        (Label::Positive, "Grazie mille, siete stati gentilissimi"),
        (Label::Neutral, "Quanto costa la spedizione?"),
        (Label::Negative, "Péssimo atendimento, nunca mais compro"),
        (Label::Negative, "O produto chegou quebrado e ninguém responde"),
        (Label::Positive, "Adorei o produto, chegou super rápido"),
        (Label::Positive, "Muito obrigada, atendimento excelente"),
        (Label::Neutral, "Onde está meu pedido?"),
        (Label::Negative, "This is NOT good, I want a refund right now!!"),
        (Label::Negative, "My parcel arrived damaged and nobody answers"),
        (Label::Positive, "Great service, will buy again"),
        (Label::Neutral, "Where is my order??"),
        (Label::Neutral, "Do you ship to Canada?"),
    ];
    for (expected, text) in rows {
        let mood = analyse(text).mood.unwrap_or_else(|| panic!("{text}: no mood"));
        assert_eq!(mood.label, expected, "{text}: {mood:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_breaks_it_and_every_number_stays_in_its_range(text in any::<String>()) {
        in_range(&text);
    }

    #[test]
    fn no_message_breaks_it_and_every_number_stays_in_its_range(text in message()) {
        in_range(&text);
    }

    #[test]
    fn polarity_stays_in_range_in_every_language(text in message(), at in 0_usize..6) {
        let polarity = polarity_in(Language::ALL[at], &text);
        prop_assert!((-1.0..=1.0).contains(&polarity), "{polarity}");
    }

    #[test]
    fn a_mood_without_a_language_comes_from_signs_alone(text in message()) {
        let analysis = analyse(&text);
        let sign = tokens(&text, None).iter().any(|token| matches!(token.kind, Kind::Sign(_)));
        prop_assert!(analysis.mood.is_none() || analysis.language.is_some() || sign);
        prop_assert!(analysis.mood.is_some() || analysis.language.is_none());
    }

    #[test]
    fn exclamation_marks_never_turn_a_mood_around(text in message(), marks in 1_usize..9) {
        let (calm, loud) = (polarity(&text), polarity(&format!("{text} {}", "!".repeat(marks))));
        prop_assert!(calm * loud >= 0.0 && loud.abs() >= calm.abs() - 1e-12, "{calm} {loud}");
    }
}

/// Rows of words that the rules look at, emoji, marks and odd characters.
fn message() -> impl Strategy<Value = String> {
    let words = vec![
        "good",
        "BAD",
        "not",
        "never",
        "so",
        "very",
        "but",
        "no",
        "least",
        "don't",
        "waste",
        "pretty",
        "nicht",
        "schlecht",
        "sehr",
        "aber",
        "ne",
        "pas",
        "l'arnaque",
        "n'",
        "'",
        "-",
        "well-made",
        "😡",
        "👍🏽",
        ":)",
        ":-(",
        "!!!",
        "??",
        "&amp;",
        "ß",
        "İ",
        "ﬃ",
        "\u{301}",
        "a\u{300}a",
        "ασ",
        "ASAP",
        "refund",
        "1",
        "...",
        "http://x.y",
        "x@y.z",
        "e",
        "é",
        "non",
        "grazie",
        "obrigado",
        "não",
    ];
    prop::collection::vec(prop::sample::select(words), 0..24).prop_flat_map(|words| {
        prop::sample::select(vec![" ", "", ", ", "\n"]).prop_map(move |blank| words.join(blank))
    })
}

fn in_range(text: &str) {
    let analysis = analyse(text);
    assert!((0.0..=1.0).contains(&analysis.urgency.level), "{analysis:?}");
    assert_eq!(analysis.urgency.level > 0.0, !analysis.urgency.cues.is_empty(), "{analysis:?}");
    if let Some(mood) = &analysis.mood {
        assert!((-1.0..=1.0).contains(&mood.polarity), "{analysis:?}");
        assert!((0.0..=1.0).contains(&mood.confidence), "{analysis:?}");
        assert_eq!(mood.label, Label::of(mood.polarity));
    }
    if let Some(recognised) = analysis.language {
        assert!((0.5..=1.0).contains(&recognised.certainty), "{analysis:?}");
    }
}

#[test]
fn a_negator_reaches_past_an_aside_and_leaves_it_as_it_is() {
    let text = "Die Hose gefällt mir leider überhaupt nicht";
    let words = judge(text, &tokens(text, Some(Language::German)), Some(Language::German)).words;
    assert_eq!(words.unpleasant, ["gefällt", "leider"]);
    assert!(words.pleasant.is_empty(), "{words:?}");
}

#[test]
fn a_phrase_that_denies_is_not_denied_again() {
    assert!(polarity_in(Language::French, "je n'ai toujours pas de réponse") < 0.0);
}

#[test]
fn a_common_word_has_no_mood_of_a_rarer_one_with_its_stem() {
    let rows = [
        (Language::German, "sich drei suche"),
        (Language::Spanish, "sería podrá"),
        (Language::Portuguese, "seria tens atrás partir"),
        (Language::Italian, "al più presto"),
    ];
    for (language, text) in rows {
        assert_eq!(polarity_in(language, text), 0.0, "{text}");
    }
}
