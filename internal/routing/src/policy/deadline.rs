//! The one place that keeps a call's deadline, whatever its line, and says which part of it used the time.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::future::BoxFuture;
use mesh::{Code, Error};
use tokio::time::{Instant, timeout_at};
use tower::Service;

use crate::call::Call;
use crate::line::raw::Passage;
use crate::trail::{Attempt, Trail};

/// A service is told the same deadline in whole milliseconds, and may keep it a little before us.
const EARLY: Duration = Duration::from_millis(10);

/// What has a deadline and a trail.
pub(super) trait Timed {
    fn deadline(&self) -> Instant;
    fn trail(&self) -> &Trail;
}

impl Timed for Call {
    fn deadline(&self) -> Instant {
        self.deadline
    }

    fn trail(&self) -> &Trail {
        &self.trail
    }
}

impl Timed for Passage {
    fn deadline(&self) -> Instant {
        self.deadline
    }

    fn trail(&self) -> &Trail {
        &self.trail
    }
}

/// Ends a call at its deadline.
#[derive(Clone)]
pub(super) struct Deadline<S> {
    service: Arc<str>,
    inner: S,
}

impl<S> Deadline<S> {
    pub(super) fn new(service: Arc<str>, inner: S) -> Self {
        Self { service, inner }
    }
}

impl<R, S> Service<R> for Deadline<S>
where
    R: Timed,
    S: Service<R, Error = Error>,
    S::Future: Send + 'static,
    S::Response: Send + 'static,
{
    type Response = S::Response;
    type Error = Error;
    type Future = BoxFuture<'static, Result<S::Response, Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let deadline = request.deadline();
        let left = deadline.saturating_duration_since(Instant::now());
        let late = Late { service: Arc::clone(&self.service), trail: request.trail().clone(), left };
        if left.is_zero() {
            return Box::pin(std::future::ready(Err(late.before())));
        }
        let work = self.inner.call(request);
        Box::pin(async move {
            match timeout_at(deadline, work).await {
                Ok(Err(error)) if Instant::now() + EARLY >= deadline => Err(late.told(error)),
                Ok(answered) => answered,
                Err(_) => Err(late.during()),
            }
        })
    }
}

/// Finds the words for a deadline that passed.
struct Late {
    service: Arc<str>,
    trail: Trail,
    /// What there was when the call came here.
    left: Duration,
}

impl Late {
    fn before(&self) -> Error {
        Error::deadline(format!("the deadline passed before the call was sent to {}", self.service))
    }

    fn during(&self) -> Error {
        let (service, left, attempts) = (&self.service, in_words(self.left), self.trail.attempts());
        let spent = spent(&attempts);
        let running = || attempts.iter().filter(|attempt| attempt.took.is_none());
        if !attempts.is_empty() && running().next().is_none() {
            let detail = format!("{service} was not available, and the wait for another try used the rest of {left}");
            return Error::deadline(detail + &spent);
        }
        let instances: Vec<_> = running().filter_map(|attempt| attempt.instance).map(|it| it.to_string()).collect();
        let instances = if instances.is_empty() { String::new() } else { format!(" ({})", instances.join(", ")) };
        Error::deadline(format!("{service}{instances} did not answer within the {left} that were left{spent}"))
    }

    /// Whoever keeps the same deadline further in may have been first to notice, and then knows best what was late.
    fn told(&self, mut error: Error) -> Error {
        match error.code {
            Code::DeadlineExceeded => {
                error.detail =
                    format!("{}; {} were left{}", error.detail, in_words(self.left), spent(&self.trail.attempts()));
                error
            }
            // What servers of gRPC say when they keep it.
            Code::Cancelled => self.during().caused_by(error),
            _ => error,
        }
    }
}

/// Where the time went, where there was more than one attempt.
fn spent(attempts: &[Attempt]) -> String {
    if attempts.len() < 2 {
        return String::new();
    }
    let each: Vec<_> = attempts.iter().map(|it| in_words(it.took.unwrap_or_else(|| it.began.elapsed()))).collect();
    format!("; {} attempts: {}", attempts.len(), each.join(", "))
}

/// `1.2 s`, `2 s`, `80 ms`
fn in_words(time: Duration) -> String {
    match time.as_millis() {
        millis @ ..100 => format!("{millis} ms"),
        millis => {
            let tenths = (millis + 50) / 100;
            if tenths % 10 == 0 { format!("{} s", tenths / 10) } else { format!("{}.{} s", tenths / 10, tenths % 10) }
        }
    }
}
