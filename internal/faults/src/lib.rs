//! Engines, connections and processes that one may break: private nodes of RabbitMQ, PostgreSQL, Redis and MongoDB's
//! stand-in, a TCP proxy that cuts, halves and delays, and child processes that are killed and stopped. Whatever is broken
//! here was started here; nothing that a machine already runs is ever touched.

mod child;
mod guard;
mod port;
mod proxy;
mod rabbit;

pub use child::Child;
pub use port::free_port;
pub use proxy::{Direction, Observer, Proxy};
pub use rabbit::RabbitNode;
