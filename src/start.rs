//! The start and the end of a process: sockets first, so that a taken port is said before anything is touched and the
//! services' real addresses are known; then the bus; then every service side by side. The end goes the other way
//! round: the doors close first, then the services that they call, then the bus.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use bus::{Bus, Shared};
use mesh::cache::Cache;
use mesh::config::{ConfigError, Env, Process};
use mesh::{shutdown, telemetry};
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::columns;
use crate::control::Control;
use crate::heartbeat::Heart;
use crate::lock::Lock;
use crate::member::{Handle, Member, State};
use crate::services::{Configured, Service, reachable};

/// What closing the bus and the stores may take after the services' own grace period.
const CLOSING: Duration = Duration::from_secs(2);

/// How long those who call others wait for them, which are ready in a few milliseconds or in none of these.
const HEAD_START: Duration = Duration::from_millis(300);

struct Bound {
    service: Service,
    socket: TcpListener,
    address: SocketAddr,
    store: String,
}

/// Runs `services` until a signal, or until one of them fails at its start. `began` is when the process did.
pub(crate) async fn run(env: &Env, services: &[Service], began: Instant) -> anyhow::Result<()> {
    let stopping = shutdown::on_signal().context("cannot listen for signals")?;
    let process = Process::from_env(env)?;
    let engine = bus::Config::from_env(env, &process)?;
    let is_whole = Service::ALL.iter().all(|service| services.contains(service));
    if engine.url.is_none() && !is_whole {
        bail!(alone(services));
    }
    let configured = configure(env, &process, services)?;
    let is_embedded = engine.url.is_none() || configured.iter().any(|(_, it)| it.is_embedded());
    let lock = is_embedded.then(|| Lock::take(&process.data)).transpose()?;
    let bound = bind(configured).await?;
    let control = (is_whole && lock.is_some()).then(|| control(&process.data)).flatten();

    let background = CancellationToken::new();
    let upkeep = tokio::spawn(telemetry::upkeep(background.clone()));
    let shared = Shared {
        bus: Bus::open(engine, background.clone()).await?,
        cache: cache(env)?,
        loopback_only: bound.iter().all(|it| it.address.ip().is_loopback()),
        grace: process.grace,
    };
    columns::print(&overview(&bound, &shared));
    let env = env.with_defaults(bound.iter().filter_map(url));
    let env = Arc::new(if process.production { env.with_defaults(elsewhere()) } else { env });
    let mut running = Running::start(bound, &env, &process, &shared);
    let heart = Heart::start(&process, began, &running.members, &shared.bus);
    let control = control.map(|it| tokio::spawn(it.serve(running.members.clone(), background.clone())));

    let announced = announce(running.members.clone(), began);
    let ended = tokio::select! {
        () = stopping.cancelled() => Ok(()),
        error = running.failed() => Err(error),
        never = announced => match never {},
    };
    drain(running, heart, &shared).await;
    background.cancel();
    let _ = upkeep.await;
    if let Some(control) = control {
        let _ = control.await;
    }
    ended
}

/// Without it everything runs but the demo, so it is not worth ending for.
fn control(data: &Path) -> Option<Control> {
    let bound = Control::bind(data);
    bound.inspect_err(|error| tracing::warn!("`switchboard demo` is not available: {error:#}")).ok()
}

fn alone(services: &[Service]) -> String {
    let names: Vec<_> = services.iter().map(|service| service.name()).collect();
    format!(
        "RABBITMQ_URL: must be set, because a process with only {} meets the others on RabbitMQ; for everything in one \
         process without RabbitMQ, run `switchboard up`",
        names.join(" and ")
    )
}

fn configure(env: &Env, process: &Process, services: &[Service]) -> Result<Vec<(Service, Configured)>, ConfigError> {
    let configured = |service: &Service| Ok((*service, Configured::from_env(*service, env, process)?));
    services.iter().map(configured).collect()
}

async fn bind(configured: Vec<(Service, Configured)>) -> anyhow::Result<Vec<Bound>> {
    let mut bound = Vec::new();
    for (service, config) in configured {
        let (wanted, variable) = (config.address(), service.address_variable());
        let socket = TcpListener::bind(wanted).await.map_err(|error| {
            let why = match error.kind() {
                std::io::ErrorKind::AddrInUse => "is taken by another program".to_owned(),
                _ => format!("cannot be bound: {error}"),
            };
            ConfigError::new(&variable, format!("{wanted} {why}; set {variable} to another address"))
        })?;
        let address = socket.local_addr()?;
        bound.push(Bound { service, socket, address, store: config.store() });
    }
    Ok(bound)
}

/// Where the route table finds a service of this very process, unless it was told otherwise.
fn url(bound: &Bound) -> Option<(String, String)> {
    Some((bound.service.url_variable()?, bound.service.url(bound.address)))
}

/// In production the route table must not find a service of another process by a default such as
/// `${LOGGER_URL:-grpc://127.0.0.1:50001}`. What stands for it instead is no URL, so that the table's reader refuses it
/// where it is used, with file and line.
fn elsewhere() -> impl Iterator<Item = (String, String)> {
    let unset = |variable: String| {
        let sentence = format!("{variable} must be set when SWITCHBOARD_ENV=production");
        (variable, sentence)
    };
    Service::ALL.into_iter().filter_map(Service::url_variable).map(unset)
}

/// Redis and the prefix of its keys; optional everywhere, because it only ever holds what may be lost.
pub(crate) fn cache_url(env: &Env) -> Result<(Option<SecretString>, String), ConfigError> {
    let prefix = env.string("REDIS_PREFIX", "switchboard:");
    if env.variables().get("REDIS_URL").is_some_and(|url| url.starts_with("rediss://")) {
        let detail = "TLS to Redis is not supported yet: write redis:// and keep it in a network that you trust, or \
             leave REDIS_URL out to keep hints in memory";
        return Err(ConfigError::new("REDIS_URL", detail));
    }
    Ok((env.engine_url("REDIS_URL", &["redis"])?, prefix))
}

fn cache(env: &Env) -> anyhow::Result<Cache> {
    let (url, prefix) = cache_url(env)?;
    url.map_or_else(|| Ok(Cache::in_memory()), |url| Cache::redis(&url, &prefix))
}

fn overview(bound: &[Bound], shared: &Shared) -> String {
    let mut rows = vec![["service", "address", "store"].map(str::to_owned)];
    rows.extend(bound.iter().map(|it| [it.service.name().to_owned(), it.service.url(it.address), it.store.clone()]));
    rows.push(["bus".to_owned(), "-".to_owned(), shared.bus.describe()]);
    columns::aligned(&rows)
}

/// Says once how long the start took; never ends.
async fn announce(members: Arc<[Handle]>, began: Instant) -> std::convert::Infallible {
    all_ready(&members).await;
    columns::print(&format!("ready in {} ms\n", began.elapsed().as_millis()));
    if let Some(broker) = members.iter().find(|member| member.service == Service::Broker) {
        columns::print(&format!("try it: curl -X POST {}/\n", reachable(broker.address)));
    }
    std::future::pending().await
}

async fn drain(mut running: Running, heart: Heart, shared: &Shared) {
    heart.stopping();
    let all = async {
        running.doors.stop().await;
        running.behind.stop().await;
        heart.stop().await;
        shared.bus.close().await;
    };
    if tokio::time::timeout(shared.grace + CLOSING, all).await.is_err() {
        tracing::warn!(
            "stopped with work still in hand after SWITCHBOARD_GRACE; what was accepted is kept by the queue"
        );
    }
}

async fn all_ready(members: &[Handle]) {
    for member in members {
        member.reached(State::Ready).await;
    }
}

/// Every member of this process, the doors apart from what they call.
struct Running {
    members: Arc<[Handle]>,
    doors: Group,
    behind: Group,
}

#[derive(Default)]
struct Group {
    token: CancellationToken,
    tasks: JoinSet<anyhow::Result<()>>,
}

impl Running {
    fn start(bound: Vec<Bound>, env: &Arc<Env>, process: &Process, shared: &Shared) -> Self {
        let (mut doors, mut behind) = (Group::default(), Group::default());
        let start = |it: Bound, group: &Group| {
            Member::new(it.service, it.address, env, process, shared).keep(it.socket, group.token.clone())
        };
        let (first, then): (Vec<_>, Vec<_>) = bound.into_iter().partition(|it| !it.service.calls_others());
        let mut members = Vec::new();
        for it in first {
            let (handle, kept) = start(it, &behind);
            behind.tasks.spawn(kept);
            members.push(handle);
        }
        let called: Arc<[Handle]> = members.clone().into();
        for it in then {
            let group = if it.service.is_door() { &mut doors } else { &mut behind };
            let (handle, kept) = start(it, group);
            let called = called.clone();
            group.tasks.spawn(async move {
                let _ = tokio::time::timeout(HEAD_START, all_ready(&called)).await;
                kept.await
            });
            members.push(handle);
        }
        members.sort_by_key(|it| it.service);
        Self { members: members.into(), doors, behind }
    }

    /// The first failure of a start; waits for ever where there is none.
    async fn failed(&mut self) -> anyhow::Error {
        tokio::select! {
            error = self.doors.failed() => error,
            error = self.behind.failed() => error,
        }
    }
}

impl Group {
    async fn failed(&mut self) -> anyhow::Error {
        while let Some(ended) = self.tasks.join_next().await {
            match ended {
                Ok(Ok(())) => {}
                Ok(Err(error)) => return error,
                Err(error) => return error.into(),
            }
        }
        std::future::pending().await
    }

    async fn stop(&mut self) {
        self.token.cancel();
        while self.tasks.join_next().await.is_some() {}
    }
}
