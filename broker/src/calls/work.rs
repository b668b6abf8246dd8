//! The workers: a bounded number of calls in hand, each under a lease, each tried again until it has an end. What is in
//! hand when the process stops finishes within the grace period or is put back.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use futures::FutureExt;
use mesh::db::Db;
use mesh::shutdown::Backoff;
use mesh::{Code, Error};
use routing::policy::{Kept, may_be_made_again};
use routing::{Argument, Call, Routing, Row, Trail};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::ended::Ended;
use super::once::AGAIN;
use super::places::{Place, Places};
use super::queue::Taken;
use super::rows::Rows;
use super::{Calls, SHARE};

/// How often the rows are looked at, for calls that other processes left and for those whose time has come.
const POLL: Duration = Duration::from_secs(1);
/// Delays between tries: doubled from the one to the other.
const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(300);

/// What comes after a try.
enum Next {
    End(Ended),
    /// Another try, which this one may count against.
    Again {
        error: Error,
        counts: bool,
        delay: Duration,
    },
    PutBack,
}

pub(super) async fn run(calls: &Calls, rows: &Rows, routing: &Routing) -> anyhow::Result<()> {
    let (stop, places) = (&calls.inner.stopping, Places::new(calls.inner.config.workers));
    let (mut in_hand, given_up, mut rest) = (JoinSet::new(), CancellationToken::new(), Rest::default());
    while !stop.is_cancelled() {
        while in_hand.try_join_next().is_some() {}
        let (most, full) = places.open();
        let is_open = most > 0 && calls.inner.owed.load(Ordering::Relaxed) == 0 && rest.is_over(rows).await;
        let taken = if is_open { rest.after(rows.take(most, &full).await, rows) } else { Vec::new() };
        let is_more_likely = is_open && taken.len() == most;
        for taken in taken {
            let place = places.take(&taken.route);
            let span = tracing::info_span!("call", call = taken.id, trace = tracing::field::Empty);
            in_hand.spawn(work(calls.clone(), routing.clone(), taken, given_up.clone(), place).instrument(span));
        }
        if is_more_likely {
            continue;
        }
        tokio::select! {
            Some(_) = in_hand.join_next() => {}
            () = calls.inner.queued.notified(), if !places.are_all_taken() => {}
            () = tokio::time::sleep(POLL), if !places.are_all_taken() => {}
            () = stop.cancelled() => {}
        }
    }
    let (grace, finish) =
        (calls.inner.grace, async |in_hand: &mut JoinSet<()>| while in_hand.join_next().await.is_some() {});
    if tokio::time::timeout(grace * SHARE.0 / SHARE.1, finish(&mut in_hand)).await.is_err() {
        given_up.cancel();
        let _ = tokio::time::timeout(grace - grace * SHARE.0 / SHARE.1, finish(&mut in_hand)).await;
    }
    Ok(())
}

/// After the rows were away, brokers that have calls in hand renew their leases first, before any are taken over.
#[derive(Default)]
struct Rest {
    are_away: bool,
    until: Option<Instant>,
}

impl Rest {
    async fn is_over(&mut self, rows: &Rows) -> bool {
        if self.are_away && rows.db.ping().await.is_ok() {
            // Twice as long as they take to renew.
            (self.are_away, self.until) = (false, Some(Instant::now() + renewal(rows) * 2));
        }
        !self.are_away && self.until.is_none_or(|until| until <= Instant::now())
    }

    /// What was taken; nothing from an engine that is away, of which health tells.
    fn after(&mut self, taken: Result<Vec<Taken>, Error>, rows: &Rows) -> Vec<Taken> {
        // A file is nobody else's.
        self.are_away = taken.is_err() && matches!(rows.db, Db::Postgres(_));
        taken.unwrap_or_default()
    }
}

async fn work(calls: Calls, routing: Routing, taken: Taken, given_up: CancellationToken, _place: Place) {
    let Ok(rows) = calls.rows() else { return };
    let trail = Trail::default();
    let tried = AssertUnwindSafe(tried(&routing, &taken, &trail)).catch_unwind();
    let next = tokio::select! {
        // Whether it took effect is not known, nor whether it may be made again.
        next = tried => next.unwrap_or_else(|_| Next::End(Ended::failed(&Error::internal("the call panicked")))),
        () = lost(rows, &taken) => return,
        () = given_up.cancelled() => Next::PutBack,
    };
    let has_begun = taken.had_begun || trail.has_reached();
    tokio::select! {
        () = written(&calls, rows, &taken, &next, has_begun) => {}
        () = lost(rows, &taken) => return,
    }
    if matches!(next, Next::End(_)) {
        rows.waiting.remove(&taken.route, taken.argument.as_ref().map_or(0, Vec::len));
        calls.tell_ended(&taken.id);
    }
}

/// Renews the lease; comes when it is somebody else's.
async fn lost(rows: &Rows, taken: &Taken) {
    let mine = taken.mine();
    loop {
        tokio::time::sleep(renewal(rows)).await;
        if matches!(rows.renew(&mine).await, Ok(false)) {
            return tracing::warn!("somebody else has taken over a call that was in hand here");
        }
    }
}

/// How often a lease is renewed: twice may fail before it runs out.
fn renewal(rows: &Rows) -> Duration {
    rows.lease.to_std().unwrap_or_default() / 3
}

/// Writes what comes after a try, for as long as the call has: giving up would be to make it once more.
async fn written(calls: &Calls, rows: &Rows, taken: &Taken, next: &Next, has_begun: bool) {
    let (mut backoff, mut owed) = (Backoff::new(AGAIN.0, AGAIN.1), None);
    while let Err(error) = note(rows, taken, next, has_begun).await {
        if Utc::now() >= taken.expires_at {
            return error.log("what became of a call could not be kept");
        }
        if owed.is_none() {
            error.log("what became of a call could not be kept yet");
            owed = Some(Owed::of(calls));
        }
        tokio::time::sleep(backoff.next_delay()).await;
    }
}

/// An end that is not written.
struct Owed<'a>(&'a AtomicUsize);

impl<'a> Owed<'a> {
    fn of(calls: &'a Calls) -> Self {
        calls.inner.owed.fetch_add(1, Ordering::Relaxed);
        Self(&calls.inner.owed)
    }
}

impl Drop for Owed<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn note(rows: &Rows, taken: &Taken, next: &Next, has_begun: bool) -> Result<bool, Error> {
    let (mine, now) = (taken.mine(), Utc::now());
    match next {
        Next::End(ended) => rows.end(&mine, ended, taken.attempts + 1).await,
        Next::PutBack => rows.put_back(&mine, taken.attempts, now, has_begun).await,
        Next::Again { error, counts, delay } => {
            let attempts = taken.attempts + i64::from(*counts);
            let due_at = now + TimeDelta::from_std(*delay).unwrap_or(rows.lease);
            if due_at >= taken.expires_at {
                return rows.end(&mine, &Ended::failed(error), attempts).await;
            }
            rows.put_back(&mine, attempts, due_at, has_begun).await
        }
    }
}

async fn tried(routing: &Routing, taken: &Taken, trail: &Trail) -> Next {
    match read(routing, taken) {
        Ok((row, argument, caller)) => {
            let trace = caller.trace();
            tracing::Span::current().record("trace", tracing::field::display(trace.trace_id()));
            trace.scope(attempt(&row, argument, caller, taken, trail)).await
        }
        Err(error) => again(error, false, taken),
    }
}

/// The row of a call, if it is still in the table and still one whose calls may be kept.
fn read(routing: &Routing, taken: &Taken) -> Result<(Arc<Row>, Argument, Kept), Error> {
    let table = routing.current();
    let fits = |row: &&Arc<Row>| row.route.name == taken.route && row.route.host == taken.host;
    let row = table.rows.iter().find(fits).filter(|row| row.is_for_later());
    let row = row.ok_or_else(|| {
        let detail =
            format!("the row '{}' is not in the route table any more, or takes no calls for later", taken.route);
        Error::not_found(detail)
    })?;
    let argument = routing::argument::parse(taken.argument.as_deref().unwrap_or(b"{}"))?;
    let caller = serde_json::from_str(taken.caller.as_deref().unwrap_or("{}")).map_err(Error::internal)?;
    Ok((Arc::clone(row), Argument::Object(argument), caller))
}

async fn attempt(row: &Row, argument: Argument, caller: Kept, taken: &Taken, trail: &Trail) -> Next {
    let began = Instant::now();
    let effect_id = taken.effect_id.as_deref();
    let call = caller.call(argument, began + row.route.timeout, effect_id, &taken.id);
    let outcome = row.call(Call { trail: trail.clone(), ..call }).await;
    row.observe(began.elapsed(), outcome.as_ref().err());
    match outcome {
        Ok(reply) => Next::End(Ended::of(&row.route, &reply).unwrap_or_else(|| Ended::failed(&stream()))),
        Err(error) if !may_be_made_again(row, effect_id.is_some(), &error) => Next::End(Ended::failed(&error)),
        Err(error) => {
            // A service that is away has had no part in it; one that went away under the call may have gone because of it.
            let counts = !error.is_unavailable() || trail.has_broken();
            if counts && taken.attempts + 1 >= i64::from(row.route.attempts) {
                return Next::End(Ended::failed(&error));
            }
            again(error, counts, taken)
        }
    }
}

fn stream() -> Error {
    Error::new(Code::Unimplemented, "the service answers with a stream, which cannot be asked for later")
}

fn again(error: Error, counts: bool, taken: &Taken) -> Next {
    let delay = delay(taken.tries, error.retry_after.unwrap_or_default());
    Next::Again { error, counts, delay }
}

/// Doubled with each try, with up to a quarter taken off, and never less than the service has asked for.
fn delay(tries: i64, asked: Duration) -> Duration {
    let doubled = u32::try_from(tries - 1).unwrap_or_default().min(16);
    let delay = (FIRST * (1 << doubled)).min(LONGEST);
    let jitter = uuid::Uuid::new_v4().as_u64_pair().1 as u32 % 250;
    (delay - delay * jitter / 1000).max(asked.min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_five_minutes_and_heed_what_the_service_asks() {
        for (tries, most) in [(1, 1), (2, 2), (5, 16), (9, 256), (10, 300), (1_000, 300)] {
            let most = Duration::from_secs(most);
            let delay = delay(tries, Duration::ZERO);
            assert!(delay <= most && delay >= most * 3 / 4, "{tries}: {delay:?}");
        }
        assert_eq!(delay(1, Duration::from_secs(20)), Duration::from_secs(20));
        assert_eq!(delay(1, Duration::from_secs(2_000)), LONGEST);
    }
}
