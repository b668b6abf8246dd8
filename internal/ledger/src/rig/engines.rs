//! The private engines of a mesh, as far as its way of running has any. RabbitMQ is reached by way of a proxy, so that the
//! network to it can be broken without it.

use std::collections::BTreeMap;
use std::path::Path;

use faults::{Mongo, Postgres, Proxy, RabbitNode, Redis};

use super::way::Way;

/// The database of each service that has one, by the variable that leads to it.
const DATABASES: [(&str, &str); 3] = [
    ("AUTHENTICATOR_POSTGRES_URL", "users_db"),
    ("BROKER_POSTGRES_URL", "broker_db"),
    ("OPERATIONS_POSTGRES_URL", "operations_db"),
];

#[derive(Default)]
pub(super) struct Engines {
    pub(super) queue: Option<Queue>,
    pub(super) rows: Option<Rows>,
}

pub(super) struct Queue {
    pub(super) proxy: Proxy,
    pub(super) node: RabbitNode,
}

pub(super) struct Rows {
    pub(super) postgres: Postgres,
    pub(super) mongo: Mongo,
    pub(super) redis: Redis,
}

impl Engines {
    pub(super) async fn start(way: Way, services: &Path) -> anyhow::Result<Self> {
        let (queue, rows) = match way {
            Way::Embedded => (None, None),
            Way::Rabbitmq => (Some(Queue::start().await?), None),
            Way::Engines => {
                let (queue, rows) = tokio::try_join!(Queue::start(), Rows::start(services))?;
                (Some(queue), Some(rows))
            }
        };
        Ok(Self { queue, rows })
    }

    /// How services find them.
    pub(super) fn variables(&self) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        if let Some(queue) = &self.queue {
            all.insert("RABBITMQ_URL".to_owned(), format!("amqp://guest:guest@{}", queue.proxy.address()));
        }
        if let Some(rows) = &self.rows {
            all.extend(DATABASES.map(|(variable, name)| (variable.to_owned(), rows.postgres.url(name))));
            all.insert("LOGGER_MONGO_URL".to_owned(), rows.mongo.url("logs_db"));
            all.insert("REDIS_URL".to_owned(), rows.redis.url());
        }
        all
    }
}

impl Queue {
    async fn start() -> anyhow::Result<Self> {
        let node = RabbitNode::start().await?;
        let proxy = Proxy::to(node.address().to_string()).await?;
        Ok(Self { proxy, node })
    }
}

impl Rows {
    async fn start(services: &Path) -> anyhow::Result<Self> {
        let (postgres, mongo, redis) = tokio::try_join!(Postgres::start(), Mongo::start(services), Redis::start())?;
        for (_, name) in DATABASES {
            postgres.create_database(name).await?;
        }
        Ok(Self { postgres, mongo, redis })
    }
}
