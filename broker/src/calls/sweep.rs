//! Deletes what nobody asks for any more, a bounded number of rows at a time, and counts what is kept.

use std::time::Duration;

use chrono::Utc;
use mesh::Error;
use tokio_util::sync::CancellationToken;

use super::rows::Rows;
use super::waiting::MOST_CALLS;

/// So many rows at a time: others who write wait no longer than that takes.
const CHUNK: i64 = 1_000;
const LONGEST: Duration = Duration::from_secs(60);
const SHORTEST: Duration = Duration::from_secs(1);
const STATES: [&str; 6] = ["queued", "running", "done", "failed", "cancelled", "open"];

pub(super) async fn run(rows: &Rows, stop: &CancellationToken) -> anyhow::Result<()> {
    let pause = (rows.kept.to_std()? / 60).clamp(SHORTEST, LONGEST);
    while !stop.is_cancelled() {
        if let Err(error) = sweep(rows).await {
            error.log("kept calls are not swept and not counted, which is tried again soon");
        }
        stop.run_until_cancelled(tokio::time::sleep(pause)).await;
    }
    Ok(())
}

async fn sweep(rows: &Rows) -> Result<(), Error> {
    let now = Utc::now();
    let delete = || rows.db.query_either(DELETE_SKIPPING, DELETE).bind(now).bind(CHUNK).execute();
    while delete().await? >= CHUNK.unsigned_abs() {}
    rows.waiting.recount();
    rows.waiting.counted(rows.db.query(WAITING).bind(MOST_CALLS).fetch_all().await?);
    let counted = rows.db.query(COUNT).fetch_all::<(String, i64)>().await?;
    for state in STATES {
        let count = counted.iter().find(|(counted, _)| counted == state).map_or(0, |(_, count)| *count);
        metrics::gauge!("calls_kept", "state" => state).set(count as f64);
    }
    Ok(())
}

const DELETE: &str = "
    DELETE FROM calls WHERE id IN (SELECT id FROM calls WHERE expires_at <= $1
        AND (state NOT IN ('queued', 'running') OR (NOT later AND due_at <= $1)) LIMIT $2)";

const DELETE_SKIPPING: &str = "
    DELETE FROM calls WHERE id IN (SELECT id FROM calls WHERE expires_at <= $1
        AND (state NOT IN ('queued', 'running') OR (NOT later AND due_at <= $1)) LIMIT $2 FOR UPDATE SKIP LOCKED)";

const WAITING: &str = "
    SELECT route, COUNT(*), CAST(SUM(bytes) AS BIGINT) FROM (SELECT route, COALESCE(LENGTH(argument), 0) AS bytes
        FROM calls WHERE later AND state IN ('queued', 'running') LIMIT $1) AS counted GROUP BY route";

/// Of at most so many: a gauge is not worth reading through more.
const COUNT: &str = "
    SELECT state, COUNT(*) FROM (SELECT state FROM calls LIMIT 100000) AS counted GROUP BY state";
