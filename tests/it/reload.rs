//! The table is reloaded on change: the reader's own service appears without a restart, and a wrong table changes
//! nothing but the log.

use axum::Router;
use axum::extract::Json;
use axum::routing::{get, post};
use serde_json::{Value, json};

use crate::harness::{Mesh, eventually};

over_every_way! {
    three_lines_put_ones_own_service_behind_the_broker
    a_wrong_table_keeps_the_old_one_and_says_what_is_wrong
}

/// What the reader has running on localhost.
async fn own_service() -> u16 {
    let router = Router::new()
        .route("/hello.txt", get(|| async { "hello from here" }))
        .route("/v1/echo", post(|Json(body): Json<Value>| async move { Json(json!({ "echoed": body })) }));
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = socket.local_addr().unwrap().port();
    tokio::spawn(async move { axum::serve(socket, router).await });
    port
}

async fn three_lines_put_ones_own_service_behind_the_broker(mesh: &mut Mesh) {
    let port = own_service().await;
    assert_eq!(mesh.get("/mine/hello.txt").await.status, 404);
    mesh.add_routes(&format!(
        "[[route]]\non   = \"ANY /mine/{{*path}}\"\ncall = \"http localhost:{port}\"\nauth = \"public\"\n\n\
         [[route]]\non   = \"POST /v1/own\"\ncall = \"http localhost:{port} POST /v1/echo\"\nauth = \"public\"\n"
    ));
    let answer = eventually("the row is in force", async || {
        let answer = mesh.get("/mine/hello.txt").await;
        (answer.status != 404).then_some(answer)
    });
    let answer = answer.await;
    assert_eq!((answer.status, &answer.body[..]), (200, &b"hello from here"[..]), "{answer:?}");
    assert_eq!(mesh.post("/v1/own", &json!({"a": 1})).await.expect(200), json!({"echoed": {"a": 1}}));
    mesh.post("/v1/logs", &json!({"name": "old rows", "data": "go on"})).await.expect(201);
}

async fn a_wrong_table_keeps_the_old_one_and_says_what_is_wrong(mesh: &mut Mesh) {
    let lines = std::fs::read_to_string(mesh.folder.path().join("routes.toml")).unwrap().lines().count();
    mesh.add_routes(
        "[[route]]\non = \"POST /v1/new\"\ncall = \"grpc loger logger.v1.Logger/Write\"\nauth = \"public\"\n",
    );
    mesh.process("broker").says(&format!("routes.toml:{}", lines + 4)).await;
    let told = mesh.process("broker").output();
    assert!(told.contains("loger") && told.contains("did you mean 'logger'"), "{told}");
    assert_eq!(mesh.post("/v1/new", &json!({})).await.status, 404);
    mesh.post("/v1/logs", &json!({"name": "old rows", "data": "go on"})).await.expect(201);
}
