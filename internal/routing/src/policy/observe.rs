//! Calls as they are seen from outside of the stack: how many there are at the moment, and when to come back.

use std::task::{Context, Poll};
use std::time::Duration;

use futures::future::BoxFuture;
use mesh::Error;
use metrics::Gauge;
use tower::Service;

/// When to try a service again that is away and has not said.
const COME_BACK: Duration = Duration::from_secs(1);

/// Counts the calls of one row while they last.
#[derive(Clone)]
pub(super) struct Observe<S> {
    in_flight: Gauge,
    inner: S,
}

impl<S> Observe<S> {
    pub(super) fn new(route: &str, inner: S) -> Self {
        Self { in_flight: metrics::gauge!("calls_in_flight", "route" => route.to_owned()), inner }
    }
}

/// One call in flight, also one whose caller goes away.
struct InFlight(Gauge);

impl InFlight {
    fn begin(gauge: &Gauge) -> Self {
        gauge.increment(1.0);
        Self(gauge.clone())
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}

impl<R, S> Service<R> for Observe<S>
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
        let (in_flight, work) = (InFlight::begin(&self.in_flight), self.inner.call(request));
        Box::pin(async move {
            let _in_flight = in_flight;
            work.await.map_err(|error| match error.retry_after {
                None if error.is_unavailable() => error.with_retry_after(COME_BACK),
                _ => error,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;
    use mesh::Code;
    use tower::util::service_fn;

    use super::*;

    #[test]
    fn only_a_service_that_is_away_and_has_not_said_gets_the_default_hint() {
        let own = Some(Duration::from_secs(7));
        let cases =
            [(Code::Unavailable, None, Some(COME_BACK)), (Code::Unavailable, own, own), (Code::NotFound, None, None)];
        for (code, hint, told) in cases {
            let failing = service_fn(move |()| async move {
                let mut error = Error::new(code, "x");
                error.retry_after = hint;
                Err::<(), _>(error)
            });
            let error = Observe::new("r", failing).call(()).now_or_never().unwrap().unwrap_err();
            assert_eq!(error.retry_after, told, "{code:?}");
        }
    }
}
