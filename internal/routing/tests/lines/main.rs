//! The lines as a door uses them: a table is opened, its rows carry calls to real servers on loopback sockets and over
//! the embedded bus.

#![allow(clippy::unwrap_used)]

mod attempts;
mod batch;
mod constants;
mod events;
mod grpc;
mod http_json;
mod instances;
mod outage;
mod raw;
mod reload;
mod shed;
mod world;
