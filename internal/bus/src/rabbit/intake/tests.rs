//! Held for too long: twenty minutes are a second here, which is why this stands inside.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::Mutex;

use lapin::options::{BasicConsumeOptions, BasicQosOptions};
use lapin::types::FieldTable;

use super::*;
use crate::rabbit::Rabbit;
use crate::{Config, Event, WorkQueue};

struct VirtualHost(String);

impl VirtualHost {
    fn add() -> Self {
        let host = Self(format!("bus-test-{}", uuid::Uuid::new_v4().simple()));
        ctl(&["add_vhost", &host.0]);
        ctl(&["set_permissions", "-p", &host.0, "guest", ".*", ".*", ".*"]);
        host
    }
}

impl Drop for VirtualHost {
    fn drop(&mut self) {
        ctl(&["delete_vhost", &self.0]);
    }
}

fn ctl(arguments: &[&str]) {
    let done = Command::new("rabbitmqctl").arg("-q").args(arguments).status();
    let worked = done.is_ok_and(|status| status.success());
    assert!(worked || std::thread::panicking(), "RabbitMQ is needed: start it so that rabbitmqctl works here");
}

fn config(host: &VirtualHost) -> Config {
    let server = std::env::var("TEST_RABBITMQ_URL").unwrap_or("amqp://guest:guest@127.0.0.1:5672".to_owned());
    let url = format!("{}/{}", server.trim_end_matches('/'), host.0);
    let rungs = vec![Duration::from_millis(100)];
    Config {
        url: Some(url.into()),
        management: None,
        file: "unused".into(),
        instance: "test".to_owned(),
        rungs,
        unconfirmed: 100,
        bug: None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_rabbitmq_would_take_back_is_handed_back_and_nothing_is_counted() {
    let host = VirtualHost::add();
    let rabbit = Rabbit::open(config(&host), &CancellationToken::new()).unwrap();
    let queue = WorkQueue::new("logger", "write", ["log.#"]);
    let connection = tokio::time::timeout(Duration::from_secs(20), rabbit.consuming.open()).await.unwrap().unwrap();
    rabbit.declare(std::slice::from_ref(&queue)).await.unwrap();
    let events: Vec<_> = (0..3).map(|number| Event::new("log.INFO", "/test", number.to_string())).collect();
    for event in &events {
        rabbit.publish(event, Instant::now() + Duration::from_secs(20)).await.unwrap();
    }
    let done = Arc::new(Mutex::new(BTreeSet::new()));
    let handled = done.clone();
    // Away until RabbitMQ gives out a message again, which is only what was handed back: probes are not counted so.
    let (tally, name) = (rabbit.tally.clone(), queue.name.clone());
    let handler: Handler = Arc::new(move |deliveries: Vec<Delivery>| {
        let was_handed_back = tally.read(0).queues[&name].redelivered > 0;
        let outcomes = deliveries.iter().map(|it| match was_handed_back {
            true => {
                assert_eq!(it.attempt, 1);
                handled.lock().unwrap().insert(it.event.id.clone());
                Outcome::Done
            }
            false => Outcome::Unavailable { reason: "away".to_owned(), after: None },
        });
        Box::pin(std::future::ready(outcomes.collect()))
    });
    let channel = connection.create_channel().await.unwrap();
    channel.basic_qos(10, BasicQosOptions::default()).await.unwrap();
    let options = BasicConsumeOptions::default();
    let consumer = channel.basic_consume(queue.name.as_str().into(), "test".into(), options, FieldTable::default());
    let (consumer, shutdown) = (consumer.await.unwrap(), CancellationToken::new());
    let rules = Rules {
        queue: queue.clone(),
        attempts: 2,
        rungs: rabbit.rungs.clone(),
        spread: Arc::new(tokio::sync::Semaphore::new(0)),
    };
    let limits = Limits { batch: 10, concurrency: 1 };
    let share = rabbit.tally.share(&queue.name, &queue.service);
    let mut intake = Intake::new(&queue.name, limits, &Arc::new(rules), &handler, &rabbit.copies, share);
    intake.hold = Duration::from_secs(1);
    let all_done = async {
        while done.lock().unwrap().len() < events.len() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        shutdown.cancel();
    };
    let working = async { tokio::join!(intake.run(consumer, &channel, (), &shutdown), all_done).0 };
    tokio::time::timeout(Duration::from_secs(30), working).await.expect("nothing was handed back").unwrap();
    assert!(rabbit.tally.read(0).queues[&queue.name].redelivered <= events.len() as u64, "probes are counted");
    assert_eq!(rabbit.depth(&queue.name).await.unwrap(), Some(0));
    assert_eq!(rabbit.depth(&queue.dead_letters()).await.unwrap(), Some(0));
}
