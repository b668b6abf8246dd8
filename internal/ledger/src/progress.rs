//! What a run tells while it goes on: a line a second to somebody who watches, one now and then into a file, and none in tests.
//! It goes to standard error, as the report has standard output for itself.

use std::io::IsTerminal;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::report::Latency;
use crate::workload::Workload;

const OFTEN: Duration = Duration::from_secs(1);
const SELDOM: Duration = Duration::from_secs(15);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Nothing.
    Silent,
    /// A line each time this has passed.
    Every(Duration),
}

impl Progress {
    /// Often where somebody watches.
    pub fn of_stderr() -> Self {
        Self::Every(if std::io::stderr().is_terminal() { OFTEN } else { SELDOM })
    }

    pub(crate) fn say(&self, line: &str) {
        if *self != Self::Silent {
            eprintln!("{line}");
        }
    }

    /// Tells how `load` goes until `stop`.
    pub(crate) async fn follow(&self, load: &Workload, stop: &CancellationToken) {
        let Self::Every(pause) = *self else { return };
        while stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_some() {
            let pulse = load.pulse();
            let latency = Latency::of(pulse.latencies.iter().copied());
            self.say(&format!(
                "{:>5} s  attempted {}, accepted {}, waiting {}, sent again {}; p50 {}, p99 {}",
                load.began.elapsed().as_secs(),
                pulse.attempted,
                pulse.accepted,
                pulse.waiting,
                pulse.repeated,
                latency.p50_in_words(),
                latency.p99_in_words()
            ));
        }
    }
}
