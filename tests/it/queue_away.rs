//! While the queue is away nothing is accepted that could be lost, and everything else goes on.

use std::collections::BTreeSet;

use serde_json::json;

use crate::harness::{Answer, Mesh, Proxy, Way, eventually, stored};

mod embedded {
    use super::*;

    /// Nothing listens there: a queue that is away from the start.
    #[tokio::test]
    async fn without_its_queue_the_mesh_starts_and_refuses_events() {
        let mut mesh = Mesh::with(Way::Embedded, &[("RABBITMQ_URL", "amqp://guest:s3cret@127.0.0.1:9")]).await;
        let refused = mesh.post("/v1/events/logs", &json!({"name": "x", "data": "x"})).await;
        refused.problem(503);
        assert!(refused.header("retry-after").is_some());
        mesh.post("/v1/logs", &json!({"name": "x", "data": "x"})).await.expect(201);
        let health = eventually("health tells what is away", async || {
            let health = mesh.get("/health/ready").await.expect(200);
            (!health["degraded"].as_object()?.is_empty()).then_some(health)
        });
        let told = health.await.to_string();
        assert!(told.contains("RabbitMQ does not answer") && !told.contains("s3cret"), "{told}");
        assert!(!mesh.process("broker").output().contains("s3cret"));
        eventually("it is the one alarm that nobody can be heard", async || {
            let seen = mesh.get("/v1/admin/mesh").await.expect(200);
            let [alarm] = seen["alarms"].as_array()?.as_slice() else { return None };
            alarm.as_str()?.starts_with("instances cannot be heard since ").then_some(())
        })
        .await;
        mesh.stop().await;
    }
}

mod mixed_rabbitmq {
    use super::*;

    #[tokio::test]
    async fn a_queue_that_goes_away_and_comes_back_loses_nothing() {
        let proxy = Proxy::to_rabbitmq().await;
        let mut mesh = Mesh::behind(&proxy).await;
        let publish = async |mesh: &Mesh, number: usize| {
            mesh.post("/v1/events/logs", &json!({"name": "cut", "data": format!("event {number}")})).await
        };
        let mut accepted = BTreeSet::new();
        let id = |answer: &Answer| answer.json()["id"].as_str().unwrap().to_owned();
        for number in 0..50 {
            let answer = publish(&mesh, number).await;
            assert_eq!(answer.status, 202, "{answer:?}");
            accepted.insert(id(&answer));
        }
        proxy.cut();
        publish(&mesh, 1_000).await.problem(503);
        proxy.mend();
        let again = eventually("events are accepted again", async || {
            let answer = publish(&mesh, 2_000).await;
            (answer.status == 202).then_some(answer)
        });
        accepted.insert(id(&again.await));
        stored(&mesh, "cut", &accepted).await;
        mesh.stop().await;
    }
}
