//! The rows of the services that keep some, apart from the rest of what a service is told: bringing them up to date needs
//! no port, no key and no queue. A new service with rows has an arm in each `match` below.

use mesh::config::{ConfigError, Env, Process};
use mesh::db::Place;

use crate::services::Service;

#[derive(Debug)]
pub(crate) enum Rows {
    Broker(Place),
    Logger(logger::Place),
    Authenticator(Place),
    Operations(Place),
}

impl Rows {
    /// None for a service that keeps nothing.
    pub(crate) fn from_env(service: Service, env: &Env, process: &Process) -> Result<Option<Self>, ConfigError> {
        let place = || Place::from_env(env, process, service.name());
        Ok(match service {
            Service::Broker => Some(Self::Broker(place()?)),
            Service::Logger => Some(Self::Logger(logger::Place::from_env(env, process)?)),
            Service::Authenticator => Some(Self::Authenticator(place()?)),
            Service::Operations => Some(Self::Operations(place()?)),
            Service::Listener | Service::Math => None,
        })
    }

    /// The variable that names their engine; without it they are in the data folder.
    pub(crate) fn variable(service: Service) -> Option<&'static str> {
        match service {
            Service::Broker => Some("BROKER_POSTGRES_URL"),
            Service::Logger => Some("LOGGER_MONGO_URL"),
            Service::Authenticator => Some("AUTHENTICATOR_POSTGRES_URL"),
            Service::Operations => Some("OPERATIONS_POSTGRES_URL"),
            Service::Listener | Service::Math => None,
        }
    }

    pub(crate) fn is_embedded(&self) -> bool {
        match self {
            Self::Logger(place) => place.is_embedded(),
            Self::Broker(place) | Self::Authenticator(place) | Self::Operations(place) => place.is_embedded(),
        }
    }

    /// What a person is told about where they are.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Logger(place) => place.describe(),
            Self::Broker(place) | Self::Authenticator(place) | Self::Operations(place) => place.describe(),
        }
    }

    /// Adds what this version needs and they lack.
    pub(crate) async fn migrate(&self) -> anyhow::Result<()> {
        match self {
            Self::Broker(place) => broker::migrate(place).await,
            Self::Logger(place) => logger::migrate(place).await,
            Self::Authenticator(place) => authenticator::migrate(place).await,
            Self::Operations(place) => operations::migrate(place).await,
        }
    }
}
