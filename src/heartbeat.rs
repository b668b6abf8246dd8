//! The heartbeat of this process: which services it runs, how they do, and what it has done on the bus and at its doors,
//! told to whoever listens every few seconds. The last one, at a stop in good order, says that nobody need wait for more.

mod calls;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bus::Bus;
use bus::heartbeat::{EVERY, Heartbeat, Service, TOPIC};
use chrono::{DateTime, Utc};
use futures::future::join_all;
use mesh::config::Process;
use mesh::{shutdown, telemetry};
use serde_json::Value;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::cli::VERSION;
use crate::client::Http;
use crate::member::{Handle, State};
use crate::services::reachable;

/// How long a service may take to say how it does.
const PATIENCE: Duration = Duration::from_secs(1);

pub(crate) struct Heart {
    stopping: CancellationToken,
    stopped: CancellationToken,
    beating: JoinHandle<()>,
}

impl Heart {
    /// Beats until it is stopped. `began` is when the process did.
    pub(crate) fn start(process: &Process, began: Instant, members: &Arc<[Handle]>, bus: &Bus) -> Self {
        let (stopping, stopped) = (CancellationToken::new(), CancellationToken::new());
        let pulse = Pulse {
            instance: process.instance.clone(),
            started_at: Utc::now() - began.elapsed(),
            members: members.clone(),
            bus: bus.clone(),
            stopping: stopping.clone(),
        };
        let until = stopped.clone();
        let beating = tokio::spawn(async move {
            shutdown::supervise("heartbeat", &until, || pulse.beat(&until)).await;
            pulse.tell(true).await;
        });
        Self { stopping, stopped, beating }
    }

    /// Says at once that the process has begun to stop.
    pub(crate) fn stopping(&self) {
        self.stopping.cancel();
    }

    /// The last one; the bus has to be open still.
    pub(crate) async fn stop(self) {
        self.stopped.cancel();
        let _ = self.beating.await;
    }
}

struct Pulse {
    instance: String,
    started_at: DateTime<Utc>,
    members: Arc<[Handle]>,
    bus: Bus,
    stopping: CancellationToken,
}

impl Pulse {
    async fn beat(&self, until: &CancellationToken) -> anyhow::Result<()> {
        let mut tick = tokio::time::interval(EVERY);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut told_stopping = false;
        loop {
            tokio::select! {
                () = until.cancelled() => return Ok(()),
                () = self.stopping.cancelled(), if !told_stopping => told_stopping = true,
                _ = tick.tick() => {}
            }
            self.tell(false).await;
        }
    }

    async fn tell(&self, is_last: bool) {
        let heartbeat = Heartbeat {
            instance: self.instance.clone(),
            version: VERSION.to_owned(),
            started_at: self.started_at,
            sent_at: Utc::now(),
            is_last,
            services: join_all(self.members.iter().map(|member| self.service(member))).await,
            bus: self.bus.activity(),
            routes: calls::by_route(&telemetry::metrics_text()),
        };
        match serde_json::to_vec(&heartbeat) {
            Ok(body) => self.bus.tell(TOPIC, body.into()).await,
            Err(error) => tracing::error!("a heartbeat cannot be written: {error}"),
        }
    }

    async fn service(&self, member: &Handle) -> Service {
        let (state, degraded) = match member.state() {
            State::Ready if !self.stopping.is_cancelled() => health(member).await,
            State::Starting | State::Ready if self.stopping.is_cancelled() => {
                (State::Stopping.name().to_owned(), BTreeMap::new())
            }
            state => (state.name().to_owned(), BTreeMap::new()),
        };
        let (name, address) = (member.service.name().to_owned(), member.service.url(member.address));
        Service { name, address, state, degraded }
    }
}

/// What the service itself says, as it does to anybody outside.
async fn health(member: &Handle) -> (String, BTreeMap<String, String>) {
    let url = format!("http://{}/health/ready", reachable(member.address));
    // A new client each time: it keeps no connection, of which an address may have few.
    let answer = Http::new(PATIENCE).get(&url).await.ok().and_then(|(_, body)| serde_json::from_slice(&body).ok());
    let Some(answer): Option<Value> = answer else {
        let silence = ("health".to_owned(), "it does not answer".to_owned());
        return (State::Ready.name().to_owned(), BTreeMap::from([silence]));
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let degraded = answer["degraded"].as_object().into_iter().flatten();
    (text(&answer["status"]), degraded.map(|(part, reason)| (part.clone(), text(reason))).collect())
}
