//! What only RabbitMQ can be asked: the topology as it is declared, and what becomes of everything when an operator or
//! a fault takes a connection, a channel or a queue away. Each test has a virtual host of its own.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../contract/consumer.rs"]
#[allow(dead_code, reason = "shared with the contract, which uses more of it")]
mod consumer;
mod fresh;
#[path = "../contract/host.rs"]
mod host;

mod rabbitmq {
    mod away;
    mod bugs;
    mod deleted;
    mod faults;
    mod glance;
    mod hints;
    mod lost_ack;
    mod messages;
    mod publishing;
    mod questions;
    mod suspects;
    mod topology;
}
