//! Two loggers behind one name in the table: one of them is killed, comes back, turns slow and hangs, and no call that
//! may be made twice fails for it.

use std::time::Duration;

use serde_json::json;

use crate::harness::{Callers, Client, Mesh, Process, Proxy, Way, eventually};

/// Calls in each phase.
const CALLS: usize = 150;
const CALLERS: usize = 4;
const PAUSE: Duration = Duration::from_millis(60);
/// What the slow one takes on top; far below the deadline.
const SLOW: Duration = Duration::from_millis(200);

mod engines_rabbitmq_postgres_mongo_alone {
    use super::*;

    #[tokio::test]
    async fn no_safe_call_fails_while_an_instance_is_killed_slow_or_hung() {
        let mut mesh = Mesh::start(Way::Engines).await;
        let (mut second, proxy) = second_logger(&mut mesh).await;
        mesh.post("/v1/logs", &json!({"name": "there", "data": "x"})).await.expect(201);
        let load = SafeCalls::start(mesh.client());
        assert!(load.share_of(&proxy).await > 0.0, "both are used");

        mesh.kill("logger").await;
        load.go_on(CALLS).await;
        are(&mesh, "ejected", 1.0).await;
        assert!(ejections(&mesh).await >= 1.0);
        mesh.revive("logger").await;
        are(&mesh, "ejected", 0.0).await;
        assert!(load.share_of(&proxy).await < 0.95, "the one that is back is used again");

        proxy.slow_down(SLOW);
        load.go_on(CALLS / 5).await;
        let share = load.share_of(&proxy).await;
        assert!(share < 0.3, "the slow one still gets {share} of the calls");
        proxy.mend();

        mesh.process("logger").signal("STOP");
        load.go_on(CALLS).await;
        assert!(metric(&mesh, "call_hedges_total", "\"GET /v1/logs\"").await >= 1.0, "some calls were taken over");
        mesh.process("logger").signal("CONT");

        load.end().await;
        mesh.stop().await;
        second.stop().await;
    }
}

/// Another logger on the same store, reached by way of a proxy, and a broker that knows both.
async fn second_logger(mesh: &mut Mesh) -> (Process, Proxy) {
    let mut variables = mesh.variables.clone();
    variables.insert("LOGGER_ADDR".to_owned(), "127.0.0.1:0".to_owned());
    let mut second = Process::spawn(&["serve", "logger"], mesh.folder.path(), &variables);
    let proxy = Proxy::to(second.ready().await["logger"].to_string()).await;
    let both = format!("grpc://{},{}", mesh.address("logger"), proxy.address());
    mesh.stop_service("broker").await;
    mesh.variables.insert("LOGGER_URL".to_owned(), both);
    mesh.start_service("broker").await;
    eventually("the development user is let in again", async || {
        (mesh.get("/v1/users?limit=1").await.status == 200).then_some(())
    })
    .await;
    (second, proxy)
}

/// Some tens a second; seen are those that failed.
struct SafeCalls(Callers<Vec<String>>);

impl SafeCalls {
    fn start(client: Client) -> Self {
        Self(Callers::<Vec<String>>::start(CALLERS, move |_, failed| {
            let client = client.clone();
            async move {
                let request = client.request(http::Method::GET, "/v1/logs?limit=1");
                match client.try_send(request, "").await {
                    Ok(answer) if answer.status == 200 => {}
                    Ok(answer) => failed.lock().unwrap().push(format!("{answer:?}")),
                    Err(error) => failed.lock().unwrap().push(error),
                }
                tokio::time::sleep(PAUSE).await;
            }
        }))
    }

    /// So many more, none of which may fail.
    async fn go_on(&self, more: usize) {
        self.0.calls(more).await;
        assert_eq!(*self.0.seen(), [""; 0], "safe calls failed");
    }

    /// Which share of the next calls goes by way of `proxy`.
    async fn share_of(&self, proxy: &Proxy) -> f64 {
        let (answered, passed) = (self.0.answered(), proxy.calls());
        self.go_on(CALLS).await;
        let (answered, passed) = (self.0.answered() - answered, proxy.calls() - passed);
        passed as f64 / answered as f64
    }

    async fn end(self) {
        let (_, failed) = self.0.end().await;
        assert_eq!(failed, [""; 0], "safe calls failed");
    }
}

/// Waits until the broker counts so many loggers in this state.
async fn are(mesh: &Mesh, state: &str, count: f64) {
    let labels = format!("service=\"logger\",state=\"{state}\"");
    eventually(&format!("{count} of the loggers are {state}"), async || {
        (metric(mesh, "instances{", &labels).await == count).then_some(())
    })
    .await;
}

async fn ejections(mesh: &Mesh) -> f64 {
    metric(mesh, "instance_ejections_total", "\"logger\"").await
}

/// The metric with this name and this text among its labels, 0 where there is none.
async fn metric(mesh: &Mesh, name: &str, label: &str) -> f64 {
    let text = metrics(mesh).await;
    let line = text.lines().find(|line| line.starts_with(name) && line.contains(label));
    line.and_then(|line| line.rsplit(' ').next()?.parse().ok()).unwrap_or_default()
}

async fn metrics(mesh: &Mesh) -> String {
    String::from_utf8(mesh.get("/metrics").await.body.to_vec()).unwrap()
}
