//! One try of many inputs, on a thread of its own, so that one that never ends is told as well as one that panics; and
//! what is left of a failing input once nothing more can be taken away.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

/// Longer than any batch takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(45);
/// How long an input is made smaller.
const SHRINKING: Duration = Duration::from_secs(10);

/// An input that the property does not hold for.
pub(crate) struct Failure {
    pub(crate) input: Vec<u8>,
    is_endless: bool,
}

impl Failure {
    pub(crate) fn how(&self) -> &'static str {
        if self.is_endless { "does not come to an end" } else { "breaks the property" }
    }
}

/// Tries them in order; the thread of one that does not end is left behind.
pub(crate) fn attempt(batch: &Arc<Vec<Vec<u8>>>, property: fn(&[u8])) -> Result<(), Failure> {
    let at = Arc::new(AtomicUsize::new(0));
    let (running, ended) = mpsc::channel::<()>();
    let worker = std::thread::spawn({
        let (batch, at) = (Arc::clone(batch), Arc::clone(&at));
        move || {
            let _running = running;
            for (index, input) in batch.iter().enumerate() {
                at.store(index, Ordering::Relaxed);
                property(input);
            }
        }
    });
    let is_endless = ended.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout);
    if !is_endless && worker.join().is_ok() {
        return Ok(());
    }
    Err(Failure { input: batch[at.load(Ordering::Relaxed)].clone(), is_endless })
}

/// The input without all that it fails without.
pub(crate) fn smaller(failure: Failure, property: fn(&[u8])) -> Vec<u8> {
    let mut input = failure.input;
    if failure.is_endless {
        return input;
    }
    let quiet = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let until = Instant::now() + SHRINKING;
    let mut size = input.len().div_ceil(2);
    while size > 0 && Instant::now() < until {
        if !take_away(&mut input, size, property, until) {
            size /= 2;
        }
    }
    std::panic::set_hook(quiet);
    input
}

/// Takes away what it can in pieces of this size, and says whether that was anything.
fn take_away(input: &mut Vec<u8>, size: usize, property: fn(&[u8]), until: Instant) -> bool {
    let (mut at, before) = (0, input.len());
    while at < input.len() && Instant::now() < until {
        let end = (at + size).min(input.len());
        let less = [&input[..at], &input[end..]].concat();
        match catch_unwind(AssertUnwindSafe(|| property(&less))) {
            Ok(()) => at = end,
            Err(_) => *input = less,
        }
    }
    input.len() < before
}
