//! How RabbitMQ's programs are called so that they find this node and no other.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::Context;
use tokio::process::Command;

use crate::free_port;

/// Debian's own programs: its wrappers in the usual path only serve the system's node, and only root.
const DEBIAN: &str = "/usr/lib/rabbitmq/bin";
/// Erlang's ports for nodes, and the one where they are asked for, would otherwise be open to the network.
const LOOPBACK: &str = "-kernel inet_dist_use_interface {127,0,0,1}";
const SHOWN: usize = 15;

pub(super) struct Place {
    folder: PathBuf,
    pub(super) port: u16,
    pub(super) management: Option<u16>,
    /// For other nodes and for rabbitmqctl.
    distribution: u16,
}

impl Place {
    pub(super) fn prepare(folder: &Path, port: u16, management: Option<u16>) -> anyhow::Result<Self> {
        let place = Self { folder: folder.to_owned(), port, management, distribution: free_port()? };
        let mut settings = format!("listeners.tcp.local = 127.0.0.1:{port}\n");
        if let Some(port) = management {
            settings += &format!("management.tcp.ip = 127.0.0.1\nmanagement.tcp.port = {port}\n");
        }
        let plugins = management.map_or("[].", |_| "[rabbitmq_management].");
        let written = [("rabbitmq.conf", settings.as_str()), ("enabled_plugins", plugins)];
        for (name, text) in written {
            std::fs::write(place.folder.join(name), text).context("cannot write the node's settings")?;
        }
        Ok(place)
    }

    pub(super) fn server(&self) -> Command {
        let mut command = self.program("rabbitmq-server");
        // It is started without a shell in between then, which would be what is killed and waited for.
        command.env("RUNNING_UNDER_SYSTEMD", "true");
        command
    }

    pub(super) fn ctl(&self, arguments: &[&str]) -> Command {
        let mut command = self.program("rabbitmqctl");
        command.arg("-q").args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        command
    }

    /// Its home holds the cookie, by which nodes and rabbitmqctl know each other.
    fn program(&self, name: &str) -> Command {
        let installed = Path::new(DEBIAN).join(name);
        let mut command = Command::new(if installed.exists() { installed } else { name.into() });
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folder = |name: &str| self.folder.join(name);
        command.env_clear().env("PATH", path).env("LANG", "C.UTF-8").env("HOME", &self.folder);
        command.current_dir(&self.folder);
        command.envs([
            ("RABBITMQ_NODENAME", format!("faults-{}@localhost", self.port)),
            ("RABBITMQ_NODE_PORT", self.port.to_string()),
            ("RABBITMQ_DIST_PORT", self.distribution.to_string()),
            ("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", LOOPBACK.to_owned()),
            ("ERL_EPMD_ADDRESS", "127.0.0.1".to_owned()),
        ]);
        command.envs([
            ("RABBITMQ_CONF_ENV_FILE", folder("none")),
            ("RABBITMQ_CONFIG_FILE", folder("rabbitmq.conf")),
            ("RABBITMQ_ENABLED_PLUGINS_FILE", folder("enabled_plugins")),
            ("RABBITMQ_GENERATED_CONFIG_DIR", folder("config")),
            ("RABBITMQ_LOG_BASE", self.folder.clone()),
            ("RABBITMQ_LOGS", self.log()),
            ("RABBITMQ_MNESIA_BASE", folder("data")),
            ("RABBITMQ_PID_FILE", folder("pid")),
        ]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    fn log(&self) -> PathBuf {
        self.folder.join("node.log")
    }

    /// For whoever wonders why it does not start.
    pub(super) fn last_words(&self) -> String {
        let log = std::fs::read_to_string(self.log()).unwrap_or_else(|_| "it has written no log".to_owned());
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(SHOWN)..].join("\n")
    }
}
