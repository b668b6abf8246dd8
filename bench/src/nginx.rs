//! nginx with one worker in front of the baseline: what a proxy costs that does nothing but pass on.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context;
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::process::Command;

use crate::baseline::Hello;
use crate::load::{CONNECTIONS, Target};
use crate::mesh::release_folder;
use crate::process::Process;

pub(crate) struct Nginx {
    pub(crate) process: Process,
    pub(crate) target: Target,
    _folder: TempDir,
}

/// Nothing where there is no nginx.
pub(crate) async fn start(hello: &Hello) -> anyhow::Result<Option<Nginx>> {
    if Command::new("nginx").arg("-v").stderr(Stdio::null()).status().await.is_err() {
        println!("nginx is not installed (Debian: apt-get install nginx-light): its row is left out");
        return Ok(None);
    }
    let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(release_folder()?)?;
    let address = free_address()?;
    let file = folder.path().join("nginx.conf");
    std::fs::write(&file, configuration(address, hello.target.address()))?;
    let process = Process::spawn(command(folder.path(), &file))?;
    let answering = async {
        while TcpStream::connect(address).await.is_err() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), answering).await.context("nginx does not answer")?;
    Ok(Some(Nginx { process, target: hello.target.at(address), _folder: folder }))
}

fn command(folder: &Path, file: &Path) -> Command {
    let mut command = Command::new("nginx");
    command.arg("-e").arg("stderr").arg("-p").arg(folder).arg("-c").arg(file);
    command
}

/// nginx does not tell which port it was given.
fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// Without a master process the one worker is the process that was started, and its CPU is all there is.
fn configuration(address: SocketAddr, hello: SocketAddr) -> String {
    format!(
        "daemon off; master_process off; pid nginx.pid;
        events {{ worker_connections 1024; }}
        http {{
            access_log off; client_body_temp_path body; proxy_temp_path proxy;
            fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
            upstream hello {{ server {hello}; keepalive {CONNECTIONS}; keepalive_requests 100000000; }}
            server {{
                listen {address}; keepalive_requests 100000000;
                location / {{ proxy_pass http://hello; proxy_http_version 1.1; proxy_set_header Connection \"\"; }}
            }}
        }}"
    )
}
