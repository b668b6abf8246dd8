//! End to end: the real binary, spoken to over its sockets. One file per journey; each journey that does not care how
//! the mesh runs is one function, run embedded, as one process per service on real engines, and mixed.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod harness;

/// Each journey over every way of running. A test that needs an engine has its name in its own.
macro_rules! over_every_way {
    ($($journey:ident)+) => {
        mod embedded {
            $(#[tokio::test]
            async fn $journey() {
                let mut mesh = crate::harness::Mesh::start(crate::harness::Way::Embedded).await;
                super::$journey(&mut mesh).await;
                mesh.stop().await;
            })+
        }

        mod engines_rabbitmq_postgres_mongo {
            $(#[tokio::test]
            async fn $journey() {
                let mut mesh = crate::harness::Mesh::start(crate::harness::Way::Engines).await;
                super::$journey(&mut mesh).await;
                mesh.stop().await;
            })+
        }

        mod mixed_rabbitmq {
            $(#[tokio::test]
            async fn $journey() {
                let mut mesh = crate::harness::Mesh::start(crate::harness::Way::Mixed).await;
                super::$journey(&mut mesh).await;
                mesh.stop().await;
            })+
        }
    };
}

mod accounts;
mod audit;
mod backup;
mod bad_input;
mod commands;
mod dead_commands;
mod dead_letters;
mod demo;
mod deploy;
mod drain;
mod explain;
mod first_evening;
mod glance;
mod heartbeat;
mod hygiene;
mod idempotency;
mod instances;
mod later;
mod ledger;
mod limits;
mod live;
mod logger_away;
mod machines;
mod members;
mod metrics;
mod migrate;
mod nginx;
mod openapi;
mod queue;
mod queue_away;
mod readme;
mod registrations;
mod reliability;
mod reload;
mod rig;
mod rolling;
mod secrets;
mod sessions;
mod several;
mod start;
mod who_may_call;
