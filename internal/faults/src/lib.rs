//! Engines, connections and processes that one may break: private nodes of RabbitMQ, PostgreSQL, Redis and MongoDB's
//! stand-in, a TCP proxy that cuts, halves and delays, and child processes that are killed and stopped. Whatever is broken
//! here was started here; nothing that a machine already runs is ever touched.

mod account;
mod child;
mod disk;
mod engine;
mod guard;
mod mongo;
mod port;
mod postgres;
mod proxy;
mod rabbit;
mod redis;

pub use child::{Child, resident};
pub use disk::Disk;
pub use mongo::Mongo;
pub use port::free_port;
pub use postgres::Postgres;
pub use proxy::{Direction, Observer, Proxy, Sight};
pub use rabbit::RabbitNode;
pub use redis::Redis;
