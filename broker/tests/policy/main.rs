//! Who may call, seen from outside: a broker on a socket of its own, an issuer that signs tokens, and services that say
//! what they were told.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod admission;
mod client;
mod cookies;
mod front;
mod issuer;
mod live;
mod logger;
mod messages;
mod panel;
mod services;
mod streams;
mod tails;
mod world;
