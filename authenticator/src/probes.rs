//! What only a few should know and anybody could ask: whether an e-mail is taken, whether a password is right. Mistakes
//! are counted in the rows of `backoff`, one subject for each who asks.

use std::net::IpAddr;

use mesh::Error;

use crate::backoff::{self, EMAIL, PASSWORD, REGISTRATION, Subject};
use crate::caller::place;
use crate::door::Door;

/// What is asked, and by whom.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Probe<'a> {
    /// Registering, from this address.
    Registration(IpAddr),
    /// Changing one's own e-mail.
    Email(&'a str),
    /// Confirming something with the password.
    Password(&'a str),
}

impl Probe<'_> {
    fn subject(self, door: &Door) -> Result<Subject, Error> {
        match self {
            Self::Registration(address) => Subject::new(&door.secrets, REGISTRATION, &[&place(address)]),
            Self::Email(user) => Subject::new(&door.secrets, EMAIL, &[user]),
            Self::Password(user) => Subject::new(&door.secrets, PASSWORD, &[user]),
        }
    }

    /// 429 while the last mistakes are too fresh.
    pub(crate) async fn admit(self, door: &Door) -> Result<(), Error> {
        backoff::admit(&door.db, &[self.subject(door)?], door.now()).await
    }

    /// Remembers one more mistake.
    pub(crate) async fn count(self, door: &Door) -> Result<(), Error> {
        let subject = self.subject(door)?;
        let mut tx = door.db.begin().await?;
        backoff::fail(&mut tx, &[subject], door.now()).await?;
        tx.commit().await
    }

    /// Forgets the mistakes: it was the right one after all.
    pub(crate) async fn forgive(self, door: &Door) -> Result<(), Error> {
        let subject = self.subject(door)?;
        let mut tx = door.db.begin().await?;
        backoff::forgive(&mut tx, &[subject]).await?;
        tx.commit().await
    }
}
