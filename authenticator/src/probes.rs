//! How often somebody may ask what only a few should know: whether an e-mail is taken, or whether a password is right.
//! Counted in rows, so that it holds over restarts and over all instances; the rows hold keyed hashes alone.

use std::net::IpAddr;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use mesh::{Code, Error};
use sqlx::FromRow;

use crate::door::Door;
use crate::secrets::Purpose;

/// Everybody mistypes something now and then.
const FREE: i64 = 5;
/// The longest wait, in seconds.
const LONGEST: i64 = 15 * 60;
/// After this long without a mistake nothing is held against anybody.
const FORGOTTEN: TimeDelta = TimeDelta::hours(1);

/// What is counted, and against whom.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Probe<'a> {
    /// Registering e-mails that are taken, from this address.
    Registration(IpAddr),
    /// Changing one's own e-mail to those of others.
    Email(&'a str),
    /// Wrong passwords given by who is signed in already.
    Password(&'a str),
}

#[derive(FromRow)]
struct Until {
    until: DateTime<Utc>,
}

#[derive(FromRow)]
struct Count {
    count: i64,
}

impl Probe<'_> {
    fn subject(self, door: &Door) -> Result<String, Error> {
        let (kind, whom) = match self {
            Self::Registration(address) => ("registration", network(address)),
            Self::Email(user) => ("email", user.as_bytes().to_vec()),
            Self::Password(user) => ("password", user.as_bytes().to_vec()),
        };
        let mac = door.secrets.mac(Purpose::Backoff, &[kind.as_bytes(), &whom])?;
        Ok(BASE64_URL_SAFE_NO_PAD.encode(mac))
    }

    /// 429 while the last mistakes are too fresh.
    pub(crate) async fn admit(self, door: &Door) -> Result<(), Error> {
        let row: Option<Until> = door.db.query(UNTIL).bind(self.subject(door)?).fetch_optional().await?;
        let left = row.map_or(TimeDelta::zero(), |row| row.until - door.now());
        if left <= TimeDelta::zero() {
            return Ok(());
        }
        let error = Error::new(Code::ResourceExhausted, "too many mistakes in a row: wait a while");
        Err(error.with_retry_after(left.to_std().unwrap_or_default()))
    }

    /// Remembers one more mistake.
    pub(crate) async fn count(self, door: &Door) -> Result<(), Error> {
        let (subject, now) = (self.subject(door)?, door.now());
        let mut tx = door.db.begin().await?;
        let counting = tx.query(COUNT).bind(subject.clone()).bind(now).bind(now - FORGOTTEN);
        let Count { count } = counting.fetch_one().await?;
        tx.query(HOLD_BACK).bind(subject).bind(now + wait(count)).execute().await?;
        tx.commit().await
    }
}

/// Doubles from one second on.
fn wait(count: i64) -> TimeDelta {
    let doublings = u32::try_from(count - FREE).unwrap_or(0).min(20);
    let seconds = if count <= FREE { 0 } else { (1_i64 << (doublings - 1)).min(LONGEST) };
    TimeDelta::seconds(seconds)
}

/// Whoever has one IPv6 address has the 2^64 beside it.
fn network(address: IpAddr) -> Vec<u8> {
    match address.to_canonical() {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets()[..8].to_vec(),
    }
}

const UNTIL: &str = "SELECT until FROM sign_in_failures WHERE subject = $1";

const COUNT: &str = "
    INSERT INTO sign_in_failures (subject, count, last_at, until) VALUES ($1, 1, $2, $2)
    ON CONFLICT (subject) DO UPDATE SET last_at = $2,
        count = CASE WHEN sign_in_failures.last_at < $3 THEN 1 ELSE sign_in_failures.count + 1 END
    RETURNING count";

const HOLD_BACK: &str = "UPDATE sign_in_failures SET until = $2 WHERE subject = $1";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_mistakes_are_free_and_the_wait_has_an_end() {
        let waits: Vec<i64> = [1, 5, 6, 7, 8, 15, 16, 100, i64::MAX].map(|count| wait(count).num_seconds()).to_vec();
        assert_eq!(waits, [0, 0, 1, 2, 4, 512, 900, 900, 900]);
    }

    #[test]
    fn an_ipv6_neighbour_is_the_same_one() {
        let network = |text: &str| network(text.parse().unwrap());
        assert_eq!(network("2001:db8::1"), network("2001:db8::ffff:1"));
        assert_ne!(network("2001:db8::1"), network("2001:db8:0:1::1"));
        assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"));
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
    }
}
