//! The services that this binary can run: a closed list with what the start needs to know of each. A new service is a
//! name here and an arm in each `match` below.

use std::net::SocketAddr;

use bus::Shared;
use clap::ValueEnum;
use futures::future::BoxFuture;
use mesh::config::{ConfigError, Env, Process};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Service {
    /// The front door for HTTP
    Broker,
    /// The front door for events: takes them off the queue and calls what the route table says
    Listener,
    /// The activity log, over gRPC
    Logger,
    /// Accounts, JSON over HTTP
    Authenticator,
    /// The slow external service of the examples, JSON over HTTP
    Math,
    /// Dead letters, queues and instances for operators, JSON over HTTP
    Operations,
}

impl Service {
    /// In the order in which they are shown.
    pub(crate) const ALL: [Self; 6] =
        [Self::Broker, Self::Listener, Self::Logger, Self::Authenticator, Self::Math, Self::Operations];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Broker => "broker",
            Self::Listener => "listener",
            Self::Logger => "logger",
            Self::Authenticator => "authenticator",
            Self::Math => "math",
            Self::Operations => "operations",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.name() == name)
    }

    /// The variable with the address that it binds.
    pub(crate) fn address_variable(self) -> String {
        format!("{}_ADDR", self.name().to_uppercase())
    }

    /// The variable by which the route table finds it; doors are nobody's target.
    pub(crate) fn url_variable(self) -> Option<String> {
        (!self.is_door()).then(|| format!("{}_URL", self.name().to_uppercase()))
    }

    pub(crate) fn scheme(self) -> &'static str {
        match self {
            Self::Logger => "grpc",
            Self::Broker | Self::Listener | Self::Authenticator | Self::Math | Self::Operations => "http",
        }
    }

    /// Doors call services: they are closed first, so that what they have in hand still finds its service.
    pub(crate) fn is_door(self) -> bool {
        matches!(self, Self::Broker | Self::Listener)
    }

    /// The variable by which the table finds it, with the address that it is told to bind; none where the system chooses.
    pub(crate) fn expected(self, env: &Env) -> Option<(String, String)> {
        let address: SocketAddr = env.optional(&self.address_variable())?.trim().parse().ok()?;
        Some((self.url_variable().filter(|_| address.port() != 0)?, self.url(address)))
    }

    /// Whether it calls others by itself: it begins a moment after those, so that it finds them.
    pub(crate) fn calls_others(self) -> bool {
        self.is_door() || self == Self::Operations
    }

    /// Where others reach it; an unspecified address is reached over loopback.
    pub(crate) fn url(self, address: SocketAddr) -> String {
        format!("{}://{}", self.scheme(), reachable(address))
    }
}

/// The address by which this machine reaches a socket bound to `address`.
pub(crate) fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address {
        SocketAddr::V4(it) if it.ip().is_unspecified() => std::net::Ipv4Addr::LOCALHOST.into(),
        SocketAddr::V6(it) if it.ip().is_unspecified() => std::net::Ipv6Addr::LOCALHOST.into(),
        SocketAddr::V4(_) | SocketAddr::V6(_) => address.ip(),
    };
    SocketAddr::new(ip, address.port())
}

/// One service with its configuration, ready to run.
#[allow(clippy::large_enum_variant, reason = "there are a handful of them, and each is moved once")]
pub(crate) enum Configured {
    Broker(broker::Config),
    Listener(listener::Config),
    Logger(logger::Config),
    Authenticator(authenticator::Config),
    Math(math::Config),
    Operations(operations::Config),
}

impl Configured {
    pub(crate) fn from_env(service: Service, env: &Env, process: &Process) -> Result<Self, ConfigError> {
        Ok(match service {
            Service::Broker => Self::Broker(broker::Config::from_env(env, process)?),
            Service::Listener => Self::Listener(listener::Config::from_env(env, process)?),
            Service::Logger => Self::Logger(logger::Config::from_env(env, process)?),
            Service::Authenticator => Self::Authenticator(authenticator::Config::from_env(env, process)?),
            Service::Math => Self::Math(math::Config::from_env(env, process)?),
            Service::Operations => Self::Operations(operations::Config::from_env(env, process)?),
        })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        match self {
            Self::Broker(config) => config.address,
            Self::Listener(config) => config.address,
            Self::Logger(config) => config.address,
            Self::Authenticator(config) => config.address,
            Self::Math(config) => config.address,
            Self::Operations(config) => config.address,
        }
    }

    /// Whether it has files in the data folder, which then belongs to one process.
    pub(crate) fn is_embedded(&self) -> bool {
        match self {
            Self::Broker(config) => config.is_embedded(),
            Self::Logger(config) => config.is_embedded(),
            Self::Authenticator(config) => config.is_embedded(),
            Self::Operations(config) => config.is_embedded(),
            Self::Listener(_) | Self::Math(_) => false,
        }
    }

    /// What a person is told about where its rows go.
    pub(crate) fn store(&self) -> String {
        match self {
            Self::Broker(config) => config.store(),
            Self::Listener(config) => config.store(),
            Self::Logger(config) => config.store(),
            Self::Authenticator(config) => config.store(),
            Self::Math(config) => config.store(),
            Self::Operations(config) => config.store(),
        }
    }

    pub(crate) fn run(
        self,
        shared: Shared,
        socket: TcpListener,
        shutdown: CancellationToken,
    ) -> BoxFuture<'static, anyhow::Result<()>> {
        match self {
            Self::Broker(config) => Box::pin(broker::run(config, shared, socket, shutdown)),
            Self::Listener(config) => Box::pin(listener::run(config, shared, socket, shutdown)),
            Self::Logger(config) => Box::pin(logger::run(config, shared, socket, shutdown)),
            Self::Authenticator(config) => Box::pin(authenticator::run(config, shared, socket, shutdown)),
            Self::Math(config) => Box::pin(math::run(config, shared, socket, shutdown)),
            Self::Operations(config) => Box::pin(operations::run(config, shared, socket, shutdown)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_bound_everywhere_is_reached_over_loopback() {
        let cases = [
            ("0.0.0.0:50001", "grpc://127.0.0.1:50001"),
            ("[::]:50001", "grpc://[::1]:50001"),
            ("10.0.0.7:1", "grpc://10.0.0.7:1"),
        ];
        for (address, url) in cases {
            assert_eq!(Service::Logger.url(address.parse().unwrap()), url);
        }
    }
}
