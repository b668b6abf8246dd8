//! One attempt's way to an instance that takes it. Nothing of a call has gone before there is a connection, so one that
//! refuses is passed over for the next within the same attempt.

use std::net::SocketAddr;

use mesh::Error;

use super::Upstream;
use super::in_flight::{InFlight, Wait};
use crate::connection::{CONNECT_TIMEOUT, SILENCE};
use crate::trail::Trail;

pub(crate) struct Search<'a> {
    upstream: &'a Upstream,
    trail: Option<&'a Trail>,
    wait: Option<Wait>,
    /// By earlier attempts.
    tried: Vec<SocketAddr>,
    /// By this one.
    refused: Vec<SocketAddr>,
    failure: String,
}

impl<'a> Search<'a> {
    pub(super) fn new(upstream: &'a Upstream, trail: Option<&'a Trail>, wait: Option<Wait>) -> Self {
        let tried = trail.map(Trail::tried).unwrap_or_default();
        Self { upstream, trail, wait, tried, refused: Vec::new(), failure: "its name has no address".to_owned() }
    }

    /// Where to go next; nothing once every instance has refused.
    pub(crate) fn next(&mut self) -> Option<InFlight> {
        let (instance, has_others) = self.upstream.pick(&self.tried, &self.refused)?;
        if let Some(trail) = self.trail {
            trail.chose(instance.address, has_others);
        }
        Some(instance.waited_for(self.wait, self.trail))
    }

    /// This one does not take connections. Where it did not even refuse, finding that out costs each caller a second.
    pub(crate) fn refused(&mut self, mut instance: InFlight, why: String) {
        instance.failed(&why);
        if instance.waited() >= CONNECT_TIMEOUT {
            instance.rests(SILENCE);
        }
        self.refused.push(instance.address);
        self.failure = why;
    }

    /// What a caller is told when nobody takes the call.
    pub(crate) fn exhausted(self) -> Error {
        if let Some(trail) = self.trail {
            trail.refused();
        }
        self.upstream.unavailable(&self.failure)
    }
}
