//! The real nginx in front of brokers, with the configuration of this repository: what strangers are kept from, and what a
//! broker that is killed under load costs its callers.

mod held;
mod load;
mod watching;

use std::collections::BTreeSet;
use std::net::SocketAddr;

use axum::Router;
use axum::routing::any;
use http::{HeaderMap, Method};
use serde_json::{Value, json};

use self::held::Held;
use self::load::load;
use self::watching::Watching;
use crate::harness::{Mesh, Nginx, Process, Way, eventually, stored};

/// Of the entries that are written.
const NAME: &str = "behind-nginx";

/// Tells what it was sent, as the broker understood it.
async fn telling() -> SocketAddr {
    let told = |headers: HeaderMap| async move {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let names = ["x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-real-ip", "forwarded"];
        axum::Json(names.map(text))
    };
    served(Router::new().fallback(any(told))).await
}

async fn served(router: Router) -> SocketAddr {
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(socket, router).await });
    address
}

fn raw_row(path: &str, to: SocketAddr) -> String {
    format!(
        "[[route]]\non = \"ANY /{path}/{{*path}}\"\ncall = \"http {to}\"\nauth = \"public\"\nretry = \"never\"\ntimeout = \"40s\"\n"
    )
}

/// A broker that believes what nginx says.
async fn believing(way: Way) -> Mesh {
    Mesh::with(way, &[("BROKER_TRUSTED_PROXIES", "127.0.0.1")]).await
}

async fn in_front_of(mesh: &Mesh) -> Nginx {
    Nginx::before(&[mesh.address("broker")]).await
}

mod embedded {
    use super::*;

    #[tokio::test]
    async fn everybody_is_sent_to_tls_and_http2_by_nginx() {
        let mut mesh = believing(Way::Embedded).await;
        let nginx = in_front_of(&mesh).await;
        let sent = nginx.curl_plain("/v1/logs?limit=1", &["--request", "POST"]).await;
        assert_eq!(sent.status, 308, "{sent:?}");
        let there = format!("location: https://localhost:{}/v1/logs?limit=1", nginx.tls_port());
        assert!(sent.head.contains(&there), "{sent:?}");
        let up = nginx.curl_plain("/nginx/up", &[]).await;
        assert_eq!(up.status, 204, "{up:?}");

        let answer = nginx.curl("/ping", &["--http2"]).await;
        assert_eq!((answer.status, answer.version.as_str(), answer.body.as_str()), (200, "2", "."), "{answer:?}");
        let older = nginx.curl("/ping", &["--http1.1"]).await;
        assert_eq!((older.status, older.version.as_str()), (200, "1.1"), "{older:?}");
        nginx.stop().await;
        mesh.stop().await;
    }

    #[tokio::test]
    async fn headers_for_browsers_are_there_once_behind_nginx() {
        let mut mesh = believing(Way::Embedded).await;
        let nginx = in_front_of(&mesh).await;
        let names = [
            "strict-transport-security",
            "x-content-type-options",
            "referrer-policy",
            "content-security-policy",
            "x-frame-options",
            "cross-origin-resource-policy",
            "x-request-id",
        ];
        for (path, status) in [("/openapi.json", 200), ("/v1/me", 401), ("/v1/nothing", 404), ("/metrics", 404)] {
            let answer = nginx.curl(path, &[]).await;
            assert_eq!(answer.status, status, "{path}: {answer:?}");
            for name in names {
                assert_eq!(answer.count(name), 1, "{name} at {path}: {answer:?}");
            }
        }
        nginx.stop().await;
        mesh.stop().await;
    }

    #[tokio::test]
    async fn what_is_for_the_inside_is_closed_by_nginx_however_it_is_written() {
        let mut mesh = believing(Way::Embedded).await;
        let nginx = in_front_of(&mesh).await;
        let closed = [
            "/metrics",
            "/metrics?x=1",
            "//metrics",
            "/%6detrics",
            "/health/ready",
            "/health/live",
            "/v1/admin/mesh",
            "/v1//admin/mesh",
            "/v1/x/../admin/mesh",
            "/v1/%61dmin/mesh",
            "/v1/admin/mesh/..%2f..%2flogs",
        ];
        for path in closed {
            let answer = nginx.curl(path, &["--path-as-is"]).await;
            assert_eq!(answer.status, 404, "{path}: {answer:?}");
            let body: Value = serde_json::from_str(&answer.body).unwrap_or_else(|_| panic!("{path}: {answer:?}"));
            assert_eq!(body["detail"], "there is nothing here", "{path}: the broker has answered: {body}");
        }
        let open = nginx.curl("/v1/administration", &[]).await;
        assert!(!open.body.contains("there is nothing here"), "only names that begin so: {open:?}");
        nginx.stop().await;
        mesh.stop().await;
    }

    #[tokio::test]
    async fn a_broker_behind_nginx_knows_who_calls() {
        let mut mesh = believing(Way::Embedded).await;
        mesh.add_routes(&raw_row("told", telling().await));
        eventually("the row is there", async || (mesh.get("/told/x").await.status == 200).then_some(())).await;
        let nginx = in_front_of(&mesh).await;
        let lies = [
            "--header=X-Forwarded-For: 6.6.6.6",
            "--header=X-Real-IP: 6.6.6.6",
            "--header=Forwarded: for=6.6.6.6",
            "--header=X-Forwarded-Host: evil.example",
            "--header=X-Forwarded-Proto: http",
        ]
        .map(|it| it.split_once('=').unwrap());
        let mut arguments = vec!["--interface", "127.0.0.2"];
        arguments.extend(lies.iter().flat_map(|(option, value)| [*option, *value]));
        let answer = nginx.curl("/told/x", &arguments).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let told: Value = serde_json::from_str(&answer.body).unwrap();
        let host = format!("localhost:{}", nginx.tls_port());
        assert_eq!(told, json!(["127.0.0.2", "https", host, null, null]));
        nginx.stop().await;
        mesh.stop().await;
    }

    #[tokio::test]
    async fn a_body_may_be_as_large_behind_nginx_as_before_the_broker() {
        let mut mesh = believing(Way::Embedded).await;
        let nginx = in_front_of(&mesh).await;
        let client = mesh.at(nginx.address());
        let frame = json!({"name": "large", "data": ""}).to_string().len();
        let most = json!({"name": "large", "data": "x".repeat((1 << 20) - frame)});
        assert_eq!(most.to_string().len(), 1 << 20);
        // The row has its own word about it: the broker has read all of it.
        assert_eq!(client.post("/v1/logs", &most).await.problem(400)["errors"][0]["field"], "data");
        let more = json!({"name": "large", "data": "x".repeat((1 << 20) - frame + 1)});
        let refused = client.post("/v1/logs", &more).await;
        assert_eq!(refused.problem(413)["code"], mesh.post("/v1/logs", &more).await.problem(413)["code"]);
        // Longer than a line of nginx's own accord: the broker says how long it may be.
        client.get(&format!("/v1/logs?name={}", "x".repeat(9_000))).await.problem(414);
        nginx.stop().await;
        mesh.stop().await;
    }
}

mod engines_rabbitmq_postgres_mongo {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_a_killed_broker_had_in_hand_is_asked_again_by_nginx_only_where_that_is_safe() {
        let mesh = believing(Way::Engines).await;
        let (first, second) = (Held::start().await, Held::start().await);
        mesh.add_routes(&raw_row("held", first.address));
        eventually("the row is there", async || (mesh.get("/held/open").await.status == 200).then_some(())).await;
        let mut other = Second::start(&mesh, &raw_row("held", second.address)).await;
        let nginx = Nginx::before(&[mesh.address("broker"), other.address]).await;
        let client = mesh.at(nginx.address());

        // Enough of each that the broker which is killed has one of each in hand.
        let methods = [Method::GET, Method::HEAD, Method::POST, Method::PATCH, Method::PUT, Method::DELETE];
        let mut calls = Vec::new();
        for method in &methods {
            while second.of(method) == 0 {
                let (client, method) = (client.clone(), method.clone());
                let before = first.all() + second.all();
                calls.push(tokio::spawn(async move {
                    let request = client.request(method.clone(), "/held/x");
                    (method, client.try_send(request, "").await.unwrap().status)
                }));
                eventually("the call is held", async || (first.all() + second.all() > before).then_some(())).await;
            }
        }
        let (before, lost) = (methods.clone().map(|it| first.of(&it)), methods.clone().map(|it| second.of(&it)));
        other.process.kill().await;
        let expected = before[0] + before[1] + lost[0] + lost[1];
        eventually("those that are safe are held by the other", async || {
            (first.of(&Method::GET) + first.of(&Method::HEAD) == expected).then_some(())
        })
        .await;
        first.release();
        let mut failed = BTreeSet::new();
        for call in calls {
            let (method, status) = call.await.unwrap();
            if status != 200 {
                assert_eq!(status, 502, "{method}");
                failed.insert(method.to_string());
            }
        }
        assert_eq!(failed, ["DELETE", "PATCH", "POST", "PUT"].map(str::to_owned).into(), "who is told of it");
        for (number, method) in methods.iter().enumerate().skip(2) {
            assert_eq!(first.of(method), before[number], "{method} was sent to the other broker too");
        }
        nginx.stop().await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_broker_killed_under_load_behind_nginx_fails_no_safe_call_and_doubles_no_other() {
        let mesh = believing(Way::Engines).await;
        let mut other = Second::start(&mesh, "").await;
        let nginx = Nginx::before(&[mesh.address("broker"), other.address]).await;
        let client = mesh.at(nginx.address());

        let mut watching = Vec::new();
        for _ in 0..4 {
            watching.push(Watching::start(client.clone()).await);
        }
        let load = load(&client);
        load.calls(120).await;
        other.process.kill().await;
        load.calls(240).await;
        let (calls, seen) = load.end().await;
        println!("{calls} calls; unsafe ones that were cut: {:?}", seen.cut);

        assert_eq!(seen.failed, [""; 0], "safe calls, and calls with a key at their second try beside a 409");
        // Each text once is checked by `stored`; of what was cut it is not known whether it was made.
        let ids = stored(&mesh, NAME, &seen.accepted).await;
        let unknown = ids.difference(&seen.accepted).count();
        assert!(unknown <= seen.cut.len(), "{unknown} entries that nobody sent, beside {:?}", seen.cut);

        let last = client.post("/v1/logs", &json!({"name": NAME, "data": "last"})).await.expect(201);
        let mut dropped = 0;
        for watching in watching {
            let (ids, drops) = watching.until(last["id"].as_str().unwrap()).await;
            let missing: Vec<_> = seen.accepted.difference(&ids).collect();
            assert!(missing.is_empty(), "entries that a stream has lost over {drops} drops: {missing:?}");
            dropped += drops;
        }
        assert!(dropped > 0, "the killed broker had no stream: nothing was shown");
        let line = nginx.log().lines().last().map(str::to_owned).unwrap();
        assert!(serde_json::from_str::<Value>(&line).unwrap()["client"] == "127.0.0.1", "{line}");
        nginx.stop().await;
    }
}

/// One more broker of a mesh, with rows of its own.
struct Second {
    process: Process,
    address: SocketAddr,
}

impl Second {
    async fn start(mesh: &Mesh, rows: &str) -> Self {
        let table = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/routes.toml")).unwrap();
        let file = mesh.folder.path().join("second.toml");
        std::fs::write(&file, format!("{table}\n{rows}")).unwrap();
        let mut variables = mesh.variables.clone();
        variables.insert("BROKER_ADDR".to_owned(), "127.0.0.1:0".to_owned());
        variables.insert("SWITCHBOARD_ROUTES".to_owned(), file.display().to_string());
        let mut process = Process::spawn(&["serve", "broker"], mesh.folder.path(), &variables);
        let address = process.ready().await["broker"];
        let client = mesh.at(address);
        eventually("the second broker lets the user in", async || {
            (client.get("/v1/logs?limit=1").await.status == 200).then_some(())
        })
        .await;
        Self { process, address }
    }
}
