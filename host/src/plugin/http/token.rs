//! Access tokens (OAuth 2, RFC 6749): fetched when they are first asked for, kept until shortly before their
//! time is over or the other side refuses them, and never shown to a plugin.
//!
//! One fetch is under way for a connection's token at a time. It runs in a task of its own: a call that is
//! cut off must not lose a refresh token that the other side has already replaced.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use tokio::sync::{Mutex, OwnedMutexGuard};
use wasmtime_wasi_http::Error;
use zeroize::Zeroizing;

use super::ask::{self, Answer, Failure};
use super::grant::Destination;
use super::spelling::Used;
use crate::model::manifest::Grant;
use crate::plugin::binding::{Client, OAuthGrant};
use crate::plugin::state::Call;

/// How long before its end a token is renewed, in milliseconds; a tenth of its life where that is shorter.
const EARLY: i64 = 60_000;
/// How long the hub waits after a failed fetch before it asks again, in milliseconds.
const REST: i64 = 10_000;
/// How long after a fetch a refusal by the other side fetches no new token, in milliseconds: the token is
/// not what it dislikes.
const RENEWED: i64 = 60_000;
/// How often a fetched token is tried to be kept before the next use has to.
const KEEPS: u32 = 4;
/// How many tokens of one name are remembered, so that an answer that repeats an old one gives nothing away.
const REMEMBERED: usize = 8;

/// What is known of one access token of one connection.
#[derive(Default)]
struct Slot {
    /// What the access token was asked for with: another client or scope needs another one.
    of: Option<[u8; 32]>,
    access: Option<Access>,
    /// The current refresh token, and the hash of the operator's one that it descends from.
    refresh: Option<([u8; 32], Zeroizing<String>)>,
    /// Whether what the store keeps was read.
    read: bool,
    /// Whether this is newer than what the store keeps.
    unkept: bool,
    fetched_at: i64,
    failed: Option<(i64, Failure)>,
}

struct Access {
    token: Zeroizing<String>,
    /// When to fetch the next one, in milliseconds since the epoch.
    renew_at: i64,
}

/// What is needed to ask for a token, read anew each time: the operator may have changed any of it.
struct Question {
    client: Zeroizing<String>,
    secret: Option<Zeroizing<Vec<u8>>>,
    /// The operator's refresh token.
    seed: Option<Zeroizing<Vec<u8>>>,
    of: [u8; 32],
}

/// The access token of that name. `refused` is one that the other side did not take: another one is fetched,
/// unless the one refused was fetched just now.
pub(super) async fn access(
    call: &Arc<Call>,
    name: &str,
    refused: Option<&str>,
) -> Result<Zeroizing<String>, Error> {
    let Some(grant) = call.binding.oauth.iter().find(|grant| grant.name == name) else {
        return Err(Error::HttpRequestDenied);
    };
    let question = question(call, grant).await?;
    let mut slot = call.binding.ledger.tokens.slot(name).lock_owned().await;
    let now = call.shared.ambient.now_ms();
    if slot.of != Some(question.of) {
        slot.access = None;
        (slot.of, slot.failed, slot.fetched_at) = (Some(question.of), None, i64::MIN);
    }
    if let Some(access) = &slot.access {
        let unwanted = refused == Some(access.token.as_str());
        let rested = now.saturating_sub(slot.fetched_at) >= RENEWED;
        if (!unwanted && now < access.renew_at) || (unwanted && !rested) {
            return Ok(access.token.clone());
        }
    }
    if let Some((until, failure)) = slot.failed.filter(|(until, _)| now < *until) {
        tracing::debug!(plugin = call.core.name(), connection = %call.binding.connection(), token = name, until, "no access token is asked for yet");
        return Err(failure.error());
    }
    let (call, grant) = (Arc::clone(call), grant.clone());
    let fetching = tokio::spawn(async move {
        let fetched = fetch(&call, &grant, &question, &mut slot).await;
        let told = match (&fetched, &slot.access) {
            (Ok(()), Some(access)) => Ok(access.token.clone()),
            (Err(failure), _) => Err(failure.error()),
            (Ok(()), None) => Err(Error::InternalError(None)),
        };
        keep(&call, &grant.name, slot).await;
        told
    });
    fetching.await.unwrap_or(Err(Error::InternalError(None)))
}

async fn question(call: &Call, grant: &OAuthGrant) -> Result<Question, Error> {
    let refuse = |why: String| {
        call.deny(&format!("the access token `{}` cannot be fetched: {why}", grant.name));
        Error::ConfigurationError
    };
    let secret = async |name: &str| {
        if !call.binding.secrets.iter().any(|secret| secret.name == name) {
            return Err(refuse(format!("the secret `{name}` is not granted")));
        }
        match call.shared.services.secret(call.binding.connection(), name).await {
            Ok(Some(value)) => Ok(value),
            Ok(None) => Err(refuse(format!("the secret `{name}` is not set for this connection"))),
            Err(error) => {
                tracing::error!(plugin = call.core.name(), connection = %call.binding.connection(), %error, "a secret could not be read");
                Err(Error::InternalError(None))
            }
        }
    };
    let client = match &grant.client {
        Client::Text(text) => Zeroizing::new(text.clone()),
        Client::Unset(setting) => return Err(refuse(format!("the setting `{setting}` is not set"))),
        Client::Secret(name) => Zeroizing::new(String::from_utf8_lossy(&secret(name).await?).into_owned()),
    };
    let client_secret = match &grant.client_secret {
        Some(name) => Some(secret(name).await?),
        None => None,
    };
    let seed = match &grant.grant {
        Grant::RefreshToken(name) => Some(secret(name.as_str()).await?),
        Grant::ClientCredentials => None,
    };
    let mut of = Sha256::new();
    let scope = grant.scope.as_deref().unwrap_or_default();
    let own = [client_secret.as_deref(), seed.as_deref()];
    let texts = [grant.token_url.as_bytes(), client.as_bytes(), scope.as_bytes()];
    for part in texts.into_iter().chain(own.into_iter().map(|part| part.map_or(&[][..], Vec::as_slice))) {
        of.update((part.len() as u64).to_be_bytes());
        of.update(part);
    }
    Ok(Question { client, secret: client_secret, seed, of: of.finalize().into() })
}

/// Fetches a token into its slot.
async fn fetch(call: &Call, grant: &OAuthGrant, question: &Question, slot: &mut Slot) -> Result<(), Failure> {
    let seed = question.seed.as_ref().map(|seed| (<[u8; 32]>::from(Sha256::digest(&**seed)), seed));
    recall(call, &grant.name, question, seed.map(|(hash, _)| hash), slot).await;
    let now = call.shared.ambient.now_ms();
    if slot.access.as_ref().is_some_and(|access| now < access.renew_at && slot.fetched_at == i64::MIN) {
        // As good as fetched: the hub was only started anew.
        slot.fetched_at = now.saturating_sub(RENEWED);
        return Ok(());
    }
    if slot.refresh.as_ref().map(|(of, _)| *of) != seed.map(|(hash, _)| hash) {
        slot.refresh = seed.map(|(hash, seed)| {
            let token = Zeroizing::new(String::from_utf8_lossy(seed).into_owned());
            call.binding.ledger.tokens.remember(&grant.name, &token);
            (hash, token)
        });
    }
    let refresh = slot.refresh.as_ref().map(|(_, token)| token.as_str());
    let asked = ask::token(call, grant, &question.client, question.secret.as_deref(), refresh).await;
    let now = call.shared.ambient.now_ms();
    let outcome = match &asked {
        Ok(_) => "fetched",
        Err(Failure::Refused) => "refused",
        Err(Failure::Unreachable) => "unreachable",
    };
    metrics::counter!("switchboard_oauth_fetches_total", "plugin" => call.core.name().to_owned(), "outcome" => outcome)
        .increment(1);
    let Answer { access, lifetime, refresh } = asked.inspect_err(|failure| {
        slot.failed = Some((now.saturating_add(REST), *failure));
    })?;
    let renew_at = lifetime.map_or(i64::MAX, |life| now.saturating_add(life - (life / 10).min(EARLY)));
    let tokens = &call.binding.ledger.tokens;
    tokens.remember(&grant.name, &access);
    slot.access = Some(Access { token: access, renew_at });
    (slot.failed, slot.fetched_at, slot.unkept) = (None, now, true);
    if let (Some((_, current)), Some(new)) = (&mut slot.refresh, refresh) {
        tokens.remember(&grant.name, &new);
        *current = new;
    }
    tracing::info!(
        plugin = call.core.name(), connection = %call.binding.connection(), token = grant.name, lifetime_ms = lifetime,
        "an access token was fetched"
    );
    Ok(())
}

/// What the store keeps of a token, sealed.
#[derive(serde::Serialize, serde::Deserialize)]
struct Kept {
    /// The hash of the operator's refresh token, in hex, and the one that came of it since.
    refresh: Option<(String, String)>,
    /// The hash of the question that the access token answers, in hex.
    of: String,
    access: String,
    renew_at: i64,
}

impl Drop for Kept {
    fn drop(&mut self) {
        if let Some((_, token)) = &mut self.refresh {
            zeroize::Zeroize::zeroize(token);
        }
        zeroize::Zeroize::zeroize(&mut self.access);
    }
}

/// Reads what the store keeps, once, as far as it still comes of what the operator has set.
async fn recall(call: &Call, name: &str, question: &Question, seed: Option<[u8; 32]>, slot: &mut Slot) {
    if slot.read {
        return;
    }
    let kept = match call.shared.services.kept_token(call.binding.connection(), name).await {
        Ok(kept) => kept,
        Err(error) => {
            tracing::error!(plugin = call.core.name(), connection = %call.binding.connection(), token = name, %error, "a kept token could not be read");
            return;
        }
    };
    slot.read = true;
    let Some(kept) = kept.and_then(|bytes| serde_json::from_slice::<Kept>(&bytes).ok()) else { return };
    if let (Some((of, token)), Some(seed)) = (&kept.refresh, seed)
        && *of == hex::encode(seed)
    {
        slot.refresh = Some((seed, Zeroizing::new(token.clone())));
    }
    if kept.of == hex::encode(question.of) {
        slot.access = Some(Access { token: Zeroizing::new(kept.access.clone()), renew_at: kept.renew_at });
    }
}

/// Has the store keep what is newer than what it has. While it cannot, the slot stays as it is for whoever
/// comes next, and the next fetch tries again.
async fn keep(call: &Call, name: &str, mut slot: OwnedMutexGuard<Slot>) {
    for attempt in 1..=KEEPS {
        let (true, Some(access)) = (slot.unkept, &slot.access) else { return };
        let kept = Kept {
            refresh: slot.refresh.as_ref().map(|(seed, token)| (hex::encode(seed), token.to_string())),
            of: slot.of.map(hex::encode).unwrap_or_default(),
            access: access.token.to_string(),
            renew_at: access.renew_at,
        };
        // Texts and a number are always JSON.
        let sealed = Zeroizing::new(serde_json::to_vec(&kept).unwrap_or_default());
        match call.shared.services.keep_token(call.binding.connection(), name, sealed).await {
            Ok(()) => slot.unkept = false,
            Err(error) => {
                tracing::error!(
                    plugin = call.core.name(), connection = %call.binding.connection(), token = name, %error, attempt,
                    "a new access token could not be kept: if the hub stops now, a refresh token that was replaced is lost"
                );
                tokio::time::sleep(std::time::Duration::from_millis(100) * 4_u32.pow(attempt - 1)).await;
            }
        }
    }
}

/// The tokens of one connection, by name.
#[derive(Default)]
pub(in crate::plugin) struct Tokens(std::sync::Mutex<HashMap<String, Named>>);

#[derive(Default)]
struct Named {
    slot: Arc<Mutex<Slot>>,
    /// Every token that was given lately, access and refresh tokens alike.
    given: VecDeque<Zeroizing<String>>,
    /// Whether those that the store keeps are among them.
    recalled: bool,
}

impl Tokens {
    fn with<T>(&self, name: &str, what: impl FnOnce(&mut Named) -> T) -> T {
        let mut all = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        what(all.entry(name.to_owned()).or_default())
    }

    fn slot(&self, name: &str) -> Arc<Mutex<Slot>> {
        self.with(name, |named| Arc::clone(&named.slot))
    }

    fn remember(&self, name: &str, token: &Zeroizing<String>) {
        self.with(name, |named| {
            named.given.retain(|known| known != token);
            named.given.push_back(token.clone());
            if named.given.len() > REMEMBERED {
                named.given.pop_front();
            }
        });
    }
}

/// Notes every token that a host may have been sent, or may have given, and could now repeat.
pub(super) async fn note(call: &Call, to: &Destination, used: &mut Used) -> Result<(), Error> {
    let tokens = &call.binding.ledger.tokens;
    for grant in &call.binding.oauth {
        if !to.is_among(&grant.hosts) && !to.is_among(std::slice::from_ref(&grant.token_host)) {
            continue;
        }
        if !tokens.with(&grant.name, |named| named.recalled) {
            let kept = call.shared.services.kept_token(call.binding.connection(), &grant.name).await;
            let kept = kept.map_err(|error| {
                tracing::error!(plugin = call.core.name(), connection = %call.binding.connection(), %error, "a kept token could not be read");
                Error::InternalError(None)
            })?;
            if let Some(kept) = kept.and_then(|bytes| serde_json::from_slice::<Kept>(&bytes).ok()) {
                let refresh = kept.refresh.as_ref().map(|(_, token)| token);
                for token in refresh.into_iter().chain([&kept.access]) {
                    tokens.remember(&grant.name, &Zeroizing::new(token.clone()));
                }
            }
            tokens.with(&grant.name, |named| named.recalled = true);
        }
        tokens.with(&grant.name, |named| named.given.iter().for_each(|token| used.note(token.as_bytes())));
    }
    Ok(())
}
