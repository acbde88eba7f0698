//! The table of grants: what each is called, what it covers, and what its lack takes out of a manifest.

use super::super::manifest::Size;
use super::*;

const MANIFEST: &str = r#"
name = "example"
version = "1.0.0"
contract = "0.1"
title = "Example"

[channel]
name = "example"
reach = ["phone", "acme:*"]

[[secrets]]
name = "token"
title = "Token"
hosts = ["api.example.com"]
sign = true

[[hosts]]
host = "api.example.com"
methods = ["GET", "POST"]
reason = "to send"

[[hosts]]
host = "*.files.example.com"
methods = ["GET"]
reason = "to fetch"

[webhook]
[[webhook.verify]]
when = { method = "GET" }
scheme = "none"
[[webhook.verify]]
scheme = "token"
header = "x-token"
secret = "token"

[sender]
rate = { count = 80, per = "1s" }
[poller]
every = "5m"

[events]
emit = ["message-received", "order"]

[budget]
key_value = "64 KiB"
"#;

fn manifest() -> Manifest {
    Manifest::parse(MANIFEST, "plugin.toml").unwrap_or_else(|e| panic!("{e}"))
}

fn ask(text: &str) -> Ask {
    text.parse().unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn everything_a_manifest_asks_for_has_a_name_that_reads_back() {
    let asked = Grants::asked(&manifest());
    let names: Vec<String> = asked.iter().map(Ask::to_string).collect();
    assert_eq!(
        names,
        [
            "host:GET:*.files.example.com",
            "host:GET:api.example.com",
            "host:POST:api.example.com",
            "secret:token:api.example.com",
            "sign:token",
            "emit:message-received",
            "emit:order",
            "poll:5m",
            "send",
            "reach:acme:*",
            "reach:phone",
            "unsigned:GET requests",
            "storage:64 KiB",
        ]
    );
    for name in &names {
        assert_eq!(ask(name).to_string(), *name);
        assert!(ask(name).sentence().ends_with('.'));
    }
    let json = serde_json::to_string(&asked).expect("JSON");
    assert_eq!(serde_json::from_str::<Grants>(&json).expect("reads back"), asked);
    assert!("hosts:x".parse::<Ask>().is_err() && "emit".parse::<Ask>().is_err());
}

#[test]
fn a_grant_covers_what_is_no_more_than_itself() {
    for (granted, wanted, covered) in [
        ("host:GET:api.example.com", "host:GET:api.example.com", true),
        ("host:GET:api.example.com", "host:POST:api.example.com", false),
        ("host:GET:*.example.com", "host:GET:api.example.com", true),
        ("host:GET:*.example.com", "host:GET:*.eu.example.com", true),
        ("host:GET:*.example.com", "host:GET:example.com", false),
        ("host:GET:*.example.com", "host:GET:evil-example.com", false),
        ("host:GET:api.example.com", "host:GET:*.example.com", false),
        ("host:GET:api.example.com", "host:GET:api.example.com:8443", false),
        ("host:GET:{{setting:shop}}.example.com", "host:GET:{{setting:shop}}.example.com", true),
        ("host:GET:{{setting:shop}}.example.com", "host:GET:{{setting:base}}", false),
        ("secret:token:*.example.com", "secret:token:api.example.com", true),
        ("secret:token:api.example.com", "secret:other:api.example.com", false),
        ("token:admin:*.example.com", "token:admin:api.example.com", true),
        ("token:admin:api.example.com", "token:other:api.example.com", false),
        ("hmac:key:api.example.com", "hmac:key:other.example.com", false),
        ("buy:key:https://a.example.com/t", "buy:key:https://a.example.com/t", true),
        ("buy:key:https://a.example.com/t", "buy:key:https://b.example.com/t", false),
        ("scope:admin:read write", "scope:admin:read write", true),
        ("scope:admin:read", "scope:admin:read write", false),
        ("sign:token", "sign:token", true),
        ("sign:token", "sign:other", false),
        ("emit:order", "emit:order", true),
        ("emit:order", "emit:refund", false),
        ("watch:order", "emit:order", false),
        ("read:name", "read:email", false),
        ("history:10", "history:3", true),
        ("history:3", "history:10", false),
        ("poll:5m", "poll:1h", true),
        ("poll:5m", "poll:1m", false),
        ("poll:0 3 * * *", "poll:0 3 * * *", true),
        ("poll:5m", "poll:0 3 * * *", false),
        ("storage:1 MiB", "storage:64 KiB", true),
        ("storage:64 KiB", "storage:1 MiB", false),
        ("topic:visitor.*", "topic:visitor.*", true),
        ("topic:visitor.*", "topic:agent.*", false),
        ("action:refund", "action:cancel", false),
        ("send", "send", true),
        ("reach:phone", "reach:phone", true),
        ("reach:phone", "reach:email", false),
        ("reach:acme:*", "reach:acme:*", true),
        ("reach:acme:*", "reach:acme:user", true),
        ("reach:acme:*", "reach:acme:eu:*", true),
        ("reach:acme:user", "reach:acme:*", false),
        ("reach:acme:*", "reach:acme", false),
        ("reach:acme:*", "reach:acmes:user", false),
        ("reach:phone", "send", false),
        ("send", "reach:phone", false),
        ("assets", "send", false),
    ] {
        let grants: Grants = [ask(granted)].into_iter().collect();
        assert_eq!(grants.covers(&ask(wanted)), covered, "{granted} covers {wanted}");
    }
}

#[test]
fn what_was_not_granted_is_cut_out_of_the_manifest() {
    let manifest = manifest();
    let asked = Grants::asked(&manifest);
    assert_eq!(asked.cut(&manifest), manifest, "everything granted cuts nothing");
    for (taken, gone) in [
        ("host:POST:api.example.com", "POST"),
        ("secret:token:api.example.com", "written into requests"),
        ("sign:token", "may have the hub sign"),
        ("emit:order", "`order`"),
        ("poll:5m", "every 5m"),
        ("send", "It sends at most"),
        ("reach:phone", "`phone`"),
        ("reach:acme:*", "`acme:*`"),
        ("unsigned:GET requests", "unsigned"),
    ] {
        let left = asked.without(&[ask(taken)]).expect("it was asked for");
        assert_eq!(left.lacks(&asked), [ask(taken)]);
        let (before, after) = (manifest.wants().join("\n"), left.cut(&manifest).wants().join("\n"));
        assert!(before.contains(gone) && !after.contains(gone), "{taken}: {after}");
    }
    let nothing = Grants::default().cut(&manifest);
    assert!(nothing.hosts.is_empty() && nothing.emits.is_empty() && nothing.sender.is_none());
    assert!(nothing.channel.is_some_and(|channel| channel.reach.is_empty()));
    assert_eq!(nothing.budget.key_value.map(Size::bytes), Some(0));
    assert!(asked.without(&[ask("emit:refund")]).is_err());
}

const TOKENS: &str = r#"
name = "example"
version = "1.0.0"
contract = "0.1"
title = "Example"
[[secrets]]
name = "key"
title = "Key"
[[hosts]]
host = "*.example.com"
methods = ["POST"]
reason = "to ask"
[[oauth]]
name = "admin"
token_url = "https://auth.example.com/token"
grant = "client-credentials"
client_id = "c"
client_secret = "key"
scope = "read"
hosts = ["api.example.com"]
[[signing]]
name = "request"
secret = "key"
signed = "{body}"
hosts = ["api.example.com"]
"#;

#[test]
fn a_token_is_granted_whole_or_not_at_all_and_a_new_place_to_buy_it_asks_anew() {
    let manifest = Manifest::parse(TOKENS, "plugin.toml").unwrap_or_else(|errors| panic!("{errors}"));
    let asked = Grants::asked(&manifest);
    let all = ["buy:key:https://auth.example.com/token", "scope:admin:read", "token:admin:api.example.com"];
    for name in all {
        assert!(asked.covers(&ask(name)), "{name}");
        let cut = asked.without(&[ask(name)]).expect("it is asked for").cut(&manifest);
        assert!(cut.oauth.iter().all(|oauth| oauth.hosts.is_empty()), "without {name}");
    }
    assert_eq!(asked.cut(&manifest), manifest);
    let unsigned = asked.without(&[ask("hmac:key:api.example.com")]).expect("it is asked for").cut(&manifest);
    assert!(unsigned.signing[0].hosts.is_empty());
    let moved = TOKENS.replace("https://auth.example.com/token", "https://evil.example.com/token");
    let moved = Manifest::parse(&moved, "plugin.toml").unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(asked.lacks(&Grants::asked(&moved)), [ask("buy:key:https://evil.example.com/token")]);
}
