//! Whether a connection that seems to be open answers. The heartbeat decides when it is given up; health is told earlier.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use lapin::options::{BasicPublishOptions, BasicQosOptions};
use lapin::{BasicProperties, Channel, Connection};
use tokio::time::{sleep, timeout};

const EVERY: Duration = Duration::from_secs(1);
/// How long an answer may take before somebody is told.
const PATIENCE: Duration = Duration::from_secs(3);

/// Where the messages of `Ask::WithMessage` go: there is no such queue.
const NOWHERE: &str = "nowhere";

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    Only,
    /// Together with an empty message that nobody gets: RabbitMQ tells of an alarm to those alone who publish.
    WithMessage,
}

/// Asks for next to nothing again and again, and says in `late` whether an answer is overdue. Never returns.
pub(super) async fn probe(connection: &Connection, mut ask: Ask, late: &AtomicBool) {
    loop {
        if let Ok(channel) = answer(late, connection.create_channel()).await {
            while answer(late, channel.basic_qos(1, BasicQosOptions::default())).await.is_ok() {
                // While an alarm is on, it would wait inside of lapin.
                if ask == Ask::WithMessage && !connection.status().blocked() && message(late, &channel).await.is_err() {
                    // Whoever may not publish this goes without: the channel would be closed each time.
                    ask = Ask::Only;
                    break;
                }
                sleep(EVERY).await;
            }
        }
        sleep(EVERY).await;
    }
}

async fn message(late: &AtomicBool, channel: &Channel) -> lapin::Result<()> {
    let (options, properties) = (BasicPublishOptions::default(), BasicProperties::default());
    let sent = channel.basic_publish("".into(), NOWHERE.into(), options, &[], properties);
    answer(late, sent).await.map(drop)?;
    answer(late, channel.basic_qos(1, BasicQosOptions::default())).await
}

async fn answer<T>(late: &AtomicBool, asked: impl Future<Output = lapin::Result<T>>) -> lapin::Result<T> {
    let mut asked = pin!(asked);
    let answer = match timeout(PATIENCE, &mut asked).await {
        Ok(answer) => answer,
        Err(_) => {
            late.store(true, Ordering::Relaxed);
            asked.await
        }
    };
    late.store(false, Ordering::Relaxed);
    answer
}
