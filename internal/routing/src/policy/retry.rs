//! Attempts: a call that is safe to repeat is made again where its service was not available, within a budget of the
//! service, after a jittered wait, before the deadline. One that may run twice at once does not wait for an instance
//! that hangs either.

mod again;
mod backoff;
mod budget;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, Either, select};
use mesh::Error;
use metrics::Counter;
use tokio::time::{Instant, sleep, timeout_at};
use tower::{Service, ServiceExt};

use super::guards::Guard;
use super::safe::Safe;
use crate::call::{Call, Reply};
use crate::table::Route;
use crate::trail::Trail;

pub(crate) use again::Again;
pub(crate) use backoff::Backoff;
pub(crate) use budget::Budget;

/// How long before the deadline an error that is there already is told, instead of waiting on for something better.
const IN_HAND: Duration = Duration::from_millis(20);

/// What a row says of its attempts.
pub(super) struct Terms {
    route: String,
    safe: Safe,
    /// The row's; what a caller asks for may be less.
    timeout: Duration,
    /// Whether the line chooses among instances, so that there may be one to go to beside another.
    has_instances: bool,
    guard: Arc<Guard>,
    retries: Counter,
    hedges: Counter,
}

impl Terms {
    pub(super) fn new(route: &Route, safe: Safe, has_instances: bool, guard: Arc<Guard>) -> Self {
        let counter = |name: &'static str| metrics::counter!(name, "route" => route.name.clone());
        let (retries, hedges) = (counter("call_retries_total"), counter("call_hedges_total"));
        let (timeout, route) = (route.timeout, route.name.clone());
        Self { route, safe, timeout, has_instances, guard, retries, hedges }
    }
}

/// Makes a call as often as it takes and as it may.
#[derive(Clone)]
pub(super) struct Retry<S> {
    terms: Arc<Terms>,
    inner: S,
}

impl<S> Retry<S> {
    pub(super) fn new(terms: Arc<Terms>, inner: S) -> Self {
        Self { terms, inner }
    }
}

impl<S> Service<Call> for Retry<S>
where
    S: Service<Call, Response = Reply, Error = Error> + Clone + Send + Sync + 'static,
    S::Future: Send + 'static,
{
    type Response = Reply;
    type Error = Error;
    type Future = BoxFuture<'static, Result<Reply, Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, call: Call) -> Self::Future {
        self.terms.guard.budget.deposit();
        if !self.terms.safe.may_repeat(call.is_keyed) {
            // Not cloned, as it is never needed again.
            let (trail, trace) = (call.trail.begin().once(), call.trace.child());
            let work = self.inner.call(Call { trail: trail.clone(), trace, ..call });
            return work.inspect(move |answered| ended(&trail, answered)).boxed();
        }
        let (terms, line) = (Arc::clone(&self.terms), self.inner.clone());
        Box::pin(Attempts { terms, line, call }.answer())
    }
}

/// The attempts of one call.
struct Attempts<S> {
    terms: Arc<Terms>,
    line: S,
    call: Call,
}

/// An attempt that has ended, with its own trail.
type Ended = (Result<Reply, Error>, Trail);

impl<S> Attempts<S>
where
    S: Service<Call, Response = Reply, Error = Error> + Clone + Send + 'static,
    S::Future: Send + 'static,
{
    async fn answer(self) -> Result<Reply, Error> {
        let mut again = Again::new(&self.terms.guard.budget, self.call.deadline);
        loop {
            let (answered, trail) = self.round(&mut again).await;
            let Err(error) = &answered else { return answered };
            let Some(wait) = again.after(error, &trail) else { return answered };
            self.terms.retries.increment(1);
            self.log(&trail, "failed and is followed by another");
            sleep(wait).await;
        }
    }

    /// One attempt, or two side by side where the first takes long. Never two under one key: a service that remembers
    /// keys would refuse the one because of the other.
    async fn round(&self, again: &mut Again<'_>) -> Ended {
        let (trail, mut first) = self.attempt();
        if !self.terms.has_instances || self.call.key.is_some() {
            return first.await;
        }
        // An instance that hangs leaves the other half to one that does not; one that is merely slow keeps both. Of the
        // row's time and not the caller's: else strangers in a hurry could use up the service's budget.
        let half = Instant::now() + self.terms.timeout / 2;
        if half >= self.call.deadline {
            return first.await;
        }
        if let Ok(ended) = timeout_at(half, &mut first).await {
            return ended;
        }
        if !again.beside(&trail) {
            return first.await;
        }
        self.terms.hedges.increment(1);
        self.log(&trail, "takes long and is accompanied by another");
        let (_, second) = self.attempt();
        let (Either::Left((ended, other)) | Either::Right((ended, other))) = select(first, second).await;
        let Err(error) = &ended.0 else { return ended };
        // It may have failed only because the other was there first: what is there already is not made twice.
        let last = self.call.deadline.checked_sub(IN_HAND).unwrap_or(self.call.deadline);
        match timeout_at(last, other).await {
            Ok(other) if other.0.is_ok() || error.is_unavailable() => other,
            _ => ended,
        }
    }

    fn attempt(&self) -> (Trail, BoxFuture<'static, Ended>) {
        let (trail, line) = (self.call.trail.begin(), self.line.clone());
        let call = Call { trail: trail.clone(), trace: self.call.trace.child(), ..self.call.clone() };
        let own = trail.clone();
        let work = async move {
            let answered = line.oneshot(call).await;
            ended(&own, &answered);
            (answered, own)
        };
        (trail, work.boxed())
    }

    fn log(&self, trail: &Trail, what: &str) {
        let Some(attempt) = trail.attempt() else { return };
        let (route, number) = (&self.terms.route, trail.number());
        let instance = attempt.instance.map(tracing::field::display);
        let code = attempt.failure.map(mesh::Code::name);
        tracing::info!(route, attempt = number, instance, code, "an attempt {what}");
    }
}

fn ended(trail: &Trail, answered: &Result<Reply, Error>) {
    let failure = answered.as_ref().err();
    if failure.is_some_and(|error| error.not_sent().is_some()) {
        trail.refused();
    }
    trail.end(failure.map(|error| error.code));
}
