//! A private MongoDB: `mongod` where it is installed, else SecantusDB, which speaks its protocol and stands in for it in
//! tests. It is taken from where `make services` puts it, and installed there where it is not.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rustix::process::Signal;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::account::find;
use crate::engine::{Engine, done};
use crate::free_port;

const SECANTUS: &str = "0.7.0b3";

pub struct Mongo {
    engine: Engine,
    program: Program,
    folder: TempDir,
    port: u16,
}

enum Program {
    Mongod(PathBuf),
    Secantus(PathBuf),
}

impl Mongo {
    /// `services` is the folder of `make services`, data/services of a checkout.
    pub async fn start(services: &Path) -> anyhow::Result<Self> {
        let program = match find("mongod", &[]) {
            Some(mongod) => Program::Mongod(mongod),
            None => Program::Secantus(secantus(services).await?),
        };
        let folder = tempfile::Builder::new().prefix("switchboard-mongo-").tempdir()?;
        let mut server =
            Self { engine: Engine::new("MongoDB", folder.path(), Signal::KILL), program, folder, port: free_port()? };
        server.restart().await?;
        Ok(server)
    }

    pub fn url(&self, database: &str) -> String {
        format!("mongodb://127.0.0.1:{}/{database}?directConnection=true", self.port)
    }

    pub async fn kill(&mut self) -> anyhow::Result<()> {
        self.engine.end().await
    }

    /// Starts it again on what it had stored.
    pub async fn restart(&mut self) -> anyhow::Result<()> {
        let (port, data) = (self.port.to_string(), self.folder.path().join("data"));
        std::fs::create_dir_all(&data)?;
        let mut server;
        match &self.program {
            Program::Mongod(program) => {
                server = Command::new(program);
                server.args(["--bind_ip", "127.0.0.1", "--port", &port, "--dbpath"]).arg(data);
            }
            Program::Secantus(program) => {
                server = Command::new(program);
                server.args(["--host", "127.0.0.1", "--port", &port, "--log-level", "WARNING"]);
                server.args(["--cache-size", "256M", "--sync-on-commit", "--storage-path"]).arg(data);
            }
        }
        self.engine.start(server)?;
        let port = self.port;
        self.engine.until(|| answers(port)).await
    }
}

/// A ping in its own protocol: an open port is not enough, as both listen before they can answer.
async fn answers(port: u16) -> bool {
    let asked = async {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
        stream.write_all(PING).await?;
        let mut head = [0; 16];
        stream.read_exact(&mut head).await
    };
    matches!(tokio::time::timeout(Duration::from_secs(2), asked).await, Ok(Ok(_)))
}

/// OP_MSG {ping: 1, $db: "admin"}: length, id, answer to, 2013, flags, a section of kind 0, and the document as BSON.
const PING: &[u8] = b"\x33\0\0\0\x01\0\0\0\0\0\0\0\xdd\x07\0\0\0\0\0\0\0\
    \x1e\0\0\0\x10ping\0\x01\0\0\0\x02$db\0\x06\0\0\0admin\0\0";

async fn secantus(services: &Path) -> anyhow::Result<PathBuf> {
    let folder = services.join("mongo-venv");
    let program = folder.join("bin/secantusd-py");
    if program.is_file() {
        return Ok(program.canonicalize()?);
    }
    tracing::info!("installing SecantusDB {SECANTUS} into {}", folder.display());
    let mut make = Command::new("python3");
    make.args(["-m", "venv"]).arg(&folder);
    done(make, Duration::from_secs(120)).await?;
    let mut install = Command::new(folder.join("bin/pip"));
    install.args(["install", "--quiet", "--no-input", &format!("SecantusDB=={SECANTUS}")]);
    done(install, Duration::from_secs(300)).await?;
    Ok(program.canonicalize()?)
}
