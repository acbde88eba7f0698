//! Whose signatures an operator trusts, and what follows for a file.

use std::str::FromStr;

use super::key::{KeyId, KeyName, PublicKey};

/// What is asked of a plugin's file before it may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Only what a trusted key signed runs.
    Require,
    /// What nobody trusted signed runs and is told; what was changed after it was signed does not run.
    Warn,
    /// Nobody looks at signatures.
    Off,
}

impl FromStr for Policy {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "require" => Ok(Self::Require),
            "warn" => Ok(Self::Warn),
            "off" => Ok(Self::Off),
            _ => Err(()),
        }
    }
}

/// A key that an operator trusts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedKey {
    /// What the operator calls its owner.
    pub name: KeyName,
    /// The key.
    pub key: PublicKey,
}

/// What an operator decided about signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trust {
    /// What is asked of a file.
    pub policy: Policy,
    /// Whose signatures count.
    pub keys: Vec<TrustedKey>,
}

impl Trust {
    /// What the operator calls the owner of that key, if it is trusted.
    #[must_use]
    pub fn name_of(&self, key: &PublicKey) -> Option<&KeyName> {
        self.keys.iter().find(|trusted| trusted.key == *key).map(|trusted| &trusted.name)
    }
}

/// What the signatures of a file come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// A trusted key signed exactly this.
    Trusted {
        /// What the operator calls its owner.
        name: KeyName,
        /// The key.
        key: KeyId,
    },
    /// Somebody signed exactly this, but nobody who is trusted here.
    Untrusted {
        /// The keys, in the order of their signatures.
        keys: Vec<KeyId>,
    },
    /// There is no signature.
    Unsigned,
    /// There is a signature that does not fit; the text says why.
    Broken(String),
}

/// Why a file may not run. Every message says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nobody signed it.
    #[error(
        "it is not signed, and `plugin.trust.policy` is `require`: get it signed by its maker, or sign what \
         you checked yourself with `switchboard plugin sign FILE --key NAME.key`"
    )]
    Unsigned,
    /// Nobody who is trusted signed it.
    #[error(
        "it is signed by {0}, which is not trusted here, and `plugin.trust.policy` is `require`: compare the \
         key with its maker, then name its .pub file in `plugin.trust.keys`"
    )]
    Untrusted(String),
    /// A signature does not fit.
    #[error(
        "its signature does not hold ({0}): do not run it; get it again from its maker, or sign it again"
    )]
    Broken(String),
}

impl Policy {
    /// Whether a file with that verdict may run, and what the operator is to be told if it may.
    ///
    /// A signature that does not fit is refused even where none is asked for: somebody wanted this file to
    /// be checked, and it is not what they signed.
    ///
    /// # Errors
    /// When it may not.
    pub fn judge(self, verdict: &Verdict) -> Result<Option<String>, Refusal> {
        match (self, verdict) {
            (Self::Off, _) | (_, Verdict::Trusted { .. }) => Ok(None),
            (_, Verdict::Broken(why)) => Err(Refusal::Broken(why.clone())),
            (Self::Require, Verdict::Unsigned) => Err(Refusal::Unsigned),
            (Self::Require, Verdict::Untrusted { keys }) => Err(Refusal::Untrusted(listed(keys))),
            (Self::Warn, Verdict::Unsigned) => {
                Ok(Some("it is not signed: nothing says who made it".to_owned()))
            }
            (Self::Warn, Verdict::Untrusted { keys }) => Ok(Some(format!(
                "it is signed by {}, which is not trusted here: compare the key with its maker, then name its \
                 .pub file in `plugin.trust.keys`",
                listed(keys)
            ))),
        }
    }
}

/// `the key A and the key B`.
fn listed(keys: &[KeyId]) -> String {
    keys.iter().map(|key| format!("the key {key}")).collect::<Vec<_>>().join(" and ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::package::SecretKey;

    #[test]
    fn what_each_policy_makes_of_each_verdict() {
        let id = SecretKey::from_seed(&[1; 32]).public().id();
        let name = "acme".parse().expect("a name");
        let verdicts = [
            Verdict::Trusted { name, key: id.clone() },
            Verdict::Untrusted { keys: vec![id.clone()] },
            Verdict::Unsigned,
            Verdict::Broken("it was changed".to_owned()),
        ];
        // r: runs, t: runs and is told, n: does not run
        for (policy, expected) in [(Policy::Require, "rnnn"), (Policy::Warn, "rttn"), (Policy::Off, "rrrr")] {
            let found: String = verdicts
                .iter()
                .map(|verdict| match policy.judge(verdict) {
                    Ok(None) => 'r',
                    Ok(Some(_)) => 't',
                    Err(_) => 'n',
                })
                .collect();
            assert_eq!(found, expected, "{policy:?}");
        }
        let said = Policy::Require.judge(&verdicts[1]).expect_err("refused").to_string();
        assert!(said.contains(id.as_str()) && said.contains("plugin.trust.keys"), "{said}");
    }
}
