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

#[cfg(test)]
mod tests {
    use futures::future::pending;
    use serde_json::Map;
    use tokio::time::sleep;
    use tower::ServiceExt;
    use tower::util::service_fn;

    use super::*;
    use crate::call::{Argument, Reply};

    const LEFT: Duration = Duration::from_secs(2);

    /// What the caller is told where this is what happens below, with two seconds left.
    async fn told<F>(work: impl Fn(Trail) -> F) -> Error
    where
        F: Future<Output = Result<Reply, Error>> + Send + 'static,
    {
        let layer = Deadline::new("logger".into(), service_fn(|call: Call| work(call.trail)));
        let call = Call::new(Argument::Object(Map::new()), Instant::now() + LEFT);
        layer.oneshot(call).await.unwrap_err()
    }

    fn instance(last: u8) -> std::net::SocketAddr {
        ([127, 0, 0, last], 50001).into()
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_past_its_deadline_is_not_started() {
        let never = service_fn(|_: Call| -> std::future::Pending<Result<Reply, Error>> { panic!("started") });
        let call = Call::new(Argument::Object(Map::new()), Instant::now());
        let error = Deadline::new("logger".into(), never).oneshot(call).await.unwrap_err();
        assert_eq!(error.status().as_u16(), 504);
        assert_eq!(error.detail, "the deadline passed before the call was sent to logger");
    }

    #[tokio::test(start_paused = true)]
    async fn an_instance_that_hangs_is_named() {
        let began = Instant::now();
        let error = told(|call| async move {
            call.begin().chose(instance(1), false);
            pending().await
        });
        let error = error.await;
        assert_eq!((error.status().as_u16(), began.elapsed()), (504, LEFT));
        assert_eq!(error.detail, "logger (127.0.0.1:50001) did not answer within the 2 s that were left");
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_of_each_attempt_is_told() {
        let error = told(|call| async move {
            let first = call.begin();
            first.chose(instance(1), true);
            sleep(Duration::from_millis(1_200)).await;
            first.end(Some(Code::Unavailable));
            call.begin().chose(instance(2), false);
            pending().await
        });
        let words = "logger (127.0.0.2:50001) did not answer within the 2 s that were left; 2 attempts: 1.2 s, 0.8 s";
        assert_eq!(error.await.detail, words);
    }

    #[tokio::test(start_paused = true)]
    async fn two_that_hang_side_by_side_are_both_named() {
        let error = told(|call| async move {
            call.begin().chose(instance(1), true);
            sleep(Duration::from_secs(1)).await;
            call.begin().chose(instance(2), false);
            pending().await
        });
        let words = "logger (127.0.0.1:50001, 127.0.0.2:50001) did not answer within the 2 s that were left; \
                     2 attempts: 2 s, 1 s";
        assert_eq!(error.await.detail, words);
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_that_used_the_time_is_told() {
        let error = told(|call| async move {
            call.begin().end(Some(Code::Unavailable));
            pending().await
        });
        assert_eq!(error.await.detail, "logger was not available, and the wait for another try used the rest of 2 s");
    }

    #[tokio::test(start_paused = true)]
    async fn who_notices_first_further_in_keeps_its_words() {
        let cases = [
            (LEFT, Code::DeadlineExceeded, "the question was not taken in time; 2 s were left"),
            (LEFT, Code::Cancelled, "logger did not answer within the 2 s that were left"),
            // Long before the deadline these are the service's own affair.
            (LEFT / 2, Code::DeadlineExceeded, "the question was not taken in time"),
            (LEFT, Code::NotFound, "the question was not taken in time"),
        ];
        for (after, code, words) in cases {
            let error = told(move |_| async move {
                sleep(after - Duration::from_millis(1)).await;
                Err(Error::new(code, "the question was not taken in time"))
            });
            assert_eq!(error.await.detail, words, "{code:?} after {after:?}");
        }
    }

    #[test]
    fn times_are_told_in_few_figures() {
        for (millis, words) in [(0, "0 ms"), (80, "80 ms"), (1_240, "1.2 s"), (1_950, "2 s"), (45_000, "45 s")] {
            assert_eq!(in_words(Duration::from_millis(millis)), words);
        }
    }
}
