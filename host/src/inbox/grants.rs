//! What a plugin may do, as an operator reads it in their language.

use super::words::Words;
use crate::model::grant::Ask;
use crate::model::schedule::Schedule;

/// What one grant lets a plugin do.
pub(crate) fn sentence(ask: &Ask, words: Words) -> String {
    let one = |key: &str, value: &str| words.say1(key, "name", value);
    let two = |key: &str, name: &str, to: &str| words.say2(key, ("name", name), ("to", to));
    match ask {
        Ask::Host(method, host) => two("grant-host", method, host),
        Ask::Secret(name, host) => two("grant-secret", name, host),
        Ask::Sign(name) => one("grant-sign", name),
        Ask::Buy(name, url) => two("grant-buy", name, url),
        Ask::Scope(name, scope) => two("grant-scope", name, scope),
        Ask::Token(name, host) => two("grant-token", name, host),
        Ask::Hmac(name, host) => two("grant-hmac", name, host),
        Ask::Emit(kind) => one("grant-emit", kind),
        Ask::Watch(kind) => one("grant-watch", kind),
        Ask::Read(field) => one("grant-read", &words.of("field", field)),
        Ask::History(count) => words.say1("grant-history", "count", count),
        Ask::Poll(text) => {
            let schedule =
                text.parse::<Schedule>().map_or_else(|_| text.clone(), |schedule| schedule.words());
            one("grant-poll", &schedule)
        }
        Ask::Send => words.say("grant-send"),
        Ask::Reach(names) => one("grant-reach", names),
        Ask::Action(name) => one("grant-action", name),
        Ask::Unsigned(which) => one("grant-unsigned", which),
        Ask::Topic(topic) => one("grant-topic", topic),
        Ask::Storage(size) => one("grant-storage", size),
        Ask::Assets => words.say("grant-assets"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::words::Language;
    use super::*;

    #[test]
    fn a_grant_is_told_in_the_readers_language() {
        let ask: Ask = "host:GET:api.example.com".parse().expect("a grant");
        let told = |language| sentence(&ask, Words { language });
        assert_eq!(told(Language::English), "Call api.example.com with GET");
        assert_eq!(told(Language::German), "api.example.com mit GET aufrufen");
    }
}
