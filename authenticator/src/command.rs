//! What people do on the service's own database, beside a service that runs or none: see `switchboard keys`.

use crate::{Config, keys, open};

#[derive(Debug, Clone)]
pub enum Command {
    /// Publishes a new signing key, which signs once every door knows it.
    RotateKeys,
}

/// Obeys, and says in a sentence what was done.
pub async fn command(config: &Config, command: Command) -> anyhow::Result<String> {
    let db = open(config, None).await?;
    let done = match command {
        Command::RotateKeys => keys::rotate(config, &db).await,
    };
    db.close().await;
    done
}
