//! The proxy of the faults in front of an engine or a service, in the words of the journeys. It counts what calls pass, too.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use faults::Direction;

pub(crate) struct Proxy {
    proxy: faults::Proxy,
    calls: Arc<AtomicUsize>,
}

impl Proxy {
    /// In front of TEST_RABBITMQ_URL.
    pub(crate) async fn to_rabbitmq() -> Self {
        Self::to(super::engines::rabbitmq_address()).await
    }

    /// In front of this host and port.
    pub(crate) async fn to(server: String) -> Self {
        let calls: Arc<AtomicUsize> = Arc::default();
        let counted = calls.clone();
        let observer = Arc::new(move || -> faults::Sight {
            let (mut frames, counted) = (Frames::default(), counted.clone());
            Box::new(move |bytes| {
                counted.fetch_add(frames.calls_in(bytes), Ordering::Relaxed);
            })
        });
        Self { proxy: faults::Proxy::observed(server, observer).await.unwrap(), calls }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.proxy.address()
    }

    /// Closes every connection, and new ones at once.
    pub(crate) fn cut(&self) {
        self.proxy.cut();
    }

    /// What clients send stays here; what they are sent goes on.
    pub(crate) fn hold_back(&self) {
        self.proxy.hold_back(Direction::ToServer);
    }

    /// Everything arrives this much later.
    pub(crate) fn slow_down(&self, by: Duration) {
        self.proxy.delay(by);
    }

    /// Calls over HTTP/2 that have passed.
    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    pub(crate) fn mend(&self) {
        self.proxy.open();
    }
}

/// What a client says over HTTP/2, frame by frame (RFC 9113 §4.1): each call begins with one frame of headers.
#[derive(Default)]
struct Frames {
    rest: Vec<u8>,
    has_begun: bool,
}

impl Frames {
    const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    const HEADERS: u8 = 1;

    /// How many calls begin in these bytes; none where something else is spoken.
    fn calls_in(&mut self, bytes: &[u8]) -> usize {
        self.rest.extend_from_slice(bytes);
        if !self.has_begun {
            if !self.rest.starts_with(Self::PREFACE) {
                return 0;
            }
            self.rest.drain(..Self::PREFACE.len());
            self.has_begun = true;
        }
        let mut calls = 0;
        while let [high, middle, low, kind, ..] = self.rest[..] {
            let length = 9 + u32::from_be_bytes([0, high, middle, low]) as usize;
            if self.rest.len() < length {
                break;
            }
            self.rest.drain(..length);
            calls += usize::from(kind == Self::HEADERS);
        }
        calls
    }
}
