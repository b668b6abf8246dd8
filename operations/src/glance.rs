//! At a glance: the queues and the mesh, made of what the engine shows and what processes tell of themselves. None of it is
//! kept: whoever comes back after a restart knows within seconds what is to be known.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use bus::{Bus, heartbeat};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use mesh::Error;
use mesh::shutdown::supervise;
use serde::Serialize;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::alarms;
use crate::instances::Instances;
use crate::looks::Looks;
use crate::members::{self, Route, Service};
use crate::queues::Queue;

/// Heartbeats that wait to be read; one more is lost, and its process tells of itself again soon.
const WAITING: usize = 1_000;
/// Alarms that one answer holds.
const MOST_ALARMS: usize = 200;

/// Clones share one picture.
#[derive(Clone)]
pub(crate) struct Glance {
    bus: Bus,
    instances: Instances,
    looks: Looks,
}

#[derive(Debug, Serialize)]
struct Queues {
    queues: Vec<Queue>,
}

#[derive(Debug, Serialize)]
struct Mesh {
    services: Vec<Service>,
    routes: Vec<Route>,
    alarms: Vec<String>,
    /// A process that has said nothing since may be there all the same while this is a few seconds ago.
    heard_since: DateTime<Utc>,
}

pub(crate) fn router(glance: Glance) -> Router {
    Router::new().route("/v1/admin/queues", get(queues)).route("/v1/admin/mesh", get(mesh)).with_state(glance)
}

async fn queues(State(glance): State<Glance>) -> Result<Json<Queues>, Error> {
    let queues = glance.looks.look(&glance.instances.present()).await?;
    Ok(Json(Queues { queues }))
}

async fn mesh(State(glance): State<Glance>) -> Json<Mesh> {
    let present = glance.instances.present();
    let mut alarms = alarms::of_processes(&present);
    match glance.looks.look(&present).await {
        Ok(queues) => alarms.extend(alarms::of_queues(&queues)),
        Err(error) => alarms.push(format!("the queues cannot be looked at: {error}")),
    }
    alarms.truncate(MOST_ALARMS);
    let (services, routes) = (members::services(&present.instances), members::routes(&present.instances));
    Json(Mesh { services, routes, alarms, heard_since: present.since })
}

impl Glance {
    pub(crate) fn new(bus: &Bus) -> Self {
        let instances = Instances::new();
        Self { looks: Looks::new(bus, &instances), bus: bus.clone(), instances }
    }

    /// Hears and looks until `stop`.
    pub(crate) async fn run(&self, stop: &CancellationToken) {
        let looking = async || {
            self.looks.run(stop).await;
            Ok(())
        };
        tokio::join!(
            supervise("operations.hear", stop, || self.hear(stop)),
            supervise("operations.look", stop, looking),
        );
    }

    async fn hear(&self, stop: &CancellationToken) -> anyhow::Result<()> {
        let (sink, mut heard) = mpsc::channel::<Bytes>(WAITING);
        let reading = async {
            while let Some(told) = heard.recv().await {
                self.instances.hear(&told);
            }
        };
        tokio::join!(self.bus.hear(heartbeat::TOPIC, sink, stop.clone()), reading);
        Ok(())
    }
}
