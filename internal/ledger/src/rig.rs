//! A mesh of one's own to break: processes of this very program in a temporary folder, embedded or on private engines, with
//! every fault that one machine can have. Nothing else on the machine is touched, and nothing outlives the handle.

mod away;
mod engines;
mod fault;
mod process;
mod way;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, ensure};
use faults::Disk;
use secrecy::SecretString;
use tempfile::TempDir;
use tokio::time::Instant;

use self::away::Away;
use self::engines::Engines;
use self::process::{Pids, Place, Process};
use crate::client::{Client, Credentials};

pub use self::fault::faults;
pub use self::way::Way;

/// As the authenticator adds it where every address is loopback.
const EMAIL: &str = "admin@example.com";
const PASSWORD: &str = "password123";

/// Room for the rows of a run of minutes, and soon full.
const DISK_MEGABYTES: u32 = 256;
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(50);

/// How a mesh is to be set up.
#[derive(Debug, Clone)]
pub struct RigOptions {
    pub way: Way,
    /// The program of which its processes are.
    pub program: PathBuf,
    /// Where `make services` keeps MongoDB's stand-in: data/services of a checkout.
    pub services: PathBuf,
    /// Variables of every process, on top of those that keep the mesh apart.
    pub variables: BTreeMap<String, String>,
    /// Whether what is embedded lies on a disk of its own that can be full, where this may be mounted.
    pub small_disk: bool,
}

/// A running mesh. Processes go before the engines that they use, and the folder last.
pub struct Rig {
    way: Way,
    processes: Vec<Process>,
    engines: Engines,
    disk: Option<Disk>,
    data: PathBuf,
    /// The service that was taken away and is not back yet.
    away: Option<Away>,
    /// Where its broker is.
    url: String,
    client: Client,
    /// Shared with whoever watches their memory while this is busy with a fault.
    pids: Pids,
    _folder: TempDir,
}

impl Rig {
    /// Comes back when everything is ready and the development user is let in.
    pub async fn start(options: RigOptions) -> anyhow::Result<Self> {
        Self::logging_to(None, options).await
    }

    /// The same; what its processes write is kept in this folder instead of going with the mesh.
    pub async fn logging_to(logs: Option<PathBuf>, options: RigOptions) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("switchboard-rig-").tempdir().context("cannot make a folder")?;
        let disk = (options.small_disk && options.way.has_rows_here()).then(disk).flatten();
        let data = disk.as_ref().map_or_else(|| folder.path().join("data"), |disk| disk.path().join("data"));
        let engines = Engines::start(options.way, &options.services).await?;

        let mut variables = way::variables(options.way)?;
        variables.insert("SWITCHBOARD_DATA".to_owned(), data.display().to_string());
        variables.extend(engines.variables());
        variables.extend(options.variables);
        let pids = Pids::default();
        let logs = logs.unwrap_or_else(|| folder.path().to_owned());
        std::fs::create_dir_all(&logs).with_context(|| format!("cannot make the folder {}", logs.display()))?;
        let here = Place { program: options.program, folder: folder.path().to_owned(), logs };
        let processes = way::processes(options.way, &here, &variables, &pids)?;
        let url = format!("http://{}", variables["BROKER_ADDR"]);
        let client = Client::new(&url, credentials());
        let (way, _folder) = (options.way, folder);
        let mut rig = Self { way, processes, engines, disk, data, away: None, url, client, pids, _folder };
        rig.start_all().await?;
        Ok(rig)
    }

    async fn start_all(&mut self) -> anyhow::Result<()> {
        for process in &mut self.processes {
            process.start()?;
        }
        for process in &mut self.processes {
            process.ready(&self.client).await?;
        }
        // A broker that looked for keys before they were there looks again a second later.
        let give_up = Instant::now() + PATIENCE;
        while let Err(error) = self.let_in().await {
            ensure!(Instant::now() < give_up, "the development user is not let in: {error:#}");
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    }

    async fn let_in(&self) -> anyhow::Result<()> {
        self.client.sign_in().await?;
        self.client.page("/v1/users?limit=1").await.map(drop)
    }

    /// Where its broker is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Of its administrator.
    pub fn credentials(&self) -> Credentials {
        credentials()
    }

    /// Where its processes tell their metrics, one address of each.
    pub fn metrics(&self) -> Vec<String> {
        self.processes.iter().map(|process| format!("http://{}/metrics", process.address())).collect()
    }

    /// For the head of a report.
    pub fn describe(&self) -> &'static str {
        self.way.describe()
    }

    /// Whether every service says that it is ready, and none that something of it does not work.
    pub async fn is_healthy(&self) -> bool {
        for process in &self.processes {
            if !process.is_healthy(&self.client).await {
                return false;
            }
        }
        true
    }

    /// The memory that each of its processes has in use, in bytes.
    pub fn resident(&self) -> BTreeMap<String, u64> {
        process::resident(&self.pids)
    }

    /// Tells the memory of all processes together, also while a fault goes on.
    pub fn memory(&self) -> impl Fn() -> Option<u64> + Send + use<> {
        let pids = self.pids.clone();
        move || Some(process::resident(&pids).values().sum())
    }

    /// SIGTERM to every process, doors first; how each of them ended, none for one that was killed by a signal.
    pub async fn stop(mut self) -> anyhow::Result<BTreeMap<String, Option<i32>>> {
        let mut codes = BTreeMap::new();
        // They were started the other way round: what is called before who calls.
        while let Some(mut process) = self.processes.pop() {
            if let Some(status) = process.stop().await? {
                codes.insert(process.name().to_owned(), status.code());
            }
        }
        Ok(codes)
    }
}

fn credentials() -> Credentials {
    Credentials { email: EMAIL.to_owned(), password: SecretString::from(PASSWORD) }
}

/// None where it may not be mounted: the rest is worth having without it.
fn disk() -> Option<Disk> {
    let mounted = Disk::mount(DISK_MEGABYTES);
    mounted.inspect_err(|error| tracing::warn!("no full disk in this run: {error:#}")).ok()
}
