//! Questions over RabbitMQ: Switchboard's bus against lapin alone doing the same and against NestJS's own transport. In
//! each case one process asks and another one answers with what it was sent, over queues of the same type in a virtual
//! host of its own.

pub(crate) mod bare_lapin;
mod nestjs;
pub(crate) mod over_bus;

use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::Context;
use futures::future::BoxFuture;
use tokio::process::Command;
use tokio::task::JoinSet;

use crate::figures::{self, Pace, Round, Subject, aim};
use crate::load::{Budget, Seen};
use crate::process::Process;
use crate::virtual_host::VirtualHost;

/// Where the processes of a subject meet.
const RABBITMQ_URL: &str = "BENCH_RABBITMQ_URL";
/// What is asked, and answered.
const QUESTION: &str = crate::load::BODY;
/// The queue is `rpc.bench`, for everybody.
const SERVICE: &str = "bench";
/// Questions that the answering side has in hand at once.
const IN_HAND: u16 = 256;
/// Until a question has to be answered.
const PATIENCE: Duration = Duration::from_secs(30);
/// How many questions are under way at a time.
const IN_FLIGHT: [usize; 3] = [1, 64, 256];

pub(crate) async fn run(pace: Pace) -> anyhow::Result<()> {
    let hosts = match ["lapin", "bus", "nestjs"].map(VirtualHost::of) {
        [Ok(lapin), Ok(bus), Ok(nestjs)] => [lapin, bus, nestjs],
        [Err(error), ..] | [_, Err(error), _] | [.., Err(error)] => {
            println!("RabbitMQ is not to be had ({error:#}): questions are left out");
            return Ok(());
        }
    };
    let mut sides = Sides::start(&hosts.each_ref().map(|host| host.url.as_str())).await?;
    for in_flight in IN_FLIGHT {
        let subjects = sides.measure(pace, in_flight).await?;
        figures::print(&format!("questions over RabbitMQ, {in_flight} at a time"), &subjects);
        judge(&subjects, in_flight);
    }
    Ok(())
}

/// Who asks; the processes that answer end with it.
struct Sides {
    lapin: Answered<bare_lapin::Asking>,
    bus: Answered<over_bus::Asking>,
    /// Nothing where node or npm are missing.
    nestjs: Option<nestjs::Pair>,
}

struct Answered<T> {
    asking: T,
    _answering: Process,
}

impl Sides {
    async fn start([lapin, bus, nestjs]: &[&str; 3]) -> anyhow::Result<Self> {
        let nestjs = match nestjs::Pair::start(nestjs).await {
            Ok(pair) => Some(pair),
            Err(error) => {
                println!("NestJS is not to be had ({error:#}): it is left out");
                None
            }
        };
        let lapin = Answered {
            _answering: answering("answer-lapin", lapin).await?,
            asking: bare_lapin::Asking::connect(lapin).await?,
        };
        let bus =
            Answered { _answering: answering("answer-bus", bus).await?, asking: over_bus::Asking::connect(bus).await? };
        Ok(Self { lapin, bus, nestjs })
    }

    async fn measure(&mut self, pace: Pace, in_flight: usize) -> anyhow::Result<Vec<Subject>> {
        let mut subjects = vec![Subject::new("lapin alone"), Subject::new("Switchboard's bus")];
        subjects.extend(self.nestjs.as_ref().map(|_| Subject::new("NestJS microservices")));
        for round in 0..pace.rounds {
            println!("questions, {in_flight} at a time: round {} of {}", round + 1, pace.rounds);
            for time in [pace.warm_up, pace.round] {
                let mut seen =
                    vec![self.lapin.asking.load(in_flight, time).await?, self.bus.asking.load(in_flight, time).await?];
                if let Some(nestjs) = &mut self.nestjs {
                    seen.push(nestjs.load(in_flight, time).await?);
                }
                let is_counted = time == pace.round;
                for (subject, seen) in subjects.iter_mut().zip(&seen).filter(|_| is_counted) {
                    subject.rounds.push(Round::new(seen, None));
                }
            }
        }
        Ok(subjects)
    }
}

fn judge(subjects: &[Subject], in_flight: usize) {
    let [lapin, bus, others @ ..] = subjects else { return };
    if in_flight == 1 {
        let ratio = bus.p50() / lapin.p50();
        aim("p50 of a question, against lapin alone", "at most 1.2 x", &format!("{ratio:.2} x"), ratio <= 1.2);
    }
    for nestjs in others.iter().filter(|_| in_flight > 1) {
        let ratio = bus.per_second() / nestjs.per_second();
        let what = format!("questions a second, {in_flight} at a time, against NestJS");
        aim(&what, "at least 3 x", &format!("{ratio:.2} x"), ratio >= 3.0);
    }
}

/// This program once more, as the side that answers.
async fn answering(how: &str, url: &str) -> anyhow::Result<Process> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(how).env(RABBITMQ_URL, url).stderr(Stdio::inherit());
    let (process, _) = Process::start(command).await?;
    Ok(process)
}

fn url() -> anyhow::Result<String> {
    std::env::var(RABBITMQ_URL).with_context(|| format!("{RABBITMQ_URL} is not set"))
}

/// Asks with so many at a time, the next one when an answer is there.
async fn load<F>(in_flight: usize, time: Duration, ask: F) -> anyhow::Result<Seen>
where
    F: Fn() -> BoxFuture<'static, anyhow::Result<()>> + Clone + Send + 'static,
{
    let (began, budget) = (Instant::now(), Budget::time(time));
    let mut tasks = JoinSet::new();
    for _ in 0..in_flight {
        let (ask, budget) = (ask.clone(), budget.clone());
        tasks.spawn(async move {
            let mut latencies = Vec::with_capacity(1 << 14);
            while budget.take() {
                let began = Instant::now();
                ask().await?;
                latencies.push(began.elapsed().as_micros() as u32);
            }
            anyhow::Ok(latencies)
        });
    }
    let mut latencies = Vec::new();
    while let Some(done) = tasks.join_next().await {
        latencies.append(&mut done??);
    }
    Ok(Seen::new(began, latencies))
}
