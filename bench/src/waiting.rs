//! Questions while others wait: registrations through the front door, which the broker asks the authenticator over the
//! queue, one at a time; first while nothing else is in the queue, then beside as many events as an outage of the logger
//! leaves there. What waits for one service must not make those wait who ask another one.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::ensure;
use bytes::Bytes;
use http::StatusCode;

use crate::figures::{self, Pace, Round, Subject, aim};
use crate::load::{self, Budget, Seen, Target};
use crate::mesh::Mesh;
use crate::virtual_host::VirtualHost;

/// The aim speaks of so many calls on empty queues, and of so many messages.
const CALLS: usize = 200;
const EVENTS: u64 = 100_000;
/// The same to see whether it runs.
const FEW: u64 = 1_000;
const REST: Duration = Duration::from_secs(10);

/// Answered by the authenticator before anything is hashed or written: what is left is the way there and back.
const QUESTION: &str = r#"{"email":"nobody","password":""}"#;
const ANSWER: StatusCode = StatusCode::BAD_REQUEST;

pub(crate) async fn run(pace: Pace) -> anyhow::Result<()> {
    measure("embedded", pace, &[]).await?;
    match VirtualHost::of("waiting") {
        Ok(host) => measure("RabbitMQ", pace, &[("RABBITMQ_URL", &host.url)]).await,
        Err(error) => {
            println!("RabbitMQ is not to be had ({error:#}): it is left out");
            Ok(())
        }
    }
}

async fn measure(engine: &str, pace: Pace, variables: &[(&str, &str)]) -> anyhow::Result<()> {
    let mesh = Mesh::all_in_one(variables).await?;
    let broker = mesh.address("broker")?;
    settled(broker).await?;
    println!("waiting, {engine}: {CALLS} questions while nothing waits");
    let empty = subject("nothing waits", &ask(broker, CALLS).await?);
    let events = if pace.rounds == 1 { FEW } else { EVENTS };
    let away = mesh.without("logger").await?;
    let target = Target::new(broker, "/v1/events/logs", StatusCode::ACCEPTED);
    load::run(&target, &Budget::requests(events)).await?;
    settled(broker).await?;
    println!("waiting, {engine}: {} questions beside {events} events", pace.rounds * CALLS);
    let full = subject("events wait for the logger", &ask(broker, pace.rounds * CALLS).await?);
    ensure!(mesh.stored().await? == 0, "something was stored while the logger was away");
    drop(away);
    let (ratio, calm) = (full.p99() / empty.p50(), empty.p99() / empty.p50());
    figures::print(&format!("questions one at a time, {engine}, {events} events waiting"), &[empty, full]);
    let value = format!("{ratio:.2} x (while nothing waits {calm:.2} x)");
    aim(
        &format!("p99 of a question beside {events} events against the p50 without, {engine}"),
        "at most 2 x",
        &value,
        ratio <= 2.0,
    );
    mesh.process.stop().await
}

/// Warm, and at rest: what is measured is that events wait, not that they were just published, which the engine goes on
/// writing to its segments for some seconds, nor that everything was just started.
async fn settled(broker: SocketAddr) -> anyhow::Result<()> {
    tokio::time::sleep(REST).await;
    ask(broker, CALLS).await?;
    Ok(())
}

fn subject(name: &'static str, seen: &Seen) -> Subject {
    let mut subject = Subject::new(name);
    subject.rounds.push(Round::new(seen, None));
    subject
}

/// One at a time, on one connection.
async fn ask(broker: SocketAddr, calls: usize) -> anyhow::Result<Seen> {
    let began = Instant::now();
    let asking = async |sender: &mut load::Sender| {
        let mut latencies = Vec::with_capacity(calls);
        for _ in 0..calls {
            let began = Instant::now();
            let answer = load::ask(sender, load::post("/v1/users", Bytes::from_static(QUESTION.as_bytes()))?).await?;
            latencies.push(began.elapsed().as_micros() as u32);
            let (status, told) = (answer.status(), String::from_utf8_lossy(answer.body()));
            ensure!(status == ANSWER, "a registration without a password was answered {status}: {told}");
        }
        Ok(latencies)
    };
    Ok(Seen::new(began, load::over_connection(broker, asking).await?))
}
