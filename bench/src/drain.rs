//! Draining: events are sent while the logger is away, then it comes back, and the listener brings them to it in
//! batches. On the embedded queue, and on RabbitMQ where there is one.

use std::time::{Duration, Instant};

use anyhow::{bail, ensure};
use http::StatusCode;

use crate::figures::{aim, median};
use crate::load::{self, Budget, Target};
use crate::mesh::Mesh;
use crate::virtual_host::VirtualHost;

const EVENTS: u64 = 50_000;
const ROUNDS: usize = 3;
const LOOK: Duration = Duration::from_millis(5);
const PATIENCE: Duration = Duration::from_secs(120);

struct Drained {
    accepted_per_second: f64,
    /// From the logger's return to the first entry: the paused listener probes at intervals.
    noticed: Duration,
    stored_per_second: f64,
    cpu_micros: f64,
    peak_megabytes: f64,
}

pub(crate) async fn run() -> anyhow::Result<()> {
    let embedded = rounds("embedded", &[]).await?;
    match VirtualHost::create() {
        Ok(host) => {
            rounds("RabbitMQ", &[("RABBITMQ_URL", &host.url)]).await?;
        }
        Err(error) => println!("RabbitMQ is not to be had ({error:#}): draining it is left out"),
    }
    let value = format!("{embedded:.0}");
    aim("events a second through the listener, embedded", "at least 10000", &value, embedded >= 10_000.0);
    Ok(())
}

/// The median of entries stored a second.
async fn rounds(engine: &str, variables: &[(&str, &str)]) -> anyhow::Result<f64> {
    println!("\ndraining {EVENTS} events, {engine}, all-in-one");
    let mut all = Vec::new();
    for _ in 0..ROUNDS {
        let drained = drain(variables).await?;
        println!(
            "accepted {:.0}/s; noticed after {} ms; stored {:.0}/s, {:.1} us CPU each; peak {:.0} MB",
            drained.accepted_per_second,
            drained.noticed.as_millis(),
            drained.stored_per_second,
            drained.cpu_micros,
            drained.peak_megabytes
        );
        all.push(drained.stored_per_second);
    }
    Ok(median(all))
}

async fn drain(variables: &[(&str, &str)]) -> anyhow::Result<Drained> {
    let mesh = Mesh::all_in_one(variables).await?;
    let away = mesh.without("logger").await?;
    let target = Target::new(mesh.address("broker")?, "/v1/events/logs", StatusCode::ACCEPTED);
    let accepted = load::run(&target, &Budget::requests(EVENTS)).await?;
    ensure!(mesh.stored().await? == 0, "something was stored while the logger was away");
    away.back().await?;
    let returned = Instant::now();
    let (first, before) = (until_stored(&mesh, 1).await?, mesh.stored().await?);
    let cpu = mesh.process.cpu()?;
    let last = until_stored(&mesh, EVENTS).await?;
    let cpu = mesh.process.cpu()? - cpu;
    ensure!(mesh.stored().await? == EVENTS, "more was stored than was sent");
    let stored = (EVENTS - before) as f64;
    let drained = Drained {
        accepted_per_second: accepted.per_second(),
        noticed: first - returned,
        stored_per_second: stored / (last - first).as_secs_f64(),
        cpu_micros: cpu.as_secs_f64() * 1e6 / stored,
        peak_megabytes: mesh.process.peak_megabytes()?,
    };
    mesh.process.stop().await?;
    Ok(drained)
}

async fn until_stored(mesh: &Mesh, number: u64) -> anyhow::Result<Instant> {
    let began = Instant::now();
    while mesh.stored().await? < number {
        if began.elapsed() > PATIENCE {
            bail!("{} of {number} events are stored after {} s", mesh.stored().await?, PATIENCE.as_secs());
        }
        tokio::time::sleep(LOOK).await;
    }
    Ok(Instant::now())
}
