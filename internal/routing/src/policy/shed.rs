//! How many calls a service is sent at once. One more is refused at once: a queue in front of a service that is too
//! slow makes every caller wait for an answer that comes too late for all of them. Of the places, requests whose body is
//! still being sent may have a part only: how long that takes is for their callers to choose.

mod sending;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use futures::future::BoxFuture;
use mesh::{Code, Error, NotSent};
use metrics::Counter;
use tower::Service;

pub(super) use sending::Sending;

/// What one who is turned away is told to wait.
const COME_BACK: Duration = Duration::from_secs(1);

/// One for each service, shared by all rows and kept over reloads of the table.
pub(crate) struct Gate {
    service: String,
    most: AtomicU32,
    inside: AtomicU32,
    /// Of those inside, the ones whose body is still on its way.
    sending: AtomicU32,
    shed: Counter,
}

/// Counts one call for as long as it lives.
struct Place(Arc<Gate>);

impl Gate {
    pub(crate) fn new(service: &str, most: u32) -> Arc<Self> {
        let shed = metrics::counter!("calls_shed_total", "service" => service.to_owned());
        Arc::new(Self {
            service: service.to_owned(),
            most: most.into(),
            inside: AtomicU32::new(0),
            sending: AtomicU32::new(0),
            shed,
        })
    }

    /// Those who are inside stay there.
    pub(crate) fn set_most(&self, most: u32) {
        self.most.store(most, Ordering::Relaxed);
    }

    #[cfg(test)]
    pub(super) fn most(&self) -> u32 {
        self.most.load(Ordering::Relaxed)
    }

    fn enter(self: &Arc<Self>) -> Result<Place, Error> {
        let most = self.most.load(Ordering::Relaxed);
        match one_more(&self.inside, most) {
            true => Ok(Place(Arc::clone(self))),
            false => Err(self.shed(&format!("all the calls that it is sent at once ({most})"))),
        }
    }

    fn shed(&self, what: &str) -> Error {
        self.shed.increment(1);
        let error = Error::new(Code::Unavailable, format!("{} has {what}", self.service));
        error.with_nothing_sent(NotSent::NotReached).with_retry_after(COME_BACK)
    }
}

/// Whether there was room below `most`, which is taken then.
fn one_more(count: &AtomicU32, most: u32) -> bool {
    let one_more = |now| (now < most).then_some(now + 1);
    count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).is_ok()
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.inside.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Lets a call through where the service has a place for it, and holds that until the reply or a stream's head is there.
#[derive(Clone)]
pub(super) struct Shed<S> {
    gate: Arc<Gate>,
    inner: S,
}

impl<S> Shed<S> {
    pub(super) fn new(gate: Arc<Gate>, inner: S) -> Self {
        Self { gate, inner }
    }
}

impl<R, S> Service<R> for Shed<S>
where
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
        let place = match self.gate.enter() {
            Ok(place) => place,
            Err(error) => return Box::pin(std::future::ready(Err(error))),
        };
        let work = self.inner.call(request);
        Box::pin(async move {
            let _place = place;
            work.await
        })
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;
    use tower::util::service_fn;

    use super::*;

    type Busy = Shed<tower::util::ServiceFn<fn(()) -> std::future::Pending<Result<(), Error>>>>;

    fn busy(gate: &Arc<Gate>) -> Busy {
        let hangs: fn(()) -> std::future::Pending<Result<(), Error>> = |()| std::future::pending();
        Shed::new(Arc::clone(gate), service_fn(hangs))
    }

    #[test]
    fn who_finds_no_place_is_turned_away_at_once_and_told_when_to_come_back() {
        let gate = Gate::new("logger", 2);
        let (mut one, mut other) = (busy(&gate), busy(&gate));
        let (first, second) = (one.call(()), other.call(()));
        let shed = one.call(()).now_or_never().unwrap().unwrap_err();
        assert_eq!((shed.status().as_u16(), shed.retry_after), (503, Some(COME_BACK)));
        assert_eq!(shed.detail, "logger has all the calls that it is sent at once (2)");
        // One whose caller goes away gives its place back.
        drop(first);
        let third = one.call(());
        assert!(one.call(()).now_or_never().is_some());
        drop((second, third));
        assert_eq!(gate.inside.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn a_place_is_given_back_with_the_reply() {
        let gate = Gate::new("logger", 1);
        let mut calls = Shed::new(Arc::clone(&gate), service_fn(|()| async { Ok::<_, Error>(()) }));
        for _ in 0..3 {
            calls.call(()).now_or_never().unwrap().unwrap();
        }
    }

    #[test]
    fn a_changed_number_takes_effect_and_keeps_who_is_inside() {
        let gate = Gate::new("logger", 1);
        let mut calls = busy(&gate);
        let first = calls.call(());
        gate.set_most(2);
        let second = calls.call(());
        gate.set_most(1);
        drop(first);
        assert!(calls.call(()).now_or_never().is_some());
        drop(second);
        assert!(calls.call(()).now_or_never().is_none());
    }
}
