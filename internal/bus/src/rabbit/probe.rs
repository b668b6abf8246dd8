//! Whether a connection that seems to be open answers. The heartbeat decides when it is given up; health is told earlier.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use lapin::Connection;
use lapin::options::BasicQosOptions;
use tokio::time::{sleep, timeout};

const EVERY: Duration = Duration::from_secs(1);
/// How long an answer may take before somebody is told.
const PATIENCE: Duration = Duration::from_secs(3);

/// Asks for next to nothing again and again, and says in `late` whether an answer is overdue. Never returns.
pub(super) async fn probe(connection: &Connection, late: &AtomicBool) {
    loop {
        if let Ok(channel) = answer(late, connection.create_channel()).await {
            while answer(late, channel.basic_qos(1, BasicQosOptions::default())).await.is_ok() {
                sleep(EVERY).await;
            }
        }
        sleep(EVERY).await;
    }
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
