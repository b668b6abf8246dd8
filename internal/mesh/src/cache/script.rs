//! Scripts on the server of a shared cache: read, reckon and write in one step, for counts that several processes keep
//! together. Unlike a hint that is missed, a script that did not run is an error, and the caller sets its patience.

use std::fmt;
use std::time::Duration;

use anyhow::Context;

use super::Redis;

/// A script in Lua, over one key and numbers, that answers with numbers. It is sent once and then called by its hash.
pub struct Script(redis::Script);

impl Script {
    pub fn new(text: &str) -> Self {
        Self(redis::Script::new(text))
    }
}

/// The server of a cache; shown as where it is, without its password.
#[derive(Clone)]
pub struct Server {
    redis: Redis,
}

impl Server {
    pub(super) fn new(redis: Redis) -> Self {
        Self { redis }
    }

    /// Runs the script over `key`, under the prefix of the cache. After an error nobody knows whether it ran.
    pub async fn run(
        &self,
        script: &Script,
        key: &str,
        arguments: &[u64],
        patience: Duration,
    ) -> anyhow::Result<Vec<i64>> {
        let mut connection = self.redis.connection.clone();
        let mut invocation = script.0.key(self.redis.key(key));
        for argument in arguments {
            invocation.arg(*argument);
        }
        let answered = tokio::time::timeout(patience, invocation.invoke_async(&mut connection)).await;
        answered.context("no answer in time")?.context("the script failed")
    }
}

impl fmt::Display for Server {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.redis.place)
    }
}
