//! Whether a request comes from whom it says, before any plugin runs.
//!
//! A [`Verifier`] is prepared once per connection from the manifest's rules and the connection's
//! secrets; [`Verifier::check`] then costs about a hash of the body. Comparisons take the same time
//! wherever two values differ. The time is passed in; nothing here reads a clock.

mod error;
pub mod form;
mod keys;
mod mac;
mod request;
mod signed;
mod signer;
mod sorted_form;
mod standard;
#[cfg(test)]
mod tests;
mod timed_list;
mod timestamp;
mod token;

pub use error::{CompileError, Refusal, SignError};
pub use mac::Mac;
pub use request::Request;
pub use signer::{Proof, Signer};
pub use timestamp::write as time_stamp;

use zeroize::Zeroizing;

use super::manifest::{Manifest, Scheme, When};
use keys::{Found, Keys};

/// What came of a check that did not refuse the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It comes from whoever holds the secret.
    Verified,
    /// The plugin must find out: its signature is where only the plugin can read it.
    ByPlugin,
    /// A rule lets it in unsigned: nothing is known of its sender, and its events must be refused.
    Unsigned,
}

/// The rules of one connection with its secrets, ready to be applied to requests.
pub struct Verifier {
    rules: Vec<(When, Check)>,
}

enum Check {
    Signed(signed::Check),
    SortedForm(sorted_form::Check),
    TimedList(timed_list::Check),
    Standard(standard::Check),
    Token(token::Check),
    Plugin,
    Unsigned,
    /// None of the rule's optional secrets is set, so nothing can pass.
    Unset(String),
}

impl Verifier {
    /// Prepares the rules of a manifest. `secrets` gives the value of a secret, or nothing where the
    /// operator has not set it.
    ///
    /// Of several secrets in one rule those that are set count, so that one can be rotated in.
    ///
    /// # Errors
    /// When a rule's required secret is not set, is empty, or is no key of the kind the rule needs.
    pub fn compile(
        manifest: &Manifest,
        secrets: impl Fn(&str) -> Option<Zeroizing<Vec<u8>>>,
    ) -> Result<Self, CompileError> {
        let rules = manifest.webhook.iter().flat_map(|webhook| &webhook.verify);
        let rules = rules.map(|rule| {
            let check = match Keys::find(rule.scheme.secrets(), manifest, &secrets)? {
                Found::Unset(name) => Check::Unset(name),
                Found::Set(keys) => Check::compile(&rule.scheme, &keys)?,
            };
            Ok((rule.when.clone(), check))
        });
        Ok(Self { rules: rules.collect::<Result<_, _>>()? })
    }

    /// Checks one request. `now_ms` is the time in milliseconds since the epoch, UTC.
    ///
    /// # Errors
    /// When the request must not be let in. The reason names what was wrong, never a secret nor the
    /// signature that would have been right: it is for the log, the vendor is told 401 and no more.
    pub fn check(&self, request: &Request<'_>, now_ms: i64) -> Result<Verdict, Refusal> {
        let rule = self.rules.iter().find(|(when, _)| request.fits(when));
        let (_, check) = rule.ok_or(Refusal::NoRule)?;
        match check {
            Check::Signed(check) => check.check(request, now_ms),
            Check::SortedForm(check) => check.check(request),
            Check::TimedList(check) => check.check(request, now_ms),
            Check::Standard(check) => check.check(request, now_ms),
            Check::Token(check) => check.check(request),
            Check::Plugin => return Ok(Verdict::ByPlugin),
            Check::Unsigned => return Ok(Verdict::Unsigned),
            Check::Unset(name) => Err(Refusal::Unset(name.clone())),
        }
        .map(|()| Verdict::Verified)
    }
}

impl std::fmt::Debug for Verifier {
    /// Says how many rules there are: the rest is keys.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verifier").field("rules", &self.rules.len()).finish_non_exhaustive()
    }
}

impl Check {
    fn compile(scheme: &Scheme, keys: &Keys) -> Result<Self, CompileError> {
        Ok(match scheme {
            Scheme::Signed(rule) => Self::Signed(signed::Check::compile(rule, keys)?),
            Scheme::SortedForm { header, .. } => Self::SortedForm(sorted_form::Check::compile(header, keys)),
            Scheme::TimedList { header, tolerance, .. } => {
                Self::TimedList(timed_list::Check::compile(header, *tolerance, keys))
            }
            Scheme::StandardWebhooks { tolerance, .. } => {
                Self::Standard(standard::Check::compile(*tolerance, keys)?)
            }
            Scheme::Token(rule) => Self::Token(token::Check::compile(rule, keys)),
            Scheme::Plugin => Self::Plugin,
            Scheme::Unsigned => Self::Unsigned,
        })
    }
}
