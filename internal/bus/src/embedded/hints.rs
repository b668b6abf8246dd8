//! Hints within one process: a broadcast for each topic, of which a slow listener loses the oldest.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, mpsc};
use tokio_util::sync::CancellationToken;

use crate::activity::hint_dropped;

/// What waits for one listener.
const MOST_WAITING: usize = 1_000;

/// Topics are words of the code, so there are few of them.
#[derive(Default)]
pub(super) struct Hints {
    topics: Mutex<HashMap<String, broadcast::Sender<Bytes>>>,
}

impl Hints {
    pub(super) fn tell(&self, topic: &str, body: Bytes) {
        if let Some(listeners) = self.topics().get(topic) {
            // An error means that nobody listens.
            listeners.send(body).ok();
        }
    }

    pub(super) async fn hear(&self, topic: &str, sink: mpsc::Sender<Bytes>, shutdown: CancellationToken) {
        let mut hints = self.listen(topic);
        loop {
            let heard = tokio::select! {
                () = shutdown.cancelled() => return,
                () = sink.closed() => return,
                heard = hints.recv() => heard,
            };
            let lost = match heard {
                Ok(body) => u64::from(sink.try_send(body).is_err()),
                Err(RecvError::Lagged(lost)) => lost,
                Err(RecvError::Closed) => return,
            };
            if lost > 0 {
                hint_dropped(topic, lost);
            }
        }
    }

    fn listen(&self, topic: &str) -> broadcast::Receiver<Bytes> {
        let new = || broadcast::Sender::new(MOST_WAITING);
        self.topics().entry(topic.to_owned()).or_insert_with(new).subscribe()
    }

    fn topics(&self) -> MutexGuard<'_, HashMap<String, broadcast::Sender<Bytes>>> {
        self.topics.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
