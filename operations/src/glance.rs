//! At a glance: the queues and the mesh, made of what the engine shows and what processes tell of themselves. None of
//! it is kept: whoever comes back after a restart knows within seconds what is to be known.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use mesh::Error;
use mesh::db::Db;
use serde::Serialize;

use crate::admin::Admin;
use crate::alarms;
use crate::door::Door;
use crate::loads::{Load, loads};
use crate::members::{self, Service};
use crate::queues::Queue;

/// Alarms that one answer holds.
const MOST_ALARMS: usize = 200;

pub(crate) fn router() -> Router<Door> {
    Router::new().route("/v1/admin/queues", get(queues)).route("/v1/admin/mesh", get(mesh))
}

#[derive(Debug, Serialize)]
struct Queues {
    queues: Vec<Queue>,
}

#[derive(Debug, Serialize)]
struct Mesh {
    services: Vec<Service>,
    routes: Vec<Load>,
    /// Sentences, each with what is wrong and where.
    alarms: Vec<String>,
    /// A process that has said nothing since may be there all the same while this is a few seconds ago.
    heard_since: DateTime<Utc>,
}

async fn queues(State(door): State<Door>, _: Admin) -> Result<Json<Queues>, Error> {
    let queues = door.looks.look(&door.instances.present()).await?;
    Ok(Json(Queues { queues }))
}

/// Answers whatever is away: that is when somebody asks.
async fn mesh(State(door): State<Door>, _: Admin) -> Json<Mesh> {
    let present = door.instances.present();
    let (looked, dead) = tokio::join!(door.looks.look(&present), dead(&door.db));
    let mut alarms = alarms::of_processes(&present);
    alarms.extend(alarms::of_look(&present, &looked));
    alarms.extend(match dead {
        Ok(waiting) => alarms::of_dead_letters(&waiting),
        Err(error) => vec![format!("the dead letters cannot be counted: {error}")],
    });
    alarms.truncate(MOST_ALARMS);
    let (services, routes) = (members::services(&present.instances), loads(&present.instances));
    Json(Mesh { services, routes, alarms, heard_since: present.since })
}

/// How many letters wait for somebody, by service.
async fn dead(db: &Db) -> Result<BTreeMap<String, u64>, Error> {
    let counted: Vec<(String, i64)> = db.query(DEAD).fetch_all().await?;
    Ok(counted.into_iter().map(|(service, count)| (service, count.unsigned_abs())).collect())
}

/// Of at most so many: an alarm is not worth reading through more.
const DEAD: &str = "
    SELECT service, COUNT(*) FROM (SELECT service FROM letters WHERE state = 'dead' LIMIT 100000) AS waiting
    GROUP BY service";
