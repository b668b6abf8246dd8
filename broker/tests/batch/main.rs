//! Several calls in one, seen from outside: what they are answered, what they take from each other, and what they share.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod answers;
#[allow(dead_code, reason = "shared with the tests of who may call")]
#[path = "../policy/client.rs"]
mod client;
#[allow(dead_code, reason = "shared with the tests of who may call")]
#[path = "../policy/issuer.rs"]
mod issuer;
#[path = "../policy/logger.rs"]
mod logger;
mod references;
mod refusals;
mod service;
mod side_by_side;
#[allow(dead_code, reason = "shared with the tests of who may call")]
#[path = "../policy/world.rs"]
mod world;
