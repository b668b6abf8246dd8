//! The workers: a bounded number of calls in hand, each under a lease, each tried again until it has an end. What is in
//! hand when the process stops finishes within the grace period or is put back.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use futures::FutureExt;
use mesh::{Code, Error};
use routing::policy::{Kept, may_be_made_again};
use routing::{Argument, Routing, Row};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::ended::Ended;
use super::queue::{LEASE, Taken};
use super::rows::Rows;
use super::{CLOSING, Calls};

/// How often the rows are looked at, for calls that other processes left and for those whose time has come.
const POLL: Duration = Duration::from_secs(1);
/// How often a lease is renewed: twice may fail before it runs out.
const RENEW: Duration = Duration::from_secs(5);
/// Delays between tries: doubled from the one to the other.
const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(300);
/// How often the end of a call is written before its lease is left to run out.
const WRITES: usize = 5;

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

pub(super) async fn run(calls: &Calls, rows: &Rows, routing: &Routing, grace: Duration) -> anyhow::Result<()> {
    let (stop, most) = (&calls.inner.stopping, calls.inner.config.workers);
    let (mut in_hand, given_up) = (JoinSet::new(), CancellationToken::new());
    while !stop.is_cancelled() {
        while in_hand.try_join_next().is_some() {}
        let free = most - in_hand.len();
        // An engine that is away is told of by health.
        let taken = if free > 0 { rows.take(free).await.unwrap_or_default() } else { Vec::new() };
        for taken in taken {
            in_hand.spawn(work(calls.clone(), routing.clone(), taken, given_up.clone()));
        }
        tokio::select! {
            Some(_) = in_hand.join_next() => {}
            () = calls.inner.queued.notified(), if in_hand.len() < most => {}
            () = tokio::time::sleep(POLL), if in_hand.len() < most => {}
            () = stop.cancelled() => {}
        }
    }
    let finish = async |in_hand: &mut JoinSet<()>| while in_hand.join_next().await.is_some() {};
    if tokio::time::timeout(grace, finish(&mut in_hand)).await.is_err() {
        given_up.cancel();
        let _ = tokio::time::timeout(CLOSING, finish(&mut in_hand)).await;
    }
    Ok(())
}

async fn work(calls: Calls, routing: Routing, taken: Taken, given_up: CancellationToken) {
    let Ok(rows) = calls.rows() else { return };
    let tried = AssertUnwindSafe(tried(&routing, &taken)).catch_unwind();
    let next = tokio::select! {
        // Whether it took effect is not known, nor whether it may be made again.
        next = tried => next.unwrap_or_else(|_| Next::End(Ended::failed(&Error::internal("the call panicked")))),
        () = lost(rows, &taken) => {
            tracing::warn!(call = taken.id, "somebody else has taken over a call that was in hand here");
            return;
        }
        () = given_up.cancelled() => Next::PutBack,
    };
    let is_over = matches!(next, Next::End(_));
    for _ in 0..WRITES {
        match note(rows, &taken, &next).await {
            Ok(_) => break,
            Err(error) => error.log("what became of a call could not be kept yet"),
        }
        tokio::time::sleep(POLL).await;
    }
    if is_over {
        calls.tell_ended(&taken.id);
    }
}

/// Renews the lease; comes when it is somebody else's.
async fn lost(rows: &Rows, taken: &Taken) {
    let mine = taken.mine();
    loop {
        tokio::time::sleep(RENEW).await;
        if matches!(rows.renew(&mine).await, Ok(false)) {
            return;
        }
    }
}

async fn note(rows: &Rows, taken: &Taken, next: &Next) -> Result<bool, Error> {
    let (mine, now) = (taken.mine(), Utc::now());
    match next {
        Next::End(ended) => rows.end(&mine, ended, taken.attempts + 1).await,
        Next::PutBack => rows.put_back(&mine, taken.attempts, now, true).await,
        Next::Again { error, counts, delay } => {
            let due_at = now + TimeDelta::from_std(*delay).unwrap_or(LEASE);
            if due_at >= taken.expires_at {
                return rows.end(&mine, &Ended::failed(error), taken.attempts + i64::from(*counts)).await;
            }
            rows.put_back(&mine, taken.attempts + i64::from(*counts), due_at, *counts || taken.attempts > 0).await
        }
    }
}

async fn tried(routing: &Routing, taken: &Taken) -> Next {
    match read(routing, taken) {
        Ok((row, argument, caller)) => {
            let trace = caller.trace();
            trace.scope(attempt(&row, argument, caller, taken)).await
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

async fn attempt(row: &Row, argument: Argument, caller: Kept, taken: &Taken) -> Next {
    let began = Instant::now();
    let effect_id = taken.effect_id.as_deref();
    let outcome = row.call(caller.call(argument, began + row.route.timeout, effect_id, &taken.id)).await;
    row.observe(began.elapsed(), outcome.as_ref().err());
    match outcome {
        Ok(reply) => Next::End(Ended::of(&row.route, &reply).unwrap_or_else(|| Ended::failed(&stream()))),
        Err(error) if !may_be_made_again(row, effect_id.is_some(), &error) => Next::End(Ended::failed(&error)),
        Err(error) => {
            let counts = !error.is_unavailable();
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
