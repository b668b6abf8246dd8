//! Accounts over HTTP: who somebody is, in rows of its own, and the sessions and tokens by which the doors know it. An
//! unknown e-mail, a wrong password and an inactive user get the same answer in the same time, so that nobody learns who
//! has an account.

mod addresses;
mod admin;
mod api_keys;
mod attempt;
mod audit;
mod backoff;
mod caller;
mod clock;
mod command;
mod config;
mod confirm;
mod cookies;
mod countries;
mod deletion;
mod door;
mod email;
mod grant;
mod keys;
mod line;
mod me;
mod new_password;
mod own_sessions;
mod passwords;
mod presented;
mod probes;
mod refresh;
mod register;
mod reset_links;
mod revocations;
mod rotation;
mod secrets;
mod seed;
mod sessions;
mod sign_in;
mod signed_in;
mod sweep;
mod tokens;
mod users;

use std::sync::{Arc, OnceLock};

use anyhow::Context;
use axum::Router;
use bus::{Bus, Outbox, Shared};
use mesh::db::{Db, Place};
use mesh::health::Health;
use mesh::serve::Server;
use mesh::shutdown::{supervise, until_open};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::door::Door;
use crate::keys::Store;
use crate::passwords::Passwords;
use crate::users::Users;

pub use command::{Command, command};
pub use config::Config;

/// Serves `socket` until `shutdown`, then finishes what is in flight.
pub async fn run(
    config: Config,
    shared: Shared,
    socket: TcpListener,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let health = Health::new("authenticator");
    let server = Server { listener: socket, health: health.clone(), grace: shared.grace };
    let passwords = Passwords::new(config.bcrypt_cost, config.waiting);
    // However the server ends, what runs beside it ends with it.
    let stop = shutdown.child_token();
    let _guard = stop.clone().drop_guard();
    let running = OnceLock::new();
    let build = async {
        let Some((door, store)) = until_open(&shutdown, || enter(&config, &shared, &passwords)).await else {
            return Ok(Router::new());
        };
        let router = door.clone().router();
        let db = door.db.clone();
        running.get_or_init(|| (db, tokio::spawn(beside(door, store, health, stop.clone()))));
        Ok(router)
    };
    let served = server.run(build, shutdown.clone()).await;
    stop.cancel();
    if let Some((db, beside)) = running.into_inner() {
        // Questions in hand and what the relay has sent need their rows a little longer.
        if tokio::time::timeout(shared.grace, beside).await.is_err() {
            tracing::warn!("left questions or events of the authenticator in hand: they are asked and sent again");
        }
        db.close().await;
    }
    served
}

async fn enter(config: &Config, shared: &Shared, passwords: &Passwords) -> anyhow::Result<(Door, Store)> {
    let seeding = config.may_seed(shared.loopback_only).then_some(passwords);
    let db = open(config, seeding).await?;
    let store = Store::new(config, &db);
    let (keys, secrets) = store.open(config).await?;
    let outbox = Outbox::new("authenticator", db.clone());
    let (bus, passwords, config) = (shared.bus.clone(), passwords.clone(), Arc::new(config.clone()));
    Ok((Door { db, bus, outbox, passwords, keys, secrets, config }, store))
}

/// Brings the tables up to date, as every start does; needs nothing else of the configuration.
pub async fn migrate(rows: &Place) -> anyhow::Result<()> {
    up_to_date(rows).await?.close().await;
    Ok(())
}

async fn up_to_date(rows: &Place) -> anyhow::Result<Db> {
    let db = Db::open(rows, sqlx::migrate!("migrations/postgres"), sqlx::migrate!("migrations/sqlite")).await?;
    bus::migrate(&db).await?;
    Ok(db)
}

async fn open(config: &Config, seeding: Option<&Passwords>) -> anyhow::Result<Db> {
    let db = up_to_date(&config.rows).await?;
    if let Some(passwords) = seeding {
        let seeded = seed::development_user(&Users::new(db.clone()), passwords, config.clock.now()).await;
        seeded.context("cannot add the development user")?;
    }
    Ok(db)
}

/// What goes on beside the calls, until `stop`.
async fn beside(door: Door, store: Store, health: Health, stop: CancellationToken) {
    let watch = async || {
        door.db.watch(&health, &stop).await;
        Ok(())
    };
    tokio::join!(
        supervise("authenticator.watch", &stop, watch),
        supervise("authenticator.rpc", &stop, || answer(&door, &stop)),
        supervise("authenticator.outbox", &stop, || relay(&door.outbox, &door.bus, &stop)),
        store.follow(&door.keys, &stop),
        sweep::run(&door, &stop),
    );
}

async fn answer(door: &Door, stop: &CancellationToken) -> anyhow::Result<()> {
    register::answer(door, stop).await;
    Ok(())
}

async fn relay(outbox: &Outbox, bus: &Bus, stop: &CancellationToken) -> anyhow::Result<()> {
    outbox.run(bus, stop).await
}

#[cfg(test)]
mod tests;
