//! The smallest service, and the example that teaches the others: exact arithmetic as JSON over HTTP, with a delay that
//! can be set, so that it stands in for any slow service outside.
//!
//! `GET /subtract/5,3` → `{"operation":"subtract","numbers":["5","3"],"result":"2"}`. Every number in an answer is a
//! string, whatever its size: JSON numbers are doubles to most readers and go wrong beyond 2^53.

mod arithmetic;
mod delay;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use mesh::config::{ConfigError, Process};
use mesh::health::Health;
use mesh::serve::Server;
use mesh::{Env, Error, problem};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::arithmetic::{Operation, Outcome};
use crate::delay::Delay;

/// How long a calculation may wait for a core; one itself takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Debug, Clone)]
pub struct Config {
    pub address: SocketAddr,
    delay: Delay,
}

impl Config {
    pub fn from_env(env: &Env, _: &Process) -> Result<Self, ConfigError> {
        Ok(Self { address: env.address("MATH_ADDR", 7090)?, delay: Delay::from_env(env)? })
    }

    /// Where rows go, for a person to read.
    pub fn store(&self) -> String {
        "nothing stored".to_owned()
    }
}

/// Serves `socket` until `shutdown`, then finishes what is in flight.
pub async fn run(
    config: Config,
    shared: bus::Shared,
    socket: TcpListener,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    serve(config, shared.grace, socket, shutdown).await
}

async fn serve(
    config: Config,
    grace: Duration,
    socket: TcpListener,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let server = Server { listener: socket, health: Health::new("math"), grace };
    let router = router(config.delay, shutdown.clone());
    server.run(async { Ok(router) }, shutdown).await
}

fn router(delay: Delay, shutdown: CancellationToken) -> Router {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let math = Math { delay, shutdown, cores: Arc::new(Semaphore::new(cores)) };
    Router::new()
        .route("/{operation}", get(calculate))
        .route("/{operation}/", get(calculate))
        .route("/{operation}/{numbers}", get(calculate))
        .fallback(problem::no_such_path)
        .method_not_allowed_fallback(problem::wrong_method)
        .with_state(math)
}

/// What every call shares.
#[derive(Clone)]
struct Math {
    delay: Delay,
    shutdown: CancellationToken,
    cores: Arc<Semaphore>,
}

#[derive(Deserialize)]
struct Question {
    operation: String,
    #[serde(default)]
    numbers: String,
}

#[derive(Debug, Serialize)]
struct Answer {
    operation: &'static str,
    numbers: Vec<String>,
    result: Outcome,
}

async fn calculate(
    State(math): State<Math>,
    question: Result<Path<Question>, PathRejection>,
) -> Result<Json<Answer>, Error> {
    let Path(question) = question.map_err(|error| Error::invalid("the path is not UTF-8").caused_by(error))?;
    let operation: Operation = question.operation.parse()?;
    let numbers = arithmetic::parse(&question.numbers)?;
    let shown = numbers.iter().map(arithmetic::show).collect();
    let result = math.on_a_core(move || operation.apply(&numbers)).await?;
    math.delay.wait(&math.shutdown).await;
    Ok(Json(Answer { operation: operation.name(), numbers: shown, result }))
}

impl Math {
    /// Runs `work` off the async threads, which have other calls to answer, and never more than the cores can do.
    async fn on_a_core<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let Ok(Ok(core)) = timeout(PATIENCE, Arc::clone(&self.cores).acquire_owned()).await else {
            return Err(Error::unavailable("too many calculations are waiting"));
        };
        // The work keeps its core also when the caller is gone.
        let working = spawn_blocking(move || {
            let _core = core;
            work()
        });
        working.await.map_err(Error::internal)?
    }
}

#[cfg(test)]
mod tests;
