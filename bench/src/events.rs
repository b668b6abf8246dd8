//! The event path: `POST /v1/events/logs` from 64 connections, answered when RabbitMQ has the event, against lapin alone
//! publishing from 64 tasks into the same queue, and against an axum handler that does nothing but publish with lapin.
//! Nobody consumes meanwhile.

use http::StatusCode;

use crate::baseline;
use crate::figures::{self, ROUND, ROUNDS, Round, Subject, WARM_UP, aim};
use crate::load::{Budget, Target};
use crate::mesh::Mesh;
use crate::plain_lapin::PlainLapin;
use crate::virtual_host::VirtualHost;

const QUEUE: &str = "v1.listener.store-logs";

pub(crate) async fn run() -> anyhow::Result<()> {
    let host = match VirtualHost::create() {
        Ok(host) => host,
        Err(error) => {
            println!("RabbitMQ is not to be had ({error:#}): the event path is left out");
            return Ok(());
        }
    };
    // The logger is there for its descriptors, by which events are checked at the door.
    let logger = Mesh::serve("logger", &[("RABBITMQ_URL", &host.url)]).await?;
    let url = format!("grpc://{}", logger.address("logger")?);
    let broker = Mesh::serve("broker", &[("RABBITMQ_URL", &host.url), ("LOGGER_URL", &url)]).await?;
    let hello = baseline::start_with_queue(&host.url).await?;
    let target = Target::new(broker.address("broker")?, "/v1/events/logs", StatusCode::ACCEPTED);
    let lapin = PlainLapin::connect(&host.url).await?;
    let mut alone = Subject::new("lapin alone, 64 tasks");
    let mut bare = Subject::new("axum and lapin, nothing else");
    let mut events = Subject::new("POST /v1/events/logs, broker alone");
    for round in 0..ROUNDS {
        println!("event path: round {} of {ROUNDS}", round + 1);
        lapin.publish(&Budget::time(WARM_UP)).await?;
        let seen = lapin.publish(&Budget::time(ROUND)).await?;
        alone.rounds.push(Round::new(&seen, None));
        lapin.purge(QUEUE).await?;
        bare.rounds.push(Round::over_http(&hello.target, &hello.process).await?);
        lapin.purge(QUEUE).await?;
        events.rounds.push(Round::over_http(&target, &broker.process).await?);
        lapin.purge(QUEUE).await?;
    }
    bare.peak_megabytes = Some(hello.process.peak_megabytes()?);
    events.peak_megabytes = Some(broker.process.peak_megabytes()?);
    let ratio = events.per_second() / alone.per_second();
    figures::print("event path on RabbitMQ, 64 at a time", &[alone, bare, events]);
    aim("events accepted, against lapin alone", "at least 0.8", &format!("{ratio:.2}"), ratio >= 0.8);
    Ok(())
}
