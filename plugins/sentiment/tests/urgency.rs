//! How urgent messages are, and the cues that say so.

use sentiment::{Urgency, analyse};

fn urgency(text: &str) -> Urgency {
    analyse(text).urgency
}

#[test]
fn a_question_without_haste_is_not_urgent() {
    for text in [
        "Do you ship to Canada?",
        "Haben Sie das auch in Blau?",
        "Merci beaucoup !",
        "¿Tienen esta camisa en talla M?",
    ] {
        assert_eq!(urgency(text), Urgency::default(), "{text}");
    }
}

#[test]
fn haste_is_found_in_every_language_with_the_words_that_say_it() {
    let rows = [
        ("Please cancel my order immediately", "immediately"),
        ("I will call my lawyer", "lawyer"),
        ("I am still waiting for my money", "still waiting"),
        ("Bitte sofort stornieren, ich brauche das Geld", "sofort"),
        ("Ich schalte meinen Anwalt ein", "anwalt"),
        ("Necesito ayuda lo antes posible", "lo antes posible"),
        ("Es una estafa, voy a la policía", "policia"),
        ("Je n'ai toujours pas de réponse", "toujours pas"),
        ("Répondez dès que possible, s'il vous plaît", "des que possible"),
        ("Ho bisogno di una risposta al più presto", "al piu presto"),
        ("Preciso de uma resposta o mais rápido possível", "o mais rapido possivel"),
    ];
    for (text, cue) in rows {
        let urgency = urgency(text);
        assert!(urgency.cues.iter().any(|c| c == cue), "{text}: {urgency:?}");
        assert!(urgency.level >= 0.25, "{text}: {urgency:?}");
    }
}

#[test]
fn more_cues_are_more_urgent_and_never_more_than_all() {
    let texts = [
        "I want a refund",
        "I want a refund today",
        "I want a refund today, this is urgent",
        "I want a refund today, this is urgent, or my lawyer will call you!!!",
    ];
    let levels = texts.map(|text| urgency(text).level);
    assert!(levels.is_sorted_by(|a, b| a < b), "{levels:?}");
    assert!(levels[3] < 1.0);
}

#[test]
fn a_negator_calls_a_cue_off() {
    assert_eq!(urgency("This is not urgent at all").level, 0.0);
    assert_eq!(urgency("Es ist nicht dringend, danke").level, 0.0);
}

#[test]
fn a_cue_counts_once_however_often_it_stands() {
    assert_eq!(urgency("refund, I want my refund").level, urgency("I want my refund").level);
}

#[test]
fn shouting_and_repeated_marks_add_urgency() {
    assert_eq!(urgency("Where is my order???").cues, ["where is my", "???"]);
    assert!(urgency("WHERE IS THE PARCEL").cues.contains(&"CAPITALS".to_owned()));
    assert_eq!(urgency("OK").level, 0.0);
}

#[test]
fn an_unknown_language_has_only_international_cues() {
    let urgency = urgency("To jest urgent, ASAP!!!");
    assert_eq!(urgency.cues, ["urgent", "asap", "!!!"]);
}
