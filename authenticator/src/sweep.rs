//! Rows that nobody asks for any more, deleted once an hour.

use std::time::Duration;

use mesh::Error;
use mesh::shutdown::supervise;
use tokio_util::sync::CancellationToken;

use crate::attempt::KEPT;
use crate::backoff::FORGOTTEN;
use crate::door::Door;

const PAUSE: Duration = Duration::from_secs(3600);
/// For how long a session that is over is still a row, to look things up.
const REMEMBERED: chrono::TimeDelta = chrono::TimeDelta::days(30);

const DELETIONS: [(&str, chrono::TimeDelta); 4] = [
    ("DELETE FROM revocations WHERE until < $1", chrono::TimeDelta::zero()),
    ("DELETE FROM sign_in_failures WHERE last_at < $1", FORGOTTEN),
    ("DELETE FROM known_addresses WHERE seen_at < $1", KEPT),
    ("DELETE FROM sessions WHERE ended_at < $1 OR expires_at < $1", REMEMBERED),
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
        door.db.query(sql).bind(door.now() - age).execute().await?;
    }
    Ok(())
}
