//! Requests and answers that stream through as they are, for services that are more than JSON. Headers that belong to
//! one connection stay behind (RFC 9110 §7.6.1), and what a client says about identity or forwarding is not believed.

use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::header::{
    AUTHORIZATION, CONNECTION, CONTENT_LENGTH, HOST, HeaderName, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use mesh::{Error, Identity, TraceContext, trace};
use metrics::Counter;
use tokio::time::Instant;

use super::caller;
use super::http::{TIMEOUT_HEADER, Unsent, ask, is_fault, left, uri};
use crate::call::RawBody;
use crate::policy::retry::Again;
use crate::policy::{ATTEMPTS, Guard};
use crate::table::{Retry, Route};
use crate::trail::Trail;
use crate::upstream::{InFlight, Upload, Upstream, Wait};

pub struct Raw {
    upstream: Arc<Upstream>,
    /// Whether the service is sent what the caller has authorised itself by.
    token: bool,
    timeout: Duration,
    /// Whether the row lets requests be sent again.
    is_safe: bool,
    guard: Arc<Guard>,
    retries: Counter,
}

/// A request on its way through. What it says of forwarding was settled at the door.
pub struct Passage {
    pub request: Request<RawBody>,
    /// Path and query as the service sees them.
    pub target: String,
    pub identity: Option<Identity>,
    pub origin: Option<IpAddr>,
    pub deadline: Instant,
    pub trace: TraceContext,
    /// What it has met so far.
    pub trail: Trail,
}

impl Passage {
    /// A passage of nobody in particular, in the current trace.
    pub fn new(request: Request<RawBody>, target: String, deadline: Instant) -> Self {
        let trace = TraceContext::current_or_new();
        Self { request, target, identity: None, origin: None, deadline, trace, trail: Trail::default() }
    }
}

impl Raw {
    pub(super) fn new(upstream: Arc<Upstream>, token: bool, route: &Route, guard: Arc<Guard>) -> Self {
        let retries = metrics::counter!("call_retries_total", "route" => route.name.clone());
        let (timeout, is_safe) = (route.timeout, route.retry == Retry::Safe);
        Self { upstream, token, timeout, is_safe, guard, retries }
    }

    /// The deadline, which is kept around this, is for the head of the answer; bodies take as long as they take.
    pub async fn pass(&self, passage: Passage) -> Result<Response<RawBody>, Error> {
        let Passage { request, target, identity, origin, deadline, trace, trail } = passage;
        let (mut head, body) = request.into_parts();
        clean(&mut head.headers);
        strip_identity(&mut head.headers);
        if !self.token {
            head.headers.remove(AUTHORIZATION);
        }
        head.headers.extend(caller::headers(identity.as_ref(), None, origin)?);
        head.headers.insert(HOST, HeaderValue::from_str(self.upstream.authority()).map_err(Error::internal)?);
        head.version = http::Version::HTTP_11;
        let sent = Sent { head, body: Lent::new(body), target, deadline, trace };
        let (response, mut instance) = self.answered(&sent, &trail).await?;
        let (mut head, body) = response.into_parts();
        clean(&mut head.headers);
        if let attempts @ 2.. = trail.count() {
            head.headers.insert(ATTEMPTS, HeaderValue::from(attempts));
        }
        match is_fault(head.status) {
            true => instance.erred(),
            false => instance.opened(),
        }
        Ok(Response::from_parts(head, Answering::new(body, instance).boxed_unsync()))
    }

    /// As many attempts as it takes and may have. What the service answers streams through, whatever it is: only a
    /// connection that broke is worth another attempt.
    async fn answered(&self, sent: &Sent, trail: &Trail) -> Result<(Response<Incoming>, InFlight), Error> {
        self.guard.budget.deposit();
        let mut again = Again::new(&self.guard.budget, sent.deadline);
        // Asked before anything is sent: afterwards every body is at its end.
        let may_repeat = self.is_safe && sent.is_repeatable();
        loop {
            let trail = if may_repeat { trail.begin() } else { trail.begin().once() };
            let answered = self.send(sent, &trail).await;
            trail.end(answered.as_ref().err().map(|error| error.code));
            let Err(error) = &answered else { return answered };
            let wait = if may_repeat { again.after(error, &trail) } else { None };
            let Some(wait) = wait else { return answered };
            self.retries.increment(1);
            tokio::time::sleep(wait).await;
        }
    }

    /// Connection refused means the next instance: nothing of the body has gone yet, so it can be lent again.
    async fn send(&self, sent: &Sent, trail: &Trail) -> Result<(Response<Incoming>, InFlight), Error> {
        let wait = Wait { deadline: sent.deadline, timeout: self.timeout };
        let mut search = self.upstream.search(Some(trail), Some(wait)).await;
        while let Some(mut instance) = search.next() {
            instance.is_sent(&sent.body.upload);
            match ask(&self.upstream, sent.request(instance.address)?, &mut instance).await {
                Ok(response) => return Ok((response, instance)),
                Err(Unsent::Refused(why)) => search.refused(instance, why),
                Err(Unsent::Broken(error)) => return Err(error),
            }
        }
        Err(search.exhausted())
    }
}

/// What is sent, by as many attempts as it takes.
struct Sent {
    head: Parts,
    body: Lent,
    target: String,
    deadline: Instant,
    trace: TraceContext,
}

impl Sent {
    /// The same to each instance but for the span and what is left of the time.
    fn request(&self, instance: SocketAddr) -> Result<Request<RawBody>, Error> {
        let mut head = self.head.clone();
        head.uri = uri(instance, &self.target)?;
        let trace = HeaderValue::try_from(self.trace.child().to_string()).map_err(Error::internal)?;
        head.headers.insert(trace::HEADER, trace);
        head.headers.insert(TIMEOUT_HEADER, left(self.deadline));
        Ok(Request::from_parts(head, self.body.clone().boxed_unsync()))
    }

    /// Whether it may be sent twice: the method says so, and there is no body that is gone after the first time.
    fn is_repeatable(&self) -> bool {
        let is_empty =
            self.body.is_end_stream() && self.head.headers.get(CONTENT_LENGTH).is_none_or(|length| length == "0");
        self.head.method.is_idempotent() && is_empty
    }
}

/// A body that is lent to one try after the other; only the one that gets a connection reads from it.
#[derive(Clone)]
struct Lent {
    body: Arc<Mutex<RawBody>>,
    upload: Upload,
}

impl Lent {
    fn new(body: RawBody) -> Self {
        Self { body: Arc::new(Mutex::new(body)), upload: Upload::default() }
    }

    fn body(&self) -> MutexGuard<'_, RawBody> {
        self.body.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Body for Lent {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let polled = Pin::new(&mut *self.body()).poll_frame(context);
        self.upload.polled(polled.is_ready());
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body().is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body().size_hint()
    }
}

/// An answer on its way to the caller. The instance is busy with it until its end, which says how it did.
struct Answering {
    body: Incoming,
    instance: InFlight,
}

impl Answering {
    fn new(body: Incoming, instance: InFlight) -> Self {
        let mut answering = Self { body, instance };
        answering.look();
        answering
    }

    fn look(&mut self) {
        if self.body.is_end_stream() {
            self.instance.answered();
        }
    }
}

impl Body for Answering {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let polled = ready!(Pin::new(&mut self.body).poll_frame(context));
        match &polled {
            Some(Ok(_)) => self.look(),
            Some(Err(error)) => self.instance.failed(&format!("the answer broke off: {error}")),
            None => self.instance.answered(),
        }
        Poll::Ready(polled.map(|frame| frame.map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Drops the headers of one connection, those that `Connection` names included.
fn clean(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named {
        headers.remove(name);
    }
    for name in [CONNECTION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE] {
        headers.remove(name);
    }
    for name in ["keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization"] {
        headers.remove(name);
    }
}

/// Who calls is for the door to say, in whichever spelling a service may read it: some take `_` for `-`.
pub fn strip_identity(headers: &mut HeaderMap) {
    strip(headers, &["x-user-id", "x-user-roles"]);
}

/// Removes these headers, also where they are written with `_`.
pub fn strip(headers: &mut HeaderMap, names: &[&str]) {
    let is_one = |name: &HeaderName| names.contains(&name.as_str().replace('_', "-").as_str());
    let found: Vec<HeaderName> = headers.keys().filter(|name| is_one(name)).cloned().collect();
    for name in found {
        headers.remove(name);
    }
}
