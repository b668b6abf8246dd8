//! An instance whose address has gone from its name: calls that it has in hand end well, new ones go elsewhere.

use std::net::SocketAddr;

use axum::body::Body;
use futures::FutureExt;
use http::HeaderMap;
use http_body_util::{BodyExt, Full};
use mesh::cache::Cache;
use serde_json::Map;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use super::*;

/// Answers each call with an empty message, once it may.
async fn service(may_answer: &Arc<Semaphore>, asked: &Arc<Semaphore>) -> SocketAddr {
    let (may_answer, asked) = (Arc::clone(may_answer), Arc::clone(asked));
    let answer = move || {
        let (may_answer, asked) = (Arc::clone(&may_answer), Arc::clone(&asked));
        async move {
            asked.add_permits(1);
            may_answer.acquire().await.unwrap().forget();
            let trailers = HeaderMap::from_iter([("grpc-status".parse().unwrap(), "0".parse().unwrap())]);
            let body = Full::new(Bytes::from_static(&[0; 5])).with_trailers(async move { Some(Ok(trailers)) });
            ([("content-type", "application/grpc")], Body::new(body))
        }
    };
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(socket, axum::Router::new().fallback(answer)).await });
    address
}

async fn write(line: &Grpc) -> Result<Reply, Error> {
    let deadline = Instant::now() + Duration::from_secs(45);
    line.call(Call::new(Argument::Object(Map::new()), deadline)).await
}

#[tokio::test]
async fn one_that_is_gone_ends_what_it_has_and_gets_nothing_new() {
    let (old_may, old_asked) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let (new_may, new_asked) = (Arc::new(Semaphore::new(1_000)), Arc::new(Semaphore::new(0)));
    let (old, new) = (service(&old_may, &old_asked).await, service(&new_may, &new_asked).await);
    let upstream = Upstream::at(&[old]);
    let catalog = Arc::new(Catalog::new(Cache::in_memory()).unwrap());
    let method = "logger.v1.Logger/Write";
    let line = Arc::new(Grpc::new(Arc::clone(&upstream), false, catalog, method, Duration::from_secs(45)).unwrap());
    let held = Arc::clone(&line);
    let mut held = tokio::spawn(async move { write(&held).await });
    old_asked.acquire().await.unwrap().forget();
    upstream.change(&[new]);
    for _ in 0..20 {
        write(&line).await.unwrap();
    }
    assert_eq!((old_asked.available_permits(), new_asked.available_permits()), (0, 20));
    assert!((&mut held).now_or_never().is_none(), "it waits for its answer");
    old_may.add_permits(1);
    held.await.unwrap().unwrap();
}
