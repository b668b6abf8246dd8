//! The queues as the file and the memory of this process show them; here every figure is known but the age of questions.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::calls::Waiting;
use super::store::{Store, now};
use super::{Embedded, away, queues};
use crate::glance::Figure::{Known, Unknown};
use crate::glance::{Kind, Queue};

const NO_TIMES: &str = "questions have no time of their own";

/// The oldest event is looked for among so many that came first, and as many of those that wait: a look must not read
/// a file of millions.
const MOST_READ: i64 = 100_000;

impl Embedded {
    pub(crate) async fn queues(&self) -> Result<Vec<Queue>, mesh::Error> {
        let counts = counts(&self.store).await.map_err(|error| away(&error))?;
        let mut all = Vec::new();
        for queue in self.queues.all() {
            let (depth, later) = counts.get(&queue.id).copied().unwrap_or_default();
            let oldest = match depth {
                0 => None,
                _ => oldest(&self.store, &queue).await.map_err(|error| away(&error))?,
            };
            let in_hand = queue.in_hand() as u64;
            all.push(Queue {
                kind: Kind::of(&queue.name).unwrap_or(Kind::Work),
                name: queue.name.clone(),
                ready: Known(depth.saturating_sub(later).saturating_sub(in_hand)),
                unacked: Known(in_hand),
                depth: Known(depth),
                consumers: Known(queue.consumers() as u64),
                oldest: Known(oldest),
            });
        }
        all.extend(self.calls.lanes().into_iter().map(|(service, waiting)| questions(&service, &waiting)));
        all.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(all)
    }
}

/// How many messages each queue has, and how many of them are not due yet. From the index alone.
async fn counts(store: &Store) -> sqlx::Result<HashMap<i64, (u64, u64)>> {
    let counted = "SELECT queue, count(*), count(*) FILTER (WHERE due > $1) FROM messages GROUP BY queue";
    let rows: Vec<(i64, i64, i64)> = sqlx::query_as(counted).bind(now()).fetch_all(&store.db.read).await?;
    Ok(rows.into_iter().map(|(queue, all, later)| (queue, (all.unsigned_abs(), later.unsigned_abs()))).collect())
}

async fn oldest(store: &Store, queue: &queues::Queue) -> sqlx::Result<Option<DateTime<Utc>>> {
    let query = sqlx::query_scalar(OLDEST).bind(queue.id).bind(MOST_READ);
    let time: Option<i64> = query.fetch_one(&store.db.read).await?;
    Ok(time.and_then(DateTime::from_timestamp_millis))
}

const OLDEST: &str = "
    SELECT min(time) FROM (
        SELECT time FROM (SELECT time FROM messages WHERE queue = $1 AND due = 0 ORDER BY id LIMIT $2)
        UNION ALL
        SELECT time FROM (SELECT time FROM messages WHERE queue = $1 AND due > 0 ORDER BY due LIMIT $2)
    )";

fn questions(service: &str, waiting: &Waiting) -> Queue {
    let Waiting { waiting, in_hand, servers } = *waiting;
    Queue {
        name: format!("rpc.{service}"),
        kind: Kind::Rpc,
        ready: Known(waiting as u64),
        unacked: Known(in_hand as u64),
        depth: Known((waiting + in_hand) as u64),
        consumers: Known(servers as u64),
        oldest: if waiting + in_hand == 0 { Known(None) } else { Unknown(NO_TIMES) },
    }
}
