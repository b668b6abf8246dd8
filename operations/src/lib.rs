//! What operators need: dead letters that can be found, looked at, edited, replayed and discarded; operations that do so
//! with many at a rate; queues and instances at a glance. Its rows are its own; the rest of the mesh goes on without it.

mod alarms;
mod config;
mod glance;
mod instances;
mod looks;
mod members;
mod queues;

use axum::Router;
use bus::Shared;
use mesh::health::Health;
use mesh::problem;
use mesh::serve::Server;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::glance::Glance;

pub use config::Config;

/// Serves `socket` until `shutdown`, then finishes what is in flight.
pub async fn run(
    _config: Config,
    shared: Shared,
    socket: TcpListener,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let server = Server { listener: socket, health: Health::new("operations"), grace: shared.grace };
    let glance = Glance::new(&shared.bus);
    // However the server ends, what runs beside it ends with it.
    let stop = shutdown.child_token();
    let _guard = stop.clone().drop_guard();
    let beside = tokio::spawn({
        let (glance, stop) = (glance.clone(), stop.clone());
        async move { glance.run(&stop).await }
    });
    let served = server.run(async { Ok(router(glance)) }, shutdown).await;
    stop.cancel();
    let _ = beside.await;
    served
}

fn router(glance: Glance) -> Router {
    Router::new()
        .merge(glance::router(glance))
        .fallback(problem::no_such_path)
        .method_not_allowed_fallback(problem::wrong_method)
}
