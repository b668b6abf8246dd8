//! A private PostgreSQL cluster: made by initdb in a folder of its own, ended at once as `pg_ctl -m immediate` does it,
//! and started again on what was committed.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, bail};
use rustix::process::Signal;
use tempfile::TempDir;

use crate::account::{Account, find};
use crate::engine::{Engine, done};
use crate::free_port;

const HELP: &str = "no PostgreSQL here: install the package postgresql (15 or later)";

pub struct Postgres {
    engine: Engine,
    account: Account,
    programs: PathBuf,
    folder: TempDir,
    port: u16,
}

impl Postgres {
    /// Takes a few seconds.
    pub async fn start() -> anyhow::Result<Self> {
        let account = Account::of("postgres")?;
        let folder = account.folder("postgres")?;
        let programs = programs()?;
        let mut make = account.command(&programs.join("initdb"), folder.path());
        // The file system may be slow in making a hundred small files safe, and nobody needs them after a power loss.
        make.args([
            "--pgdata=data",
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
        ]);
        done(make, Duration::from_secs(60)).await?;
        let mut cluster = Self {
            engine: Engine::new("PostgreSQL", folder.path(), Signal::QUIT),
            account,
            programs,
            folder,
            port: free_port()?,
        };
        cluster.restart().await?;
        Ok(cluster)
    }

    /// For clients of this database.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    pub async fn create_database(&self, name: &str) -> anyhow::Result<()> {
        let mut create = client(&self.programs, self.port, "createdb");
        create.arg(name);
        done(create, Duration::from_secs(20)).await
    }

    /// As `pg_ctl stop -m immediate`: nothing is finished, and the next start recovers what was committed.
    pub async fn kill(&mut self) -> anyhow::Result<()> {
        self.engine.end().await
    }

    /// Starts it again where it was killed, and waits until it lets clients in.
    pub async fn restart(&mut self) -> anyhow::Result<()> {
        let mut server = self.account.command(&self.programs.join("postgres"), self.folder.path());
        server.args(["-D", "data", "-p", &self.port.to_string(), "-c", "listen_addresses=127.0.0.1"]);
        // Every service has pools of its own, and two instances of some are nothing unusual.
        server.args(["-c", "unix_socket_directories=", "-c", "max_connections=300"]);
        self.engine.start(server)?;
        let lets_in = || async {
            let asked = client(&self.programs, self.port, "pg_isready");
            done(asked, Duration::from_secs(2)).await.is_ok()
        };
        self.engine.until(lets_in).await
    }
}

fn client(programs: &Path, port: u16, program: &str) -> Command {
    let mut command = Command::new(programs.join(program));
    command.args(["-h", "127.0.0.1", "-U", "postgres", "-p", &port.to_string()]);
    command
}

/// Debian keeps the server's programs out of the usual path, by version; the newest is taken.
fn programs() -> anyhow::Result<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<_> =
        versions.map(|it| it.path().join("bin")).filter(|it| it.join("initdb").is_file()).collect();
    folders.sort_by_key(|it| version(it));
    if let Some(newest) = folders.pop() {
        return Ok(newest);
    }
    let Some(initdb) = find("initdb", &[]) else { bail!(HELP) };
    Ok(initdb.canonicalize()?.parent().context(HELP)?.to_owned())
}

fn version(programs: &Path) -> u32 {
    let name = programs.parent().and_then(Path::file_name).and_then(|name| name.to_str());
    name.and_then(|name| name.parse().ok()).unwrap_or_default()
}
