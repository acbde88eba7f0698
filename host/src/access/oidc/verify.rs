//! Signatures of ID tokens. The library reads the token and its header; the mathematics is ring's, which TLS uses too.
//! Only what public keys verify is taken: never `none`, never a shared secret.

use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result as JwtResult};
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::signature::{Error as SignatureError, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey, DecodingKeyKind, EncodingKey, Validation, decode, decode_header};
use ring::signature::{
    self, RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm,
};

use super::token::Claims;
use crate::config::Oidc;

/// Why a token cannot be believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unverified {
    /// No key of the provider's fits.
    #[error("its ID token is signed with a key that it does not publish")]
    Key,
    /// It is signed otherwise than with a key that the provider publishes.
    #[error("its ID token is signed in a way that is not taken here")]
    Algorithm,
    /// It is damaged, of another issuer, or for another program.
    #[error("its ID token does not hold: {0}")]
    Token(String),
}

/// What is taken: signatures that a public key verifies.
const TAKEN: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// What a token says, once its signature, issuer and audience are checked. Times and the rest are
/// [`Claims::check`]'s.
pub(super) fn claims(token: &str, keys: &JwkSet, oidc: &Oidc) -> Result<Claims, Unverified> {
    // Whoever installed one before us in this process installed this one.
    let _ = RING.install_default();
    let header = decode_header(token).map_err(|error| Unverified::Token(error.to_string()))?;
    if !TAKEN.contains(&header.alg) {
        return Err(Unverified::Algorithm);
    }
    let fits = |key: &&Jwk| {
        let family = DecodingKey::from_jwk(key).is_ok_and(|key| key.family() == header.alg.family());
        let signs = key.common.public_key_use.as_ref().is_none_or(|used| *used == PublicKeyUse::Signature);
        let named = header.kid.is_none() || key.common.key_id == header.kid;
        family && signs && named
    };
    let mut fitting = keys.keys.iter().filter(fits);
    // Without a name there must be no choice.
    let (Some(key), None) = (fitting.next(), fitting.next()) else { return Err(Unverified::Key) };
    let key = DecodingKey::from_jwk(key).map_err(|_| Unverified::Key)?;
    let mut validation = Validation::new(header.alg);
    validation.set_issuer(&[&oidc.issuer]);
    validation.set_audience(&[&oidc.client_id]);
    validation.set_required_spec_claims(&["iss", "aud", "exp", "sub"]);
    // The library asks the machine's clock; `Claims::check` goes by the hub's.
    validation.validate_exp = false;
    validation.validate_nbf = false;
    let read = decode::<Claims>(token, &key, &validation);
    read.map(|data| data.claims).map_err(|error| Unverified::Token(error.to_string()))
}

static RING: CryptoProvider = CryptoProvider {
    signer_factory: nobody_signs,
    verifier_factory: verifier,
    key_utils: KeyUtils::new_unimplemented(),
};

fn nobody_signs(_: &Algorithm, _: &EncodingKey) -> JwtResult<Box<dyn JwtSigner>> {
    Err(ErrorKind::InvalidAlgorithm.into())
}

fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> JwtResult<Box<dyn JwtVerifier>> {
    if key.family() != algorithm.family() || !TAKEN.contains(algorithm) {
        return Err(ErrorKind::InvalidAlgorithm.into());
    }
    Ok(Box::new(Ring { algorithm: *algorithm, key: key.clone() }))
}

/// A key with what it verifies.
struct Ring {
    algorithm: Algorithm,
    key: DecodingKey,
}

impl Ring {
    fn rsa(&self) -> Option<&'static RsaParameters> {
        Some(match self.algorithm {
            Algorithm::RS256 => &signature::RSA_PKCS1_2048_8192_SHA256,
            Algorithm::RS384 => &signature::RSA_PKCS1_2048_8192_SHA384,
            Algorithm::RS512 => &signature::RSA_PKCS1_2048_8192_SHA512,
            Algorithm::PS256 => &signature::RSA_PSS_2048_8192_SHA256,
            Algorithm::PS384 => &signature::RSA_PSS_2048_8192_SHA384,
            Algorithm::PS512 => &signature::RSA_PSS_2048_8192_SHA512,
            _ => return None,
        })
    }

    fn curve(&self) -> Option<&'static dyn VerificationAlgorithm> {
        Some(match self.algorithm {
            Algorithm::ES256 => &signature::ECDSA_P256_SHA256_FIXED,
            Algorithm::ES384 => &signature::ECDSA_P384_SHA384_FIXED,
            Algorithm::EdDSA => &signature::ED25519,
            _ => return None,
        })
    }
}

impl Verifier<Vec<u8>> for Ring {
    fn verify(&self, said: &[u8], signed: &Vec<u8>) -> Result<(), SignatureError> {
        let wrong = |_| SignatureError::new();
        match self.key.kind() {
            DecodingKeyKind::RsaModulusExponent { n, e } => {
                let parameters = self.rsa().ok_or_else(SignatureError::new)?;
                RsaPublicKeyComponents { n, e }.verify(parameters, said, signed).map_err(wrong)
            }
            DecodingKeyKind::SecretOrDer(key) => {
                let curve = self.curve().ok_or_else(SignatureError::new)?;
                UnparsedPublicKey::new(curve, key).verify(said, signed).map_err(wrong)
            }
        }
    }
}

impl JwtVerifier for Ring {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

#[cfg(test)]
mod tests;
