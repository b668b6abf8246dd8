//! Events in batches: one call for many, an outcome for each, and the bad ones alone to blame.

use bus::{Delivery, Event, Outcome};
use routing::batch::deliver;
use serde_json::{Value, json};

use crate::world::{self, World};

fn table(address: impl std::fmt::Display) -> String {
    format!(
        r#"
        version = 1
        [services]
        logger = "grpc://{address}"
        [[route]]
        on = "event log.#"
        action = "store"
        call = "grpc logger logger.v1.Logger/WriteBatch"
        timeout = "500ms"
        batch = {{ max = 10, into = "entries", id = "id", time = "created_at", results = "results" }}
        [[route]]
        on = "event audit.#"
        action = "kept-apart"
        call = "grpc logger logger.v1.Logger/WriteBatch"
        args = {{ audit = true }}
        batch = {{ max = 10, into = "entries", id = "id", results = "results" }}
        [[route]]
        on = "event one.#"
        action = "single"
        call = "grpc logger logger.v1.Logger/Write"
        args = {{ audit = false }}
        "#
    )
}

fn delivery(body: &Value) -> Delivery {
    let event = Event::new("log.INFO", "/test", body.to_string());
    Delivery { event, attempt: 1, redelivered: false, dead: None }
}

async fn outcomes(row: &str, bodies: &[Value]) -> Vec<Outcome> {
    let world = World::open(&table(world::logger(false).await)).await.unwrap();
    deliver(&world.row(row), bodies.iter().map(delivery).collect()).await
}

#[tokio::test]
async fn each_event_has_its_own_outcome_in_order() {
    let bodies = [
        json!({ "name": "good" }),
        json!({ "name": "conflict" }),
        json!({ "level": "LOUD" }),
        json!([1]),
        json!({ "name": "good too" }),
    ];
    let outcomes = outcomes("store", &bodies).await;
    assert_eq!((&outcomes[0], &outcomes[4]), (&Outcome::Done, &Outcome::Done));
    assert_eq!(outcomes[1], Outcome::Reject { reason: "conflict".to_owned() });
    let Outcome::Reject { reason } = &outcomes[2] else { panic!("{:?}", outcomes[2]) };
    assert!(reason.contains("must be one of DEBUG"), "{reason}");
    let Outcome::Reject { reason } = &outcomes[3] else { panic!("{:?}", outcomes[3]) };
    assert!(reason.contains("must be a JSON object"), "{reason}");
}

#[tokio::test]
async fn a_service_that_refuses_the_whole_call_is_asked_by_halves() {
    let mut bodies = vec![json!({ "name": "good" }); 9];
    bodies[6] = json!({ "name": "poison" });
    let outcomes = outcomes("store", &bodies).await;
    for (position, outcome) in outcomes.iter().enumerate() {
        let expected =
            if position == 6 { Outcome::Reject { reason: "cannot take it".to_owned() } } else { Outcome::Done };
        assert_eq!(outcome, &expected, "at {position}");
    }
}

#[tokio::test]
async fn a_service_that_is_away_blames_nobody() {
    let outcomes = outcomes("store", &[json!({ "name": "good" }), json!({ "name": "away" })]).await;
    assert!(outcomes.iter().all(|it| matches!(it, Outcome::Unavailable { .. })), "{outcomes:?}");
    let world = World::open(&table(world::nobody().await)).await.unwrap();
    let outcomes = deliver(&world.row("store"), vec![delivery(&json!({ "name": "good" }))]).await;
    assert!(matches!(outcomes[0], Outcome::Unavailable { .. }), "{outcomes:?}");
}

#[tokio::test]
async fn a_service_that_hangs_costs_one_timeout_and_blames_nobody() {
    let mut bodies = vec![json!({ "name": "good" }); 9];
    bodies[6] = json!({ "name": "hung" });
    let began = std::time::Instant::now();
    let outcomes = outcomes("store", &bodies).await;
    assert!(outcomes.iter().all(|it| matches!(it, Outcome::Unavailable { .. })), "{outcomes:?}");
    assert!(began.elapsed() < std::time::Duration::from_secs(3), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_constant_of_the_row_is_set_for_each_event_and_no_event_says_otherwise() {
    for (row, other) in [("kept-apart", false), ("single", true)] {
        let bodies = [json!({ "name": "n" }), json!({ "name": "n", "audit": !other }), json!({ "audit": other })];
        let outcomes = outcomes(row, &bodies).await;
        assert_eq!(outcomes[..2], [Outcome::Done, Outcome::Done], "{row}");
        assert!(matches!(&outcomes[2], Outcome::Reject { reason } if reason.starts_with("audit: ")), "{outcomes:?}");
    }
}

#[tokio::test]
async fn without_a_batch_every_event_is_a_call() {
    let outcomes = outcomes("single", &[json!({ "name": "good" }), json!({ "name": "wrong" })]).await;
    assert_eq!(outcomes[0], Outcome::Done);
    assert!(matches!(&outcomes[1], Outcome::Reject { reason } if reason.contains("must not be wrong")), "{outcomes:?}");
}
