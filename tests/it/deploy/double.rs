//! What stands for Docker: containers are processes of the real program, an image is what it is told beside the others, and
//! the network in which nginx finds brokers is the list of brokers of the real nginx.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use http::{HeaderMap, Method};
use tempfile::TempDir;
use tokio::net::UnixListener;
use tokio::runtime::Handle;
use tokio::sync::{Mutex, MutexGuard};

use crate::harness::{Client, Done, Mesh, Nginx, Process, Variables, eventually, run};

/// How many brokers the compose file wants.
const BROKERS: usize = 2;
const FRONT: &str = "switchboard_front";

/// Listens at a socket for as long as it is there.
pub(super) struct Docker {
    world: Arc<Mutex<World>>,
    folder: TempDir,
}

pub(super) struct World {
    folder: PathBuf,
    variables: Variables,
    images: Images,
    pub(super) containers: Vec<Container>,
    created: usize,
    nginx: Option<Nginx>,
    /// Every command that changes something, in short.
    pub(super) told: Vec<String>,
    /// The fewest brokers that were healthy and in front while another one went.
    pub(super) fewest: usize,
}

pub(super) struct Container {
    pub(super) id: String,
    pub(super) image: String,
    pub(super) address: SocketAddr,
    is_in_front: bool,
    process: Option<Process>,
}

/// By name, each with variables of its own, such as another route table.
pub(super) type Images = BTreeMap<&'static str, Variables>;

/// An exit code, and what is printed.
type Answer = (i32, String);

impl Docker {
    pub(super) fn beside(mesh: &Mesh, images: Images) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let world = Arc::new(Mutex::new(World {
            folder: mesh.folder.path().to_owned(),
            variables: mesh.variables.clone(),
            images,
            containers: Vec::new(),
            created: 0,
            nginx: None,
            told: Vec::new(),
            fewest: usize::MAX,
        }));
        let socket = UnixListener::bind(folder.path().join("docker.sock")).unwrap();
        let router = Router::new().route("/", post(obey)).with_state(Arc::clone(&world));
        tokio::spawn(async move { axum::serve(socket, router).await });
        let bin = folder.path().join("bin");
        std::fs::create_dir(&bin).unwrap();
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/deploy/docker");
        std::fs::copy(program, bin.join("docker")).unwrap();
        Self { world, folder }
    }

    pub(super) fn variables(&self) -> [(&'static str, String); 2] {
        let path = std::env::var("PATH").unwrap_or_default();
        let folder = self.folder.path().display();
        [("PATH", format!("{folder}/bin:{path}")), ("DOCKER_SOCKET", format!("{folder}/docker.sock"))]
    }

    pub(super) async fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().await
    }
}

async fn obey(State(world): State<Arc<Mutex<World>>>, headers: HeaderMap, body: String) -> String {
    // `eventually` may wait within: its future stays on one thread.
    let here = Handle::current();
    let obeying = move || {
        let words: Vec<_> = body.trim_end_matches('\0').split('\0').collect();
        let image = headers.get("image").and_then(|it| it.to_str().ok()).unwrap_or_default();
        let (code, text) = here.block_on(async { world.lock().await.obey(&words, image).await });
        format!("{code}\n{text}")
    };
    tokio::task::spawn_blocking(obeying).await.unwrap()
}

impl World {
    async fn obey(&mut self, words: &[&str], image: &str) -> Answer {
        match words {
            ["compose", "config", "--services"] => done("nginx\nbroker\ntopology\nmigrate\npostgres"),
            ["compose", "ps", "--all", "--quiet", "broker"] => {
                done(&self.containers.iter().map(|it| format!("{}\n", it.id)).collect::<String>())
            }
            ["inspect", "--format", _, id] => self.inspect(id).await,
            ["logs", "--tail", _, id] => done(&self.output_of(id)),
            _ => {
                self.told.push(words.join(" "));
                self.change(words, image).await
            }
        }
    }

    async fn change(&mut self, words: &[&str], image: &str) -> Answer {
        match words {
            ["pull", "--quiet", image] => (i32::from(!self.images.contains_key(image)), String::new()),
            ["compose", "run", "--rm", "-T", .., "topology"] => self.once(&["topology", "apply"], image).await,
            ["compose", "run", "--rm", "-T", .., "migrate"] => self.once(&["migrate"], image).await,
            ["compose", "up", "--no-start", .., "--scale", scale, "broker"] => {
                let number: usize = scale.strip_prefix("broker=").unwrap().parse().unwrap();
                while self.containers.len() < number {
                    self.create(image);
                }
                done("")
            }
            ["compose", "up", "--detach", ..] => self.up(image).await,
            ["start", id] => {
                self.start(id);
                self.shown().await;
                done("")
            }
            ["stop", id] => self.stop(id).await,
            ["rm", "--force", id] => self.remove(id).await,
            ["network", "disconnect", FRONT, id] => self.front(id, false).await,
            ["network", "connect", "--alias", "broker", FRONT, id] => self.front(id, true).await,
            _ => (125, format!("this double does not know {words:?}\n")),
        }
    }

    fn variables(&self, image: &str) -> Variables {
        let mut variables = self.variables.clone();
        variables.extend(self.images[image].clone());
        variables
    }

    fn container(&mut self, id: &str) -> &mut Container {
        self.containers.iter_mut().find(|it| it.id == id).expect("there is such a container")
    }

    async fn once(&self, arguments: &[&str], image: &str) -> Answer {
        let Done { code, stdout, stderr } = run(arguments, &self.folder, &self.variables(image)).await;
        (code.unwrap_or(1), stdout + &stderr)
    }

    /// As compose does: in all networks of the service.
    fn create(&mut self, image: &str) -> String {
        self.created += 1;
        let id = format!("{:012x}", 0xb0b0_0000 + self.created);
        let address = ([127, 0, 0, 1], faults::free_port().unwrap()).into();
        self.containers.push(Container {
            id: id.clone(),
            image: image.to_owned(),
            address,
            is_in_front: true,
            process: None,
        });
        id
    }

    fn start(&mut self, id: &str) {
        let image = self.container(id).image.clone();
        let (folder, mut variables) = (self.folder.clone(), self.variables(&image));
        let container = self.container(id);
        variables.insert("BROKER_ADDR".to_owned(), container.address.to_string());
        container.process = Some(Process::spawn(&["serve", "broker"], &folder, &variables));
    }

    /// As many as the compose file says, and nginx in front of them.
    async fn up(&mut self, image: &str) -> Answer {
        while self.containers.len() < BROKERS {
            let id = self.create(image);
            self.start(&id);
            let address = self.container(&id).address;
            eventually("the broker is healthy", async || is_ready(address).await.then_some(())).await;
        }
        while self.containers.len() > BROKERS {
            let id = self.containers.last().unwrap().id.clone();
            self.stop(&id).await;
            self.remove(&id).await;
        }
        if self.nginx.is_none() {
            self.nginx = Some(Nginx::before(&self.in_front()).await);
        }
        done("")
    }

    async fn inspect(&mut self, id: &str) -> Answer {
        let container = self.container(id);
        let state =
            container.process.as_mut().map_or("created", |it| if it.is_running() { "running" } else { "exited" });
        let health = if is_ready(container.address).await { "healthy" } else { "starting" };
        let front = if container.is_in_front { FRONT } else { "" };
        done(&format!("{} {state} {health} switchboard_inside {front}", container.image))
    }

    fn output_of(&mut self, id: &str) -> String {
        self.container(id).process.as_ref().map(Process::output).unwrap_or_default()
    }

    /// Its address is known until it has ended, as that of a container is.
    async fn stop(&mut self, id: &str) -> Answer {
        let mut healthy = 0;
        for other in self.containers.iter().filter(|it| it.id != id && it.is_in_front) {
            healthy += usize::from(is_ready(other.address).await);
        }
        self.fewest = self.fewest.min(healthy);
        if let Some(mut process) = self.container(id).process.take() {
            process.stop().await;
        }
        self.front(id, false).await
    }

    async fn remove(&mut self, id: &str) -> Answer {
        self.container(id).process = None;
        self.containers.retain(|it| it.id != id);
        self.shown().await;
        done("")
    }

    async fn front(&mut self, id: &str, is_in_front: bool) -> Answer {
        self.container(id).is_in_front = is_in_front;
        self.shown().await;
        done("")
    }

    fn in_front(&self) -> Vec<SocketAddr> {
        let started = self.containers.iter().filter(|it| it.is_in_front && it.process.is_some());
        started.map(|it| it.address).collect()
    }

    async fn shown(&self) {
        if let Some(nginx) = &self.nginx {
            nginx.lead_to(&self.in_front()).await;
        }
    }

    /// What a switch leaves that is ended in the middle: one more that is healthy and not in front, and one that never ran.
    pub(super) async fn interrupted(&mut self, image: &str) {
        let id = self.create(image);
        self.front(&id, false).await;
        self.start(&id);
        let address = self.container(&id).address;
        eventually("the broker is healthy", async || is_ready(address).await.then_some(())).await;
        self.create(image);
    }

    pub(super) fn nginx(&self) -> &Nginx {
        self.nginx.as_ref().expect("something is up")
    }

    pub(super) async fn end(&mut self) {
        for container in &mut self.containers {
            container.process.take().unwrap().stop().await;
        }
        self.nginx.take().unwrap().stop().await;
    }
}

async fn is_ready(address: SocketAddr) -> bool {
    let client = Client::new(address);
    let asked = client.try_send(client.request(Method::GET, "/health/ready"), "").await;
    asked.is_ok_and(|answer| answer.status == 200)
}

fn done(text: &str) -> Answer {
    (0, text.to_owned())
}
