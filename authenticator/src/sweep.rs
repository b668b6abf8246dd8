//! Rows that nobody asks for any more, deleted once an hour.

use std::time::Duration;

use chrono::TimeDelta;
use mesh::Error;
use mesh::shutdown::supervise;
use tokio_util::sync::CancellationToken;

use crate::attempt::KEPT;
use crate::backoff::FORGOTTEN;
use crate::door::Door;

const PAUSE: Duration = Duration::from_secs(3600);
/// For how long what is over is still a row, to look things up.
const REMEMBERED: TimeDelta = TimeDelta::days(30);

/// So many rows at a time: others who write wait no longer than that takes.
const CHUNK: i64 = 1_000;
const NOT_AT_ALL: TimeDelta = TimeDelta::zero();

const DELETIONS: [(&str, TimeDelta); 8] = [
    (
        "DELETE FROM revocations WHERE session_id IN
            (SELECT session_id FROM revocations WHERE until < $1 LIMIT $2)",
        NOT_AT_ALL,
    ),
    (
        "DELETE FROM sign_in_failures WHERE subject IN
            (SELECT subject FROM sign_in_failures WHERE last_at < $1 LIMIT $2) AND last_at < $1",
        FORGOTTEN,
    ),
    (
        "DELETE FROM known_addresses WHERE (user_id, address) IN
            (SELECT user_id, address FROM known_addresses WHERE seen_at < $1 LIMIT $2) AND seen_at < $1",
        KEPT,
    ),
    ("DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE ended_at < $1 LIMIT $2)", REMEMBERED),
    ("DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_at < $1 LIMIT $2)", REMEMBERED),
    // Those that were used as well: no link lives longer than an hour.
    (
        "DELETE FROM reset_links WHERE token_hash IN
            (SELECT token_hash FROM reset_links WHERE expires_at < $1 LIMIT $2)",
        REMEMBERED,
    ),
    ("DELETE FROM api_keys WHERE id IN (SELECT id FROM api_keys WHERE revoked_at < $1 LIMIT $2)", REMEMBERED),
    ("DELETE FROM api_keys WHERE id IN (SELECT id FROM api_keys WHERE expires_at < $1 LIMIT $2)", REMEMBERED),
];

pub(crate) async fn run(door: &Door, stop: &CancellationToken) {
    let work = async || {
        while !stop.is_cancelled() {
            sweep(door).await?;
            stop.run_until_cancelled(tokio::time::sleep(PAUSE)).await;
        }
        Ok(())
    };
    supervise("authenticator.sweep", stop, work).await;
}

pub(crate) async fn sweep(door: &Door) -> Result<(), Error> {
    for (sql, age) in DELETIONS {
        let before = door.now() - age;
        while door.db.query(sql).bind(before).bind(CHUNK).execute().await? >= CHUNK.unsigned_abs() {}
    }
    Ok(())
}
