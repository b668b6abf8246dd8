//! What the tests of the bus share: a virtual host that is deleted at the end, and patience.

use std::process::Command;
use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;

/// Long enough for a busy machine; only a failing test waits this long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(45);

pub(crate) fn soon() -> Instant {
    Instant::now() + PATIENCE
}

/// Waits until `condition` holds; `what` is the sentence for the case that it never does.
pub(crate) async fn until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    assert!(tokio::time::timeout(PATIENCE, waiting).await.is_ok(), "waited in vain until {what}");
}

pub(crate) struct VirtualHost {
    name: String,
    pub(crate) url: String,
}

impl VirtualHost {
    pub(crate) fn add() -> Self {
        let server = std::env::var("TEST_RABBITMQ_URL").unwrap_or("amqp://guest:guest@127.0.0.1:5672".to_owned());
        let (scheme, rest) = server.split_once("://").expect("TEST_RABBITMQ_URL begins with amqp://");
        let authority = rest.split('/').next().unwrap_or_default();
        let user = authority.split([':', '@']).next().filter(|_| authority.contains('@')).unwrap_or("guest");
        let name = format!("bus-test-{}", Uuid::new_v4().simple());
        let host = Self { url: format!("{scheme}://{authority}/{name}"), name };
        rabbitmqctl(&["add_vhost", &host.name]);
        host.ctl("set_permissions", &[user, ".*", ".*", ".*"]);
        host
    }

    /// A command of rabbitmqctl for this virtual host.
    pub(crate) fn ctl(&self, command: &str, arguments: &[&str]) -> String {
        rabbitmqctl(&[&[command, "-p", &self.name], arguments].concat())
    }

    /// Closes every connection to this virtual host, as an operator would.
    #[allow(dead_code, reason = "the contract does not meddle")]
    pub(crate) fn close_connections(&self) {
        rabbitmqctl(&["close_all_connections", "--vhost", &self.name, "closed by a test"]);
    }
}

impl Drop for VirtualHost {
    fn drop(&mut self) {
        rabbitmqctl(&["delete_vhost", &self.name]);
    }
}

fn rabbitmqctl(arguments: &[&str]) -> String {
    const HELP: &str = "RabbitMQ is needed: start it so that rabbitmqctl works here, such as by make services";
    let done = Command::new("rabbitmqctl").arg("-q").args(arguments).output();
    let failure = match done {
        Ok(output) if output.status.success() => return String::from_utf8_lossy(&output.stdout).into_owned(),
        Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
        Err(error) => error.to_string(),
    };
    // A panic while panicking would abort the run and hide the first one.
    assert!(std::thread::panicking(), "{HELP}\nrabbitmqctl {arguments:?}: {failure}");
    String::new()
}
