//! One try to sign in, as the backoff sees it: which failures count against it, and what is known of its address.

use chrono::{DateTime, Utc};
use mesh::Error;
use mesh::db::Tx;
use sqlx::FromRow;

use crate::backoff::{self, ACCOUNT, ADDRESS, PAIR, Subject};
use crate::caller::Caller;
use crate::door::Door;
use crate::email;
use crate::secrets::{Purpose, encoded};

pub(crate) struct Attempt {
    pair: Subject,
    account: Subject,
    address: Subject,
    /// The address as it is kept with accounts that were signed in to from there.
    place: String,
    is_known: bool,
    now: DateTime<Utc>,
}

#[derive(FromRow)]
struct Seen {
    seen_at: DateTime<Utc>,
}

impl Attempt {
    /// The same work whether there is such an account or not.
    pub(crate) async fn new(door: &Door, email: &str, caller: &Caller) -> Result<Self, Error> {
        let (account, place, now) = (email::key(email), caller.place(), door.now());
        let subject = |rule, parts: &[&str]| Subject::new(&door.secrets, rule, parts);
        let hashed = encoded(&door.secrets.mac(Purpose::Backoff, &[b"known", place.as_bytes()])?);
        let seen: Option<Seen> =
            door.db.query(KNOWN).bind(account.clone()).bind(hashed.clone()).fetch_optional().await?;
        Ok(Self {
            pair: subject(PAIR, &[&account, &place])?,
            account: subject(ACCOUNT, &[&account])?,
            address: subject(ADDRESS, &[&place])?,
            place: hashed,
            is_known: seen.is_some_and(|row| row.seen_at + KEPT > now),
            now,
        })
    }

    fn subjects(&self) -> Vec<Subject> {
        let mut subjects = vec![self.pair.clone()];
        if !self.is_known {
            subjects.extend([self.account.clone(), self.address.clone()]);
        }
        subjects
    }

    /// 429 while it has to wait.
    pub(crate) async fn admit(&self, door: &Door) -> Result<(), Error> {
        backoff::admit(&door.db, &self.subjects(), self.now).await
    }

    pub(crate) async fn failed(&self, tx: &mut Tx) -> Result<(), Error> {
        backoff::fail(tx, &self.subjects(), self.now).await
    }

    /// Forgets the failures, but not those of the address: who has one account could try all others between two
    /// sign-ins to it. Nor, at a known address, those of strangers.
    pub(crate) async fn succeeded(&self, tx: &mut Tx, user: &str) -> Result<(), Error> {
        let forgiven =
            if self.is_known { vec![self.pair.clone()] } else { vec![self.pair.clone(), self.account.clone()] };
        backoff::forgive(tx, &forgiven).await?;
        let query = tx.query(REMEMBER).bind(user.to_owned()).bind(self.place.clone()).bind(self.now);
        query.execute().await.map(drop)
    }
}

/// An address that was not used for so long is a stranger's again.
pub(crate) const KEPT: chrono::TimeDelta = chrono::TimeDelta::days(180);

const KNOWN: &str = "
    SELECT k.seen_at FROM known_addresses k JOIN users u ON u.id = k.user_id WHERE u.email_key = $1 AND k.address = $2";

const REMEMBER: &str = "
    INSERT INTO known_addresses (user_id, address, seen_at) VALUES ($1, $2, $3)
    ON CONFLICT (user_id, address) DO UPDATE SET seen_at = $3";
