//! Deletes letters and operations that are long over, a bounded number at a time, and counts what is there. What is dead
//! stays until somebody decides.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::Utc;
use mesh::Error;
use tokio_util::sync::CancellationToken;

use crate::door::Door;

const LONGEST: Duration = Duration::from_secs(60);
const SHORTEST: Duration = Duration::from_secs(1);
/// So many rows at a time: others who write wait no longer than that takes.
const CHUNK: i64 = 1_000;
/// Operations at a time: each may have many letters.
const FEW: i64 = 1;
const STATES: [&str; 5] = ["dead", "replaying", "replayed", "discarded", "replaced"];
const OPERATIONS: [&str; 4] = ["running", "done", "stopped", "failed"];

pub(crate) async fn run(door: &Door, stop: &CancellationToken) -> anyhow::Result<()> {
    let pause = (door.kept.to_std()? / 60).clamp(SHORTEST, LONGEST);
    let mut told = BTreeSet::new();
    while !stop.is_cancelled() {
        let swept = async {
            sweep(door).await?;
            count(door, &mut told).await
        };
        // An engine that is away is told of by health.
        if let Err(error) = swept.await {
            tracing::debug!("letters were not swept: {error}");
        }
        stop.run_until_cancelled(tokio::time::sleep(pause)).await;
    }
    Ok(())
}

pub(crate) async fn sweep(door: &Door) -> Result<(), Error> {
    let now = Utc::now();
    let before = now - door.kept;
    // Nobody knows whether they arrived, so they are as dead as before.
    door.db.query(LEFT_IN_HAND).bind(now).execute().await?;
    for (sql, most) in [(LETTERS, CHUNK), (OPERATION_LETTERS, CHUNK), (OPERATIONS_ENDED, FEW)] {
        while door.db.query(sql).bind(before).bind(most).execute().await? >= most.unsigned_abs() {}
    }
    Ok(())
}

/// `told` are the services of which something was told: one without letters has none, rather than as many as before.
async fn count(door: &Door, told: &mut BTreeSet<String>) -> Result<(), Error> {
    for state in STATES {
        let letters: Vec<(String, i64)> = door.db.query(COUNT_LETTERS).bind(state.to_owned()).fetch_all().await?;
        told.extend(letters.iter().map(|(service, _)| service.clone()));
        for service in &*told {
            let count = letters.iter().find(|(of, _)| of == service).map_or(0, |(_, count)| *count);
            metrics::gauge!("dead_letters", "service" => service.clone(), "state" => state).set(count as f64);
        }
    }
    let operations: Vec<(String, i64)> = door.db.query(COUNT_OPERATIONS).fetch_all().await?;
    for state in OPERATIONS {
        let count = operations.iter().find(|(is, _)| is == state).map_or(0, |(_, count)| *count);
        metrics::gauge!("operations", "state" => state).set(count as f64);
    }
    Ok(())
}

/// An operation that was stopped while its instance died, or its queue was away, with letters in hand; it may be long
/// gone. Whose they were stays with them: they may have arrived.
const LEFT_IN_HAND: &str = "
    UPDATE letters SET state = 'dead' WHERE state = 'replaying' AND NOT EXISTS (SELECT 1 FROM operations
        WHERE operations.id = letters.operation AND (operations.state = 'running' OR operations.due_at > $1))";

const LETTERS: &str = "
    DELETE FROM letters WHERE id IN (SELECT id FROM letters
        WHERE state IN ('replayed', 'discarded', 'replaced') AND changed_at < $1 LIMIT $2)
        AND state IN ('replayed', 'discarded', 'replaced') AND changed_at < $1";

const OPERATION_LETTERS: &str = "
    DELETE FROM operation_letters WHERE (operation, number) IN (SELECT letters.operation, letters.number
        FROM operation_letters AS letters JOIN operations ON operations.id = letters.operation
        WHERE operations.ended_at < $1 LIMIT $2)";

const OPERATIONS_ENDED: &str = "
    DELETE FROM operations WHERE id IN (SELECT id FROM operations WHERE ended_at < $1 LIMIT $2)";

/// Of at most so many: a gauge is not worth reading through more.
const COUNT_LETTERS: &str = "
    SELECT service, COUNT(*) FROM (SELECT service FROM letters WHERE state = $1 LIMIT 100000) AS counted
    GROUP BY service";

const COUNT_OPERATIONS: &str = "
    SELECT state, COUNT(*) FROM (SELECT state FROM operations LIMIT 100000) AS counted GROUP BY state";
