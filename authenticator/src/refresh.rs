//! Refresh tokens: `session ‖ number ‖ HMAC` in base64url. Each is derived from the one secret, so that the successor of
//! a token is the same whoever computes it and however often: two tabs, or a caller whose answer was lost, agree.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use mesh::Error;
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use crate::secrets::{Purpose, Secrets};

const HEAD: usize = 20;
const LENGTH: usize = HEAD + 32;

/// What somebody showed, taken apart; whether it is genuine is another question.
pub(crate) struct Shown {
    pub(crate) session: Uuid,
    pub(crate) number: u32,
    bytes: [u8; LENGTH],
}

pub(crate) fn token(secrets: &Secrets, session: &Uuid, number: u32) -> Result<SecretString, Error> {
    let mut bytes = session.as_bytes().to_vec();
    bytes.extend(number.to_be_bytes());
    bytes.extend(secrets.mac(Purpose::Refresh, &[&bytes])?);
    Ok(SecretString::from(BASE64_URL_SAFE_NO_PAD.encode(bytes)))
}

impl Shown {
    /// `None` for what cannot be a token.
    pub(crate) fn parse(text: &SecretString) -> Option<Self> {
        let bytes: [u8; LENGTH] = BASE64_URL_SAFE_NO_PAD.decode(text.expose_secret()).ok()?.try_into().ok()?;
        let session = Uuid::from_slice(&bytes[..16]).ok()?;
        let number = u32::from_be_bytes(bytes[16..HEAD].try_into().ok()?);
        Some(Self { session, number, bytes })
    }

    /// Whether we made it.
    pub(crate) fn is_genuine(&self, secrets: &Secrets) -> Result<bool, Error> {
        secrets.is_mac(Purpose::Refresh, &[&self.bytes[..HEAD]], &self.bytes[HEAD..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_derived_and_every_changed_byte_is_noticed() {
        let secrets = Secrets::new(&SecretString::from("a secret of the test"));
        let session = Uuid::now_v7();
        let made = token(&secrets, &session, 7).unwrap();
        assert_eq!(made.expose_secret(), token(&secrets, &session, 7).unwrap().expose_secret());
        assert_ne!(made.expose_secret(), token(&secrets, &session, 8).unwrap().expose_secret());
        let shown = Shown::parse(&made).unwrap();
        assert!((shown.session, shown.number) == (session, 7) && shown.is_genuine(&secrets).unwrap());
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(made.expose_secret()).unwrap();
        for at in 0..LENGTH {
            let mut bytes = bytes.clone();
            bytes[at] ^= 1;
            let shown = Shown::parse(&SecretString::from(BASE64_URL_SAFE_NO_PAD.encode(bytes))).unwrap();
            assert!(!shown.is_genuine(&secrets).unwrap(), "byte {at}");
        }
        for garbled in ["", "x", "a b", &made.expose_secret()[1..], &format!("{}AAAA", made.expose_secret())] {
            assert!(Shown::parse(&SecretString::from(garbled)).is_none(), "{garbled}");
        }
    }
}
