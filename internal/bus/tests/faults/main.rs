//! The bus on RabbitMQ while RabbitMQ and the network break: nothing that was confirmed is lost, nobody waits for ever,
//! what is wrong is told, and everything comes back by itself. The network is a proxy of the test's own; what concerns a
//! whole node is done to a private one.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../contract/consumer.rs"]
#[allow(dead_code, reason = "shared with the contract, which uses more of it")]
mod consumer;
#[path = "../rabbitmq/fresh.rs"]
#[allow(dead_code, reason = "shared with other tests, which use more of it")]
mod fresh;
#[path = "../contract/host.rs"]
#[allow(dead_code, reason = "shared with the contract, which uses more of it")]
mod host;
mod scene;

mod rabbitmq {
    mod network;
    mod node;
    mod operator;
    mod refused;
}
