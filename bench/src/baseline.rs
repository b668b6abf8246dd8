//! The baseline: axum alone, which reads a small JSON body and answers with it. It runs as a process of its own, so that
//! its CPU and memory are read in the same way as Switchboard's. Given a queue, it also publishes what it reads with
//! lapin before it answers: what an event over HTTP costs at least.

use std::process::Stdio;
use std::sync::Arc;

use anyhow::Context;
use axum::body::Bytes;
use axum::serve::ListenerExt;
use axum::{Json, Router, routing};
use http::StatusCode;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::process::Command;

use crate::load::Target;
use crate::plain_lapin::PlainLapin;
use crate::process::Process;

const QUEUE_URL: &str = "BENCH_RABBITMQ_URL";

/// What the child process does.
pub(crate) async fn serve() -> anyhow::Result<()> {
    let hello = async |Json(body): Json<Value>| (StatusCode::CREATED, Json(body));
    let mut router = Router::new().route("/hello", routing::post(hello));
    if let Ok(url) = std::env::var(QUEUE_URL) {
        let lapin = Arc::new(PlainLapin::connect(&url).await?);
        router = router.route("/events", routing::post(move |body| publish(lapin, body)));
    }
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("hello  http://{}\nready in 0 ms", listener.local_addr()?);
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    axum::serve(listener, router).await?;
    Ok(())
}

async fn publish(lapin: Arc<PlainLapin>, body: Bytes) -> StatusCode {
    match lapin.publish_one(&body).await {
        Ok(()) => StatusCode::ACCEPTED,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

pub(crate) struct Hello {
    pub(crate) process: Process,
    pub(crate) target: Target,
}

/// axum alone.
pub(crate) async fn start() -> anyhow::Result<Hello> {
    spawn(command()?, "/hello", StatusCode::CREATED).await
}

/// axum and lapin.
pub(crate) async fn start_with_queue(url: &str) -> anyhow::Result<Hello> {
    let mut command = command()?;
    command.env(QUEUE_URL, url);
    spawn(command, "/events", StatusCode::ACCEPTED).await
}

fn command() -> anyhow::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("hello").stderr(Stdio::inherit());
    Ok(command)
}

async fn spawn(command: Command, path: &'static str, expected: StatusCode) -> anyhow::Result<Hello> {
    let (process, addresses) = Process::start(command).await?;
    let address = *addresses.get("hello").context("the baseline told no address")?;
    Ok(Hello { process, target: Target::new(address, path, expected) })
}
