//! One try to sign in, as the backoff sees it: which failures count against it, and what is known of its address.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use mesh::Error;
use mesh::db::Tx;
use sqlx::FromRow;

use crate::backoff::{self, ACCOUNT, ADDRESS, Counted, PAIR, Subject};
use crate::caller::{Caller, place};
use crate::door::Door;
use crate::email;
use crate::secrets::{Purpose, Secrets, encoded};

pub(crate) struct Attempt {
    counted: Counted,
    /// The address as it is kept with accounts that were signed in to from there.
    place: String,
    now: DateTime<Utc>,
}

#[derive(FromRow)]
struct Seen {
    seen_at: DateTime<Utc>,
}

impl Attempt {
    /// Counts it as a failure before it is made; 429 while it has to wait. The same work whether there is such an
    /// account or not.
    pub(crate) async fn begin(door: &Door, email: &str, caller: &Caller) -> Result<Self, Error> {
        let (account, place, now) = (email::key(email), place(caller.address), door.now());
        let subject = |rule, parts: &[&str]| Subject::new(&door.secrets, rule, parts);
        let hashed = hashed(&door.secrets, &place)?;
        let seen: Option<Seen> =
            door.db.query(KNOWN).bind(account.clone()).bind(hashed.clone()).fetch_optional().await?;
        let mut subjects = vec![subject(PAIR, &[&account, &place])?];
        if seen.is_none_or(|row| row.seen_at + KEPT <= now) {
            subjects.extend([subject(ACCOUNT, &[&account])?, subject(ADDRESS, &[&place])?]);
        }
        let counted = backoff::count(&door.db, &subjects, now).await?;
        Ok(Self { counted, place: hashed, now })
    }

    /// Forgets the failures, but not those of the address: who has one account could try all others between two
    /// sign-ins to it. Nor, at a known address, those of strangers.
    pub(crate) async fn succeeded(&self, tx: &mut Tx, user: &str) -> Result<(), Error> {
        self.counted.succeeded(tx, |rule| rule != ADDRESS).await?;
        let query = tx.query(REMEMBER).bind(user.to_owned()).bind(self.place.clone()).bind(self.now);
        query.execute().await.map(drop)
    }

    /// Nothing was compared in the end: that is nobody's failure.
    pub(crate) async fn take_back(&self, door: &Door) {
        self.counted.take_back(&door.db).await;
    }
}

/// From now on `user` is known at `address`.
pub(crate) async fn remember(door: &Door, tx: &mut Tx, user: &str, address: IpAddr) -> Result<(), Error> {
    let place = hashed(&door.secrets, &place(address))?;
    tx.query(REMEMBER).bind(user.to_owned()).bind(place).bind(door.now()).execute().await.map(drop)
}

fn hashed(secrets: &Secrets, place: &str) -> Result<String, Error> {
    Ok(encoded(&secrets.mac(Purpose::Backoff, &[b"known", place.as_bytes()])?))
}

/// An address that was not used for so long is a stranger's again.
pub(crate) const KEPT: chrono::TimeDelta = chrono::TimeDelta::days(180);

const KNOWN: &str = "
    SELECT k.seen_at FROM known_addresses k JOIN users u ON u.id = k.user_id WHERE u.email_key = $1 AND k.address = $2";

const REMEMBER: &str = "
    INSERT INTO known_addresses (user_id, address, seen_at) VALUES ($1, $2, $3)
    ON CONFLICT (user_id, address) DO UPDATE SET seen_at = $3";
