//! Signing in at an identity provider: OpenID Connect's authorization code flow with PKCE (RFC 7636) and a nonce.

mod provider;
mod token;
mod verify;

use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::{Entrance, Gate};
use crate::ambient::Ambient;
use crate::config::{Accounts, Oidc};
use crate::model::account::{Account, Login, State};
use crate::store::{AccountError, NewAccount, Stage, StoreError};
use provider::Provider;
use token::Claims;

/// What the store seals a [`Pending`] to.
const PLACE: &str = "sign-in: oidc";

/// Why somebody was not signed in by a provider. The words are for whoever tried.
#[derive(Debug, thiserror::Error)]
pub enum OidcError {
    /// It is not set up.
    #[error("this hub knows no identity provider (`accounts.oidc`)")]
    Off,
    /// The provider did not answer as one does.
    #[error("the identity provider could not be used: {0}")]
    Provider(String),
    /// What came back belongs to no sign-in that this browser began.
    #[error("this sign-in was not begun in this browser, or too long ago; begin again")]
    Pending,
    /// The provider sent the person back without.
    #[error("the identity provider did not sign you in: {0}")]
    Denied(String),
    /// The provider does not vouch for a mail address.
    #[error(
        "the identity provider does not say that your mail address is verified, so it leads to no account here"
    )]
    Unverified,
    /// There is no account for the person.
    #[error("{0} has no account here; ask an owner for an invitation")]
    Nobody(Login),
    /// There is one, and it belongs to somebody else there, or may not sign in.
    #[error("this account cannot be used by signing in elsewhere; ask an owner")]
    Barred,
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A sign-in that was begun: what the browser keeps, sealed, until it comes back.
#[derive(Debug, Serialize, Deserialize)]
pub struct Pending {
    state: String,
    nonce: String,
    verifier: String,
    /// Where the person wanted to go.
    pub next: String,
    until: i64,
}

/// Where to send the browser, and what it is to keep.
#[derive(Debug)]
pub struct Started {
    /// The provider's page.
    pub url: String,
    /// The sealed [`Pending`] as text, for a cookie.
    pub kept: String,
}

/// The provider as it was last read; one of another issuer is read anew.
#[derive(Default)]
pub(super) struct Known(Mutex<Option<Arc<Provider>>>);

fn random(ambient: &Ambient) -> String {
    let mut bytes = [0_u8; 32];
    ambient.entropy.fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

fn same(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

impl Gate {
    /// The provider, as it describes itself; that is read once an hour.
    async fn provider(&self, oidc: &Oidc) -> Result<Arc<Provider>, OidcError> {
        let now = self.inner.ambient.now_ms();
        let known = self.inner.oidc.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(provider) = known.filter(|known| known.serves(oidc, now)) {
            return Ok(provider);
        }
        let provider = Arc::new(Provider::discover(oidc, now).await?);
        *self.inner.oidc.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&provider));
        Ok(provider)
    }

    /// Begins to sign somebody in who wants to go to `next` and is to come back to `redirect`.
    ///
    /// # Errors
    /// When it is not set up, or the provider does not answer.
    pub async fn oidc_start(
        &self,
        redirect: &str,
        next: &str,
        config: &Accounts,
    ) -> Result<Started, OidcError> {
        let oidc = config.oidc.as_ref().ok_or(OidcError::Off)?;
        let provider = self.provider(oidc).await?;
        let ambient = &self.inner.ambient;
        let lasts = i64::try_from(config.second_factor_wait.as_millis()).unwrap_or(i64::MAX);
        let pending = Pending {
            state: random(ambient),
            nonce: random(ambient),
            verifier: random(ambient),
            next: next.to_owned(),
            until: ambient.now_ms().saturating_add(lasts),
        };
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(pending.verifier.as_bytes()));
        let url = provider.page(&[
            ("response_type", "code"),
            ("client_id", &oidc.client_id),
            ("redirect_uri", redirect),
            ("scope", "openid email profile"),
            ("state", &pending.state),
            ("nonce", &pending.nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        let text = serde_json::to_vec(&pending).map_err(|error| OidcError::Provider(error.to_string()))?;
        let kept = URL_SAFE_NO_PAD.encode(self.inner.store.seal(PLACE, &text)?);
        Ok(Started { url, kept })
    }

    /// What a browser kept of a sign-in that it came back from with `state`.
    ///
    /// # Errors
    /// When it is none of this hub's, another's, or too old.
    pub fn oidc_pending(&self, kept: &str, state: &str) -> Result<Pending, OidcError> {
        let sealed = URL_SAFE_NO_PAD.decode(kept).map_err(|_| OidcError::Pending)?;
        let text = self.inner.store.unseal(PLACE, &sealed).ok_or(OidcError::Pending)?;
        let pending: Pending = serde_json::from_slice(&text).map_err(|_| OidcError::Pending)?;
        let fresh = self.inner.ambient.now_ms() < pending.until;
        if fresh && same(&pending.state, state) { Ok(pending) } else { Err(OidcError::Pending) }
    }

    /// Signs somebody in who came back with a code.
    ///
    /// # Errors
    /// When the provider does not vouch for the person, or there is no account for them.
    pub async fn oidc_finish(
        &self,
        pending: &Pending,
        code: &str,
        redirect: &str,
        config: &Accounts,
    ) -> Result<Entrance, OidcError> {
        let oidc = config.oidc.as_ref().ok_or(OidcError::Off)?;
        let provider = self.provider(oidc).await?;
        let token = provider.exchange(oidc, code, &pending.verifier, redirect).await?;
        let now = self.inner.ambient.now_ms();
        let claims = match verify::claims(&token, &provider.keys(now).await?, oidc) {
            // The provider may have changed its keys since they were read.
            Err(verify::Unverified::Key) => {
                let keys = provider.keys_anew(now).await?;
                verify::claims(&token, &keys, oidc)
            }
            known => known,
        };
        let claims = claims.map_err(|error| OidcError::Provider(error.to_string()))?;
        claims
            .check(oidc, &pending.nonce, now)
            .map_err(|why| OidcError::Provider(format!("its ID token {why}")))?;
        let account = self.oidc_account(oidc, &claims).await?;
        Ok(if oidc.counts_as_second_factor {
            Entrance { account, stage: Stage::Whole }
        } else {
            Self::entrance(account, config)
        })
    }

    /// The account of whomever the provider vouches for: by who they are there; the first time by a mail address that
    /// the provider has verified; or a new one, where the configuration allows it.
    async fn oidc_account(&self, oidc: &Oidc, claims: &Claims) -> Result<Account, OidcError> {
        let store = &self.inner.store;
        if let Some(account) = store.account_by_identity(&oidc.issuer, &claims.sub).await? {
            return if account.state() == State::Disabled { Err(OidcError::Barred) } else { Ok(account) };
        }
        let login = claims.verified_mail().ok_or(OidcError::Unverified)?;
        if let Some(account) = store.account_by_login(&login).await? {
            // An address that means another person there by now must not lead to whoever had it before.
            let known = store.has_identity(&account.id, &oidc.issuer).await?;
            if known || account.state() == State::Disabled {
                return Err(OidcError::Barred);
            }
            store.link_identity(&account.id, &oidc.issuer, &claims.sub).await?;
            return store.account(&account.id).await?.ok_or(OidcError::Barred);
        }
        let allowed = oidc.domains.is_empty() || oidc.domains.iter().any(|domain| domain == login.domain());
        let Some(role) = oidc.new_role.filter(|_| allowed) else { return Err(OidcError::Nobody(login)) };
        let name = claims.name.as_deref().and_then(|name| crate::model::account::name(name).ok());
        let new = NewAccount { login, name, role, joined: true };
        store.create_account_for(new, &oidc.issuer, &claims.sub).await.map_err(|error| match error {
            AccountError::Store(error) => OidcError::Store(error),
            _ => OidcError::Barred,
        })
    }
}
