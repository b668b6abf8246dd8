//! Keyed hashes. One secret, AUTHENTICATOR_REFRESH_SECRET, is the root; every use has a key of its own that is derived
//! from it by a label, so that what one use shows says nothing about another.

use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use mesh::Error;
use secrecy::{ExposeSecret, SecretBox, SecretString};
use sha2::{Digest, Sha256};

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Refresh tokens.
    Refresh,
    /// Accounts and addresses in the rows that hold sign-ins back.
    Backoff,
    /// What a repeated request is compared by.
    Fingerprint,
}

impl Purpose {
    fn label(self) -> &'static [u8] {
        match self {
            Self::Refresh => b"switchboard refresh token v1",
            Self::Backoff => b"switchboard backoff v1",
            Self::Fingerprint => b"switchboard fingerprint v1",
        }
    }
}

/// Clones share the root.
#[derive(Debug, Clone)]
pub(crate) struct Secrets {
    root: Arc<SecretBox<[u8]>>,
}

impl Secrets {
    pub(crate) fn new(root: &SecretString) -> Self {
        Self { root: Arc::new(SecretBox::from(root.expose_secret().as_bytes().to_vec())) }
    }

    /// A key of its own for `purpose`, as text.
    pub(crate) fn key(&self, purpose: Purpose) -> Result<SecretString, Error> {
        let mac = keyed(self.root.expose_secret())?.chain_update(purpose.label());
        Ok(SecretString::from(BASE64_URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())))
    }

    /// The keyed hash of `parts`, each of which is told apart from the next.
    pub(crate) fn mac(&self, purpose: Purpose, parts: &[&[u8]]) -> Result<[u8; 32], Error> {
        Ok(self.over(purpose, parts)?.finalize().into_bytes().into())
    }

    /// Whether `mac` is that of `parts`, in constant time.
    pub(crate) fn is_mac(&self, purpose: Purpose, parts: &[&[u8]], mac: &[u8]) -> Result<bool, Error> {
        Ok(self.over(purpose, parts)?.verify_slice(mac).is_ok())
    }

    fn over(&self, purpose: Purpose, parts: &[&[u8]]) -> Result<Hmac<Sha256>, Error> {
        let mut mac = keyed(self.key(purpose)?.expose_secret().as_bytes())?;
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        Ok(mac)
    }
}

/// HMAC takes keys of any length: this never fails.
fn keyed(key: &[u8]) -> Result<Hmac<Sha256>, Error> {
    Hmac::new_from_slice(key).map_err(Error::internal)
}

/// What is kept of a token.
pub(crate) fn digest(token: &SecretString) -> String {
    encoded(&Sha256::digest(token.expose_secret()))
}

pub(crate) fn encoded(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// 32 random bytes as text.
pub(crate) fn random() -> Result<SecretString, Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(Error::internal)?;
    Ok(SecretString::from(BASE64_URL_SAFE_NO_PAD.encode(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purposes_and_parts_are_told_apart_and_nothing_is_shown() {
        let secrets = Secrets::new(&SecretString::from("s3cret of thirty-two characters!"));
        let mac = |purpose, parts: &[&[u8]]| secrets.mac(purpose, parts).unwrap();
        let one = mac(Purpose::Refresh, &[b"ab", b"c"]);
        assert_eq!(one, mac(Purpose::Refresh, &[b"ab", b"c"]));
        assert_ne!(one, mac(Purpose::Refresh, &[b"a", b"bc"]));
        assert_ne!(one, mac(Purpose::Backoff, &[b"ab", b"c"]));
        assert!(secrets.is_mac(Purpose::Refresh, &[b"ab", b"c"], &one).unwrap());
        assert!(!secrets.is_mac(Purpose::Refresh, &[b"ab", b"c"], &one[..31]).unwrap());
        assert!(!format!("{secrets:?}").contains("s3cret"));
        assert_ne!(random().unwrap().expose_secret(), random().unwrap().expose_secret());
    }
}
