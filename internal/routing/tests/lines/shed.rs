//! A service that is busy: one more call is turned away at once, by whatever row or door it comes, and metrics tell.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use bus::{Delivery, Event, Outcome};
use http::Request;
use http_body_util::BodyExt;
use mesh::Code;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use routing::batch::deliver;
use routing::line::raw::Passage;
use serde_json::json;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::world::{self, PATIENCE, World, eventually};

/// A world whose service takes one call at once and answers it when it is let to.
async fn busy() -> (World, Arc<Semaphore>) {
    let let_go = Arc::new(Semaphore::new(0));
    let waiting = Arc::clone(&let_go);
    let answer = move || {
        let waiting = Arc::clone(&waiting);
        async move {
            drop(waiting.acquire().await);
            "{}"
        }
    };
    let address = world::serve(axum::Router::new().fallback(answer)).await;
    let table = format!(
        "version = 1\n[services]\nweb = {{ url = \"http://{address}\", concurrency = 1 }}\n\
         [[route]]\non = \"POST /json\"\ncall = \"http web POST /\"\n\
         [[route]]\non = \"POST /raw\"\ncall = \"http web\"\n\
         [[route]]\non = \"event order.#\"\naction = \"orders\"\ncall = \"http web POST /\"\n"
    );
    (World::open(&table).await.unwrap(), let_go)
}

fn tells(metrics: &PrometheusHandle, line: &str) -> bool {
    metrics.render().lines().any(|it| it == line)
}

#[tokio::test]
async fn a_busy_service_is_sent_no_more_by_any_row_until_it_has_answered() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let (metrics, _local) = (recorder.handle(), metrics::set_default_local_recorder(&recorder));
    let (world, let_go) = busy().await;
    let row = world.row("POST /json");
    let first = tokio::spawn(async move { row.call(world::call(json!({}))).await.map(drop) });
    let in_flight = |count: usize| format!("calls_in_flight{{route=\"POST /json\"}} {count}");
    eventually("the first call is in flight", || tells(&metrics, &in_flight(1))).await;

    let shed = world.call("POST /json", json!({})).await.unwrap_err();
    assert_eq!((shed.code, shed.retry_after), (Code::Unavailable, Some(Duration::from_secs(1))));
    assert_eq!(shed.detail, "web has all the calls that it is sent at once (1)");
    let request = Request::new(Body::empty().map_err(Into::into).boxed_unsync());
    let passage = Passage::new(request, "/".to_owned(), Instant::now() + PATIENCE);
    assert_eq!(world.row("POST /raw").pass(passage).await.unwrap_err().detail, shed.detail);
    // For events it is a service that is away: the subscription pauses, and no attempt is counted.
    let event = Event::new("order.placed", "/test", "{}");
    let delivery = Delivery { event, attempt: 1, redelivered: false, dead: None };
    let outcomes = deliver(&world.row("orders"), vec![delivery]).await;
    assert!(matches!(&outcomes[..], [Outcome::Unavailable { .. }]), "{outcomes:?}");
    for line in
        ["calls_shed_total{service=\"web\"} 3", "calls_total{route=\"orders\",code=\"unavailable\"} 1", &in_flight(1)]
    {
        assert!(tells(&metrics, line), "no {line} in\n{}", metrics.render());
    }

    let_go.add_permits(10);
    first.await.unwrap().unwrap();
    assert!(tells(&metrics, &in_flight(0)), "{}", metrics.render());
    assert_eq!(world.call("POST /json", json!({})).await.unwrap(), json!({}));
}

#[tokio::test]
async fn retries_are_counted() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let (metrics, _local) = (recorder.handle(), metrics::set_default_local_recorder(&recorder));
    let (_held, address) = world::nobody();
    let table = format!(
        "version = 1\n[services]\nnobody = \"http://{address}\"\n\
         [[route]]\non = \"GET /x\"\ncall = \"http nobody GET /\"\n"
    );
    let world = World::open(&table).await.unwrap();
    world.call("GET /x", json!({})).await.unwrap_err();
    assert!(tells(&metrics, "call_retries_total{route=\"GET /x\"} 2"), "{}", metrics.render());
    for _ in 0..60 {
        world.call("GET /x", json!({})).await.unwrap_err();
    }
    let exhausted = |line: &str| line.starts_with("retry_budget_exhausted_total{service=\"nobody\"} ");
    assert!(metrics.render().lines().any(exhausted), "{}", metrics.render());
}
