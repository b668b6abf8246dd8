//! The password once more, before something that a borrowed session must not do. Mistakes are counted against the
//! account, so that a stolen session is no way to try passwords out.

use mesh::{Code, Error};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::door::Door;
use crate::probes::Probe;
use crate::users::Account;

/// A password, a token or a key as somebody says it is, whatever the rules are now.
#[derive(Debug, Clone, Deserialize)]
#[serde(from = "String")]
pub(crate) struct Claimed(SecretString);

impl From<String> for Claimed {
    fn from(text: String) -> Self {
        Self(SecretString::from(text))
    }
}

impl Claimed {
    pub(crate) fn secret(&self) -> &SecretString {
        &self.0
    }

    pub(crate) fn is(&self, other: &SecretString) -> bool {
        self.0.expose_secret() == other.expose_secret()
    }
}

/// The account of `user`, if `password` is its own; `field` is what the request calls it.
pub(crate) async fn confirm(door: &Door, user: &str, password: &Claimed, field: &str) -> Result<Account, Error> {
    let turn = door.passwords.turn()?;
    let counted = Probe::Password(user).count(door).await?;
    let compare = async {
        let account = door.users().find(user).await?.ok_or_else(gone)?;
        let is_right = turn.verify(password.0.clone(), Some(account.password_hash.clone())).await?;
        Ok((account, is_right))
    };
    let (account, is_right) = match compare.await {
        Ok(compared) => compared,
        Err(error) => {
            counted.take_back(&door.db).await;
            return Err(error);
        }
    };
    if is_right {
        let mut tx = door.db.begin().await?;
        counted.succeeded(&mut tx, |_| true).await?;
        tx.commit().await?;
        return Ok(account);
    }
    let wrong = "is not the password of this account";
    Err(Error::new(Code::PermissionDenied, format!("{field}: {wrong}")).with_field(field, wrong))
}

/// Nothing that was confirmed holds once the password is another one.
pub(crate) fn still(held: Option<Account>, confirmed: &Account) -> Result<Account, Error> {
    let held = held.ok_or_else(gone)?;
    if held.password_hash.expose_secret() == confirmed.password_hash.expose_secret() && held.user.active {
        return Ok(held);
    }
    Err(Error::new(Code::Aborted, "the account was changed at the same moment: try again"))
}

pub(crate) fn gone() -> Error {
    Error::not_found("there is no such account (any more)")
}
