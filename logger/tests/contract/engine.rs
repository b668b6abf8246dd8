//! What only one of the stores has: the configuration that leads to it, an engine that goes away, other instances.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use mesh::config::{Env, Process};
use mongodb::bson::{Bson, Document, doc};
use proto::logger::v1::tail_response::Event;
use proto::logger::v1::{TailRequest, WriteBatchRequest, WriteRequest};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;

use crate::audit::audit;
use crate::home::{Engine, driver, drop_database, eventually, mongo_url, request, start, with};
use crate::tail::entry;
use crate::write::names;

fn config(variables: &[(&str, &str)]) -> Result<logger::Config, mesh::ConfigError> {
    let env = Env::new(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    logger::Config::from_env(&env, &Process::from_env(&env)?)
}

#[test]
fn the_store_is_told_without_secrets() {
    let embedded = config(&[("SWITCHBOARD_DATA", "/d")]).unwrap();
    assert_eq!((embedded.store().as_str(), embedded.address.port()), ("SQLite /d/logger.db", 50001));
    let url = "mongodb://me:s3cret@one:27017,two:27017/other?replicaSet=r";
    let named = config(&[("LOGGER_MONGO_URL", url), ("LOGGER_ADDR", "0.0.0.0:7")]).unwrap();
    assert_eq!(named.store(), "MongoDB mongodb://me:***@one:27017,two:27017/other, other.logs");
    let usual = config(&[("LOGGER_MONGO_URL", "mongodb://host")]).unwrap();
    assert_eq!(usual.store(), "MongoDB mongodb://host, logs_db.logs");
    assert!(!format!("{named:?}").contains("s3cret"));
}

#[test]
fn a_wrong_variable_is_named_and_its_password_is_not() {
    let wrong = config(&[("LOGGER_MONGO_URL", "mongodb://me:s3:cret@host")]).unwrap_err().to_string();
    assert!(wrong.starts_with("LOGGER_MONGO_URL: expected mongodb://") && !wrong.contains("cret"), "{wrong}");
    let wrong = config(&[("LOGGER_MONGO_URL", "postgres://host")]).unwrap_err().to_string();
    assert!(wrong.contains("mongodb:// or mongodb+srv://"), "{wrong}");
    let wrong = config(&[("LOGGER_AUDIT_KEPT", "29d")]).unwrap_err().to_string();
    assert!(wrong.starts_with("LOGGER_AUDIT_KEPT: expected 30d or more"), "{wrong}");
    let wrong = config(&[("SWITCHBOARD_ENV", "production")]).unwrap_err();
    assert_eq!(wrong.variable, "LOGGER_MONGO_URL");
}

#[tokio::test]
async fn sqlite_keeps_entries_over_a_restart() {
    let data = tempfile::tempdir().unwrap();
    for round in 1..=2 {
        let logger = start(data.path(), None).await;
        eventually("the logger is ready", async || logger.ready().await).await;
        logger.client().write(request("event", "")).await.unwrap();
        assert_eq!(names(&mut logger.client()).await.len(), round);
        logger.ended().await;
    }
}

#[tokio::test]
async fn mongo_documents_are_fit_for_a_person_and_indexed() {
    with(Engine::Mongo, async |home| {
        let sent = WriteRequest { id: "one".into(), ..request("event", "hello") };
        home.logger.client().write(sent).await.unwrap();
        let (client, database) = driver(home.mongo.as_deref().unwrap()).await;
        let rows = client.database(&database).collection::<Document>("logs");
        let row = rows.find_one(doc! {}).await.unwrap().unwrap();
        let keys: Vec<_> = row.keys().map(String::as_str).collect();
        assert_eq!(keys, ["_id", "name", "level", "data", "created_at", "stored_at", "hash", "via"]);
        assert_eq!(row.get_str("via").unwrap(), "GRPC");
        assert_eq!((row.get_str("_id").unwrap(), row.get_str("level").unwrap()), ("one", "INFO"));
        assert!(matches!((&row["created_at"], &row["stored_at"]), (Bson::DateTime(_), Bson::DateTime(_))));
        assert_eq!(row.get_str("hash").unwrap().len(), 64);
        assert_eq!(rows.list_index_names().await.unwrap().len(), 7);
        home.logger.client().write(WriteRequest { id: "two".into(), ..audit("audit.sign_in", "") }).await.unwrap();
        let row = rows.find_one(doc! { "_id": "two" }).await.unwrap().unwrap();
        assert_eq!(row.get("audit"), Some(&Bson::Boolean(true)));
    })
    .await;
}

#[tokio::test]
async fn mongo_tails_follow_what_other_instances_commit() {
    with(Engine::Mongo, async |home| {
        let other = home.start().await;
        other.client().write(request("event", "before")).await.unwrap();
        let mut tail = home.logger.client().tail(TailRequest::default()).await.unwrap().into_inner();
        let mut expected = HashSet::new();
        for round in 0..3 {
            for (from, logger) in [("here", &home.logger), ("there", &other)] {
                let datas: Vec<_> = (0..100).map(|number| format!("{from} {round} {number}")).collect();
                let entries = datas.iter().map(|data| request("event", data)).collect();
                logger.client().write_batch(WriteBatchRequest { entries }).await.unwrap();
                expected.extend(datas);
            }
        }
        // Each exactly once: an entry that came twice is not expected any more.
        for _ in 0..600 {
            let data = entry(&mut tail).await;
            assert!(expected.remove(&data), "{data}");
        }
        // What was found once is not found again by the looks after it.
        other.client().write(request("event", "last")).await.unwrap();
        assert_eq!(entry(&mut tail).await, "last");
        // The audit of other instances goes to its own tails alone.
        let followed = TailRequest { audit: true, ..Default::default() };
        let mut of_audit = home.logger.client().tail(followed).await.unwrap().into_inner();
        other.client().write(audit("audit.sign_in", "signed in")).await.unwrap();
        other.client().write(request("event", "after")).await.unwrap();
        assert_eq!(entry(&mut of_audit).await, "signed in");
        assert_eq!(entry(&mut tail).await, "after");
        other.ended().await;
    })
    .await;
}

/// A reader goes on at another instance than it came from, while both of them write.
#[tokio::test]
async fn mongo_tails_go_on_at_another_instance() {
    with(Engine::Mongo, async |home| {
        let other = home.start().await;
        let (mut position, mut seen, mut expected) = (String::new(), HashSet::new(), HashSet::new());
        for round in 0..6 {
            let here = if round % 2 == 0 { &home.logger } else { &other };
            let follow = TailRequest { after: Some(position.clone()), ..Default::default() };
            let mut tail = here.client().tail(follow).await.unwrap().into_inner();
            // Where it begins is known from here on.
            while position.is_empty() {
                position = tail.message().await.unwrap().unwrap().position.unwrap();
            }
            for (from, logger) in [("here", &home.logger), ("there", &other)] {
                let datas: Vec<_> = (0..40).map(|number| format!("{from} {round} {number}")).collect();
                let entries = datas.iter().map(|data| request("event", data)).collect();
                logger.client().write_batch(WriteBatchRequest { entries }).await.unwrap();
                expected.extend(datas);
            }
            let enough = if round == 5 { expected.len() } else { seen.len() + 30 };
            while seen.len() < enough {
                let message = tail.message().await.unwrap().unwrap();
                position = message.position.unwrap();
                match message.event {
                    Some(Event::Entry(entry)) => drop(seen.insert(entry.data)),
                    Some(Event::Gap(gap)) => panic!("a gap of {}", gap.missed),
                    None => {}
                }
            }
        }
        assert_eq!(seen, expected);
        other.ended().await;
    })
    .await;
}

#[tokio::test]
async fn mongo_away_pauses_and_comes_back() {
    let url = mongo_url().await;
    let (proxy, through) = Proxy::before(&url).await;
    let data = tempfile::tempdir().unwrap();
    let logger = start(data.path(), Some(&through)).await;
    let mut client = logger.client();
    // Away at start: the port answers and says what is missing.
    eventually("health tells of it", async || logger.health().await.contains("MongoDB cannot be used")).await;
    assert!(!logger.ready().await);
    assert_eq!(client.write(request("early", "")).await.unwrap_err().code(), tonic::Code::Unavailable);
    let proxy = proxy.resumed().await;
    eventually("the logger is ready", async || logger.ready().await).await;
    client.write(request("first", "")).await.unwrap();

    let proxy = proxy.cut().await;
    let lost = WriteRequest { id: "again".into(), ..request("second", "") };
    let refused = mesh::Error::from(client.write(lost.clone()).await.unwrap_err());
    assert_eq!((refused.code, refused.retry_after), (mesh::Code::Unavailable, Some(Duration::from_secs(1))));
    assert!(logger.health().await.contains(r#""degraded":{"store""#), "{}", logger.health().await);

    let _proxy = proxy.resumed().await;
    let stored = async || logger.client().write(lost.clone()).await.is_ok();
    eventually("it is stored after all", stored).await;
    assert_eq!(names(&mut client).await, ["second", "first"]);
    logger.ended().await;
    drop_database(&url).await;
}

/// A way to the engine that can be cut.
struct Proxy {
    address: SocketAddr,
    /// Bound and not listening: nobody else is given the port while the way is cut.
    _held: TcpSocket,
    engine: String,
    serving: Option<JoinHandle<()>>,
}

impl Proxy {
    /// A proxy that does not serve yet, and the URL that leads through it.
    async fn before(url: &str) -> (Self, String) {
        let rest = url.strip_prefix("mongodb://").expect("a plain URL");
        let (engine, database) = rest.split_once('/').unwrap();
        let held = TcpSocket::new_v4().unwrap();
        held.set_reuseaddr(true).unwrap();
        held.bind(([127, 0, 0, 1], 0).into()).unwrap();
        let address = held.local_addr().unwrap();
        // Direct, or the driver would find its way around the proxy.
        let through = format!("mongodb://{address}/{database}?directConnection=true");
        (Self { address, _held: held, engine: engine.to_owned(), serving: None }, through)
    }

    async fn resumed(mut self) -> Self {
        let (listener, engine) =
            (TcpListener::bind(self.address).await.unwrap(), Arc::<str>::from(self.engine.as_str()));
        self.serving = Some(tokio::spawn(async move {
            let mut open = tokio::task::JoinSet::new();
            while let Ok((mut near, _)) = listener.accept().await {
                let engine = Arc::clone(&engine);
                open.spawn(async move {
                    let mut far = TcpStream::connect(&*engine).await?;
                    tokio::io::copy_bidirectional(&mut near, &mut far).await
                });
            }
        }));
        self
    }

    /// Closes every connection and refuses new ones.
    async fn cut(mut self) -> Self {
        let serving = self.serving.take().unwrap();
        serving.abort();
        let _ = serving.await;
        self
    }
}
