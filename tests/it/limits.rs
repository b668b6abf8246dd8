//! Limits of rows: who calls too often is told so, and everybody else goes on. Over Redis, brokers count together for
//! as long as it is there.

use axum::Router;
use axum::http::StatusCode;
use axum::routing::{get, post};
use futures::future::join_all;
use http::Method;
use serde_json::json;

use crate::harness::{Answer, Client, Mesh, Person, eventually};

over_every_way! {
    who_calls_too_often_waits_and_nobody_else_does
}

/// A service that answers everything and does nothing.
async fn service() -> u16 {
    let router = Router::new()
        .route("/own", get(|| async { "{}" }).post(|| async { "{}" }))
        .route("/fault", post(|| async { (StatusCode::CONFLICT, "{}") }));
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = socket.local_addr().unwrap().port();
    tokio::spawn(async move { axum::serve(socket, router).await });
    port
}

/// A row for `call` on this port, once it is in force.
fn row(on: &str, call: &str, policy: &str) -> String {
    format!("[[route]]\non = \"{on}\"\ncall = \"{call}\"\n{policy}\n\n")
}

async fn in_force(client: &Client, path: &str) {
    eventually("the rows are in force", async || (client.get(path).await.status != 404).then_some(())).await;
}

/// What is left of the limit, as the answer says it.
#[track_caller]
fn left(answer: &Answer) -> &str {
    let left = answer.header("ratelimit").unwrap_or_else(|| panic!("no RateLimit in {answer:?}"));
    left.split(";t=").next().unwrap()
}

#[track_caller]
fn refused(answer: &Answer, detail: &str) -> u64 {
    let problem = answer.problem(429);
    assert_eq!(problem["code"], "resource_exhausted");
    assert!(problem["detail"].as_str().unwrap().starts_with(detail), "{problem}");
    answer.header("retry-after").unwrap().parse().unwrap()
}

async fn who_calls_too_often_waits_and_nobody_else_does(mesh: &mut Mesh) {
    let port = service().await;
    let to = |rest: &str| format!("http localhost:{port}{rest}");
    let public = |limit: &str| format!("auth = \"public\"\nlimit = \"{limit}\"");
    mesh.add_routes(
        &[
            row("POST /v1/few", &to(" POST /own"), &format!("{}\naction = \"few\"", public("4/h per caller"))),
            row("POST /v1/fault", &to(" POST /fault"), &public("9/h per caller")),
            row("ANY /few/{*path}", &to(""), &public("2/h per caller")),
            row("GET /v1/quick", &to(" GET /own"), &public("1/s per caller")),
            row("GET /v1/mine", &to(" GET /own"), "limit = \"2/h per caller\""),
            row("GET /v1/once", &to(" GET /own"), "limit = \"1/h per route\""),
        ]
        .concat(),
    );
    let stranger = mesh.stranger();
    in_force(&stranger, "/v1/quick").await;

    // One count, whichever way the row was found and whatever came of it.
    let answer = stranger.post("/v1/few", &json!({})).await;
    assert_eq!((answer.status, answer.header("ratelimit-policy")), (200, Some(r#""caller";q=4;w=3600"#)));
    assert_eq!(left(&answer), r#""caller";r=3"#);
    let answer = stranger.post("/handle", &json!({"action": "few", "few": {}})).await;
    assert_eq!((answer.status, left(&answer)), (200, r#""caller";r=2"#));
    let answer = stranger.post_bytes("/v1/few", "no JSON").await;
    assert_eq!((answer.status, left(&answer)), (400, r#""caller";r=1"#));
    assert_eq!(left(&stranger.post("/v1/fault", &json!({})).await), r#""caller";r=8"#);
    assert_eq!(left(&stranger.post("/v1/few", &json!({})).await), r#""caller";r=0"#);
    let answer = stranger.post("/v1/few", &json!({})).await;
    let retry_after = refused(&answer, "more than 4 calls an hour by this caller");
    assert!((800..=900).contains(&retry_after), "{answer:?}");
    assert_eq!(left(&answer), r#""caller";r=0"#);
    let envelope = stranger.post("/handle", &json!({"action": "few", "few": {}})).await;
    assert_eq!((envelope.expect(429)["error"].as_bool(), envelope.header("retry-after").is_some()), (Some(true), true));

    // Not by another name, and somebody else is not held back.
    for header in ["x-forwarded-for", "forwarded", "x-real-ip", "x-user-id"] {
        let request = stranger.request(Method::POST, "/v1/few").header(header, "203.0.113.7");
        assert_eq!(stranger.send(request, "{}").await.status, 429, "{header}");
    }
    assert_eq!(left(&mesh.post("/v1/few", &json!({})).await), r#""caller";r=3"#);
    mesh.add_routes(&row("GET /v1/later", &to(" GET /own"), "auth = \"public\""));
    in_force(&stranger, "/v1/later").await;
    refused(&stranger.post("/v1/few", &json!({})).await, "more than 4 calls an hour by this caller");

    // Bodies that stream through.
    assert_eq!(left(&stranger.get("/few/own").await), r#""caller";r=1"#);
    assert_eq!((stranger.get("/few/own").await.status, stranger.get("/few/own").await.status), (200, 429));

    whose_calls_count(mesh).await;
    after_waiting(&stranger).await;
    let metrics = String::from_utf8(mesh.get("/metrics").await.body.to_vec()).unwrap();
    assert!(metrics.contains(r#"limit_hits_total{route="few"} 7"#), "{metrics}");
}

/// A user over all tokens, a key by itself, and whoever may not call not at all.
async fn whose_calls_count(mesh: &Mesh) {
    for _ in 0..3 {
        mesh.stranger().get("/v1/once").await.problem(401);
    }
    let person = Person::new("ada");
    person.register(mesh).await.expect(201);
    let (one, other) = (person.signed_in(mesh).await.client, person.signed_in(mesh).await.client);
    assert_eq!((one.get("/v1/mine").await.status, other.get("/v1/mine").await.status), (200, 200));
    refused(&one.get("/v1/mine").await, "more than 2 calls an hour by this caller");
    let key = one.post("/v1/me/api-keys", &json!({"name": "nightly"})).await.expect(201);
    let machine = mesh.stranger().bearing(key["key"].as_str().unwrap());
    assert_eq!(left(&machine.get("/v1/mine").await), r#""caller";r=1"#);
    assert_eq!(left(&mesh.get("/v1/mine").await), r#""caller";r=1"#);

    assert_eq!(left(&one.get("/v1/once").await), r#""route";r=0"#);
    refused(&mesh.get("/v1/once").await, "more than one call an hour by all callers of this route");
}

async fn after_waiting(stranger: &Client) {
    let answer = eventually("it is too often", async || {
        let answer = stranger.get("/v1/quick").await;
        (answer.status != 200).then_some(answer)
    });
    assert_eq!(refused(&answer.await, "more than one call a second by this caller"), 1);
    eventually("it is let in again", async || (stranger.get("/v1/quick").await.status == 200).then_some(())).await;
}

mod on_redis_rabbitmq {
    use super::*;
    use crate::harness::{Process, Proxy, Way};

    /// Rows alike: a run in which Redis was late, so that a broker counted alone, is made again with the next.
    const RUNS: usize = 20;

    fn redis_url() -> String {
        std::env::var("TEST_REDIS_URL").unwrap_or_else(|_| "redis://127.0.0.1:6379".to_owned())
    }

    /// A mesh that counts in this Redis, under a prefix of its own.
    async fn mesh(url: &str) -> Mesh {
        let prefix = format!("test:{}:", uuid::Uuid::new_v4().simple());
        let mesh = Mesh::with(Way::Mixed, &[("REDIS_URL", url), ("REDIS_PREFIX", &prefix)]).await;
        let port = service().await;
        let policy = "auth = \"public\"\nlimit = \"20/h per caller\"";
        let rows =
            (0..RUNS).map(|run| row(&format!("GET /v1/{run}"), &format!("http localhost:{port} GET /own"), policy));
        let last = row("GET /last", "http math GET /add/1,2", "auth = \"public\"\nlimit = \"10000/h per caller\"");
        mesh.add_routes(&(rows.collect::<String>() + &last));
        in_force(&mesh.stranger(), "/last").await;
        mesh
    }

    async fn failures(client: &Client) -> u64 {
        let metrics = String::from_utf8(client.get("/metrics").await.body.to_vec()).unwrap();
        let line = metrics.lines().find_map(|line| line.strip_prefix("limit_store_failures_total "));
        line.map_or(0, |count| count.parse().unwrap())
    }

    async fn free(client: &Client) -> Option<u64> {
        let answer = client.get("/last").await;
        answer.header("ratelimit")?.split_once(";r=")?.1.split(';').next()?.parse().ok()
    }

    /// Each is told what the other has let in.
    async fn count_together(one: &Client, other: &Client) {
        eventually("the brokers count together", async || {
            let (first, second, third) = (free(one).await?, free(other).await?, free(one).await?);
            (first == second + 1 && second == third + 1).then_some(())
        })
        .await;
    }

    #[tokio::test]
    async fn two_brokers_let_in_what_one_would() {
        let mut mesh = mesh(&redis_url()).await;
        let mut variables = mesh.variables.clone();
        variables.insert("BROKER_ADDR".to_owned(), "127.0.0.1:0".to_owned());
        // Its kept calls are its own: the folder of the first one has a lock.
        variables.insert("SWITCHBOARD_DATA".to_owned(), mesh.folder.path().join("second").display().to_string());
        let mut second = Process::spawn(&["serve", "broker"], mesh.folder.path(), &variables);
        let (one, other) = (mesh.stranger(), Client::new(second.ready().await["broker"]));
        in_force(&other, "/last").await;
        let mut runs = 0..RUNS;
        let let_in = loop {
            count_together(&one, &other).await;
            let path = format!("/v1/{}", runs.next().expect("Redis answers in time in one of the runs"));
            let before = (failures(&one).await, failures(&other).await);
            let calls = (0..30).map(|call| if call % 2 == 0 { &one } else { &other }).map(|broker| broker.get(&path));
            let statuses: Vec<_> = join_all(calls).await.iter().map(|answer| answer.status).collect();
            if (failures(&one).await, failures(&other).await) == before {
                assert!(statuses.iter().all(|status| [200, 429].contains(status)), "{statuses:?}");
                break statuses.iter().filter(|status| **status == 200).count();
            }
        };
        assert_eq!(let_in, 20);
        second.stop().await;
        mesh.stop().await;
    }

    #[tokio::test]
    async fn nobody_is_refused_because_redis_is_away() {
        let url = redis_url();
        let server = url.split("://").nth(1).unwrap().split('/').next().unwrap().rsplit('@').next().unwrap();
        let proxy = Proxy::to(server.to_owned()).await;
        let mut mesh = mesh(&url.replacen(server, &proxy.address().to_string(), 1)).await;
        let stranger = mesh.stranger();
        for _ in 0..10 {
            assert_eq!(stranger.get("/v1/0").await.status, 200);
        }
        proxy.cut();
        for call in 10..20 {
            assert_eq!(stranger.get("/v1/0").await.status, 200, "call {call}");
        }
        refused(&stranger.get("/v1/0").await, "more than 20 calls an hour by this caller");
        eventually("the outage shows", async || {
            stranger.get("/v1/1").await;
            (failures(&stranger).await > 2).then_some(())
        })
        .await;
        mesh.process("broker").says("each broker counts limits alone").await;
        assert_eq!(mesh.get("/health/ready").await.status, 200);
        proxy.mend();
        eventually("it is counted together again", async || {
            stranger.get("/v1/2").await;
            mesh.process("broker").output().contains("limits are counted over all brokers again").then_some(())
        })
        .await;
        let told = mesh.stop().await;
        assert_eq!(told.matches("each broker counts limits alone").count(), 1, "{told}");
    }
}
