//! Who may come in: passwords, second factors, and signing in elsewhere. What is known of anybody is the store's; what
//! a browser sends and gets back is `http`'s.

mod factor;
mod oidc;
mod password;
mod sign_in;

use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;

pub use factor::{Confirmed, FactorError};
pub use oidc::{OidcError, Pending, Started};
pub use password::{PasswordError, acceptable};
pub use sign_in::{Entrance, SignInError};

use crate::ambient::Ambient;
use crate::model::id::AccountId;
use crate::model::tries::{Pace, Tries};
use crate::store::Store;

/// The way in. Cheap to clone.
#[derive(Clone)]
pub struct Gate {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    ambient: Ambient,
    /// Places to hash passwords in.
    hashing: Semaphore,
    /// Who tried lately.
    tries: Mutex<Tries<Who>>,
    oidc: oidc::Known,
}

/// Whose tries are counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Who {
    /// Those from an address.
    Address(IpAddr),
    /// Those to sign in with a mail address, whether anybody has it or not.
    Login(String),
    /// Those to show a second factor.
    Factor(AccountId),
    /// Those of somebody signed in to show the password again.
    Again(AccountId),
}

impl Gate {
    /// `hash_at_once` is how many passwords are hashed at once (`accounts.hash_at_once`).
    #[must_use]
    pub fn new(store: Store, ambient: Ambient, hash_at_once: usize) -> Self {
        let hashing = Semaphore::new(hash_at_once.max(1));
        let inner = Inner { store, ambient, hashing, tries: Mutex::default(), oidc: oidc::Known::default() };
        Self { inner: Arc::new(inner) }
    }

    /// Takes one try for each of those; none of any where one has no try left.
    ///
    /// # Errors
    /// In how many milliseconds all will have one.
    fn take(&self, all: &[(Who, Pace)]) -> Result<(), i64> {
        let now = self.inner.ambient.now_ms();
        let mut tries = self.inner.tries.lock().unwrap_or_else(PoisonError::into_inner);
        let mut wait = 0;
        let mut taken = Vec::with_capacity(all.len());
        for (who, pace) in all {
            match tries.take(who.clone(), *pace, now) {
                Ok(()) => taken.push((who, *pace)),
                Err(after) => wait = wait.max(after),
            }
        }
        if wait == 0 {
            return Ok(());
        }
        taken.into_iter().for_each(|(who, pace)| tries.give_back(who, pace));
        Err(wait)
    }

    /// Gives the tries back: what was tried worked.
    fn give_back(&self, all: &[(Who, Pace)]) {
        let mut tries = self.inner.tries.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().for_each(|(who, pace)| tries.give_back(who, *pace));
    }
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Gate")
    }
}

/// What is counted as one address: of IPv6 the network, of which whoever has one has 2^64 addresses.
fn counted(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => IpAddr::V4(v4),
            None => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_of_ipv6_counts_as_one_address() {
        let counted = |text: &str| counted(text.parse().expect("an address")).to_string();
        assert_eq!(counted("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(counted("2001:db8:1:2:ffff::"), "2001:db8:1:2::");
        assert_eq!(counted("::ffff:192.0.2.1"), "192.0.2.1");
        assert_eq!(counted("192.0.2.1"), "192.0.2.1");
    }
}
