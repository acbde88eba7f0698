use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};

use super::*;
use crate::config::Config;

/// A provider that signs on P-256.
struct Signer {
    pair: EcdsaKeyPair,
    random: SystemRandom,
}

impl Signer {
    fn new() -> Self {
        let random = SystemRandom::new();
        let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("a key");
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, key.as_ref(), &random);
        Self { pair: pair.expect("a key"), random }
    }

    fn jwk(&self, id: &str) -> Value {
        let point = self.pair.public_key().as_ref();
        let (x, y) = (BASE64.encode(&point[1..33]), BASE64.encode(&point[33..]));
        json!({"kty": "EC", "crv": "P-256", "use": "sig", "kid": id, "x": x, "y": y})
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let said = said(header, claims);
        let signed = self.pair.sign(&self.random, said.as_bytes()).expect("signed");
        format!("{said}.{}", BASE64.encode(signed))
    }
}

fn said(header: &Value, claims: &Value) -> String {
    format!("{}.{}", BASE64.encode(header.to_string()), BASE64.encode(claims.to_string()))
}

fn keys(all: &[Value]) -> JwkSet {
    serde_json::from_value(json!({"keys": all})).expect("keys")
}

fn oidc() -> Oidc {
    let sets = ["accounts.oidc.issuer=https://login.example", "accounts.oidc.client_id=hub"];
    let config = Config::load(None, [], &sets.map(str::to_owned)).expect("loads");
    config.accounts.oidc.expect("a provider")
}

fn good() -> Value {
    json!({"iss": "https://login.example", "aud": "hub", "sub": "1", "exp": 5, "iat": 1, "nonce": "n"})
}

#[test]
fn what_the_provider_signed_is_read_and_what_somebody_else_signed_is_not() {
    let (ours, other) = (Signer::new(), Signer::new());
    let header = json!({"alg": "ES256", "kid": "a"});
    let token = ours.sign(&header, &good());
    let read = claims(&token, &keys(&[ours.jwk("a")]), &oidc()).expect("it holds");
    assert_eq!(read.sub, "1");
    let refused = |token: &str, all: &[Value]| claims(token, &keys(all), &oidc()).expect_err("refused");
    assert!(matches!(refused(&token, &[other.jwk("a")]), Unverified::Token(_)));
    assert_eq!(refused(&token, &[ours.jwk("b")]), Unverified::Key);
    assert_eq!(refused(&token, &[]), Unverified::Key);
    let changed =
        format!("{}.{}", said(&header, &json!({"sub": "2"})), token.rsplit('.').next().expect("signed"));
    assert!(matches!(refused(&changed, &[ours.jwk("a")]), Unverified::Token(_)));
}

#[test]
fn a_token_of_another_issuer_or_for_another_program_does_not_hold() {
    let ours = Signer::new();
    for (name, value) in [
        ("iss", json!("https://elsewhere.example")),
        ("iss", Value::Null),
        ("aud", json!("other")),
        ("aud", json!([])),
        ("sub", Value::Null),
        ("exp", Value::Null),
        ("exp", json!("5")),
    ] {
        let mut changed = good();
        changed[name] = value;
        let token = ours.sign(&json!({"alg": "ES256"}), &changed);
        let refused = claims(&token, &keys(&[ours.jwk("a")]), &oidc());
        assert!(matches!(refused, Err(Unverified::Token(_))), "{changed}: {refused:?}");
    }
}

#[test]
fn nobody_signs_with_nothing_with_a_shared_secret_or_with_a_key_of_another_kind() {
    let ours = Signer::new();
    let known = keys(&[ours.jwk("a")]);
    let unsigned = format!("{}.", said(&json!({"alg": "none"}), &good()));
    assert!(claims(&unsigned, &known, &oidc()).is_err());
    // A shared secret that is the public key: what verifies by any algorithm of the header would take it.
    let said = said(&json!({"alg": "HS256", "kid": "a"}), &good());
    let secret = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, ours.pair.public_key().as_ref());
    let forged = format!("{said}.{}", BASE64.encode(ring::hmac::sign(&secret, said.as_bytes())));
    assert_eq!(claims(&forged, &known, &oidc()).expect_err("refused"), Unverified::Algorithm);
    for alg in ["RS256", "EdDSA", "PS512"] {
        let token = ours.sign(&json!({"alg": alg, "kid": "a"}), &good());
        assert_eq!(claims(&token, &known, &oidc()).expect_err(alg), Unverified::Key);
    }
    let token = ours.sign(&json!({"alg": "ES384", "kid": "a"}), &good());
    assert!(claims(&token, &known, &oidc()).is_err(), "a curve is an algorithm's own");
}

#[test]
fn a_key_that_is_not_named_is_taken_where_there_is_no_choice() {
    let (ours, other) = (Signer::new(), Signer::new());
    let token = ours.sign(&json!({"alg": "ES256"}), &good());
    let mut encrypts = other.jwk("b");
    encrypts["use"] = json!("enc");
    assert!(claims(&token, &keys(&[ours.jwk("a"), encrypts]), &oidc()).is_ok());
    let two = keys(&[ours.jwk("a"), other.jwk("b")]);
    assert_eq!(claims(&token, &two, &oidc()).expect_err("refused"), Unverified::Key);
}

#[test]
fn edwards_curves_are_taken_too() {
    let key = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("a key");
    let pair = Ed25519KeyPair::from_pkcs8(key.as_ref()).expect("a key");
    let said = said(&json!({"alg": "EdDSA"}), &good());
    let token = format!("{said}.{}", BASE64.encode(pair.sign(said.as_bytes())));
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": BASE64.encode(pair.public_key().as_ref())});
    assert!(claims(&token, &keys(&[jwk]), &oidc()).is_ok());
}
