//! The real nginx with the configuration of this repository, in a folder of its own. Only the files of `site/` are the
//! test's: which brokers, which ports, where the log goes.

use std::fmt::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;

use faults::{Child, free_port};
use tempfile::TempDir;
use tokio::process::Command;

use super::{PATIENCE, eventually};

pub(crate) struct Nginx {
    child: Child,
    folder: TempDir,
    /// Where it speaks TLS.
    tls: u16,
    /// The same without TLS, for clients that have none.
    plain: u16,
    /// Where it sends everybody to TLS.
    redirect: u16,
}

/// What curl was answered.
#[derive(Debug)]
pub(crate) struct Curled {
    pub(crate) status: u16,
    /// The version of HTTP, such as `2`.
    pub(crate) version: String,
    /// All of the head, in lowercase.
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Curled {
    /// How often the head has this header.
    pub(crate) fn count(&self, header: &str) -> usize {
        self.head.lines().filter(|line| line.starts_with(&format!("{header}:"))).count()
    }
}

impl Nginx {
    pub(crate) async fn before(brokers: &[SocketAddr]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let [tls, plain, redirect] = [(); 3].map(|()| free_port().unwrap());
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("nginx");
        copy(&here, &folder.path().join("conf"));
        let certificate = std::process::Command::new(here.join("dev-certificate"))
            .env("TLS_FOLDER", folder.path().join("conf/tls"))
            .output()
            .unwrap();
        assert!(certificate.status.success(), "{certificate:?}");
        let mut child = Self::spawn(folder.path(), brokers, [tls, plain, redirect]);
        eventually("nginx listens", async || {
            if let Some(status) = child.status().unwrap() {
                panic!("nginx has ended ({status}); is the package nginx installed?\n{}", said(folder.path()));
            }
            tokio::net::TcpStream::connect(("127.0.0.1", plain)).await.ok()
        })
        .await;
        Self { child, folder, tls, plain, redirect }
    }

    fn spawn(folder: &Path, brokers: &[SocketAddr], [tls, plain, redirect]: [u16; 3]) -> Child {
        let site = |name: &str, text: String| std::fs::write(folder.join("conf/site").join(name), text).unwrap();
        site("brokers.conf", servers(brokers));
        site(
            "listen.conf",
            format!(
                "listen 127.0.0.1:{tls} ssl http2;\nlisten 127.0.0.1:{plain};\n\
                 ssl_certificate tls/certificate.pem;\nssl_certificate_key tls/key.pem;\n"
            ),
        );
        site("redirect.conf", format!("listen 127.0.0.1:{redirect};\nset $https_port :{tls};\n"));
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
        let temporary: String = temporary.map(|kind| format!("{kind}_temp_path {kind};\n")).concat();
        site("http.conf", format!("access_log access.log switchboard;\n{temporary}"));

        let path = std::env::var("PATH").unwrap_or_default();
        let log = std::fs::File::create(folder.join("error.log")).unwrap();
        let mut command = Command::new("nginx");
        command.env("PATH", format!("{path}:/usr/sbin"));
        command.arg("-p").arg(folder).arg("-c").arg(folder.join("conf/nginx.conf")).args(["-e", "stderr"]);
        command.arg("-g").arg(format!("daemon off; pid {}/nginx.pid;", folder.display()));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        Child::spawn(command).unwrap()
    }

    /// Other brokers from now on, by a reload: in compose it asks for their names itself, which its newer versions can.
    pub(crate) async fn lead_to(&self, brokers: &[SocketAddr]) {
        assert!(!brokers.is_empty(), "nginx would be left without a broker");
        let before = self.workers();
        std::fs::write(self.folder.path().join("conf/site/brokers.conf"), servers(brokers)).unwrap();
        self.child.signal(rustix::process::Signal::HUP);
        let is_new = |worker: &String| !before.contains(worker);
        eventually("nginx has workers with other brokers", async || self.workers().iter().any(is_new).then_some(()))
            .await;
    }

    fn workers(&self) -> Vec<String> {
        let pid = self.child.pid();
        let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap();
        children.split_whitespace().map(str::to_owned).collect()
    }

    /// Where clients without TLS find it.
    pub(crate) fn address(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.plain).into()
    }

    pub(crate) fn tls_port(&self) -> u16 {
        self.tls
    }

    /// One request over TLS.
    pub(crate) async fn curl(&self, path: &str, arguments: &[&str]) -> Curled {
        curl(&format!("https://localhost:{}{path}", self.tls), arguments).await
    }

    /// One request to where there is no TLS.
    pub(crate) async fn curl_plain(&self, path: &str, arguments: &[&str]) -> Curled {
        curl(&format!("http://localhost:{}{path}", self.redirect), arguments).await
    }

    /// A line for each call that has ended.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("access.log")).unwrap()
    }

    /// What is in hand ends first; it has to say nothing of configuration on the way.
    pub(crate) async fn stop(mut self) {
        self.child.signal(rustix::process::Signal::QUIT);
        let ended = self.child.ended(PATIENCE).await.unwrap();
        assert!(ended.success(), "{ended}\n{}", said(self.folder.path()));
        let said = said(self.folder.path());
        assert!(!said.contains("[emerg]") && !said.contains("[alert]"), "{said}");
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- what nginx said ---\n{}", said(self.folder.path()));
        }
    }
}

async fn curl(url: &str, arguments: &[&str]) -> Curled {
    let mut command = Command::new("curl");
    command.args(["--insecure", "--silent", "--show-error", "--ipv4", "--include", "--max-time", "40"]);
    command.args(["--write-out", "\n%{http_code} %{http_version}", url]).args(arguments);
    let output = command.kill_on_drop(true).output().await.expect("curl is installed");
    let text = String::from_utf8(output.stdout).unwrap();
    let (answer, facts) = text.rsplit_once('\n').unwrap_or_else(|| panic!("{url}: {text:?} {:?}", output.stderr));
    let (status, version) = facts.split_once(' ').unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer, ""));
    Curled {
        status: status.parse().unwrap(),
        version: version.to_owned(),
        head: head.to_lowercase(),
        body: body.to_owned(),
    }
}

/// What `site/brokers.conf` says of its example, of these.
fn servers(brokers: &[SocketAddr]) -> String {
    let example = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/nginx/site/brokers.conf"));
    let options = example.lines().find_map(|line| line.strip_prefix("server 127.0.0.1:8080 ")).unwrap();
    let mut servers = String::new();
    for broker in brokers {
        writeln!(servers, "server {broker} {options}").unwrap();
    }
    servers
}

fn said(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("error.log")).unwrap_or_default()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        match entry.file_name().to_str() {
            Some("tls") => {}
            _ if entry.path().is_dir() => copy(&entry.path(), &to.join(entry.file_name())),
            _ => drop(std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap()),
        }
    }
}
