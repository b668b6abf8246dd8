//! What one server takes at most, so that callers can use up neither its memory nor its file descriptors nor its time.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// The most bytes of a request's target; more is a 414.
pub(super) const TARGET: usize = 8 << 10;
/// The most headers of one request; more is a 431.
pub(super) const HEADERS: usize = 100;
/// The most bytes of a request's head; more is a 431.
pub(super) const HEAD: usize = 32 << 10;
/// What HTTP/1 reads ahead at most, in bytes. It has to hold a head that is just too long, to be told so.
pub(super) const BUFFER: usize = 2 * HEAD;

/// What a server faces that strangers can reach, and others need not fear.
#[derive(Clone)]
pub struct Callers {
    /// Connections that one address may have open; an IPv6 network of 64 bits counts as one address.
    pub connections_per_address: usize,
    /// Addresses that stand for many callers, as proxies do, and may have any number.
    pub exempt: Arc<dyn Fn(IpAddr) -> bool + Send + Sync>,
}

#[derive(Clone)]
pub(super) struct Limits {
    /// Beyond these, connections wait until they are accepted.
    pub(super) connections: usize,
    /// Calls whose answer has not begun; beyond these, 503.
    pub(super) calls: usize,
    /// Streams that one HTTP/2 connection may have open.
    pub(super) streams: u32,
    /// How long a client may take to send a request's head, the time before its first byte included.
    pub(super) head: Duration,
    /// How long a body may go without a byte, and a client without reading what it is sent.
    pub(super) stall: Duration,
    /// How long an HTTP/2 connection may be open without a call. Over HTTP/1, `head` is the bound.
    pub(super) quiet: Duration,
    /// How long a connection without a call is kept once the server is told to stop: a request may be on its way.
    pub(super) linger: Duration,
    pub(super) callers: Option<Callers>,
}

impl Limits {
    /// For a service behind the doors: the broker puts all its calls to it on a few connections.
    pub(super) fn behind() -> Self {
        Self {
            connections: 10_000,
            calls: 10_000,
            streams: 2_000,
            head: Duration::from_secs(10),
            stall: Duration::from_secs(30),
            quiet: Duration::from_secs(120),
            linger: Duration::from_millis(250),
            callers: None,
        }
    }

    /// For a server that strangers can reach.
    pub(super) fn facing(callers: Callers) -> Self {
        Self { streams: 250, callers: Some(callers), ..Self::behind() }
    }
}
