//! Questions through Switchboard's bus, both sides, as its services ask and answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, ensure};
use bus::Bus;
use bus::rpc::{Request, Server};
use bytes::Bytes;
use futures::FutureExt;
use mesh::TraceContext;
use mesh::config::{Env, Process};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{IN_HAND, PATIENCE, QUESTION, SERVICE};
use crate::load::Seen;

/// What the child process does.
pub(crate) async fn answer() -> anyhow::Result<()> {
    let bus = open(&super::url()?).await?;
    let handler: bus::rpc::Handler = Arc::new(|question: Request| async move { Ok(question.body) }.boxed());
    let server = Server { service: SERVICE.to_owned(), concurrency: IN_HAND.into(), idempotent: true, handler };
    println!("ready in 0 ms");
    bus.answer(server, CancellationToken::new()).await;
    Ok(())
}

pub(super) struct Asking {
    bus: Bus,
    asked: Arc<AtomicU64>,
}

impl Asking {
    /// Returns once questions are answered.
    pub(super) async fn connect(url: &str) -> anyhow::Result<Self> {
        let asking = Self { bus: open(url).await?, asked: Arc::default() };
        let answered = async {
            while ask(asking.bus.clone(), 0).await.is_err() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(PATIENCE, answered).await.context("the bus answers no question")?;
        Ok(asking)
    }

    pub(super) async fn load(&self, in_flight: usize, time: Duration) -> anyhow::Result<Seen> {
        let (bus, asked) = (self.bus.clone(), Arc::clone(&self.asked));
        super::load(in_flight, time, move || ask(bus.clone(), asked.fetch_add(1, Ordering::Relaxed)).boxed()).await
    }
}

async fn open(url: &str) -> anyhow::Result<Bus> {
    let env = Env::new([("RABBITMQ_URL".to_owned(), url.to_owned())]);
    let config = bus::Config::from_env(&env, &Process::from_env(&env)?)?;
    Bus::open(config, CancellationToken::new()).await
}

async fn ask(bus: Bus, number: u64) -> anyhow::Result<()> {
    let question = Request {
        service: SERVICE.to_owned(),
        method: "echo".to_owned(),
        body: Bytes::from_static(QUESTION.as_bytes()),
        id: format!("{number:036}"),
        priority: 0,
        deadline: Instant::now() + PATIENCE,
        trace: TraceContext::new(),
        identity: None,
        origin: None,
    };
    let answer = bus.call(question).await.map_err(|error| anyhow::anyhow!(error.detail))?;
    ensure!(answer == QUESTION, "another answer than was asked for");
    Ok(())
}
