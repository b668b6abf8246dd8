//! Every fault that a mesh of one's own can have: which there are in which way of running, how each is begun, and how it is
//! undone. What was killed is started again by the healing, as whoever watches over processes would do it.

use std::time::Duration;

use anyhow::Context;

use super::Rig;
use super::away::Away;
use super::engines::{Queue, Rows};
use super::process::Process;
use super::way::{UP, Way};
use crate::target::Fault;

/// By how much the slow network delays everything.
const DELAY: Duration = Duration::from_millis(500);

/// Names are of services, or of a single process.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Kill(&'static str),
    Stop(&'static str),
    /// With events in hand that this service of the process was away for.
    KillInHand(&'static str),
    KillQueue,
    StopQueue,
    CloseConnections,
    MemoryAlarm,
    Cut,
    HalfOpen,
    Delay,
    RestartPostgres,
    KillPostgres,
    KillMongo,
    KillRedis,
    FlushRedis,
    FillDisk,
}

impl Kind {
    fn shown(&self) -> Fault {
        let (name, what) = match self {
            Self::Kill(name) => (format!("kill-{name}"), format!("kill -9 of {name}, started again by the healing")),
            Self::Stop(name) => (format!("stop-{name}"), format!("SIGSTOP of {name}, then SIGCONT")),
            Self::KillInHand(name) => {
                let what = format!("{name} is stopped, and then kill -9 of the process, with events in hand");
                ("kill-in-hand".to_owned(), what)
            }
            other => {
                let (name, what) = other.of_engines();
                (name.to_owned(), what.to_owned())
            }
        };
        Fault { name, what }
    }

    fn of_engines(&self) -> (&'static str, &'static str) {
        match self {
            Self::Kill(_) | Self::Stop(_) | Self::KillInHand(_) => ("", ""),
            Self::KillQueue => ("kill-queue", "kill -9 of RabbitMQ"),
            Self::StopQueue => ("stop-queue", "SIGSTOP of RabbitMQ, then SIGCONT"),
            Self::CloseConnections => ("close-connections", "rabbitmqctl close_all_connections"),
            Self::MemoryAlarm => ("memory-alarm", "rabbitmqctl set_vm_memory_high_watermark 0.00001"),
            Self::Cut => ("cut", "the network to RabbitMQ is cut"),
            Self::HalfOpen => ("half-open", "the network to RabbitMQ takes everything and carries nothing"),
            Self::Delay => ("delay", "the network to RabbitMQ is 500 ms slower"),
            Self::RestartPostgres => ("restart-postgres", "pg_ctl restart -m immediate"),
            Self::KillPostgres => ("kill-postgres", "pg_ctl stop -m immediate"),
            Self::KillMongo => ("kill-mongo", "kill -9 of MongoDB, or of what stands in for it"),
            Self::KillRedis => ("kill-redis", "kill -9 of Redis, which comes back empty"),
            Self::FlushRedis => ("flush-redis", "FLUSHALL"),
            Self::FillDisk => ("full-disk", "the disk under SQLite is full"),
        }
    }
}

/// Every fault that a mesh can have that runs this way; a full disk only where one of its own may be mounted.
pub fn faults(way: Way) -> Vec<Fault> {
    kinds(way).iter().map(Kind::shown).collect()
}

fn kinds(way: Way) -> Vec<Kind> {
    let mut all = Vec::new();
    for name in way.breakable() {
        all.extend([Kind::Kill(name), Kind::Stop(name)]);
    }
    if way.is_one_process() {
        all.push(Kind::KillInHand("logger"));
    }
    if way.has_queue() {
        all.extend([Kind::KillQueue, Kind::StopQueue, Kind::CloseConnections, Kind::MemoryAlarm]);
        all.extend([Kind::Cut, Kind::HalfOpen, Kind::Delay]);
    }
    if way.has_rows_here() {
        all.push(Kind::FillDisk);
    } else {
        all.extend([Kind::RestartPostgres, Kind::KillPostgres, Kind::KillMongo, Kind::KillRedis, Kind::FlushRedis]);
    }
    all
}

impl Rig {
    /// Every fault that can be had here.
    pub fn faults(&self) -> Vec<Fault> {
        let can_be_full = self.disk.is_some();
        kinds(self.way).iter().filter(|kind| can_be_full || **kind != Kind::FillDisk).map(Kind::shown).collect()
    }

    fn kind(&self, fault: &Fault) -> anyhow::Result<Kind> {
        let found = kinds(self.way).into_iter().find(|kind| kind.shown().name == fault.name);
        found.with_context(|| format!("there is no fault '{}' here", fault.name))
    }

    pub async fn inject(&mut self, fault: &Fault) -> anyhow::Result<()> {
        match self.kind(fault)? {
            Kind::Kill(name) => {
                for process in self.called(name) {
                    process.kill().await?;
                }
            }
            Kind::Stop(name) => self.called(name).for_each(|process| process.pause()),
            Kind::KillInHand(name) => self.away = Some(Away::take(&self.data, name).await?),
            Kind::KillQueue => self.queue()?.node.kill().await?,
            Kind::StopQueue => self.queue()?.node.pause(),
            Kind::CloseConnections => self.queue()?.node.close_connections().await?,
            Kind::MemoryAlarm => self.queue()?.node.memory_alarm(true).await?,
            Kind::Cut => self.queue()?.proxy.cut(),
            Kind::HalfOpen => self.queue()?.proxy.half_open(),
            Kind::Delay => self.queue()?.proxy.delay(DELAY),
            Kind::RestartPostgres => {
                self.rows()?.postgres.kill().await?;
                self.rows()?.postgres.restart().await?;
            }
            Kind::KillPostgres => self.rows()?.postgres.kill().await?,
            Kind::KillMongo => self.rows()?.mongo.kill().await?,
            Kind::KillRedis => self.rows()?.redis.kill().await?,
            Kind::FlushRedis => self.rows()?.redis.flush().await?,
            Kind::FillDisk => self.disk.as_ref().context("there is no disk to fill")?.fill()?,
        }
        Ok(())
    }

    /// Does not wait until everything is well again: that is what is measured.
    pub async fn heal(&mut self, fault: &Fault) -> anyhow::Result<()> {
        match self.kind(fault)? {
            Kind::Kill(name) => {
                for process in self.called(name).filter(|process| !process.is_running()) {
                    process.start()?;
                }
            }
            Kind::Stop(name) => self.called(name).for_each(|process| process.resume()),
            Kind::KillInHand(_) => {
                for process in self.called(UP) {
                    process.kill().await?;
                    process.start()?;
                }
                self.away = None;
            }
            Kind::KillQueue => self.queue()?.node.restart().await?,
            Kind::StopQueue => self.queue()?.node.resume(),
            Kind::MemoryAlarm => self.queue()?.node.memory_alarm(false).await?,
            Kind::Cut | Kind::HalfOpen | Kind::Delay => self.queue()?.proxy.open(),
            Kind::KillPostgres => self.rows()?.postgres.restart().await?,
            Kind::KillMongo => self.rows()?.mongo.restart().await?,
            Kind::KillRedis => self.rows()?.redis.restart().await?,
            Kind::FillDisk => self.disk.as_ref().context("there is no disk to clear")?.clear()?,
            Kind::CloseConnections | Kind::RestartPostgres | Kind::FlushRedis => {}
        }
        Ok(())
    }

    /// The process of this name, or all those of this service.
    fn called(&mut self, name: &str) -> impl Iterator<Item = &mut Process> {
        self.processes.iter_mut().filter(move |process| process.name() == name || process.service() == name)
    }

    fn queue(&mut self) -> anyhow::Result<&mut Queue> {
        self.engines.queue.as_mut().context("there is no RabbitMQ here")
    }

    fn rows(&mut self) -> anyhow::Result<&mut Rows> {
        self.engines.rows.as_mut().context("there is no PostgreSQL here")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn names(way: Way) -> Vec<String> {
        faults(way).into_iter().map(|fault| fault.name).collect()
    }

    #[test]
    fn every_fault_has_a_name_of_its_own() {
        for way in [Way::Embedded, Way::Rabbitmq, Way::Engines] {
            let all = names(way);
            assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "{all:?}");
            assert!(faults(way).iter().all(|fault| !fault.what.is_empty() && !fault.name.contains(',')));
        }
    }

    #[test]
    fn what_a_way_of_running_has_can_be_broken() {
        assert_eq!(names(Way::Embedded), ["kill-up", "stop-up", "kill-in-hand", "full-disk"]);
        assert!(names(Way::Rabbitmq).contains(&"kill-queue".to_owned()));
        let engines = names(Way::Engines);
        for name in ["kill-logger", "kill-logger-1", "stop-broker", "memory-alarm", "kill-mongo", "flush-redis"] {
            assert!(engines.contains(&name.to_owned()), "{name}");
        }
        assert!(!engines.contains(&"full-disk".to_owned()), "the rows are in PostgreSQL");
    }
}
