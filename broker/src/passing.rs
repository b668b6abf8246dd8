//! Bodies on their way through the broker. One that stalls or breaks off is the caller's fault, and is told so: behind it
//! the service is seen to fail, as its request is torn off.

use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use http::StatusCode;
use http_body_util::BodyExt;
use mesh::body::Patient;
use mesh::{Code, Error};
use routing::RawBody;

use crate::front::Passed;

/// How long a service's answer may go without a byte. Twice what is usual between the keep-alive bytes of a stream.
const STALL: Duration = Duration::from_secs(60);

/// A body that is on its way, and what was wrong with it.
#[derive(Clone, Default)]
pub(crate) struct Watched(Arc<OnceLock<Fault>>);

#[derive(Clone, Copy)]
enum Fault {
    Stalled,
    Broken,
}

impl Watched {
    pub(crate) fn body(&self, body: Body) -> RawBody {
        let wrong = self.clone();
        body.map_err(move |error| {
            let _ = wrong.0.set(Fault::of(&error));
            error.into()
        })
        .boxed_unsync()
    }

    /// The same error, unless it was the caller's fault.
    pub(crate) fn blame(&self, error: Error) -> Error {
        match self.0.get() {
            Some(Fault::Stalled) => Error::new(Code::DeadlineExceeded, "the body stopped before its end")
                .with_status(StatusCode::REQUEST_TIMEOUT),
            Some(Fault::Broken) => Error::invalid("the body broke off before its end"),
            None => error,
        }
    }
}

impl Fault {
    fn of(error: &axum::Error) -> Self {
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
        while let Some(error) = cause {
            if error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::TimedOut) {
                return Self::Stalled;
            }
            cause = error.source();
        }
        Self::Broken
    }
}

/// The answer of a service as it is.
pub(crate) fn through(response: http::Response<RawBody>) -> Response {
    let mut response = response.map(|body| Body::new(Patient::new(body, STALL)));
    response.extensions_mut().insert(Passed);
    response
}
