//! What operators need: dead letters that can be found, looked at, edited, replayed and discarded; operations that do so
//! with many at a rate; queues and instances at a glance. Its rows are its own; the rest of the mesh goes on without it.

mod config;

use axum::Router;
use bus::Shared;
use mesh::health::Health;
use mesh::problem;
use mesh::serve::Server;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use config::Config;

/// Serves `socket` until `shutdown`, then finishes what is in flight.
pub async fn run(
    _config: Config,
    shared: Shared,
    socket: TcpListener,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let server = Server { listener: socket, health: Health::new("operations"), grace: shared.grace };
    server.run(async { Ok(router()) }, shutdown).await
}

fn router() -> Router {
    Router::new().fallback(problem::no_such_path).method_not_allowed_fallback(problem::wrong_method)
}
