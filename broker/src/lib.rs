//! Front door 1: HTTP. A request is matched to a row of the route table, its parts become one JSON argument, the row's
//! line carries it, and the answer has one shape whatever the line was.

// A call's future nests a layer for each thing that is done around it, and a batch nests calls.
#![recursion_limit = "256"]

mod answer;
mod batch;
mod call;
mod calls;
mod carry;
mod cors;
mod front;
mod handle;
mod live;
mod openapi;
mod origin;
mod own;
mod panel;
mod passing;
mod queues;
mod request;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::{any, get, post};
use bus::Shared;
use mesh::config::{ConfigError, Env, Process};
use mesh::health::Health;
use mesh::serve::{Callers, Server};
use routing::Routing;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::calls::Calls;
use crate::origin::Proxies;
use crate::panel::Panel;

pub use calls::migrate;

/// Where the broker listens and which table it serves.
#[derive(Debug, Clone)]
pub struct Config {
    pub address: SocketAddr,
    routing: routing::Config,
    proxies: Proxies,
    /// Connections that one address may have open.
    connections: u64,
    calls: calls::Config,
    panel: Panel,
}

impl Config {
    pub fn from_env(env: &Env, process: &Process) -> Result<Self, ConfigError> {
        Ok(Self {
            address: env.address("BROKER_ADDR", 8080)?,
            routing: routing::Config::from_env(env)?.for_callers(process),
            proxies: Proxies::from_env(env)?,
            connections: env.number("SWITCHBOARD_CONNECTIONS_PER_ADDRESS", 1_000, (1, 10_000))?,
            calls: calls::Config::from_env(env, process)?,
            panel: Panel::from_env(env)?,
        })
    }

    /// With these files as the panel, instead of those inside of this program.
    #[must_use]
    pub fn with_panel(self, files: ::panel::Files) -> Self {
        Self { panel: self.panel.with(files), ..self }
    }

    /// Whether kept calls go to a file in the data folder.
    pub fn is_embedded(&self) -> bool {
        self.calls.is_embedded()
    }

    /// For how long keys count, and answers under them are kept.
    pub fn kept(&self) -> Duration {
        self.calls.kept()
    }

    /// What a person is told of what the broker keeps.
    pub fn store(&self) -> String {
        format!("{}, routes {}", self.calls.describe(), self.routing.describe())
    }
}

/// What every request needs.
struct Broker {
    routing: Routing,
    proxies: Proxies,
    calls: Calls,
    panel: Panel,
    seats: live::Seats,
    /// Ends streams that would otherwise go on for as long as their reader.
    stopping: CancellationToken,
}

/// Serves the front door until `shutdown`; fails at once where the route table is wrong.
pub async fn run(
    config: Config,
    shared: Shared,
    socket: TcpListener,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let health = Health::new("broker");
    let callers = callers(&config);
    let routing = Routing::open(config.routing, &shared, "/broker", health.clone(), shutdown.clone()).await?;
    let declared = CancellationToken::new();
    let queues =
        queues::keep_declared(routing.clone(), shared.bus.clone(), health.clone(), declared.clone(), shutdown.clone());
    let (calls, opened) = (Calls::new(config.calls, shared.grace, shutdown.clone()), CancellationToken::new());
    let work = calls.run(&routing, &health, opened.clone());
    let broker = Broker {
        routing: routing.clone(),
        proxies: config.proxies,
        calls: calls.clone(),
        panel: config.panel,
        seats: live::Seats::default(),
        stopping: shutdown.clone(),
    };
    let server = Server { listener: socket, health: health.clone(), grace: shared.grace };
    let router = async {
        let both = async { tokio::join!(declared.cancelled(), opened.cancelled()) };
        let _ = tokio::time::timeout(queues::PATIENCE, both).await;
        Ok(router(&Arc::new(broker)))
    };
    let ((), (), served) = tokio::join!(queues, work, server.run_facing(callers, router, shutdown));
    calls.close().await;
    served
}

fn callers(config: &Config) -> Callers {
    let proxies = config.proxies.clone();
    let exempt = Arc::new(move |peer| proxies.trust(peer));
    Callers { connections_per_address: usize::try_from(config.connections).unwrap_or(usize::MAX), exempt }
}

fn router(broker: &Arc<Broker>) -> Router {
    let router = Router::new()
        .route("/", any(own::root))
        .route("/ping", any(own::ping))
        .route("/handle", post(handle::by_action))
        .route("/v1/calls/{id}", get(calls::status::look).delete(calls::status::cancel))
        .route("/v1/batch", post(batch::together))
        .route("/v1/live", get(live::watch))
        .route("/openapi.json", get(openapi::document))
        .method_not_allowed_fallback(own::wrong_method)
        .fallback(call::by_path)
        .with_state(Arc::clone(broker));
    front::behind(broker, router)
}
