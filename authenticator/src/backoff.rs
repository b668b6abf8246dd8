//! Guessing is slowed down, in rows that all instances share: each failure counts against the account at this address,
//! the account as tried by strangers, and the address. Where an account was signed in to before, only the first counts,
//! so that strangers cannot lock its user out. A try counts as a failure before it is made, and is taken back when it was
//! none. Rows are found by keyed hashes and name nobody.

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

/// How a subject stands: a row of it.
#[derive(Debug, Clone, FromRow)]
struct Standing {
    subject: String,
    count: i64,
    last_at: DateTime<Utc>,
    until: DateTime<Utc>,
}

impl Standing {
    fn failures(&self, now: DateTime<Utc>) -> i64 {
        if self.last_at < now - FORGOTTEN { 0 } else { self.count }
    }
}

/// Failures that are counted before anybody knows whether they are any, each with how its subject stood before.
#[derive(Debug)]
pub(crate) struct Counted(Vec<(Subject, Standing)>);

/// Counts a failure against each of (up to three) subjects, for a try that is yet to be made: as many as come at once
/// get no more tries than those that come one by one. Refuses with 429 while any has to wait, and says how long.
pub(crate) async fn count(db: &Db, subjects: &[Subject], now: DateTime<Utc>) -> Result<Counted, Error> {
    // Most of a flood ends here, without a lock.
    let key = |at: usize| subjects.get(at).map_or_else(String::new, |subject| subject.key.clone());
    let seen: Vec<Standing> = db.query(LOOK).bind(key(0)).bind(key(1)).bind(key(2)).fetch_all().await?;
    admit(&paired(subjects, seen), now)?;
    let mut subjects = subjects.to_vec();
    // Always in the same order, so that two who try at once never wait for one another.
    subjects.sort_by(|a, b| a.key.cmp(&b.key));
    let (mut tx, mut held) = (db.begin().await?, Vec::new());
    for subject in &subjects {
        held.push(tx.query(HOLD).bind(subject.key.clone()).bind(now).fetch_one().await?);
    }
    let before = paired(&subjects, held);
    admit(&before, now)?;
    for (subject, standing) in &before {
        let failures = standing.failures(now) + 1;
        let query = tx.query(COUNT).bind(subject.key.clone()).bind(failures).bind(now);
        query.bind(now + subject.rule.wait(failures)).execute().await?;
    }
    tx.commit().await?;
    Ok(Counted(before))
}

fn paired(subjects: &[Subject], standings: Vec<Standing>) -> Vec<(Subject, Standing)> {
    let of = |standing: Standing| {
        let subject = subjects.iter().find(|subject| subject.key == standing.subject);
        subject.map(|subject| (subject.clone(), standing))
    };
    standings.into_iter().filter_map(of).collect()
}

fn admit(standings: &[(Subject, Standing)], now: DateTime<Utc>) -> Result<(), Error> {
    let has_failed = standings.iter().any(|(subject, standing)| subject.rule == PAIR && standing.failures(now) > 0);
    // Whoever has not failed here has one try, however often strangers failed elsewhere.
    let counts = |subject: &Subject| subject.rule != ACCOUNT || has_failed;
    // Those who try at once count at times that differ a little: where nobody has to wait, that is no wait.
    let has_to = |(subject, standing): &&(Subject, Standing)| {
        counts(subject) && standing.failures(now) >= i64::from(subject.rule.free)
    };
    let waits = standings.iter().filter(has_to).map(|(_, standing)| standing.until);
    let Some(until) = waits.max().filter(|until| *until > now) else { return Ok(()) };
    metrics::counter!("sign_ins_total", "result" => "held").increment(1);
    let wait = (until - now).to_std().unwrap_or(Duration::from_secs(1));
    Err(Error::new(Code::ResourceExhausted, "too many failures: wait before the next try").with_retry_after(wait))
}

impl Counted {
    /// It was no failure: takes it back, and forgets all failures of the subjects of which `is_forgiven` says so.
    pub(crate) async fn succeeded(&self, tx: &mut Tx, is_forgiven: impl Fn(Rule) -> bool) -> Result<(), Error> {
        for (subject, before) in &self.0 {
            if is_forgiven(subject.rule) {
                tx.query(FORGIVE).bind(subject.key.clone()).execute().await?;
            } else {
                let query = tx.query(TAKE_BACK).bind(subject.key.clone()).bind(before.count + 1);
                query.bind(before.last_at).bind(before.until).execute().await?;
            }
        }
        Ok(())
    }

    /// It never came to a try, or not to a mistake: as if nobody had asked.
    pub(crate) async fn take_back(&self, db: &Db) {
        let taking_back = async {
            let mut tx = db.begin().await?;
            self.succeeded(&mut tx, |_| false).await?;
            tx.commit().await
        };
        if let Err(error) = taking_back.await {
            tracing::warn!("what was no failure stays counted as one: {}", error.causes());
        }
    }
}

const LOOK: &str = "SELECT subject, count, last_at, until FROM sign_in_failures WHERE subject IN ($1, $2, $3)";

/// Whether it is new or not, nobody else counts until the transaction ends.
const HOLD: &str = "
    INSERT INTO sign_in_failures (subject, count, last_at, until) VALUES ($1, 0, $2, $2)
    ON CONFLICT (subject) DO UPDATE SET count = sign_in_failures.count
    RETURNING subject, count, last_at, until";

const COUNT: &str = "UPDATE sign_in_failures SET count = $2, last_at = $3, until = $4 WHERE subject = $1";

/// Where others have failed since, theirs stay.
const TAKE_BACK: &str = "
    UPDATE sign_in_failures SET count = count - 1,
        last_at = CASE WHEN count = $2 THEN $3 ELSE last_at END,
        until = CASE WHEN count = $2 THEN $4 ELSE until END
    WHERE subject = $1 AND count > 0";

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
