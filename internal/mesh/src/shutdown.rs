//! Stopping and staying alive: signals become one cancellation token, and a background task that fails is started
//! again instead of leaving a hole behind.

use std::time::Duration;

use futures::FutureExt;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// A token that is cancelled by the first SIGINT, SIGTERM or SIGHUP; a second one ends the process at once.
pub fn on_signal() -> std::io::Result<CancellationToken> {
    let token = CancellationToken::new();
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    // Whoever starts it with `nohup` wants it to go on without its terminal.
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let is_ignored = ignores(&status, SignalKind::hangup());
    let mut hangup = (!is_ignored).then(|| signal(SignalKind::hangup())).transpose()?;
    let cancelled = token.clone();
    tokio::spawn(async move {
        let mut next = async || {
            tokio::select! {
                _ = interrupt.recv() => 130,
                _ = terminate.recv() => 143,
                () = received(&mut hangup) => 129,
            }
        };
        next().await;
        tracing::info!("stopping: what is in flight finishes first; once more to stop at once");
        cancelled.cancel();
        std::process::exit(next().await);
    });
    Ok(token)
}

async fn received(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
}

/// Whether a process with this status (proc(5)) was started with `signal` ignored.
fn ignores(status: &str, signal: SignalKind) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    mask >> (signal.as_raw_value() - 1) & 1 == 1
}

/// Delays between tries: doubled each time, from `first` up to `most`.
#[derive(Debug, Clone)]
pub struct Backoff {
    first: Duration,
    most: Duration,
    next: Duration,
}

impl Backoff {
    pub fn new(first: Duration, most: Duration) -> Self {
        Self { first, most, next: first }
    }

    /// The delay before the next try, with up to a quarter taken off so that many clients do not come back as one.
    pub fn next_delay(&mut self) -> Duration {
        let delay = self.next;
        self.next = (self.next * 2).min(self.most);
        let jitter = uuid::Uuid::new_v4().as_u64_pair().1 as u32 % 250;
        delay - delay * jitter / 1000
    }

    pub fn reset(&mut self) {
        self.next = self.first;
    }
}

/// Runs `work` until `shutdown`, again after every error or panic, with 0.1 to 5 s in between.
///
/// `work` returns `Ok` only when it is done for good; it has to watch the token itself to finish what is in hand.
pub async fn supervise<F, Fut>(name: &str, shutdown: &CancellationToken, mut work: F)
where
    F: FnMut() -> Fut,
    Fut: Future<Output = anyhow::Result<()>>,
{
    let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(5));
    loop {
        let started = tokio::time::Instant::now();
        match std::panic::AssertUnwindSafe(work()).catch_unwind().await {
            Ok(Ok(())) => return,
            // What it used may have been closed a moment before it was told to stop.
            Ok(Err(error)) if shutdown.is_cancelled() => {
                tracing::debug!(task = name, "ended with the process: {error:#}");
                return;
            }
            Ok(Err(error)) => tracing::warn!(task = name, "stopped and is started again: {error:#}"),
            Err(_) => tracing::error!(task = name, "panicked and is started again"),
        }
        metrics::counter!("task_restarts_total", "task" => name.to_owned()).increment(1);
        if started.elapsed() > Duration::from_secs(30) {
            backoff.reset();
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(backoff.next_delay()) => {}
        }
    }
}

/// Tries `open` until it succeeds or `shutdown`, saying each time in words what is missing. `None` means shutdown.
pub async fn until_open<T, F, Fut>(shutdown: &CancellationToken, mut open: F) -> Option<T>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = anyhow::Result<T>>,
{
    let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(5));
    loop {
        let error = tokio::select! {
            () = shutdown.cancelled() => return None,
            opened = open() => match opened {
                Ok(opened) => return Some(opened),
                Err(error) => error,
            },
        };
        let delay = backoff.next_delay();
        tracing::warn!("{error:#}; trying again in {} ms", delay.as_millis());
        tokio::select! {
            () = shutdown.cancelled() => return None,
            () = tokio::time::sleep(delay) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_task_that_fails_or_panics_is_started_again() {
        let runs = Cell::new(0);
        supervise("test", &CancellationToken::new(), || async {
            runs.set(runs.get() + 1);
            match runs.get() {
                1 => anyhow::bail!("first"),
                2 => panic!("second"),
                _ => Ok(()),
            }
        })
        .await;
        assert_eq!(runs.get(), 3);
    }

    #[test]
    fn what_was_ignored_at_the_start_is_known() {
        for (status, hangup, terminate) in [
            ("Name:\tswitchboard\nSigIgn:\t0000000000001001\n", true, false),
            ("SigIgn:\t0000000000004000\n", false, true),
            ("SigIgn:\t0000000000000000\n", false, false),
            ("", false, false),
        ] {
            let found = [SignalKind::hangup(), SignalKind::terminate()].map(|signal| ignores(status, signal));
            assert_eq!(found, [hangup, terminate], "{status}");
        }
    }

    #[test]
    fn delays_double_up_to_the_most() {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(3));
        for most in [1, 2, 3, 3] {
            let delay = backoff.next_delay();
            assert!(delay <= Duration::from_secs(most) && delay >= Duration::from_secs(most) * 3 / 4, "{delay:?}");
        }
    }
}
