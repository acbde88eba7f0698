use proptest::prelude::*;

use super::*;

fn phone(text: &str, region: &str) -> Result<String, Refusal> {
    let region = (!region.is_empty()).then(|| region.parse().expect("a region"));
    phone::read(text, region, false).map(|normal| normal.value)
}

fn written(text: &str) -> Option<String> {
    phone::read(text, None, false).expect("a number").written
}

fn mail(text: &str) -> Result<String, Refusal> {
    mail::read(text).map(|normal| normal.value)
}

/// As people and vendors spell them: the one form, then spellings with the region they are dialled in.
const SPELLINGS: &[(&str, &[(&str, &str)])] = &[
    (
        "+491701234567",
        &[
            ("+49 (0)170 1234567", ""),
            ("+49 170 / 123-45 67", "US"),
            ("0170 1234567", "DE"),
            ("(0170) 12 34 567", "de"),
            ("0049 170 1234567", ""),
            ("0049 170 1234567", "BR"),
            ("011 49 170 1234567", "US"),
            ("491701234567", "DE"),
            ("491701234567", "FR"),
            ("tel:+49-170-1234567", ""),
            ("\u{202a}+49 170 1234567\u{202c}", ""),
            ("\u{ff0b}\u{ff14}\u{ff19}1701234567", ""),
            ("+\u{664}\u{669} 170 1234567", ""),
        ],
    ),
    ("+493012345678", &[("030 12345678", "DE"), ("+49 (30) 1234 5678", "")]),
    (
        "+14155552671",
        &[("(415) 555-2671", "US"), ("1-415-555-2671", "CA"), ("4155552671", "US"), ("+1 415.555.2671", "")],
    ),
    ("+33612345678", &[("06 12 34 56 78", "FR"), ("+33 (0)6 12 34 56 78", "")]),
    ("+390669812345", &[("06 698 12345", "IT"), ("+39 06 698 12345", "")]),
    ("+442071838750", &[("020 7183 8750", "GB"), ("+44 (0)20 7183 8750", "")]),
    ("+447700900123", &[("07700 900123", "GB"), ("+44 7700 900123", "")]),
    ("+36301234567", &[("06 30 123 4567", "HU"), ("+36 30 123 4567", "")]),
    ("+79161234567", &[("8 (916) 123-45-67", "RU"), ("+7 916 123-45-67", "")]),
    ("+919876543210", &[("098765 43210", "IN"), ("98765 43210", "IN"), ("+91 98765 43210", "")]),
    (
        "+5491123456789",
        &[
            ("+54 11 15 2345-6789", ""),
            ("+54 9 11 2345 6789", ""),
            ("+54 11 2345 6789", ""),
            ("011 15 2345-6789", "AR"),
            ("+5491123456789", ""),
        ],
    ),
    ("+5493512345678", &[("+54 351 15 234 5678", ""), ("0351 15-234-5678", "AR"), ("+54 351 234 5678", "")]),
    (
        "+525512345678",
        &[
            ("+52 1 55 1234 5678", ""),
            ("+52 55 1234 5678", ""),
            ("55 1234 5678", "MX"),
            ("044 55 1234 5678", "MX"),
            ("01 55 1234 5678", "MX"),
        ],
    ),
    (
        "+5531987654321",
        &[
            ("+55 31 8765-4321", ""),
            ("+55 31 98765-4321", ""),
            ("(31) 98765-4321", "BR"),
            ("031 98765-4321", "BR"),
        ],
    ),
    ("+551132345678", &[("+55 11 3234-5678", ""), ("(11) 3234-5678", "BR")]),
    ("+2290197123456", &[("+229 97 12 34 56", ""), ("+229 01 97 12 34 56", "")]),
    ("+6834000", &[("+683 4000", "")]),
];

#[test]
fn real_spellings_of_one_number_have_one_form() {
    for (form, spellings) in SPELLINGS {
        for (text, region) in *spellings {
            assert_eq!(phone(text, region).as_deref(), Ok(*form), "{text:?} dialled in {region:?}");
        }
        assert_eq!(phone(form, "").as_deref(), Ok(*form));
        assert_eq!(phone(form, "US").as_deref(), Ok(*form), "with a plus the region says nothing");
    }
}

#[test]
fn what_is_nobodys_number_is_refused_with_the_reason() {
    for (text, region, why) in [
        ("0170 1234567", "", Refusal::NoRegion),
        ("4155552671", "", Refusal::NoRegion),
        ("110", "DE", Refusal::TooShort),
        ("22000", "DE", Refusal::TooShort),
        ("+4915", "", Refusal::TooShort),
        ("555-0100", "US", Refusal::TooShort),
        ("555-555-SHIP", "US", Refusal::Letters),
        ("ada", "DE", Refusal::Letters),
        ("", "DE", Refusal::TooShort),
        ("+", "DE", Refusal::TooShort),
        ("+49 170 1234567 x12", "", Refusal::Extension),
        ("+1 415 555 2671 ext. 7", "", Refusal::Extension),
        ("tel:+14155552671;ext=7", "", Refusal::Extension),
        ("+99912345678", "", Refusal::NoCountry),
        ("+491701234567891234", "", Refusal::TooLong),
        ("0170 1234567 / 0171 7654321 / 1", "DE", Refusal::TooLong),
        ("5491123456789", "DE", Refusal::Ambiguous),
        ("15 2345-6789", "AR", Refusal::TooShort),
        ("+54 15 2345 6789", "", Refusal::TooShort),
    ] {
        assert_eq!(phone(text, region), Err(why), "{text:?} dialled in {region:?}");
    }
}

#[test]
fn a_number_that_its_network_proved_is_believed_whatever_its_length() {
    let read = |text, proved| phone::read(text, None, proved).map(|normal| normal.value);
    assert_eq!(read("+1650555123", false), Err(Refusal::TooShort));
    assert_eq!(read("+1650555123", true).as_deref(), Ok("+1650555123"));
    assert_eq!(read("+12345", true), Err(Refusal::TooShort));
}

#[test]
fn how_a_number_was_written_is_kept_where_it_is_compared_otherwise() {
    assert_eq!(written("+52 1 55 1234 5678").as_deref(), Some("+5215512345678"));
    assert_eq!(written("+55 31 8765 4321").as_deref(), Some("+553187654321"));
    assert_eq!(written("+54 11 2345 6789").as_deref(), Some("+541123456789"));
    assert_eq!(written("+54 9 11 2345 6789"), None);
    assert_eq!(written("+49 (0)170 1234567"), None);
}

#[test]
fn spellings_of_one_mailbox_have_one_form() {
    for (form, spellings) in [
        (
            "ada@example.com",
            &[
                " Ada@Example.COM ",
                "Ada Lovelace <ada@example.com>",
                "mailto:ada@example.com",
                "ada@example.com.",
            ][..],
        ),
        (
            "adalovelace@gmail.com",
            &["Ada.Lovelace+shop@gmail.com", "a.d.a.lovelace@googlemail.com", "adalovelace@GMAIL.com"],
        ),
        ("ada.lovelace@outlook.com", &["Ada.Lovelace+news@outlook.com"]),
        ("ada@hotmail.co.uk", &["ada+x+y@hotmail.co.uk"]),
        ("ada@proton.me", &["ada+1@proton.me"]),
        ("ada+news@example.com", &["Ada+News@example.com"]),
        ("a.da@example.com", &["a.da@example.com"]),
        (
            "ada@xn--bcher-kva.example",
            &["ada@bücher.example", "ada@BÜCHER.example", "ada@xn--bcher-kva.example"],
        ),
        ("+tag@gmail.com", &["+tag@gmail.com"]),
        ("jürgen@example.de", &["JÜRGEN@example.de"]),
    ] {
        for text in spellings {
            assert_eq!(mail(text).as_deref(), Ok(form), "{text}");
        }
        assert_eq!(mail(form).as_deref(), Ok(form));
    }
    let tagged = mail::read("Ada.Lovelace+shop@gmail.com").expect("an address");
    assert_eq!(tagged.written.as_deref(), Some("Ada.Lovelace+shop@gmail.com"));
    assert_eq!(mail::read("ADA@example.com").expect("an address").written, None);
}

#[test]
fn what_is_no_mail_address_is_refused() {
    for text in [
        "",
        "ada",
        "@example.com",
        "ada@",
        "a b@example.com",
        "ada@example..com",
        "a@b.c, d@e.f",
        "ada@[192.0.2.1]",
        "\"a b\"@example.com",
        "ada@exa mple.com",
        "ada@-",
    ] {
        assert!(mail(text).is_err(), "{text}");
    }
}

#[test]
fn a_region_is_a_country_that_has_numbers() {
    assert_eq!("de".parse::<Region>().map(|region| region.to_string()), Ok("DE".to_owned()));
    for wrong in ["", "ZZ", "001", "DEU", "d1", "ä"] {
        assert!(wrong.parse::<Region>().is_err(), "{wrong}");
    }
}

fn event(subject: &[(&str, &str, Evidence)]) -> crate::model::event::NewEvent {
    let subject = subject.iter().map(|(namespace, value, evidence)| crate::model::identifier::Evident {
        identifier: Identifier::new(*namespace, *value).expect("an identifier"),
        evidence: *evidence,
    });
    crate::model::event::NewEvent {
        external_id: "1".to_owned(),
        occurred_at: 0,
        subject: subject.collect(),
        attributes: Vec::new(),
        body: crate::model::event::Body::CustomerDeleted(crate::model::event::CustomerRef {
            id: "1".to_owned(),
        }),
        source: None,
    }
}

#[test]
fn what_cannot_be_read_becomes_the_connections_own_and_the_rest_of_the_event_stays() {
    let connection = crate::model::id::ConnectionId::random([7; 16]);
    let rewrite = Rewrite { plugin: "shop", connection: &connection, region: None };
    let mut events = [event(&[
        ("phone", "0170 1234567", Evidence::Recorded),
        ("email", "Ada@Example.com", Evidence::Recorded),
        ("shop:acme:customer", "0170", Evidence::Recorded),
    ])];
    let report = rewrite.events(&mut events);
    let own = format!("shop:{connection}:phone:0170 1234567");
    let names: Vec<String> = events[0].subject.iter().map(|name| name.identifier.to_string()).collect();
    assert_eq!(names, [own.as_str(), "email:ada@example.com", "shop:acme:customer:0170"]);
    assert_eq!(report.refused.into_iter().collect::<Vec<_>>(), [(("phone", Refusal::NoRegion), 1)]);
    assert_eq!(rewrite.events(&mut events), Report::default(), "once rewritten, nothing is left to do");
}

#[test]
fn two_spellings_in_one_event_are_one_name_with_the_stronger_evidence() {
    let connection = crate::model::id::ConnectionId::random([7; 16]);
    let rewrite = Rewrite { plugin: "chat", connection: &connection, region: None };
    let mut events = [event(&[
        ("phone", "+5531987654321", Evidence::Recorded),
        ("phone", "+553187654321", Evidence::Verified),
    ])];
    let report = rewrite.events(&mut events);
    assert_eq!(events[0].subject.len(), 1);
    assert_eq!(events[0].subject[0].evidence, Evidence::Verified);
    assert_eq!(
        report.written[0].address, "+553187654321",
        "an answer goes to the number that the network knows"
    );
}

/// Digits with what people put between them.
fn spelled() -> impl Strategy<Value = String> {
    let pieces = prop::collection::vec("[0-9]{1,4}[ ./()-]{0,2}", 1..6).prop_map(|pieces| pieces.concat());
    let prefix = prop::sample::select(vec![
        "+", "00", "0", "", "+54", "+549", "+5415", "+52", "+521", "+55", "+49 (0)", "+39", "+229", "+1",
        "+7",
    ]);
    (prefix, pieces).prop_map(|(prefix, rest)| format!("{prefix}{rest}"))
}

fn regions() -> impl Strategy<Value = Option<Region>> {
    let codes = vec!["", "DE", "US", "AR", "MX", "BR", "GB", "IT", "RU", "BJ", "HU", "NO", "JP", "CO"];
    prop::sample::select(codes).prop_map(|code| code.parse().ok())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_form_of_a_number_is_its_own_form(text in spelled(), region in regions(), proved: bool, other in regions()) {
        if let Ok(once) = phone::read(&text, region, proved) {
            let again = phone::read(&once.value, other, proved).expect("a form reads");
            prop_assert_eq!(&again.value, &once.value);
            prop_assert_eq!(again.written, None);
            prop_assert!(Identifier::new(PHONE, once.value.clone()).is_ok());
            if let Some(written) = once.written {
                prop_assert_eq!(phone::read(&written, None, proved).map(|normal| normal.value), Ok(once.value));
            }
        }
    }

    #[test]
    fn spaces_and_dashes_change_no_number(text in "\\+[1-9][0-9]{6,13}", at in 1_usize..7, mark in "[ ./-]") {
        let mut spaced = text.clone();
        spaced.insert_str(at, &mark);
        prop_assert_eq!(phone(&text, ""), phone(&spaced, ""));
        prop_assert_eq!(phone(&text, ""), phone(&spaced, "DE"));
    }

    #[test]
    fn no_text_breaks_the_reading(text in ".{0,60}", region in regions(), proved: bool) {
        let _ = phone::read(&text, region, proved);
        let _ = mail::read(&text);
    }

    #[test]
    fn a_form_of_an_address_is_its_own_form(
        local in "[A-Za-z0-9.+_ßÜ-]{1,12}",
        domain in prop::sample::select(vec!["gmail.com", "GoogleMail.com", "outlook.de", "example.com", "bücher.example", "proton.me"]),
    ) {
        if let Ok(once) = mail::read(&format!("{local}@{domain}")) {
            let again = mail::read(&once.value).expect("a form reads");
            prop_assert_eq!(&again.value, &once.value);
            prop_assert_eq!(again.written, None);
            if let Some(written) = once.written {
                prop_assert_eq!(mail::read(&written).map(|normal| normal.value), Ok(once.value));
            }
        }
    }
}
