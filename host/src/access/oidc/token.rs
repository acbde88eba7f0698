//! What an ID token says, and the rules that OpenID Connect Core 1.0, 3.1.3.7, has for it beyond its signature, issuer
//! and audience.

use serde::{Deserialize, Deserializer};

use super::same;
use crate::config::Oidc;
use crate::model::account::Login;

/// How far a provider's clock may be off, in seconds.
const LEEWAY: i64 = 60;

/// The longest subject that a provider may use (OpenID Connect Core 1.0, 2).
const MAX_SUBJECT: usize = 255;

/// What an ID token says.
#[derive(Debug, Deserialize)]
pub(super) struct Claims {
    /// Who it is, at this issuer.
    pub(super) sub: String,
    #[serde(default)]
    aud: Audience,
    azp: Option<String>,
    exp: i64,
    iat: i64,
    nbf: Option<i64>,
    nonce: Option<String>,
    email: Option<String>,
    #[serde(default, deserialize_with = "yes")]
    email_verified: bool,
    /// What the person is called.
    pub(super) name: Option<String>,
}

/// One name or several.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Default for Audience {
    fn default() -> Self {
        Self::Several(Vec::new())
    }
}

/// Some providers write it as text.
fn yes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Flag {
        Bool(bool),
        Text(String),
    }
    Ok(match Option::<Flag>::deserialize(deserializer)? {
        Some(Flag::Bool(flag)) => flag,
        Some(Flag::Text(text)) => text == "true",
        None => false,
    })
}

impl Claims {
    /// Checks what the signature says nothing of.
    ///
    /// # Errors
    /// What is wrong with it, as the end of a sentence.
    pub(super) fn check(&self, oidc: &Oidc, nonce: &str, now_ms: i64) -> Result<(), &'static str> {
        let now = now_ms.div_euclid(1_000);
        let several = matches!(&self.aud, Audience::Several(all) if all.len() > 1);
        let ours = match &self.aud {
            Audience::One(one) => *one == oidc.client_id,
            Audience::Several(all) => all.contains(&oidc.client_id),
        };
        if !ours
            || self.azp.as_ref().is_some_and(|azp| *azp != oidc.client_id)
            || several && self.azp.is_none()
        {
            return Err("is for another program");
        }
        if !self.nonce.as_ref().is_some_and(|own| same(own, nonce)) {
            return Err("is of another sign-in");
        }
        if self.exp.saturating_add(LEEWAY) <= now {
            return Err("is too old");
        }
        if self.iat.saturating_sub(LEEWAY) > now
            || self.nbf.is_some_and(|from| from.saturating_sub(LEEWAY) > now)
        {
            return Err("is of the future; check the hub's clock");
        }
        if self.sub.is_empty() || self.sub.len() > MAX_SUBJECT {
            return Err("names nobody");
        }
        Ok(())
    }

    /// The mail address, where the provider says that it is the person's.
    pub(super) fn verified_mail(&self) -> Option<Login> {
        self.email.as_ref().filter(|_| self.email_verified)?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::Config;

    fn oidc() -> Oidc {
        let sets = ["accounts.oidc.issuer=https://login.example", "accounts.oidc.client_id=hub"];
        let config = Config::load(None, [], &sets.map(str::to_owned)).expect("loads");
        config.accounts.oidc.expect("a provider")
    }

    fn claims(changes: serde_json::Value) -> Claims {
        let mut all = json!({"sub": "1", "aud": "hub", "exp": 1_100, "iat": 1_000, "nonce": "n"});
        for (name, value) in changes.as_object().expect("an object") {
            all[name] = value.clone();
        }
        serde_json::from_value(all).expect("claims")
    }

    #[test]
    fn a_token_of_another_program_sign_in_or_time_is_refused() {
        let check = |changes| claims(changes).check(&oidc(), "n", 1_050_000);
        assert_eq!(check(json!({})), Ok(()));
        assert_eq!(check(json!({"aud": ["hub"]})), Ok(()));
        assert_eq!(check(json!({"aud": ["hub", "other"], "azp": "hub"})), Ok(()));
        for other in [
            json!({"aud": "other"}),
            json!({"aud": []}),
            json!({"aud": ["hub", "other"]}),
            json!({"aud": ["hub", "other"], "azp": "other"}),
            json!({"azp": "other"}),
        ] {
            assert_eq!(check(other.clone()), Err("is for another program"), "{other}");
        }
        assert_eq!(check(json!({"nonce": "m"})), Err("is of another sign-in"));
        assert_eq!(check(json!({"nonce": null})), Err("is of another sign-in"));
        assert_eq!(check(json!({"exp": 990})), Err("is too old"));
        assert_eq!(check(json!({"exp": 991})), Ok(()), "a clock may be off by a minute");
        assert_eq!(check(json!({"iat": 1_111})), Err("is of the future; check the hub's clock"));
        assert_eq!(check(json!({"nbf": 1_111})), Err("is of the future; check the hub's clock"));
        assert_eq!(check(json!({"sub": ""})), Err("names nobody"));
    }

    #[test]
    fn times_that_are_no_numbers_are_no_claims() {
        for wrong in
            [json!({"exp": "1100"}), json!({"exp": null}), json!({"iat": "soon"}), json!({"nbf": "1"})]
        {
            let mut all = json!({"sub": "1", "aud": "hub", "exp": 1_100, "iat": 1_000, "nonce": "n"});
            all.as_object_mut().expect("an object").extend(wrong.as_object().expect("an object").clone());
            assert!(serde_json::from_value::<Claims>(all).is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_a_verified_mail_address_counts() {
        let mail = |changes| claims(changes).verified_mail().map(String::from);
        let ada = Some("ada@example.com".to_owned());
        assert_eq!(mail(json!({"email": "Ada@example.com", "email_verified": true})), ada);
        assert_eq!(mail(json!({"email": "ada@example.com", "email_verified": "true"})), ada);
        for unsure in [json!({}), json!({"email_verified": false}), json!({"email_verified": "false"})] {
            let mut all = unsure;
            all["email"] = json!("ada@example.com");
            assert_eq!(mail(all), None);
        }
        assert_eq!(mail(json!({"email": "no address", "email_verified": true})), None);
    }
}
