//! What a running plugin can call: the contract's imports, each checked against grants and limits before
//! the hub hears of it.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use zeroize::Zeroizing;

use super::bindings::signing::Algorithm;
use super::bindings::types::Error;
use super::bindings::{events, key_value, log, realtime, settings, signing, types};
use super::over::Over;
use super::services::ServiceError;
use super::state::{Call, State};
use crate::model::grant::Ask;
use crate::model::manifest::Manifest;

/// What a call of the contract answers; the outer result ends the guest.
type Answered<T> = wasmtime::Result<Result<T, Error>>;

/// The most keys one `keys` answers with.
const MAX_KEYS: u32 = 1_000;
/// The longest a realtime ticket may hold: a day.
const MAX_TICKET_MS: u64 = 86_400_000;

impl types::Host for State {}
impl events::Host for State {}

impl Call {
    fn denied(&self, why: String) -> Error {
        self.deny(&why);
        Error::AccessDenied(why)
    }

    /// What a plugin hears of a service's error: never its inside.
    fn heard(&self, error: ServiceError) -> Error {
        match error {
            ServiceError::Busy(_) => Error::Retry(None),
            // Whoever sets a value ends the guest for it; nothing else is counted against the quota.
            error @ ServiceError::Quota { .. } => Error::Reject(error.to_string()),
            ServiceError::Failed(detail) => {
                tracing::error!(plugin = self.core.name(), connection = %self.binding.connection(), detail, "a service failed");
                Error::Other("the hub could not do it; its log says why".to_owned())
            }
        }
    }

    /// Whether a key may be one; too long a key ends the guest.
    fn check_key(&self, key: &str) -> Answered<()> {
        if key.len() > self.limits().kv_key {
            return Err(Over::Key.into());
        }
        Ok(if key.is_empty() { Err(Error::Reject("a key must not be empty".to_owned())) } else { Ok(()) })
    }

    /// Refuses to keep anything where the manifest's wish to was not granted.
    fn check_storage(&self) -> Result<(), Error> {
        let size = |manifest: &Manifest| manifest.budget.key_value.filter(|size| size.bytes() > 0);
        match (size(&self.core.asks), size(&self.core.manifest)) {
            (Some(asked), None) => {
                Err(self.denied(self.core.refusal(&Ask::Storage(asked.to_string()), String::new)))
            }
            _ => Ok(()),
        }
    }

    /// Sets a value, in a commit of its own; one that goes over a budget changes nothing and ends the guest.
    async fn kv_set(
        &self,
        key: &str,
        value: Vec<u8>,
        keep_for: Option<u64>,
        if_absent: bool,
    ) -> Answered<bool> {
        if let Err(error) = self.check_key(key)?.and_then(|()| self.check_storage()) {
            return Ok(Err(error));
        }
        let limits = self.limits();
        if value.len() > limits.kv_value {
            return Err(Over::Value.into());
        }
        self.may_write(value.len()).await;
        let connection = self.binding.connection();
        match self.shared.services.kv_set(connection, key, value, keep_for, if_absent, limits.kv_total).await
        {
            Err(ServiceError::Quota { .. }) => Err(Over::KeyValue.into()),
            set => Ok(set.map_err(|error| self.heard(error))),
        }
    }

    /// The value of a secret that the plugin may sign with.
    async fn signing_key(&self, name: &str) -> Result<Zeroizing<Vec<u8>>, Error> {
        match self.core.manifest.secret(name) {
            Some(secret) if secret.sign => {}
            Some(_) => {
                let why = self.core.refusal(&Ask::Sign(name.to_owned()), || {
                    format!("the secret `{name}` is not for signing: set `sign = true` in the manifest")
                });
                return Err(self.denied(why));
            }
            None => return Err(self.denied(format!("the manifest declares no secret `{name}`"))),
        }
        let value = self.shared.services.secret(self.binding.connection(), name).await;
        value.map_err(|error| self.heard(error))?.ok_or_else(|| {
            Error::Misconfigured(format!("the secret `{name}` is not set; set it for this connection"))
        })
    }

    fn check_topic(&self, topic: &str) -> Result<(), Error> {
        if topic.len() > 256 || !self.core.manifest.may_publish(topic) {
            let asked = self.core.asks.topics.iter().find(|pattern| pattern.matches(topic));
            let why = asked.map(|pattern| Ask::Topic(pattern.to_string())).map_or_else(
                || "the topic is not among `realtime.topics` of the manifest".to_owned(),
                |ask| self.core.refusal(&ask, String::new),
            );
            return Err(self.denied(why));
        }
        Ok(())
    }
}

impl log::Host for State {
    fn write(&mut self, level: log::Level, message: String) -> wasmtime::Result<()> {
        self.count_host_call()?;
        self.count_log_line()?;
        if !self.call().binding.may_log() {
            return Ok(());
        }
        let line = one_line(&message, self.call().limits().log_line);
        let (plugin, connection) = (self.call().core.name(), self.call().binding.connection());
        match level {
            log::Level::Debug => {
                tracing::debug!(target: "switchboard::plugin::said", plugin, %connection, "{line}")
            }
            log::Level::Info => {
                tracing::info!(target: "switchboard::plugin::said", plugin, %connection, "{line}")
            }
            log::Level::Warn => {
                tracing::warn!(target: "switchboard::plugin::said", plugin, %connection, "{line}")
            }
            log::Level::Error => {
                tracing::error!(target: "switchboard::plugin::said", plugin, %connection, "{line}")
            }
        }
        Ok(())
    }
}

/// A text as one line of the log: cut at `longest` bytes, control characters as spaces, so that a guest
/// cannot forge a line of its own or colour a terminal.
fn one_line(text: &str, longest: usize) -> String {
    let cut = &text[..text.floor_char_boundary(longest)];
    let mut line: String = cut.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if cut.len() < text.len() {
        line.push('…');
    }
    line
}

impl settings::Host for State {
    fn get(&mut self) -> wasmtime::Result<String> {
        self.count_host_call()?;
        Ok(self.call().binding.settings.as_ref().to_owned())
    }

    fn connection(&mut self) -> wasmtime::Result<String> {
        self.count_host_call()?;
        Ok(self.call().binding.connection().as_str().to_owned())
    }

    fn public_url(&mut self) -> wasmtime::Result<String> {
        self.count_host_call()?;
        Ok(self.call().binding.public_url.as_ref().to_owned())
    }
}

impl key_value::Host for State {
    async fn get(&mut self, key: String) -> Answered<Option<Vec<u8>>> {
        self.count_host_call()?;
        let call = self.call();
        if let Err(error) = call.check_key(&key)? {
            return Ok(Err(error));
        }
        let value = call.shared.services.kv_get(call.binding.connection(), &key).await;
        Ok(value.map_err(|error| call.heard(error)))
    }

    async fn set(&mut self, key: String, value: Vec<u8>, keep_for: Option<u64>) -> Answered<()> {
        self.count_host_call()?;
        Ok(self.call().kv_set(&key, value, keep_for, false).await?.map(drop))
    }

    async fn set_if_absent(&mut self, key: String, value: Vec<u8>, keep_for: Option<u64>) -> Answered<bool> {
        self.count_host_call()?;
        self.call().kv_set(&key, value, keep_for, true).await
    }

    async fn delete(&mut self, key: String) -> Answered<()> {
        self.count_host_call()?;
        let call = self.call();
        if let Err(error) = call.check_key(&key)? {
            return Ok(Err(error));
        }
        call.may_write(0).await;
        let done = call.shared.services.kv_delete(call.binding.connection(), &key).await;
        Ok(done.map_err(|error| call.heard(error)))
    }

    async fn keys(&mut self, prefix: String, after: Option<String>, limit: u32) -> Answered<Vec<String>> {
        self.count_host_call()?;
        let call = self.call();
        let limit = limit.min(MAX_KEYS);
        let keys =
            call.shared.services.kv_keys(call.binding.connection(), &prefix, after.as_deref(), limit).await;
        Ok(keys.map_err(|error| call.heard(error)))
    }
}

impl signing::Host for State {
    async fn sign(&mut self, secret: String, algorithm: Algorithm, data: Vec<u8>) -> Answered<Vec<u8>> {
        self.count_host_call()?;
        let key = self.call().signing_key(&secret).await;
        Ok(key.map(|key| match algorithm {
            Algorithm::HmacSha1 => mac::<Hmac<Sha1>>(&key, &data).finalize().into_bytes().to_vec(),
            Algorithm::HmacSha256 => mac::<Hmac<Sha256>>(&key, &data).finalize().into_bytes().to_vec(),
            Algorithm::HmacSha512 => mac::<Hmac<Sha512>>(&key, &data).finalize().into_bytes().to_vec(),
        }))
    }

    async fn verify(
        &mut self,
        secret: String,
        algorithm: Algorithm,
        data: Vec<u8>,
        signature: Vec<u8>,
    ) -> Answered<bool> {
        self.count_host_call()?;
        let key = self.call().signing_key(&secret).await;
        Ok(key.map(|key| match algorithm {
            Algorithm::HmacSha1 => mac::<Hmac<Sha1>>(&key, &data).verify_slice(&signature).is_ok(),
            Algorithm::HmacSha256 => mac::<Hmac<Sha256>>(&key, &data).verify_slice(&signature).is_ok(),
            Algorithm::HmacSha512 => mac::<Hmac<Sha512>>(&key, &data).verify_slice(&signature).is_ok(),
        }))
    }
}

fn mac<M: Mac + KeyInit>(key: &[u8], data: &[u8]) -> M {
    // HMAC takes keys of every length, so this cannot fail.
    let mut mac = <M as KeyInit>::new_from_slice(key).unwrap_or_else(|_| unreachable!("HMAC takes any key"));
    mac.update(data);
    mac
}

impl realtime::Host for State {
    async fn ticket(&mut self, topic: String, valid_for: u64) -> Answered<String> {
        self.count_host_call()?;
        let call = self.call();
        if let Err(error) = call.check_topic(&topic) {
            return Ok(Err(error));
        }
        let valid_for = valid_for.min(MAX_TICKET_MS);
        let ticket = call.shared.services.ticket(call.binding.connection(), &topic, valid_for).await;
        Ok(ticket.map_err(|error| call.heard(error)))
    }

    async fn publish(&mut self, topic: String, payload: String) -> Answered<()> {
        self.count_host_call()?;
        let call = self.call();
        if let Err(error) = call.check_topic(&topic) {
            return Ok(Err(error));
        }
        if payload.len() > call.limits().publish {
            return Err(Over::Update.into());
        }
        if serde_json::from_str::<serde::de::IgnoredAny>(&payload).is_err() {
            return Ok(Err(Error::Reject("the payload of a live update must be JSON".to_owned())));
        }
        let done = call.shared.services.publish(call.binding.connection(), &topic, payload).await;
        Ok(done.map_err(|error| call.heard(error)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_line_is_one_line_cut_between_characters() {
        assert_eq!(one_line("a\nb\u{1b}[31m", 100), "a b [31m");
        assert_eq!(one_line("ääää", 5), "ää…");
    }
}
