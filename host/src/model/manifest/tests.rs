//! What is read, what is refused and how that is said, what is described.

use proptest::prelude::*;
use serde_json::json;

use super::*;

const WHOLE: &str = r#"
name = "acme-chat"
version = "1.2.0"
contract = "0.1"
title = "Acme chat"
description = "Messages in and out"
authors = ["Ada"]
license = "Apache-2.0"
homepage = "https://acme.example"

[channel]
name = "acme"
reach = ["phone", "acme:*"]

[settings]
type = "object"
required = ["shop"]
[settings.properties.shop]
type = "string"
title = "Shop"
minLength = 1
[settings.properties.base_url]
type = "string"
[settings.properties.limit]
type = "integer"
title = "Limit"
default = 10
maximum = 50

[[secrets]]
name = "app_secret"
title = "App secret"
description = "In the app's dashboard"
[[secrets]]
name = "token"
title = "Token"
hosts = ["api.acme.example"]
required = false

[[hosts]]
host = "*.acme.example"
methods = ["GET", "POST"]
reason = "sends messages"
[[hosts]]
host = "{{setting:shop}}.shops.example"
methods = ["GET"]
reason = "reads orders"

[webhook]
max_body = "3 MiB"
[[webhook.verify]]
when = { method = "GET", query = ["hub.mode"] }
scheme = "token"
query = "hub.verify_token"
secret = "token"
[[webhook.verify]]
when = { method = "POST", content_type = "application/json" }
scheme = "hmac"
algorithm = "sha256"
encoding = "hex"
header = "X-Signature"
prefix = "sha256="
secret = ["app_secret", "token"]
signed = "{timestamp}.{body}"
timestamp = { header = "x-time", unit = "ms", tolerance = "2m" }
[[webhook.verify]]
scheme = "none"

[sender]
rate = { count = 80, per = "1s" }

[poller]
every = "5m"

[[actions]]
name = "find-order"
title = "Find an order"
input = { type = "object", required = ["id"], properties = { id = { type = "string" } } }
output = { type = "object" }

[assistant]
on = ["message-received"]
history = 2
fields = ["language", "acme-chat.tier"]

[events]
emit = ["message-received", "message-status", "insight"]

[realtime]
topics = ["visitor:*"]

[assets]
dir = "assets"

[budget]
memory = 16777216
wall = "5s"
"#;

fn whole() -> Manifest {
    Manifest::parse(WHOLE, "plugin.toml").unwrap_or_else(|errors| panic!("{errors}"))
}

/// The report on the whole manifest with one piece of it replaced.
fn report(piece: &str, by: &str) -> String {
    assert!(WHOLE.contains(piece), "{piece}");
    match Manifest::parse(&WHOLE.replacen(piece, by, 1), "plugin.toml") {
        Ok(_) => panic!("`{by}` was taken"),
        Err(errors) => errors.to_string(),
    }
}

#[test]
fn the_whole_manifest_is_read() {
    let manifest = whole();
    assert_eq!(manifest.name.as_str(), "acme-chat");
    assert_eq!(manifest.budget.memory, Some(Size::from_bytes(16 << 20)));
    assert_eq!(manifest.sender.as_ref().map(|s| s.ambiguous_wait), Some(Period::from_millis(600_000)));
    assert!(manifest.may_emit(EventKind::Insight) && !manifest.may_emit(EventKind::Order));
    assert!(manifest.may_publish("visitor:7") && !manifest.may_publish("agent:7"));
    assert_eq!(manifest.secret_places().query, ["hub.verify_token"]);
    let names: Vec<_> = manifest.settings.fields().iter().map(|field| field.name.as_str()).collect();
    assert_eq!(names, ["shop", "base_url", "limit"], "in the order of the file");
}

#[test]
fn the_smallest_manifest_is_four_lines() {
    let text = "name = \"ab\"\nversion = \"0.1.0\"\ncontract = \"0.1\"\ntitle = \"A\"\n";
    let manifest = Manifest::parse(text, "plugin.toml").unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(manifest.check_settings(&json!({})), Ok(json!({})));
}

#[test]
fn every_mistake_says_where_it_is_and_what_would_be_right() {
    for (piece, by, wanted) in [
        ("title = \"Acme chat\"", "titel = \"Acme chat\"", "unknown key `titel` in the manifest"),
        ("title = \"Acme chat\"", "titel = \"Acme chat\"", "did you mean `title`?"),
        ("title = \"Acme chat\"", "titel = \"Acme chat\"", "the manifest has no `title`"),
        (
            "title = \"Acme chat\"",
            "title = 3",
            "`title` must be a text in quotes, and this is a whole number",
        ),
        ("\"acme-chat\"", "\"Acme chat\"", "is not a name"),
        ("\"1.2.0\"", "\"1.2\"", "write three numbers"),
        ("contract = \"0.1\"", "contract = \"0.9\"", "this hub serves the contract 0.1"),
        ("\"2m\"", "\"2 minutes\"", "is not a duration"),
        ("\"3 MiB\"", "\"3 MB\"", "the unit here is `MiB`"),
        ("\"*.acme.example\"", "\"https://api.acme.example\"", "write the host alone: `api.acme.example`"),
        ("{{setting:shop}}", "{{setting:shpo}}", "there is no setting `shpo`"),
        ("{{setting:shop}}", "{{setting:shpo}}", "did you mean `shop`?"),
        ("[\"api.acme.example\"]", "[\"api.other.example\"]", "is not in [[hosts]]"),
        ("secret = \"token\"", "secret = \"tokn\"", "the secret `tokn` is not declared"),
        ("secret = \"token\"", "secret = \"tokn\"", "did you mean `token`?"),
        ("query = \"hub.verify_token\"", "", "does not say where the token is"),
        ("scheme = \"hmac\"", "scheme = \"hmca\"", "did you mean `hmac`?"),
        (
            "scheme = \"hmac\"",
            "scheme = \"timed-list\"",
            "`signed` means nothing for scheme = \"timed-list\"",
        ),
        ("\"sha256\"", "\"md5\"", "`algorithm` cannot be `md5`: write `sha1` or `sha256` or `sha512`"),
        ("\"X-Signature\"", "\"X Signature\"", "is not the name of a header"),
        ("{timestamp}.{body}", "{timestmp}.{body}", "did you mean `timestamp`?"),
        ("{timestamp}.{body}", "{timestamp}", "the body is not signed"),
        ("{timestamp}.{body}", "{body}", "the time stamp is not signed"),
        (
            "timestamp = { header = \"x-time\", unit = \"ms\", tolerance = \"2m\" }",
            "",
            "does not say where the time stamp is",
        ),
        ("when = { method = \"POST\", content_type = \"application/json\" }", "", "this rule never decides"),
        ("method = \"GET\"", "method = \"get\"", "did you mean `GET`?"),
        ("count = 80", "count = 0", "`count` must be a whole number from 1"),
        ("every = \"5m\"", "every = \"0s\"", "`every` must be at least 1s"),
        ("every = \"5m\"", "", "nothing says when the poller asks"),
        ("every = \"5m\"", "every = \"5m\"\ncron = \"0 3 * * *\"", "`every` or `cron`, not both"),
        ("every = \"5m\"", "cron = \"0 25 * * *\"", "`0 25 * * *` is not a cron expression"),
        ("every = \"5m\"", "cron = \"0 0 31 4 *\"", "never comes"),
        ("every = \"5m\"", "cron = \"0 3 * * *\"\ntime_zone = \"Berlin\"", "there is no time zone `Berlin`"),
        ("every = \"5m\"", "every = \"5m\"\ntime_zone = \"UTC\"", "`time_zone` is for `cron`"),
        ("\"message-status\"", "\"message-staus\"", "did you mean `message-status`?"),
        (", \"insight\"", "", "an assistant says insights"),
        ("\"language\"", "\"langauge\"", "did you mean `language`?"),
        ("\"visitor:*\"", "\"*\"", "must be 1 to 128"),
        ("dir = \"assets\"", "dir = \"../secrets\"", "must be a folder beside the manifest"),
        ("required = [\"shop\"]", "required = [\"shp\"]", "`shp` is required and not among the properties"),
        ("minLength = 1", "minLenght = 1", "did you mean `minLength`?"),
        ("minLength = 1", "pattern = \"(\"", "schema"),
        ("type = \"integer\"", "type = \"int\"", "this is no JSON Schema"),
        ("default = 10", "default = \"ten\"", "the default does not fit its own schema"),
        ("default = 10", "default = 1979-05-27", "JSON has no dates"),
        ("name = \"app_secret\"", "name = \"token\"", "there are two secrets `token`"),
        (
            "secret = [\"app_secret\", \"token\"]",
            "secret = \"token\"",
            "nothing can use the secret `app_secret`",
        ),
        ("reason = \"reads orders\"", "", "[[hosts]] has no `reason`"),
        ("[poller]", "[[poller]]", "`poller` must be a table, and this is a list"),
        ("[budget]", "[budget\n", "this is not TOML"),
    ] {
        let report = report(piece, by);
        assert!(report.contains(wanted), "`{by}` gave:\n{report}\nand not: {wanted}");
        assert!(report.contains("--> plugin.toml:") && report.contains('^'), "{report}");
    }
}

#[test]
fn all_mistakes_are_told_at_once_in_the_order_of_the_file() {
    let text = "name = \"A\"\nversion = \"1\"\ncontract = \"0.1\"\ntitle = \"A\"\n[poler]\nevery = 5\n";
    let errors = Manifest::parse(text, "plugin.toml").err();
    let found: Vec<_> = errors.iter().flat_map(|e| e.problems()).map(|p| (p.line, p.column)).collect();
    assert_eq!(found, [(1, 8), (2, 11), (5, 2)]);
}

#[test]
fn a_report_reads_like_a_compilers() {
    let text = "name = \"ab\"\nversion = \"0.1.0\"\ncontract = \"0.1\"\ntitel = \"A\"\n";
    let report = Manifest::parse(text, "plugin.toml").err().map(|e| e.to_string()).unwrap_or_default();
    assert_eq!(
        report,
        "error: the manifest has no `title`\n --> plugin.toml:1:1\n  |\n1 | name = \"ab\"\n  | ^\n  \
         = help: add `title = \"My plugin\"`\n\n\
         error: unknown key `titel` in the manifest\n --> plugin.toml:4:1\n  |\n4 | titel = \"A\"\n  | ^^^^^\n  \
         = help: did you mean `title`?\n\n\
         plugin.toml has 2 problems"
    );
}

#[test]
fn settings_are_checked_in_words_and_defaults_filled_in() {
    let manifest = whole();
    assert_eq!(manifest.check_settings(&json!({"shop": "acme"})), Ok(json!({"shop": "acme", "limit": 10})));
    let wrong = |value| {
        let problems = manifest.check_settings(&value).err().unwrap_or_default();
        problems.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(wrong(json!({})), ["`shop` (Shop) is missing"]);
    assert_eq!(wrong(json!({"shop": ""})), ["`shop` (Shop) must not be empty"]);
    assert_eq!(wrong(json!({"shop": 3})), ["`shop` (Shop) must be a text, and `3` is not"]);
    assert_eq!(wrong(json!({"shop": "a", "limit": 51})), ["`limit` (Limit) must be at most 50"]);
    assert_eq!(wrong(json!({"shop": "a", "limt": 5})), ["`limt` is unknown: did you mean `limit`?"]);
    assert_eq!(wrong(json!([])).len(), 1);
    let action = manifest.action("find-order").map(|action| action.input.problems(&json!({})));
    assert_eq!(action.map(|p| p.len()), Some(1));
}

#[test]
fn a_manifest_and_its_component_must_say_the_same() {
    let manifest = whole();
    assert_eq!(manifest.agreement(&Capability::ALL), Vec::<String>::new());
    let problems = manifest.agreement(&[Capability::Webhook]).join("\n");
    for part in ["has [sender]", "has [poller]", "has [[actions]]", "has [assistant]", "`channel.reach`"] {
        assert!(problems.contains(part), "{part} in {problems}");
    }
    let text = "name = \"ab\"\nversion = \"0.1.0\"\ncontract = \"0.1\"\ntitle = \"A\"\n";
    let bare = Manifest::parse(text, "plugin.toml").unwrap_or_else(|errors| panic!("{errors}"));
    let problems = bare.agreement(&Capability::ALL).join("\n");
    for part in ["no [webhook]", "no [poller]", "no [[actions]]", "no [assistant]", "whom it can reach"] {
        assert!(problems.contains(part), "{part} in {problems}");
    }
    assert_eq!(bare.agreement(&[]).len(), 1);
}

#[test]
fn a_description_is_sentences_that_name_what_is_wanted() {
    assert_eq!(
        whole().describe(),
        [
            "Acme chat (`acme-chat`, version 1.2.0).",
            "Messages in and out.",
            "By Ada.",
            "It is the channel `acme`.",
            "It must be told `shop` (Shop): a text.",
            "It can be told `base_url` (base_url): a text.",
            "It can be told `limit` (Limit): a whole number, else 10.",
            "It calls `*.acme.example` (GET, POST): sends messages.",
            "It calls `<the setting shop>.shops.example` (GET): reads orders.",
            "It needs the secret `app_secret` (App secret): the hub checks requests with it. In the app's dashboard.",
            "It can use the secret `token` (Token): the hub checks requests with it, it is written into requests \
             to `api.acme.example`.",
            "It takes requests of at most 3 MiB.",
            "GET requests with the query parameter `hub.mode` must carry `token` in the query parameter \
             `hub.verify_token`.",
            "POST requests of type `application/json` must carry an HMAC with SHA-256 of `{timestamp}.{body}` in \
             `x-signature`, made with `app_secret` or `token`.",
            "Requests come in unsigned: the plugin sees them, and its events are refused.",
            "It asks the other system every 5m.",
            "It sends at most 80 messages per 1s; a send whose outcome is unknown is tried again after 10m.",
            "It writes to people by `phone` and `acme:*`.",
            "It may call people by `acme:*`, which are not its own names.",
            "It does `find-order` (Find an order) when an agent asks.",
            "It reads every `message-received`, with up to 2 messages before it and `language` and \
             `acme-chat.tier` of the profile.",
            "It may say `message-received`, `message-status` and `insight`.",
            "It may send live updates to `visitor:*`.",
            "It serves files of its own to browsers.",
            "One call may take 16 MiB of memory and 5s.",
        ]
    );
}

/// Whether a text is a manifest as far as anyone can say without reading it: it has what all must have.
fn has_the_required_keys(text: &str) -> bool {
    ["name", "version", "contract", "title"].iter().all(|key| text.contains(key))
}

fn holds(text: &str) {
    match Manifest::parse(text, "plugin.toml") {
        Ok(_) => assert!(has_the_required_keys(text), "{text}"),
        Err(errors) => {
            assert!(!errors.problems().is_empty());
            assert!(errors.to_string().contains("error: "));
        }
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_answered_with_a_problem(text in "\\PC{0,200}") {
        holds(&text);
    }

    #[test]
    fn any_toml_like_text_is_read_or_answered_with_a_problem(
        text in "((name|title|settings|webhook|verify|hosts|secrets|é)?[ =\"\\[\\]{}.,\n0-9-]{0,4}){0,30}",
    ) {
        holds(&text);
    }

    #[test]
    fn a_manifest_with_anything_cut_out_or_put_in_never_panics(
        at: proptest::sample::Index,
        length in 0..60_usize,
        put in "[\\PC\n\"\\[\\]{}=]{0,12}",
    ) {
        let start = WHOLE.floor_char_boundary(at.index(WHOLE.len()));
        let end = WHOLE.floor_char_boundary((start + length).min(WHOLE.len()));
        holds(&format!("{}{put}{}", &WHOLE[..start], &WHOLE[end..]));
    }
}
