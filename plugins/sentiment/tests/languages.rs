//! Short messages as customers write them: in six languages that are recognised, and in others that
//! must be unknown.

use sentiment::{Language, analyse};

fn language(text: &str) -> Option<Language> {
    analyse(text).language.map(|recognised| recognised.language)
}

fn all_are(expected: Option<Language>, texts: &[&str]) {
    let wrong: Vec<_> =
        texts.iter().filter(|text| language(text) != expected).map(|text| (text, language(text))).collect();
    assert!(wrong.is_empty(), "not {expected:?}: {wrong:#?}");
}

#[test]
fn short_english_messages_are_english() {
    all_are(
        Some(Language::English),
        &[
            "Where is my order??",
            "thanks!",
            "Thank you so much",
            "hi, is anybody there?",
            "I want my money back",
            "My parcel arrived damaged",
            "Can I change the delivery address?",
            "still waiting for a reply",
            "how do I return these shoes",
            "it doesn't work",
            "Please cancel my subscription",
            "wrong size, can you exchange it?",
            "When will it ship?",
            "you charged my card twice",
            "Great service, will buy again",
            "the app keeps crashing on my phone",
            "What's your return policy?",
            "Do you ship to Canada?",
            "good morning",
            "Order #1234 has not arrived yet",
        ],
    );
}

#[test]
fn short_german_messages_are_german() {
    all_are(
        Some(Language::German),
        &[
            "danke!",
            "Wo ist meine Bestellung?",
            "Guten Tag, wann kommt mein Paket?",
            "Vielen Dank für die schnelle Hilfe",
            "Das Gerät ist kaputt",
            "Ich möchte mein Geld zurück",
            "Bitte stornieren Sie meine Bestellung",
            "funktioniert nicht",
            "Ich warte seit zwei Wochen!!",
            "Die falsche Größe wurde geliefert",
            "Kann ich die Lieferadresse ändern?",
            "Niemand antwortet auf meine Mails",
            "Wie lange dauert der Versand?",
            "Alles bestens, gerne wieder",
            "Rechnung fehlt",
            "Haben Sie das auch in Blau?",
            "Hallo, ich habe eine Frage zu meiner Rechnung",
            "ich kann mich nicht einloggen",
            "Super Service, danke",
        ],
    );
}

#[test]
fn short_spanish_messages_are_spanish() {
    all_are(
        Some(Language::Spanish),
        &[
            "¿Dónde está mi pedido?",
            "gracias",
            "Hola, buenas tardes",
            "Quiero devolver este producto",
            "todavía no ha llegado el paquete",
            "Muchas gracias por la ayuda",
            "No funciona",
            "Me cobraron dos veces",
            "¿Cuándo llega mi envío?",
            "Necesito una factura",
            "Llegó roto",
            "Por favor cancelen mi pedido",
            "Nadie me responde desde hace una semana",
            "quiero hablar con una persona",
            "El servicio es pésimo",
            "¿Tienen esta camisa en talla M?",
            "Me encanta, muy buena calidad",
            "¿Cuánto cuesta el envío a Chile?",
            "No puedo entrar en mi cuenta",
        ],
    );
}

#[test]
fn short_french_messages_are_french() {
    all_are(
        Some(Language::French),
        &[
            "où est ma commande",
            "Merci beaucoup !",
            "Bonjour, je n'ai pas reçu mon colis",
            "Je veux être remboursé",
            "Ça ne marche pas",
            "Le produit est arrivé cassé",
            "Quand serai-je livré ?",
            "Comment retourner un article ?",
            "Toujours pas de réponse...",
            "Je voudrais annuler ma commande",
            "Vous m'avez débité deux fois",
            "Service client nul",
            "c'est parfait",
            "Pouvez-vous changer l'adresse ?",
            "Avez-vous cette robe en rouge ?",
            "bonsoir",
            "J'attends depuis trois semaines",
            "Mon mot de passe est refusé",
            "Très contente de mon achat",
        ],
    );
}

#[test]
fn short_italian_messages_are_italian() {
    all_are(
        Some(Language::Italian),
        &[
            "Dov'è il mio ordine?",
            "grazie mille",
            "Buongiorno, quando arriva il pacco?",
            "Vorrei un rimborso",
            "Non funziona",
            "Il prodotto è arrivato rotto",
            "Posso cambiare l'indirizzo di consegna?",
            "Nessuno mi risponde",
            "Ho ricevuto la taglia sbagliata",
            "Come faccio a restituire le scarpe?",
            "Mi avete addebitato due volte",
            "Ottimo servizio, consigliato",
            "sto ancora aspettando",
            "Che schifo di assistenza",
            "Quanto costa la spedizione?",
            "Avete questo modello in nero?",
            "Non riesco ad accedere al mio account",
            "Vorrei annullare l'ordine per favore",
            "Tutto perfetto, grazie",
        ],
    );
}

#[test]
fn short_portuguese_messages_are_portuguese() {
    all_are(
        Some(Language::Portuguese),
        &[
            "Onde está meu pedido?",
            "obrigado",
            "Bom dia, quando chega a minha encomenda?",
            "Quero meu dinheiro de volta",
            "Não funciona",
            "O produto chegou quebrado",
            "Ainda não recebi o reembolso",
            "Ninguém responde",
            "Gostaria de trocar o tamanho",
            "Fui cobrado duas vezes",
            "Péssimo atendimento",
            "Adorei, muito obrigada!",
            "Como faço para devolver?",
            "Vocês entregam em Lisboa?",
            "Preciso da nota fiscal",
            "Podem cancelar a minha compra por favor?",
            "cadê meu pacote",
            "Não consigo entrar na minha conta",
            "Estou à espera há três semanas",
        ],
    );
}

#[test]
fn other_languages_are_unknown() {
    all_are(
        None,
        &[
            // Dutch
            "Waar is mijn bestelling?",
            "Bedankt voor de snelle levering",
            "Ik wil mijn geld terug",
            "Het pakket is nog niet aangekomen",
            "Kan ik dit ruilen?",
            // Swedish, Danish, Norwegian
            "Var är min beställning?",
            "Tack för hjälpen",
            "Jag har inte fått mitt paket",
            "Hvor er min ordre?",
            "Jeg har ikke modtaget min pakke",
            "Tak for hjælpen",
            "Hvor er pakken min?",
            "Jeg vil ha pengene tilbake",
            // Finnish, Estonian, Hungarian
            "Missä tilaukseni on?",
            "Kiitos avusta",
            "Kus on minu tellimus?",
            "Hol van a csomagom?",
            "Köszönöm a segítséget",
            // Polish, Czech, Slovak, Slovenian, Croatian
            "Gdzie jest moje zamówienie?",
            "Dziękuję za pomoc",
            "Kde je moje objednávka?",
            "Děkuji za pomoc",
            "Ďakujem, balík ešte neprišiel",
            "Kje je moje naročilo?",
            "Gdje je moja narudžba?",
            "Hvala na pomoći",
            // Romanian, Catalan, Galician
            "Unde este comanda mea?",
            "Vă mulțumesc pentru ajutor",
            "On és la meva comanda?",
            "Moltes gràcies per la vostra ajuda",
            "Onde está o meu pedido? Aínda non chegou",
            // Turkish, Indonesian, Vietnamese, Tagalog, Swahili
            "Siparişim nerede?",
            "Teşekkür ederim",
            "Pesanan saya di mana?",
            "Terima kasih atas bantuannya",
            "Đơn hàng của tôi ở đâu?",
            "Nasaan ang order ko?",
            "Agizo langu liko wapi?",
            // Lithuanian, Latvian, Albanian, Welsh, Irish, Afrikaans, Basque, Icelandic
            "Kur yra mano užsakymas?",
            "Kur ir mans pasūtījums?",
            "Ku është porosia ime?",
            "Ble mae fy archeb?",
            "Cá bhfuil m'ordú?",
            "Waar is my bestelling?",
            "Non dago nire eskaera?",
            "Hvar er pöntunin mín?",
            // other scripts
            "Где мой заказ?",
            "Πού είναι η παραγγελία μου;",
            "أين طلبي؟",
            "איפה ההזמנה שלי?",
            "我的订单在哪里?",
            "注文はどこですか",
            "주문이 어디에 있나요?",
            "मेरा ऑर्डर कहाँ है?",
            "คำสั่งซื้อของฉันอยู่ที่ไหน",
            "Де моє замовлення?",
        ],
    );
}

#[test]
fn too_little_text_is_unknown() {
    all_are(
        None,
        &[
            "",
            " ",
            "ok",
            "Ok!",
            "?",
            "12345",
            "A-1234",
            "hm",
            "no",
            "iPhone 15",
            "info@example.com",
            "https://example.com/where/is/my/order",
            "👍",
            "Maria",
            "WhatsApp",
            "+49 170 1234567",
            "DHL?",
        ],
    );
}

#[test]
fn an_unknown_language_gets_no_mood() {
    for text in ["Dit is echt verschrikkelijk slecht", "To jest okropne!!!", "Bu harika 😀", "ok", ""] {
        assert_eq!(analyse(text).mood, None, "{text}");
    }
}

#[test]
fn emoji_alone_have_a_mood_without_a_language() {
    for (text, pleasant) in [("😍", true), ("👍👍", true), ("😡😡😡", false), (":(", false), ("ok 👍", true)]
    {
        let analysis = analyse(text);
        assert_eq!(analysis.language, None, "{text}");
        let mood = analysis.mood.unwrap_or_else(|| panic!("{text} has no mood"));
        assert_eq!(mood.polarity > 0.0, pleasant, "{text}");
    }
}
