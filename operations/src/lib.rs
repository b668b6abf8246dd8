//! What operators need: dead letters that can be found, looked at, edited, replayed and discarded; operations that do so
//! with many at a rate; queues and instances at a glance. Its rows are its own; the rest of the mesh goes on without it.

mod admin;
mod alarms;
mod audit;
mod config;
mod door;
mod drain;
mod glance;
mod heartbeats;
mod instances;
mod letters;
mod loads;
mod looks;
mod members;
mod operations;
mod pages;
mod queues;
mod sweep;

use std::sync::{Arc, OnceLock};

use axum::Router;
use bus::{Outbox, Shared};
use mesh::db::{Db, Place};
use mesh::health::Health;
use mesh::identity::Verifier;
use mesh::problem;
use mesh::serve::Server;
use mesh::shutdown::{supervise, until_open};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc};
use tokio_util::sync::CancellationToken;

use crate::door::Door;
use crate::instances::Instances;
use crate::looks::Looks;

pub use config::Config;

/// Names of services that may wait to be looked at.
const TOLD: usize = 1_000;

/// Serves `socket` until `shutdown`, then finishes what is in flight.
pub async fn run(
    config: Config,
    shared: Shared,
    socket: TcpListener,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let health = Health::new("operations");
    let server = Server { listener: socket, health: health.clone(), grace: shared.grace };
    // However the server ends, what runs beside it ends with it.
    let stop = shutdown.child_token();
    let _guard = stop.clone().drop_guard();
    let verifier = Verifier::new(vec![config.issuer.clone()], &stop)?;
    let running = OnceLock::new();
    let build = async {
        let Some(door) = until_open(&shutdown, || enter(&config, &shared, &verifier)).await else {
            return Ok(Router::new());
        };
        let db = door.db.clone();
        running.get_or_init(|| (db, tokio::spawn(beside(door.clone(), health, stop.clone()))));
        Ok(router(door))
    };
    let served = server.run(build, shutdown.clone()).await;
    stop.cancel();
    if let Some((db, beside)) = running.into_inner() {
        // Letters in hand need their rows a little longer.
        if tokio::time::timeout(shared.grace, beside).await.is_err() {
            tracing::warn!("left dead letters or operations in hand: they are taken up again");
        }
        db.close().await;
    }
    served
}

async fn enter(config: &Config, shared: &Shared, verifier: &Verifier) -> anyhow::Result<Door> {
    let door = opened(config, shared, verifier).await?;
    operations::release_all(&door.db).await?;
    Ok(door)
}

/// Brings the tables up to date, as every start does; needs nothing else of the configuration.
pub async fn migrate(rows: &Place) -> anyhow::Result<()> {
    up_to_date(rows).await?.close().await;
    Ok(())
}

async fn up_to_date(rows: &Place) -> anyhow::Result<Db> {
    let db = Db::open(rows, sqlx::migrate!("migrations/postgres"), sqlx::migrate!("migrations/sqlite")).await?;
    bus::migrate(&db).await?;
    Ok(db)
}

async fn opened(config: &Config, shared: &Shared, verifier: &Verifier) -> anyhow::Result<Door> {
    let db = up_to_date(&config.rows).await?;
    let instances = Instances::new();
    Ok(Door {
        outbox: Outbox::new("operations", db.clone()),
        db,
        bus: shared.bus.clone(),
        verifier: verifier.clone(),
        kept: config.kept,
        lease: config.lease,
        asked: Arc::default(),
        looks: Looks::new(&shared.bus, &instances),
        instances,
    })
}

fn router(door: Door) -> Router {
    Router::new()
        .merge(letters::router())
        .merge(operations::router())
        .merge(glance::router())
        .fallback(problem::no_such_path)
        .method_not_allowed_fallback(problem::wrong_method)
        .with_state(door)
}

/// What goes on beside the calls, until `stop`.
async fn beside(door: Door, health: Health, stop: CancellationToken) {
    let (consuming, told) = mpsc::channel(TOLD);
    // Whichever run of the drain is the current one has the names.
    let told = Mutex::new(told);
    let watch = async || {
        door.db.watch(&health, &stop).await;
        Ok(())
    };
    let queue = async || {
        stop.run_until_cancelled(door.bus.watch(&health)).await;
        Ok(())
    };
    let drain = async || drain::run(&door, &mut *told.lock().await, &stop).await;
    tokio::join!(
        supervise("operations.watch", &stop, watch),
        supervise("operations.queue", &stop, queue),
        supervise("operations.outbox", &stop, || door.outbox.run(&door.bus, &stop)),
        supervise("operations.heartbeats", &stop, || heartbeats::run(&door, &consuming, &stop)),
        supervise("operations.look", &stop, || door.looks.run(&stop)),
        supervise("operations.drain", &stop, drain),
        supervise("operations.worker", &stop, || operations::run(&door, &stop)),
        supervise("operations.sweep", &stop, || sweep::run(&door, &stop)),
    );
}

#[cfg(test)]
mod tests;
