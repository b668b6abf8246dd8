//! What cannot be read: a row whose identity is none is among the dead letters with its reason, as on RabbitMQ, and not
//! nobody's message; a file that gives nothing any more is said, and not taken for an empty one.

use std::time::Duration;

use mesh::Identity;
use tokio::time::Instant;

use super::Embedded;
use super::full_disk::drain;
use crate::{Config, Event, WorkQueue};

const PATIENCE: Duration = Duration::from_secs(45);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whose_identity_cannot_be_read_is_a_dead_letter_and_the_rest_flows() {
    let folder = tempfile::tempdir().unwrap();
    let (file, instance) = (folder.path().join("bus.db"), "test".to_owned());
    let config = Config {
        url: None,
        management: None,
        file,
        instance,
        rungs: vec![Duration::from_millis(50)],
        unconfirmed: 100,
        bug: None,
    };
    let bus = Embedded::open(config).await.unwrap();
    let queue = WorkQueue::new("logger", "write", ["log.#"]);
    bus.declare(std::slice::from_ref(&queue)).await.unwrap();
    let identity = Some(Identity { subject: "u-1".to_owned(), roles: Vec::new(), session: None });
    let events = [0, 1].map(|_| Event { identity: identity.clone(), ..Event::new("log.INFO", "/test", "{}") });
    for event in &events {
        bus.publish(event, Instant::now() + PATIENCE).await.unwrap();
    }
    let spoil = sqlx::query("UPDATE messages SET identity = '{}' WHERE event = $1").bind(events[0].id.clone());
    spoil.execute(&bus.store.db.write).await.unwrap();
    assert_eq!(drain(&bus, queue.clone(), 1).await, [events[1].id.clone()]);
    let dead = "SELECT event, dead_reason, dead_queue FROM messages WHERE dead_reason IS NOT NULL";
    let deadline = Instant::now() + PATIENCE;
    let mut found: Vec<(String, String, String)> = Vec::new();
    while found.is_empty() {
        assert!(Instant::now() < deadline, "it is no dead letter");
        tokio::time::sleep(Duration::from_millis(10)).await;
        found = sqlx::query_as(dead).fetch_all(&bus.store.db.read).await.unwrap();
    }
    let reason = "unreadable: its identity is not one".to_owned();
    assert_eq!(found, [(events[0].id.clone(), reason, queue.name)]);
    let letters = WorkQueue { name: "dead.logger".to_owned(), ..queue };
    assert_eq!(drain(&bus, letters, 1).await, [events[0].id.clone()]);
    bus.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_cannot_be_read_is_said_until_it_can() {
    let folder = tempfile::tempdir().unwrap();
    let (file, instance) = (folder.path().join("bus.db"), "test".to_owned());
    let rungs = vec![Duration::from_millis(50)];
    let config = Config { url: None, management: None, file, instance, rungs, unconfirmed: 100, bug: None };
    let bus = Embedded::open(config).await.unwrap();
    let queue = WorkQueue::new("logger", "write", ["log.#"]);
    bus.declare(std::slice::from_ref(&queue)).await.unwrap();
    let event = Event::new("log.INFO", "/test", "{}");
    bus.publish(&event, Instant::now() + PATIENCE).await.unwrap();
    let rename = async |from: &str, to: &str| {
        let sql = sqlx::AssertSqlSafe(format!("ALTER TABLE {from} RENAME TO {to}"));
        sqlx::query(sql).execute(&bus.store.db.write).await.unwrap();
    };
    rename("messages", "gone").await;
    let said = async |is: bool| {
        let deadline = Instant::now() + PATIENCE;
        while bus.trouble().is_some_and(|it| it.starts_with("the queue's file cannot be read: ")) != is {
            assert!(Instant::now() < deadline, "{:?}", bus.trouble());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let back = async {
        said(true).await;
        rename("gone", "messages").await;
        said(false).await;
    };
    let (drained, ()) = tokio::join!(drain(&bus, queue, 1), back);
    assert_eq!(drained, [event.id]);
    bus.close().await;
}
