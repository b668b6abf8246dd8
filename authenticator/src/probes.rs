//! What only a few should know and anybody could ask: whether an e-mail is taken, whether a password is right. Mistakes
//! are counted in the rows of `backoff`, one subject for each who asks.

use std::net::IpAddr;

use mesh::Error;

use crate::backoff::{self, Counted, EMAIL, PASSWORD, REGISTRATION, Subject};
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

    /// Counts it as a mistake until it is known to be none; 429 while the last ones are too fresh.
    pub(crate) async fn count(self, door: &Door) -> Result<Counted, Error> {
        backoff::count(&door.db, &[self.subject(door)?], door.now()).await
    }
}
