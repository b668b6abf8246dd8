//! Who somebody is: users in rows of its own and `POST /v1/authenticate`, JSON over HTTP. An unknown e-mail, a wrong
//! password and an inactive user get the same answer in the same time, so that nobody learns who has an account.

mod audit;
mod email;
mod new_password;
mod passwords;
mod seed;
mod sign_in;
mod users;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use mesh::Env;
use mesh::config::{ConfigError, Process};
use mesh::db::{self, Db};
use mesh::health::Health;
use mesh::serve::Server;
use mesh::shutdown::{supervise, until_open};
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::passwords::Passwords;
use crate::users::Users;

#[derive(Debug, Clone)]
pub struct Config {
    pub address: SocketAddr,
    postgres: Option<SecretString>,
    file: PathBuf,
    bcrypt_cost: u32,
    /// How many sign-ins may wait for a core before further ones are shed.
    waiting: usize,
    production: bool,
}

impl Config {
    pub fn from_env(env: &Env, process: &Process) -> Result<Self, ConfigError> {
        Ok(Self {
            address: env.address("AUTHENTICATOR_ADDR", 8081)?,
            postgres: process.engine_url(env, "AUTHENTICATOR_POSTGRES_URL", &["postgres", "postgresql"])?,
            file: process.data.join("authenticator.db"),
            bcrypt_cost: env.number("AUTHENTICATOR_BCRYPT_COST", 12, (4, 16))? as u32,
            // At cost 12, the last of eight on a core waits two seconds: about as long as anyone waits for an answer.
            waiting: env.number("AUTHENTICATOR_WAITING", 8 * passwords::cores() as u64, (1, 10_000))? as usize,
            production: process.production,
        })
    }

    /// The development user is for one's own machine only: its password is known to all.
    fn may_seed(&self, loopback_only: bool) -> bool {
        loopback_only && !self.production
    }

    /// Whether rows go to a file in the data folder.
    pub fn is_embedded(&self) -> bool {
        self.postgres.is_none()
    }

    /// Where rows go, for a person to read.
    pub fn store(&self) -> String {
        db::describe(self.postgres.as_ref(), &self.file)
    }
}

/// Serves `socket` until `shutdown`, then finishes what is in flight.
pub async fn run(
    config: Config,
    shared: bus::Shared,
    socket: TcpListener,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let is_seeded = config.may_seed(shared.loopback_only);
    serve(config, is_seeded, shared.grace, socket, shutdown).await
}

async fn serve(
    config: Config,
    is_seeded: bool,
    grace: Duration,
    socket: TcpListener,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let health = Health::new("authenticator");
    let server = Server { listener: socket, health: health.clone(), grace };
    let passwords = Passwords::new(config.bcrypt_cost, config.waiting);
    // However the server ends, the watch ends with it.
    let watching = shutdown.child_token();
    let _guard = watching.clone().drop_guard();
    let opened = OnceLock::new();
    let build = async {
        let seeding = is_seeded.then_some(&passwords);
        let Some(db) = until_open(&shutdown, || open(&config, seeding)).await else { return Ok(Router::new()) };
        let db = opened.get_or_init(|| db);
        tokio::spawn(watch(db.clone(), health, watching));
        Ok(sign_in::router(Users::new(db.clone()), passwords.clone()))
    };
    let served = server.run(build, shutdown.clone()).await;
    if let Some(db) = opened.get() {
        db.close().await;
    }
    served
}

async fn open(config: &Config, seeding: Option<&Passwords>) -> anyhow::Result<Db> {
    let (postgres, sqlite) = (sqlx::migrate!("migrations/postgres"), sqlx::migrate!("migrations/sqlite"));
    let db = Db::open(config.postgres.as_ref(), &config.file, &postgres, &sqlite).await?;
    if let Some(passwords) = seeding {
        let seeded = seed::development_user(&Users::new(db.clone()), passwords).await;
        seeded.context("cannot add the development user")?;
    }
    Ok(db)
}

async fn watch(db: Db, health: Health, shutdown: CancellationToken) {
    let watch = async || {
        db.watch(&health, &shutdown).await;
        Ok(())
    };
    supervise("authenticator.watch", &shutdown, watch).await;
}

#[cfg(test)]
mod tests;
