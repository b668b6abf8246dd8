//! Questions while others wait: one process asks, one question at a time, first on empty queues and then beside work
//! queues that are full and slowly worked off. What waits there must not make whoever asks wait.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use bus::rpc::{Handler, Request, Server};
use bus::{Bus, Event, Outcome, Subscription, WorkQueue};
use futures::FutureExt;
use futures::stream::{self, StreamExt, TryStreamExt};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::figures::{self, Pace, Round, Subject, aim};
use crate::load::{BODY, Seen};
use crate::mesh::release_folder;
use crate::process::Process;
use crate::rpc::{self, over_bus};
use crate::virtual_host::VirtualHost;

/// The aim speaks of so many calls on empty queues, and of so many messages.
const CALLS: usize = 200;
const MESSAGES: usize = 100_000;
/// The same to see whether it runs.
const FEW: usize = 1_000;
const QUEUES: usize = 4;
/// Published at a time.
const AT_A_TIME: usize = 512;
const PATIENCE: Duration = Duration::from_secs(60);
/// What a slow consumer takes for one message.
const WORK: Duration = Duration::from_millis(100);

pub(crate) async fn run(pace: Pace) -> anyhow::Result<()> {
    let messages = if pace.rounds == 1 { FEW } else { MESSAGES };
    embedded(pace, messages).await?;
    match VirtualHost::of("waiting") {
        Ok(host) => over_rabbitmq(pace, messages, &host).await,
        Err(error) => {
            println!("RabbitMQ is not to be had ({error:#}): it is left out");
            Ok(())
        }
    }
}

/// Who asks is in one process with who answers, as in the all-in-one.
async fn embedded(pace: Pace, messages: usize) -> anyhow::Result<()> {
    let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(release_folder()?)?;
    let data = Path::to_str(folder.path()).context("the build has no readable name")?;
    let bus = over_bus::open("SWITCHBOARD_DATA", data).await?;
    let (answering, stop) = (bus.clone(), CancellationToken::new());
    let handler: Handler = Arc::new(|question: Request| async move { Ok(question.body) }.boxed());
    let server = Server { service: rpc::SERVICE.to_owned(), concurrency: 16, idempotent: true, handler };
    let stopped = stop.clone();
    let answered = tokio::spawn(async move { answering.answer(server, stopped).await });
    measure("embedded", pace, messages, &bus).await?;
    stop.cancel();
    answered.await?;
    bus.close().await;
    Ok(())
}

async fn over_rabbitmq(pace: Pace, messages: usize, host: &VirtualHost) -> anyhow::Result<()> {
    let _answering: Process = rpc::answering("answer-bus", &host.url).await?;
    let bus = over_bus::open("RABBITMQ_URL", &host.url).await?;
    measure("RabbitMQ", pace, messages, &bus).await?;
    bus.close().await;
    Ok(())
}

async fn measure(engine: &str, pace: Pace, messages: usize, bus: &Bus) -> anyhow::Result<()> {
    over_bus::until_answered(bus).await?;
    // Warms up.
    ask(bus, CALLS).await?;
    println!("waiting, {engine}: {CALLS} questions on empty queues");
    let empty = subject("nothing waits", &ask(bus, CALLS).await?);
    let stop = CancellationToken::new();
    let working = fill(bus, messages, &stop).await?;
    println!("waiting, {engine}: {} questions beside {} messages", pace.rounds * CALLS, waiting(bus).await?);
    let full = subject("work queues are full", &ask(bus, pace.rounds * CALLS).await?);
    let left = waiting(bus).await?;
    stop.cancel();
    for worker in working {
        worker.await?;
    }
    let ratio = full.p99() / empty.p50();
    let calm = empty.p99() / empty.p50();
    figures::print(&format!("questions on {engine}, one at a time, {left} messages waiting"), &[empty, full]);
    let value = format!("{ratio:.2} x (with nothing waiting {calm:.2} x)");
    aim(&format!("p99 on {engine} against the p50 of {CALLS} on empty queues"), "at most 2 x", &value, ratio <= 2.0);
    Ok(())
}

fn subject(name: &'static str, seen: &Seen) -> Subject {
    let mut subject = Subject::new(name);
    subject.rounds.push(Round::new(seen, None));
    subject
}

/// One at a time.
async fn ask(bus: &Bus, calls: usize) -> anyhow::Result<Seen> {
    let (began, mut latencies) = (Instant::now(), Vec::with_capacity(calls));
    for number in 0..calls {
        let began = Instant::now();
        over_bus::ask(bus.clone(), number as u64).await?;
        latencies.push(began.elapsed().as_micros() as u32);
    }
    Ok(Seen::new(began, latencies))
}

fn queues() -> [WorkQueue; QUEUES] {
    std::array::from_fn(|number| WorkQueue::new("bench", &format!("waiting-{number}"), [format!("waiting.{number}")]))
}

/// Fills the queues and begins to work them off, one message at a time each.
async fn fill(bus: &Bus, messages: usize, stop: &CancellationToken) -> anyhow::Result<Vec<JoinHandle<()>>> {
    bus.declare(&queues()).await?;
    let publishing =
        stream::iter(0..messages).map(Ok::<_, anyhow::Error>).try_for_each_concurrent(AT_A_TIME, |number| async move {
            let event = Event::new(format!("waiting.{}", number % QUEUES), "/bench", BODY);
            Ok(bus.publish(&event, tokio::time::Instant::now() + PATIENCE).await?)
        });
    publishing.await?;
    let slow: bus::Handler = Arc::new(|deliveries| {
        async move {
            tokio::time::sleep(WORK).await;
            vec![Outcome::Done; deliveries.len()]
        }
        .boxed()
    });
    let working = queues().map(|queue| {
        let (bus, slow, stop) = (bus.clone(), slow.clone(), stop.clone());
        tokio::spawn(async move { bus.subscribe(Subscription::new(queue), slow, stop).await })
    });
    Ok(working.into())
}

async fn waiting(bus: &Bus) -> anyhow::Result<u64> {
    let mut all = 0;
    for queue in queues() {
        all += bus.depth(&queue.name).await?.unwrap_or(0);
    }
    Ok(all)
}
