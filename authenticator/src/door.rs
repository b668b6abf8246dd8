//! What every handler works with, and where the routes of all files meet.

use std::sync::Arc;

use axum::Router;
use bus::{Bus, Outbox};
use chrono::{DateTime, Utc};
use mesh::db::Db;
use mesh::problem;

use crate::keys::{self, Keys};
use crate::passwords::Passwords;
use crate::secrets::Secrets;
use crate::users::Users;
use crate::{Config, addresses, admin, api_keys, me, own_sessions, reset_links, revocations, sign_in};

/// Clones share everything.
#[derive(Clone)]
pub(crate) struct Door {
    pub(crate) db: Db,
    pub(crate) bus: Bus,
    pub(crate) outbox: Outbox,
    pub(crate) passwords: Passwords,
    pub(crate) keys: Keys,
    pub(crate) secrets: Secrets,
    pub(crate) config: Arc<Config>,
}

impl Door {
    pub(crate) fn users(&self) -> Users {
        Users::new(self.db.clone())
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.config.clock.now()
    }

    pub(crate) fn router(self) -> Router {
        Router::new()
            .merge(keys::router())
            .merge(revocations::router())
            .merge(own_sessions::router())
            .merge(sign_in::router())
            .merge(me::router())
            .merge(addresses::router())
            .merge(api_keys::router())
            .merge(admin::router())
            .merge(reset_links::router())
            .fallback(problem::no_such_path)
            .method_not_allowed_fallback(problem::wrong_method)
            .with_state(self)
    }
}
