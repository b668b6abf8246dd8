//! The faults of a run, one after another: begun, held, healed, and then waited for until the install is well again and takes
//! every kind of work. A fault that was begun is healed, also when the run is broken off.

use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::client::Client;
use crate::progress::Progress;
use crate::target::{Fault, Target};
use crate::workload::Workload;

/// How often the install is looked at while it heals.
const LOOK: Duration = Duration::from_millis(50);
/// The part of a fault's time that it is held for, in hundredths; the rest shows what comes after.
const HELD: u32 = 40;
/// How long work goes on before the first fault, as a part of the run, in hundredths.
const CALM: u32 = 10;

/// One fault and what came of it; moments are since the run began.
#[derive(Debug, Clone)]
pub(crate) struct Phase {
    pub(crate) fault: Fault,
    pub(crate) began: Duration,
    pub(crate) healed: Duration,
    /// When everything was well again.
    pub(crate) well: Option<Duration>,
    /// What went wrong in doing or undoing it.
    pub(crate) trouble: Option<String>,
}

pub(crate) struct Driver<'a> {
    pub(crate) load: &'a Workload,
    pub(crate) client: &'a Client,
    pub(crate) target: &'a mut Target,
    pub(crate) progress: &'a Progress,
    pub(crate) stop: &'a CancellationToken,
}

impl Driver<'_> {
    /// Comes back when the run's time is over and everything is well, or was given the time to be.
    pub(crate) async fn run(&mut self, faults: Vec<Fault>) -> Vec<Phase> {
        let length = self.load.plan.length;
        let (mut phases, count) = (Vec::new(), faults.len() as u32);
        if count == 0 {
            self.wait(length).await;
            return phases;
        }
        let calm = length * CALM / 100;
        self.wait(calm).await;
        let each = (length - calm) / count;
        for fault in faults {
            if self.stop.is_cancelled() {
                break;
            }
            phases.push(self.phase(fault, each).await);
        }
        phases
    }

    async fn phase(&mut self, fault: Fault, time: Duration) -> Phase {
        self.progress.say(&format!("{}: {}", fault.name, fault.what));
        let began = self.load.began.elapsed();
        let begun = self.target.inject(&fault).await;
        if begun.is_ok() {
            self.wait(time * HELD / 100).await;
        }
        // Also what could not be begun: half of it may be there.
        let undone = self.target.heal(&fault).await;
        let moment = Instant::now();
        let healed = self.load.began.elapsed();
        let well = self.until_well(moment).await;
        let trouble = begun.and(undone).err().map(|error| format!("{error:#}"));
        match (&trouble, well) {
            (Some(trouble), _) => self.progress.say(&format!("{}: {trouble}", fault.name)),
            (None, Some(well)) => {
                self.progress.say(&format!(
                    "{}: well again {:.1} s after it was healed",
                    fault.name,
                    (well - healed).as_secs_f64()
                ));
            }
            (None, None) => {
                self.progress.say(&format!("{}: not well after {} s", fault.name, self.patience().as_secs()));
            }
        }
        self.wait((time * (100 - HELD) / 100).saturating_sub(moment.elapsed()).max(time / 5)).await;
        Phase { fault, began, healed, well, trouble }
    }

    /// When the install was seen to be well after `moment`, since the run began.
    async fn until_well(&self, moment: Instant) -> Option<Duration> {
        let looking = async {
            while !(self.load.flows_since(moment) && self.target.is_healthy(self.client).await) {
                tokio::time::sleep(LOOK).await;
            }
            self.load.began.elapsed()
        };
        tokio::time::timeout(self.patience(), looking).await.ok()
    }

    fn patience(&self) -> Duration {
        self.load.plan.patience
    }

    async fn wait(&self, time: Duration) {
        self.stop.run_until_cancelled(tokio::time::sleep(time)).await;
    }
}
