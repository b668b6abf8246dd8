//! Where calls go: services, and the addresses that they have.

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
    /// How many calls it is sent at once by this process; more are refused at once.
    pub concurrency: u32,
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
    /// The concurrency of a service that does not say one.
    pub const CONCURRENCY: u32 = 1_000;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    Grpc,
    Http,
}
