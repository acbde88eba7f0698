//! Credentials as manifests declare them, and every mistake in them with what it is told.

use super::super::Manifest;

const OAUTH: &str = r#"
name = "acme"
version = "1.0.0"
contract = "0.1"
title = "Acme"
[settings]
type = "object"
[settings.properties.shop]
type = "string"
[settings.properties.client_id]
type = "string"
[[secrets]]
name = "client_secret"
title = "Client secret"
[[secrets]]
name = "key"
title = "Key"
[[hosts]]
host = "{{setting:shop}}.acme.example"
methods = ["POST"]
reason = "is asked"
[[oauth]]
name = "admin"
token_url = "https://{{setting:shop}}.acme.example/oauth/token"
grant = "client-credentials"
client_id = "{{setting:client_id}}"
client_secret = "client_secret"
scope = "read"
hosts = ["{{setting:shop}}.acme.example"]
[[signing]]
name = "request"
secret = "key"
signed = "{timestamp}.{body}"
hosts = ["{{setting:shop}}.acme.example"]
"#;

#[test]
fn tokens_and_signatures_are_described_in_words() {
    let manifest = Manifest::parse(OAUTH, "plugin.toml").unwrap_or_else(|errors| panic!("{errors}"));
    let wants = manifest.wants().join("\n");
    for sentence in [
        "It needs the secret `client_secret` (Client secret): the hub buys access tokens with it at \
         `https://<the setting shop>.acme.example/oauth/token`.",
        "It needs the secret `key` (Key): the hub signs requests to `<the setting shop>.acme.example` with it.",
        "The hub fetches the access token `admin` at `https://<the setting shop>.acme.example/oauth/token` for \
         the client's secret with the scope `read` and writes it into requests to \
         `<the setting shop>.acme.example`.",
        "The hub makes the signature `request` of requests to `<the setting shop>.acme.example`: an HMAC with \
         SHA-256 of `{timestamp}.{body}`, made with `key`.",
    ] {
        assert!(wants.contains(sentence), "{sentence}\nis not in\n{wants}");
    }
}

#[test]
fn a_mistake_in_a_credential_says_what_would_be_right() {
    for (piece, by, wanted) in [
        (
            "https://{{setting:shop}}",
            "http://{{setting:shop}}",
            "write one such as `https://auth.example.com/token`",
        ),
        ("https://{{setting:shop}}", "https://{{setting:shpo}}", "did you mean `shop`?"),
        ("https://{{setting:shop}}.acme", "https://auth.acme", "is not in [[hosts]] with the method POST"),
        ("\"client-credentials\"", "\"password\"", "write `client-credentials` or `refresh-token`"),
        ("\"client-credentials\"", "\"refresh-token\"", "[[oauth]] has no `refresh_token`"),
        ("scope = \"read\"", "refresh_token = \"key\"", "means nothing for grant = \"client-credentials\""),
        ("client_secret = \"client_secret\"", "", "[[oauth]] has no `client_secret`"),
        (
            "client_secret = \"client_secret\"",
            "client_secret = \"clint_secret\"",
            "did you mean `client_secret`?",
        ),
        ("\"{{setting:client_id}}\"", "\"{{setting:client}}\"", "did you mean `client_id`?"),
        ("\"{{setting:client_id}}\"", "\"{{env:ID}}\"", "`{{setting:NAME}}` or `{{secret:NAME}}`"),
        (
            "title = \"Client secret\"",
            "title = \"Client secret\"\nhosts = [\"{{setting:shop}}.acme.example\"]",
            "could send it and buy tokens itself",
        ),
        ("name = \"admin\"", "name = \"Admin\"", "cannot name a secret"),
        ("{timestamp}.{body}", "{secret}{body}", "cannot be part of what the hub signs"),
        ("{timestamp}.{body}", "{boddy}", "did you mean `body`?"),
        ("secret = \"key\"", "secret = \"kex\"", "the secret `kex` is not declared"),
        ("[[signing]]", "[[signin]]", "unknown key `signin`"),
        ("[[signing]]", "[[oauth]]", "[[oauth]] has no `token_url`"),
    ] {
        assert!(OAUTH.contains(piece), "{piece}");
        let report = match Manifest::parse(&OAUTH.replacen(piece, by, 1), "plugin.toml") {
            Ok(_) => panic!("`{by}` was taken"),
            Err(errors) => errors.to_string(),
        };
        assert!(report.contains(wanted), "`{by}` gave:\n{report}\nand not: {wanted}");
    }
}
