//! A virtual host of RabbitMQ for one comparison, deleted at its end.

use std::process::Command;

use anyhow::{Context, bail};
use url::Url;

pub(crate) struct VirtualHost {
    name: String,
    pub(crate) url: String,
}

impl VirtualHost {
    /// On the server of TEST_RABBITMQ_URL, which has to be on this machine for `rabbitmqctl`.
    pub(crate) fn create() -> anyhow::Result<Self> {
        Self::named(&format!("bench_{}", std::process::id()))
    }

    /// The same for one subject among others of its comparison.
    pub(crate) fn of(subject: &str) -> anyhow::Result<Self> {
        Self::named(&format!("bench_{}_{subject}", std::process::id()))
    }

    fn named(name: &str) -> anyhow::Result<Self> {
        let server = std::env::var("TEST_RABBITMQ_URL");
        let mut url = Url::parse(server.as_deref().unwrap_or("amqp://guest:guest@127.0.0.1:5672"))
            .context("TEST_RABBITMQ_URL is not a URL")?;
        let user = match url.username() {
            "" => "guest".to_owned(),
            user => user.to_owned(),
        };
        url.set_path(name);
        rabbitmqctl(&["add_vhost", name])?;
        // Made before the next step: it deletes the virtual host also when that fails.
        let made = Self { name: name.to_owned(), url: url.into() };
        rabbitmqctl(&["set_permissions", "-p", &made.name, &user, ".*", ".*", ".*"])?;
        Ok(made)
    }
}

impl Drop for VirtualHost {
    fn drop(&mut self) {
        if let Err(error) = rabbitmqctl(&["delete_vhost", &self.name]) {
            eprintln!("the virtual host {} is left over: {error:#}", self.name);
        }
    }
}

fn rabbitmqctl(arguments: &[&str]) -> anyhow::Result<()> {
    let output = Command::new("rabbitmqctl").arg("-q").args(arguments).output().context("cannot run rabbitmqctl")?;
    if !output.status.success() {
        bail!("rabbitmqctl {}: {}", arguments[0], String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}
