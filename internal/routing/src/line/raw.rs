//! Requests and answers that stream through as they are, for services that are more than JSON. Headers that belong to
//! one connection stay behind (RFC 9110 §7.6.1), and what a client says about identity or forwarding is not believed.

use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONNECTION, HOST, HeaderName, TE, TRAILER, TRANSFER_ENCODING, UPGRADE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use mesh::{Error, Identity, TraceContext, trace};
use tokio::time::Instant;

use super::caller;
use super::http::{TIMEOUT_HEADER, Unsent, ask, uri};
use crate::call::RawBody;
use crate::trail::Trail;
use crate::upstream::{InFlight, Upstream, Wait};

pub struct Raw {
    upstream: Arc<Upstream>,
    /// Whether the service is sent what the caller has authorised itself by.
    token: bool,
    /// What an instance is given at least before a missed deadline counts against it.
    patience: Duration,
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
    pub(super) fn new(upstream: Arc<Upstream>, token: bool, timeout: Duration) -> Self {
        Self { upstream, token, patience: Wait::patience(timeout) }
    }

    /// The deadline is for the head of the answer; bodies take as long as they take.
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
        head.headers.insert(trace::HEADER, HeaderValue::try_from(trace.child().to_string()).map_err(Error::internal)?);
        let left = deadline.saturating_duration_since(Instant::now()).as_millis();
        head.headers.insert(TIMEOUT_HEADER, HeaderValue::from(u64::try_from(left).unwrap_or(u64::MAX)));
        head.version = http::Version::HTTP_11;
        let wait = Wait { deadline, patience: self.patience };
        let (response, mut instance) = self.send(head, body, &target, &trail, wait).await?;
        let (mut head, body) = response.into_parts();
        clean(&mut head.headers);
        let body = body.map_err(move |error| {
            instance.failed(&format!("the answer broke off: {error}"));
            error.into()
        });
        Ok(Response::from_parts(head, body.boxed_unsync()))
    }

    /// Connection refused means the next instance: nothing of the body has gone yet, so it can be lent again.
    async fn send(
        &self,
        head: Parts,
        body: RawBody,
        target: &str,
        trail: &Trail,
        wait: Wait,
    ) -> Result<(Response<Incoming>, InFlight), Error> {
        let body = Lent::new(body);
        let mut search = self.upstream.search(Some(trail), Some(wait)).await;
        while let Some(mut instance) = search.next() {
            let mut head = head.clone();
            head.uri = uri(instance.address, target)?;
            let request = Request::from_parts(head, body.clone().boxed_unsync());
            match ask(&self.upstream, request, &mut instance).await {
                Ok(response) => return Ok((response, instance)),
                Err(Unsent::Refused(why)) => search.refused(instance, why),
                Err(Unsent::Broken(error)) => return Err(error),
            }
        }
        Err(search.exhausted())
    }
}

/// A body that is lent to one try after the other; only the one that gets a connection reads from it.
#[derive(Clone)]
struct Lent(Arc<Mutex<RawBody>>);

impl Lent {
    fn new(body: RawBody) -> Self {
        Self(Arc::new(Mutex::new(body)))
    }

    fn body(&self) -> MutexGuard<'_, RawBody> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Body for Lent {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Pin::new(&mut *self.body()).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body().is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body().size_hint()
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

#[cfg(test)]
mod tests {
    use http_body_util::Full;
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn an_instance_that_refuses_is_passed_over_with_the_body_whole() {
        let live = TcpListener::bind("127.0.0.1:0").await.unwrap();
        // Bound and not listening: it refuses, and nobody else is given the port.
        let refusing = tokio::net::TcpSocket::new_v4().unwrap();
        refusing.bind(([127, 0, 0, 1], 0).into()).unwrap();
        let instances = [refusing.local_addr().unwrap(), live.local_addr().unwrap()];
        let raw = Raw::new(Upstream::at(&instances), false, Duration::from_secs(45));
        tokio::spawn(
            async move { axum::serve(live, axum::Router::new().fallback(|body: Bytes| async { body })).await },
        );
        for _ in 0..20 {
            let request = Request::new(Full::from("body").map_err(|never| match never {}).boxed_unsync());
            let passage = Passage::new(request, "/".to_owned(), Instant::now() + Duration::from_secs(45));
            let answered = raw.pass(passage).await.unwrap();
            assert_eq!(answered.into_body().collect().await.unwrap().to_bytes(), "body");
        }
    }
}
