//! What goes over a line and what comes back, the same for all lines: an argument, a deadline and a trace in; JSON, a
//! stream or a raw answer out.

use std::net::IpAddr;

use bytes::Bytes;
use futures::stream::BoxStream;
use http::{HeaderMap, HeaderValue, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use mesh::{Identity, TraceContext};
use secrecy::SecretString;
use serde_json::{Map, Value};
use tokio::time::Instant;
use uuid::Uuid;

use crate::trail::Trail;

/// A JSON object in one of two forms, so that a body which nothing is added to is not taken apart and rebuilt.
#[derive(Debug, Clone, PartialEq)]
pub enum Argument {
    /// Text that claims to be a JSON object; the line finds out.
    Text(Bytes),
    Object(Map<String, Value>),
}

impl Argument {
    /// The object itself, for lines and policies that have to look inside.
    pub fn into_object(self) -> Result<Map<String, Value>, mesh::Error> {
        match self {
            Self::Object(object) => Ok(object),
            Self::Text(text) => crate::argument::parse(&text),
        }
    }

    /// JSON text to send on; what is passed through unread is checked to be an object first.
    pub fn into_text(self) -> Result<Bytes, mesh::Error> {
        let object = self.into_object()?;
        serde_json::to_vec(&object).map(Bytes::from).map_err(mesh::Error::internal)
    }
}

/// One call, whichever door it came in by.
#[derive(Debug, Clone)]
pub struct Call {
    pub argument: Argument,
    pub deadline: Instant,
    pub trace: TraceContext,
    /// The same over every attempt: what an event or a question is called where there is no key.
    pub id: Uuid,
    /// The same over every repetition of the same call; services are told it as `idempotency-key`.
    pub key: Option<String>,
    /// Whether the caller gave that key, and so knows that the call may be made again. A call that is answered later has
    /// a key of its own without one of its caller's.
    pub is_keyed: bool,
    /// Who calls, where somebody is signed in.
    pub identity: Option<Identity>,
    /// The token that proved it, for services that verify it again (`token = true`); never for the bus.
    pub token: Option<SecretString>,
    /// The caller's address.
    pub origin: Option<IpAddr>,
    /// Those of the caller's own headers that http services are sent.
    pub headers: HeaderMap,
    /// What it has met so far; on a line, this attempt's own.
    pub trail: Trail,
}

impl Call {
    /// A call by nobody in particular, in the current trace.
    pub fn new(argument: Argument, deadline: Instant) -> Self {
        let trace = TraceContext::current_or_new();
        Self {
            argument,
            deadline,
            trace,
            id: Uuid::now_v7(),
            key: None,
            is_keyed: false,
            identity: None,
            token: None,
            origin: None,
            headers: HeaderMap::new(),
            trail: Trail::default(),
        }
    }
}

/// Documents of a server stream, one JSON text each.
pub type Documents = BoxStream<'static, Result<Bytes, mesh::Error>>;

/// A body that streams through.
pub type RawBody = UnsyncBoxBody<Bytes, Box<dyn std::error::Error + Send + Sync>>;

/// What a line brought back.
pub enum Reply {
    /// JSON text; a status only where the service has chosen one itself, cookies only where the row lets them pass.
    Json {
        status: Option<StatusCode>,
        body: Bytes,
        cookies: Vec<HeaderValue>,
    },
    /// Kept, and answered later: where to ask for the result, as JSON text.
    Accepted(Bytes),
    Stream(Documents),
    Raw(http::Response<RawBody>),
}

impl Reply {
    /// JSON text whose status the row or the door chooses.
    pub fn json(body: impl Into<Bytes>) -> Self {
        Self::Json { status: None, body: body.into(), cookies: Vec::new() }
    }
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Json { status, body, .. } => write!(f, "Json({status:?}, {} bytes)", body.len()),
            Self::Accepted(_) => f.write_str("Accepted"),
            Self::Stream(_) => f.write_str("Stream"),
            Self::Raw(response) => write!(f, "Raw({})", response.status()),
        }
    }
}
