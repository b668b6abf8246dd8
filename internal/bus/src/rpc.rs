//! Questions over the bus: transient, with a deadline that the asking and the answering side both keep.

use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use futures::future::BoxFuture;
use mesh::{Identity, TraceContext};
use tokio::time::Instant;

/// Priorities of a question; RabbitMQ's queue has as many levels.
pub const MAX_PRIORITY: u8 = 4;

/// A question to `method` of `service`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub service: String,
    pub method: String,
    /// JSON.
    pub body: Bytes,
    /// The same over every repetition of the same question.
    pub id: String,
    /// 0 to `MAX_PRIORITY`, the highest first.
    pub priority: u8,
    pub deadline: Instant,
    pub trace: TraceContext,
    /// Who asks, as verified at the door; none where nobody is signed in.
    pub identity: Option<Identity>,
    /// Where the question came in from, for limits by address.
    pub origin: Option<IpAddr>,
}

/// Answers one question with JSON or an error, both of which reach the caller.
pub type Handler = Arc<dyn Fn(Request) -> BoxFuture<'static, Result<Bytes, mesh::Error>> + Send + Sync>;

/// What answers the questions to a service.
#[derive(Clone)]
pub struct Server {
    pub service: String,
    /// Questions in hand at once.
    pub concurrency: usize,
    /// Whether a question may be answered twice after a crash: acknowledged after the answer if so, before it if not.
    pub idempotent: bool,
    pub handler: Handler,
}
