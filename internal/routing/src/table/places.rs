//! Where calls go: services, and the addresses that they have.

use super::{Line, Table};

/// Where a service is; several addresses, and those behind a host name, are load balanced.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Service {
    pub name: String,
    pub scheme: Scheme,
    /// At least one. The first is what services see as the host that was asked for.
    pub addresses: Vec<Address>,
    /// Whether methods with google.api.http annotations are doors of their own.
    pub annotated: bool,
    /// Whether it is sent the caller's token, to verify it again.
    pub token: bool,
    /// How many calls it is sent at once by this process; more are refused at once. Nothing where the file does not say.
    pub concurrency: Option<u32>,
    /// Where it stands in the file, counted from 1.
    pub line: usize,
}

/// `host:port`
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Address {
    /// A name or an address, without brackets.
    pub host: String,
    pub port: u16,
}

impl Service {
    /// The concurrency where the file does not say one.
    pub const CONCURRENCY: u32 = 1_000;
}

impl Table {
    /// How many calls over this line are sent at once by this process. No number for events: the bus has a bound of its
    /// own on what waits for a confirm, and refuses what is over it.
    pub(crate) fn concurrency(&self, line: &Line) -> Option<u32> {
        if let Line::Event { .. } = line {
            return None;
        }
        let written = line.service().and_then(|name| self.services.get(name)?.concurrency);
        Some(written.unwrap_or(Service::CONCURRENCY))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    Grpc,
    Http,
}
