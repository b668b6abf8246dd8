//! JSON to gRPC: `POST /v1/logs`, which is answered when the entry is on the disk, against axum alone and against nginx
//! in front of axum. Once as the all-in-one, and once with broker and logger as processes of their own, which shows what
//! the broker alone needs for a request.

use http::StatusCode;

use crate::baseline;
use crate::figures::{self, ROUNDS, Round, Subject, aim};
use crate::load::Target;
use crate::mesh::Mesh;
use crate::nginx;
use crate::process::Process;
use crate::virtual_host::VirtualHost;

struct Contender<'a> {
    subject: Subject,
    target: Target,
    process: &'a Process,
}

pub(crate) async fn run() -> anyhow::Result<()> {
    let hello = baseline::start().await?;
    let nginx = nginx::start(&hello).await?;
    let whole = Mesh::all_in_one(&[]).await?;
    let apart = Apart::start().await?;
    let contender =
        |name, target: &Target, process| Contender { subject: Subject::new(name), target: target.clone(), process };
    let mut all = vec![contender("axum hello", &hello.target, &hello.process)];
    all.extend(nginx.iter().map(|it| contender("nginx, one worker, before axum hello", &it.target, &it.process)));
    all.push(contender("POST /v1/logs, all-in-one, embedded", &logs(&whole)?, &whole.process));
    if let Some(apart) = &apart {
        let target = logs(&apart.broker)?;
        all.push(contender("POST /v1/logs, broker alone (its CPU only)", &target, &apart.broker.process));
    }
    for round in 0..ROUNDS {
        println!("JSON to gRPC: round {} of {ROUNDS}", round + 1);
        for contender in &mut all {
            contender.subject.rounds.push(Round::over_http(&contender.target, contender.process).await?);
        }
    }
    for contender in &mut all {
        contender.subject.peak_megabytes = Some(contender.process.peak_megabytes()?);
    }
    let subjects: Vec<_> = all.into_iter().map(|contender| contender.subject).collect();
    figures::print("JSON to gRPC, 64 connections", &subjects);
    judge(&subjects, nginx.is_some(), apart.is_some());
    Ok(())
}

/// Broker and logger as two processes, which needs a queue for them to meet on.
struct Apart {
    broker: Mesh,
    _logger: Mesh,
    _host: VirtualHost,
}

impl Apart {
    /// Nothing where there is no RabbitMQ.
    async fn start() -> anyhow::Result<Option<Self>> {
        let host = match VirtualHost::create() {
            Ok(host) => host,
            Err(error) => {
                println!("RabbitMQ is not to be had ({error:#}): the broker alone is left out");
                return Ok(None);
            }
        };
        let logger = Mesh::serve("logger", &[("RABBITMQ_URL", &host.url)]).await?;
        let url = format!("grpc://{}", logger.address("logger")?);
        let broker = Mesh::serve("broker", &[("RABBITMQ_URL", &host.url), ("LOGGER_URL", &url)]).await?;
        Ok(Some(Self { broker, _logger: logger, _host: host }))
    }
}

fn logs(mesh: &Mesh) -> anyhow::Result<Target> {
    Ok(Target::new(mesh.address("broker")?, "/v1/logs", StatusCode::CREATED))
}

fn judge(subjects: &[Subject], with_nginx: bool, with_broker: bool) {
    let hello = &subjects[0];
    let whole = &subjects[if with_nginx { 2 } else { 1 }];
    let speed = whole.per_second();
    aim("durable writes a second, all-in-one", "at least 10000", &format!("{speed:.0}"), speed >= 10_000.0);
    let p99 = whole.p99();
    aim("p99, all-in-one", "at most 15 ms", &format!("{p99:.1} ms"), p99 <= 15.0);
    let broker = subjects.last().filter(|_| with_broker).and_then(Subject::cpu_micros);
    if let (Some(broker), Some(hello)) = (broker, hello.cpu_micros()) {
        let ratio = broker / hello;
        aim("CPU of the broker per request", "at most 5 x axum hello", &format!("{ratio:.2} x"), ratio <= 5.0);
    }
}
