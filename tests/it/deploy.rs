//! `deploy/switch` itself, with a double of Docker that runs real brokers behind the real nginx: a version takes the place
//! of another under load, and goes again where it is not good.

mod double;
mod load;

use std::path::Path;
use std::process::Stdio;

use tempfile::TempDir;
use tokio::process::Command;

use self::double::{Docker, Images};
use self::load::{NAME, load};
use crate::harness::{Client, Done, Mesh, PATIENCE, Variables, Way, stored};

const FIRST: &str = "registry.example:5000/team/switchboard:1";
const SECOND: &str = "registry.example:5000/team/switchboard:2";
/// A broker of it never becomes healthy.
const BROKEN: &str = "registry.example:5000/team/switchboard:3";
/// What the second version has and the first has not.
const NEWER: &str = "/newer/1,2";
const ROW: &str =
    "[[route]]\non = \"GET /newer/{numbers}\"\ncall = \"http math GET /add/{numbers}\"\nauth = \"public\"\n";

mod alone {
    use super::*;

    #[tokio::test]
    async fn a_switch_helps_and_refuses_what_it_does_not_understand() {
        let folder = tempfile::tempdir().unwrap();
        let help = switch(folder.path(), &["--help"], &[]).await;
        assert_eq!(help.code, Some(0), "{help:?}");
        assert!(help.stdout.starts_with("deploy/switch TAG [--smoke COMMAND]"), "{help:?}");
        for (arguments, word) in [
            (&[][..], "which tag"),
            (&["1", "2"], "one tag only"),
            (&["--tag", "1"], "unknown option --tag"),
            (&["1", "--smoke"], "--smoke wants"),
            (&["1"], "no docker-compose.yml"),
        ] {
            let refused = switch(folder.path(), arguments, &[]).await;
            assert_eq!(refused.code, Some(2), "{arguments:?}: {refused:?}");
            assert!(refused.stderr.contains(word), "{arguments:?}: {refused:?}");
        }
    }

    #[tokio::test]
    async fn a_second_switch_at_once_touches_nothing() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("docker-compose.yml"), "").unwrap();
        let lock = std::fs::File::create(folder.path().join("deploy.lock")).unwrap();
        lock.try_lock().unwrap();
        let refused = switch(folder.path(), &["1"], &[]).await;
        assert_eq!(refused.code, Some(2), "{refused:?}");
        assert!(refused.stderr.contains("another switch is at work"), "{refused:?}");
    }
}

mod engines_rabbitmq_postgres_mongo {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_new_version_takes_the_place_behind_nginx_without_a_call_that_fails() {
        let stage = Stage::set().await;
        let load = load(&stage.client().await);
        load.calls(60).await;
        let done = stage.switch(&["2"]).await;
        load.calls(60).await;
        let (calls, seen) = load.end().await;
        println!("{calls} calls, tried once more after {:?}\n{}", seen.again, done.stdout);

        assert_eq!(done.code, Some(0), "{done:?}");
        assert_eq!(seen.failed, [""; 0], "of {calls} calls");
        assert_eq!(stored(&stage.mesh, NAME, &seen.accepted).await, seen.accepted, "once each, and no other");
        assert_eq!(stage.versions().await, [(SECOND, 200), (SECOND, 200)]);
        assert_eq!(stage.docker.world().await.fewest, 2, "brokers that were healthy while another one went");
        assert_eq!(stage.recorded(), [SECOND, FIRST]);
        let told = stage.told().await;
        let at = |what: &str| told.iter().position(|it| it.contains(what)).unwrap_or_else(|| panic!("{told:?}"));
        assert!(at("topology") < at("migrate") && at("migrate") < at("--scale"), "{told:?}");

        // Once more: nothing is told that would change anything.
        let again = stage.switch(&[SECOND]).await;
        assert_eq!(again.code, Some(0), "{again:?}");
        assert!(again.stdout.contains("runs already"), "{again:?}");
        assert_eq!(stage.told().await, [""; 0]);
        assert_eq!(stage.recorded(), [SECOND, FIRST]);
        stage.end().await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_version_that_is_not_good_goes_again_behind_nginx_without_a_call_that_fails() {
        let stage = Stage::set().await;
        let nginx = stage.docker.world().await.nginx().address();
        let load = load(&stage.client().await);
        load.calls(60).await;
        let smoke = format!("curl --fail --silent http://{nginx}{NEWER} >answered && false");
        let failed = stage.switch(&["2", "--smoke", &smoke]).await;
        let answered = std::fs::read_to_string(stage.folder.path().join("answered")).unwrap();
        assert_eq!(stage.versions().await, [(FIRST, 404), (FIRST, 404)]);
        load.calls(60).await;

        let before = stage.ids().await;
        stage.told().await;
        let broken = stage.switch(&["3"]).await;
        let unknown = stage.switch(&["4"]).await;
        load.calls(60).await;
        let (calls, seen) = load.end().await;
        println!("{calls} calls, tried once more after {:?}\n{}", seen.again, failed.stdout);

        assert_eq!(failed.code, Some(1), "{failed:?}");
        assert!(answered.contains('3'), "the smoke test has met the second version: {answered}");
        assert_eq!(broken.code, Some(1), "{broken:?}");
        assert!(broken.stderr.contains("BROKER_CALLS_WORKERS"), "it says why: {broken:?}");
        assert_eq!(unknown.code, Some(1), "{unknown:?}");
        assert!(unknown.stderr.contains("cannot be pulled"), "{unknown:?}");
        assert_eq!(stage.ids().await, before, "those that were good were not touched");
        let told = stage.told().await;
        assert!(!told.iter().any(|it| it.starts_with("stop ")), "{told:?}");

        assert_eq!(seen.failed, [""; 0], "of {calls} calls");
        assert_eq!(stored(&stage.mesh, NAME, &seen.accepted).await, seen.accepted, "once each, and no other");
        assert_eq!(stage.docker.world().await.fewest, 2, "brokers that were healthy while another one went");
        assert_eq!(stage.recorded(), [FIRST, ""]);
        stage.end().await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_an_interrupted_switch_left_behind_nginx_is_taken_up_by_the_next_one() {
        let stage = Stage::set().await;
        stage.docker.world().await.interrupted(SECOND).await;
        assert_eq!(stage.ids().await.len(), 4, "two that are good, one that nginx does not know, one that never ran");
        let done = stage.switch(&["2"]).await;
        assert_eq!(done.code, Some(0), "{done:?}");
        assert_eq!(stage.versions().await, [(SECOND, 200), (SECOND, 200)]);
        assert_eq!(stage.recorded(), [SECOND, FIRST]);
        stage.end().await;
    }
}

/// A mesh whose brokers in front are containers; the folder is that of the compose file.
struct Stage {
    mesh: Mesh,
    docker: Docker,
    folder: TempDir,
}

impl Stage {
    /// The first version runs, as the script itself has brought it up.
    async fn set() -> Self {
        let mesh = Mesh::with(Way::Engines, &[("BROKER_TRUSTED_PROXIES", "127.0.0.1")]).await;
        let folder = tempfile::tempdir().unwrap();
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        std::fs::copy(here.join("docker-compose.yml"), folder.path().join("docker-compose.yml")).unwrap();
        let newer = folder.path().join("newer.toml");
        let table = std::fs::read_to_string(here.join("routes.toml")).unwrap();
        std::fs::write(&newer, format!("{table}\n{ROW}")).unwrap();
        let told = |name: &str, value: String| Variables::from([(name.to_owned(), value)]);
        let images = Images::from([
            (FIRST, Variables::new()),
            (SECOND, told("SWITCHBOARD_ROUTES", newer.display().to_string())),
            (BROKEN, told("BROKER_CALLS_WORKERS", "none".to_owned())),
        ]);
        let docker = Docker::beside(&mesh, images);
        let stage = Self { mesh, docker, folder };
        let done = stage.switch(&[FIRST]).await;
        assert_eq!(done.code, Some(0), "{done:?}");
        assert_eq!(stage.versions().await, [(FIRST, 404), (FIRST, 404)]);
        assert_eq!(stage.recorded(), [FIRST, ""]);
        stage.told().await;
        stage
    }

    async fn client(&self) -> Client {
        self.mesh.at(self.docker.world().await.nginx().address())
    }

    async fn switch(&self, arguments: &[&str]) -> Done {
        switch(self.folder.path(), arguments, &self.docker.variables()).await
    }

    /// The image of each broker in front, and how it answers what only the second version knows.
    async fn versions(&self) -> Vec<(&'static str, u16)> {
        let mut versions = Vec::new();
        for container in &self.docker.world().await.containers {
            let image = [FIRST, SECOND, BROKEN].into_iter().find(|it| *it == container.image).unwrap();
            versions.push((image, self.mesh.at(container.address).get(NEWER).await.status));
        }
        versions
    }

    async fn ids(&self) -> Vec<String> {
        self.docker.world().await.containers.iter().map(|it| it.id.clone()).collect()
    }

    /// What Docker was told to change since it was last asked.
    async fn told(&self) -> Vec<String> {
        std::mem::take(&mut self.docker.world().await.told)
    }

    /// The image in use and the one before, by the file.
    fn recorded(&self) -> [String; 2] {
        let text = std::fs::read_to_string(self.folder.path().join("deploy.env")).unwrap();
        ["SWITCHBOARD_IMAGE=", "SWITCHBOARD_IMAGE_BEFORE="].map(|name| {
            let values: Vec<_> = text.lines().filter_map(|line| line.strip_prefix(name)).collect();
            assert_eq!(values.len(), 1, "{name} in {text}");
            values[0].to_owned()
        })
    }

    async fn end(mut self) {
        self.docker.world().await.end().await;
        self.mesh.stop().await;
    }
}

async fn switch(folder: &Path, arguments: &[&str], variables: &[(&str, String)]) -> Done {
    let mut command = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/switch"));
    command.args(arguments).current_dir(folder).envs(variables.iter().map(|(name, value)| (name, value)));
    command.env("SWITCH_PATIENCE", "15").env("SWITCH_SETTLE", "0");
    let ended = command.stdin(Stdio::null()).kill_on_drop(true).output();
    let output = tokio::time::timeout(2 * PATIENCE, ended).await.expect("the switch does not end").unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Done { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}
