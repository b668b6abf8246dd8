//! Who is there: every process tells of itself, a new one is seen within seconds, and so is one that is gone.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{Mesh, Person, Process, Way, eventually};

over_every_way! {
    every_service_tells_of_itself_and_what_it_is_asked_for
}

/// What is promised, for a process that comes and for one that is killed.
const PROMISED: Duration = Duration::from_secs(15);
/// A goodbye is heard at once, on a machine that may be busy.
const AT_ONCE: Duration = Duration::from_secs(4);

async fn seen(mesh: &Mesh) -> Value {
    mesh.get("/v1/admin/mesh").await.expect(200)
}

fn instances(mesh: &Value, service: &str) -> Vec<Value> {
    let services = mesh["services"].as_array().unwrap();
    let found = services.iter().find(|it| it["name"] == service);
    found.map_or_else(Vec::new, |it| it["instances"].as_array().unwrap().clone())
}

fn alarms(mesh: &Value) -> Vec<&str> {
    mesh["alarms"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect()
}

async fn every_service_tells_of_itself_and_what_it_is_asked_for(mesh: &mut Mesh) {
    let all = ["broker", "listener", "logger", "authenticator", "math", "operations"];
    let found = eventually("every service is ready", async || {
        let found = seen(mesh).await;
        let is_ready = |service: &&str| {
            let instances = instances(&found, service);
            instances.len() == 1 && instances[0]["state"] == "ready"
        };
        all.iter().all(is_ready).then_some(found)
    })
    .await;
    for service in all {
        let it = &instances(&found, service)[0];
        assert_eq!(it["version"], env!("CARGO_PKG_VERSION"));
        let address = it["address"].as_str().unwrap();
        assert!(address.ends_with(&mesh.address(service).to_string()), "{service}: {it}");
    }
    eventually("nothing is wrong", async || alarms(&seen(mesh).await).is_empty().then_some(())).await;
    for number in 0..20 {
        mesh.post("/v1/logs", &json!({"name": "counted", "data": number.to_string()})).await.expect(201);
    }
    let row = eventually("the row's load is seen", async || {
        let found = seen(mesh).await;
        let routes = found["routes"].as_array().unwrap();
        let row = routes.iter().find(|it| it["route"] == "log")?;
        let is_loaded = row["calls_per_second"].as_f64()? > 0.0 && row["errors_per_second"] == 0.0;
        is_loaded.then(|| row.clone())
    })
    .await;
    assert_eq!((&row["line"], &row["service"], &row["door"]), (&json!("grpc"), &json!("logger"), &json!("broker")));
    assert!(row["p95_ms"].as_f64() > Some(0.0), "{row}");
    let somebody = Person::new("curious");
    somebody.register(mesh).await.expect(201);
    let somebody = somebody.signed_in(mesh).await.client;
    for path in ["/v1/admin/mesh", "/v1/admin/queues"] {
        mesh.stranger().get(path).await.problem(401);
        somebody.get(path).await.problem(403);
    }
}

mod engines_rabbitmq_postgres_mongo_alone {
    use super::*;

    #[tokio::test]
    async fn a_second_logger_appears_and_vanishes() {
        let mut mesh = Mesh::start(Way::Engines).await;
        until_there_are(&mesh, 1).await;

        let mut killed = second_logger(&mesh).await;
        let took = until_there_are(&mesh, 2).await;
        assert!(took < PROMISED, "a new one was seen after {took:?}");
        killed.kill().await;
        let took = until_there_are(&mesh, 1).await;
        assert!(took < PROMISED, "one that was killed was seen for {took:?}");
        let found = seen(&mesh).await;
        let told = alarms(&found);
        assert!(told.iter().any(|it| it.starts_with("logger at ") && it.contains("fell silent")), "{told:?}");

        let mut stopped = second_logger(&mesh).await;
        until_there_are(&mesh, 2).await;
        eventually("the silence is over", async || {
            let found = seen(&mesh).await;
            (!alarms(&found).iter().any(|it| it.contains("fell silent"))).then_some(())
        })
        .await;
        stopped.stop().await;
        let took = until_there_are(&mesh, 1).await;
        assert!(took < AT_ONCE, "one that said goodbye was seen for {took:?}");
        let found = seen(&mesh).await;
        assert!(!alarms(&found).iter().any(|it| it.contains("fell silent")), "a goodbye is no silence: {found}");
        mesh.stop().await;
    }

    async fn second_logger(mesh: &Mesh) -> Process {
        let mut variables = mesh.variables.clone();
        variables.insert("LOGGER_ADDR".to_owned(), "127.0.0.1:0".to_owned());
        let mut logger = Process::spawn(&["serve", "logger"], mesh.folder.path(), &variables);
        logger.ready().await;
        logger
    }

    /// How long it took until so many loggers were there, and all of them ready.
    async fn until_there_are(mesh: &Mesh, count: usize) -> Duration {
        let began = Instant::now();
        eventually(&format!("{count} loggers are there"), async || {
            let loggers = instances(&seen(mesh).await, "logger");
            (loggers.len() == count && loggers.iter().all(|it| it["state"] == "ready")).then_some(())
        })
        .await;
        began.elapsed()
    }
}
