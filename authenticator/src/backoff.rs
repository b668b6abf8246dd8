//! Guessing is slowed down, in rows that all instances share: each failure counts against the account at this address,
//! the account as tried by strangers, and the address. Where an account was signed in to before, only the first counts,
//! so that strangers cannot lock its user out. Rows are found by keyed hashes and name nobody.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use mesh::db::{Db, Tx};
use mesh::{Code, Error};
use sqlx::FromRow;

use crate::secrets::{Purpose, Secrets, encoded};

/// Who fails no more for so long begins anew.
pub(crate) const FORGOTTEN: TimeDelta = TimeDelta::hours(24);

/// So many failures are free; then each wait is twice the one before, from one second up to the longest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rule {
    label: &'static str,
    free: u32,
    longest: TimeDelta,
}

/// An account at one address.
pub(crate) const PAIR: Rule = Rule { label: "pair", free: 5, longest: TimeDelta::minutes(15) };
/// An account at all addresses that it does not know. Short: its user may be at a new one.
pub(crate) const ACCOUNT: Rule = Rule { label: "account", free: 10, longest: TimeDelta::minutes(1) };
/// One address, whatever it tries.
pub(crate) const ADDRESS: Rule = Rule { label: "address", free: 30, longest: TimeDelta::minutes(5) };
/// One address that registers e-mails which are taken: it must not learn who has an account.
pub(crate) const REGISTRATION: Rule = Rule { label: "registration", free: 10, longest: TimeDelta::minutes(15) };
/// A user who is signed in and changes the e-mail to those of others.
pub(crate) const EMAIL: Rule = Rule { label: "email", free: 5, longest: TimeDelta::minutes(15) };
/// A user who is signed in and does not know the password: a stolen session is no way to try passwords out.
pub(crate) const PASSWORD: Rule = Rule { label: "password", free: 5, longest: TimeDelta::minutes(15) };

/// What failures are counted against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Subject {
    key: String,
    rule: Rule,
}

impl Subject {
    pub(crate) fn new(secrets: &Secrets, rule: Rule, parts: &[&str]) -> Result<Self, Error> {
        let all: Vec<&[u8]> = std::iter::once(rule.label).chain(parts.iter().copied()).map(str::as_bytes).collect();
        Ok(Self { key: encoded(&secrets.mac(Purpose::Backoff, &all)?), rule })
    }
}

impl Rule {
    /// How long nothing is tried after this many failures.
    fn wait(self, failures: i64) -> TimeDelta {
        let over = failures - i64::from(self.free);
        if over < 0 { TimeDelta::zero() } else { TimeDelta::seconds(1 << over.min(20)).min(self.longest) }
    }
}

#[derive(FromRow)]
struct Until {
    until: DateTime<Utc>,
}

#[derive(FromRow)]
struct Count {
    count: i64,
}

/// Refuses with 429 while any of (up to three) subjects has to wait, and says how long.
pub(crate) async fn admit(db: &Db, subjects: &[Subject], now: DateTime<Utc>) -> Result<(), Error> {
    let key = |at: usize| subjects.get(at).map_or_else(String::new, |subject| subject.key.clone());
    let query = db.query(WAITS).bind(key(0)).bind(key(1)).bind(key(2)).bind(now);
    let waits: Vec<Until> = query.fetch_all().await?;
    let Some(until) = waits.into_iter().map(|row| row.until).max() else { return Ok(()) };
    metrics::counter!("sign_ins_total", "result" => "held").increment(1);
    let wait = (until - now).to_std().unwrap_or(Duration::from_secs(1));
    Err(Error::new(Code::ResourceExhausted, "too many failures: wait before the next try").with_retry_after(wait))
}

/// Counts a failure against each.
pub(crate) async fn fail(tx: &mut Tx, subjects: &[Subject], now: DateTime<Utc>) -> Result<(), Error> {
    let mut subjects: Vec<&Subject> = subjects.iter().collect();
    // Always in the same order, so that two who fail at once never wait for one another.
    subjects.sort_by(|a, b| a.key.cmp(&b.key));
    for subject in subjects {
        let query = tx.query(FAIL).bind(subject.key.clone()).bind(now).bind(now - FORGOTTEN);
        let Count { count } = query.fetch_one().await?;
        let until = now + subject.rule.wait(count);
        tx.query(WAIT).bind(subject.key.clone()).bind(until).execute().await?;
    }
    Ok(())
}

/// Forgets the failures of each.
pub(crate) async fn forgive(tx: &mut Tx, subjects: &[Subject]) -> Result<(), Error> {
    let mut keys: Vec<&String> = subjects.iter().map(|subject| &subject.key).collect();
    keys.sort();
    for key in keys {
        tx.query(FORGIVE).bind(key.clone()).execute().await?;
    }
    Ok(())
}

const WAITS: &str = "SELECT until FROM sign_in_failures WHERE subject IN ($1, $2, $3) AND until > $4";

const FAIL: &str = "
    INSERT INTO sign_in_failures (subject, count, last_at, until) VALUES ($1, 1, $2, $2)
    ON CONFLICT (subject) DO UPDATE SET last_at = $2,
        count = CASE WHEN sign_in_failures.last_at < $3 THEN 1 ELSE sign_in_failures.count + 1 END
    RETURNING count";

const WAIT: &str = "UPDATE sign_in_failures SET until = $2 WHERE subject = $1";

const FORGIVE: &str = "DELETE FROM sign_in_failures WHERE subject = $1";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest() {
        let waits: Vec<i64> = (1..9).map(|failures| PAIR.wait(failures).num_seconds()).collect();
        assert_eq!(waits, [0, 0, 0, 0, 1, 2, 4, 8]);
        assert_eq!(PAIR.wait(i64::MAX), PAIR.longest);
        assert_eq!(ACCOUNT.wait(1_000), ACCOUNT.longest);
    }
}
