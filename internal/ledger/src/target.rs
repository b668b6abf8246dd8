//! What a run is against: an install of somebody's own, reached by its URL, with faults that are commands of theirs; or a
//! mesh that was started for the run, with every fault there is.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use http::StatusCode;
use tokio::process::Command;

use crate::client::{Client, Credentials};
use crate::plan::Faults;
use crate::rig::Rig;

/// How long a command of a fault may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// Something that is done to an install, and undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub name: String,
    /// What it does, for people.
    pub what: String,
}

/// An install of one's own.
pub struct Install {
    /// Where its broker is, such as `http://127.0.0.1:8080`.
    pub url: String,
    pub credentials: Credentials,
    /// Where its processes tell their metrics; the broker's own where nothing else is said.
    pub metrics: Vec<String>,
    pub faults: Vec<CommandFault>,
}

/// A fault that is a command of the shell, and the command that heals it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandFault {
    pub name: String,
    pub begin: String,
    pub heal: String,
}

impl std::str::FromStr for CommandFault {
    type Err = String;

    /// `NAME=COMMAND; COMMAND-THAT-HEALS`, the last one after the last semicolon.
    fn from_str(text: &str) -> Result<Self, String> {
        let parts = || {
            let (name, commands) = text.split_once('=')?;
            let (begin, heal) = commands.rsplit_once(';')?;
            let [name, begin, heal] = [name, begin, heal].map(|part| part.trim().to_owned());
            (!name.is_empty() && !begin.is_empty() && !name.contains(',')).then_some(Self { name, begin, heal })
        };
        parts().ok_or_else(|| {
            format!("expected 'NAME=COMMAND; COMMAND-THAT-HEALS' without a comma in the name, found '{text}'")
        })
    }
}

/// Where a run goes.
pub enum Target {
    Install(Install),
    Rig(Box<Rig>),
}

impl Target {
    pub fn url(&self) -> &str {
        match self {
            Self::Install(it) => &it.url,
            Self::Rig(it) => it.url(),
        }
    }

    pub(crate) fn client(&self) -> Client {
        match self {
            Self::Install(it) => Client::new(&it.url, it.credentials.clone()),
            Self::Rig(it) => Client::new(it.url(), it.credentials()),
        }
    }

    pub(crate) fn metrics(&self) -> Vec<String> {
        match self {
            Self::Install(it) if it.metrics.is_empty() => vec!["/metrics".to_owned()],
            Self::Install(it) => it.metrics.clone(),
            Self::Rig(it) => it.metrics(),
        }
    }

    fn faults(&self) -> Vec<Fault> {
        match self {
            Self::Install(it) => it.faults.iter().map(CommandFault::shown).collect(),
            Self::Rig(it) => it.faults(),
        }
    }

    /// Those of its faults that are wanted, in the order in which they are wanted.
    pub(crate) fn wanted(&self, wanted: &Faults) -> anyhow::Result<Vec<Fault>> {
        let has = self.faults();
        match wanted {
            Faults::None => Ok(Vec::new()),
            Faults::All => {
                ensure!(!has.is_empty(), "no fault is known for {}: name one with --fault", self.url());
                Ok(has)
            }
            Faults::Named(names) => names.iter().map(|name| named(&has, name)).collect(),
        }
    }

    pub(crate) async fn inject(&mut self, fault: &Fault) -> anyhow::Result<()> {
        match self {
            Self::Install(it) => it.command(fault, |it| &it.begin).await,
            Self::Rig(it) => it.inject(fault).await,
        }
    }

    pub(crate) async fn heal(&mut self, fault: &Fault) -> anyhow::Result<()> {
        match self {
            Self::Install(it) => it.command(fault, |it| &it.heal).await,
            Self::Rig(it) => it.heal(fault).await,
        }
    }

    /// Whether everything says that it is ready, and nothing of it that it works with less.
    pub(crate) async fn is_healthy(&self, client: &Client) -> bool {
        match self {
            Self::Install(_) => is_ready(client, "/health/ready").await,
            Self::Rig(it) => it.is_healthy().await,
        }
    }

    /// Tells the memory that its processes have, in bytes, where that can be known; for as long as faults go on.
    pub(crate) fn memory(&self) -> Box<dyn Fn() -> Option<u64> + Send> {
        match self {
            Self::Install(_) => Box::new(|| None),
            Self::Rig(it) => Box::new(it.memory()),
        }
    }

    /// For the head of a report.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Install(it) => it.url.clone(),
            Self::Rig(it) => it.describe().to_owned(),
        }
    }
}

fn named(has: &[Fault], name: &str) -> anyhow::Result<Fault> {
    let found = has.iter().find(|fault| fault.name == name).cloned();
    found.with_context(|| {
        let names: Vec<_> = has.iter().map(|fault| fault.name.as_str()).collect();
        format!(
            "there is no fault '{name}' here, but: {}",
            if names.is_empty() { "none".into() } else { names.join(", ") }
        )
    })
}

async fn is_ready(client: &Client, path: &str) -> bool {
    let Ok(answer) = client.get(path).await else { return false };
    let is_whole = |report: serde_json::Value| report["degraded"].as_object().is_none_or(serde_json::Map::is_empty);
    answer.status == StatusCode::OK && answer.json().is_ok_and(is_whole)
}

impl CommandFault {
    fn shown(&self) -> Fault {
        Fault { name: self.name.clone(), what: format!("`{}`, healed by `{}`", self.begin, self.heal) }
    }
}

impl Install {
    async fn command(&self, fault: &Fault, which: impl Fn(&CommandFault) -> &String) -> anyhow::Result<()> {
        let command = self.faults.iter().find(|it| it.name == fault.name).map(which).cloned().unwrap_or_default();
        if command.is_empty() {
            return Ok(());
        }
        let mut shell = Command::new("sh");
        shell.args(["-c", &command]).stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true);
        let ended: Result<std::io::Result<ExitStatus>, _> = tokio::time::timeout(PATIENCE, shell.status()).await;
        match ended.with_context(|| format!("`{command}` did not end within {} s", PATIENCE.as_secs()))?? {
            status if status.success() => Ok(()),
            status => bail!("`{command}` failed: {status}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_a_name_and_two_commands() {
        let fault: CommandFault = "logger=kill -9 $(cat pid); sleep 1; systemctl start logger".parse().unwrap();
        assert_eq!(fault.name, "logger");
        assert_eq!(fault.begin, "kill -9 $(cat pid); sleep 1");
        assert_eq!(fault.heal, "systemctl start logger");
        for wrong in ["logger", "logger=kill", "=a;b", "a,b=c;d", "a=;b"] {
            assert!(wrong.parse::<CommandFault>().is_err(), "{wrong}");
        }
    }

    #[tokio::test]
    async fn faults_are_found_by_name_and_a_command_that_fails_is_told() {
        let (email, password) = ("ada@example.com".to_owned(), "secret".into());
        let faults = vec!["well=true; true".parse().unwrap(), "ill=exit 3;".parse().unwrap()];
        let credentials = Credentials { email, password };
        let install = Install { url: "http://127.0.0.1:9".to_owned(), credentials, metrics: Vec::new(), faults };
        let mut target = Target::Install(install);
        let all = target.wanted(&Faults::All).unwrap();
        assert_eq!(all.iter().map(|fault| fault.name.as_str()).collect::<Vec<_>>(), ["well", "ill"]);
        let unknown = target.wanted(&Faults::Named(vec!["other".to_owned()])).unwrap_err().to_string();
        assert!(unknown.contains("well, ill"), "{unknown}");
        target.inject(&all[0]).await.unwrap();
        let failed = target.inject(&all[1]).await.unwrap_err().to_string();
        assert!(failed.contains("`exit 3` failed"), "{failed}");
        target.heal(&all[1]).await.unwrap();
    }
}
