//! What becomes of a consumer whose queue was deleted. What it has in hand is nowhere else: it was confirmed to whoever
//! published it, and with the queue RabbitMQ has forgotten it. So nothing of it is dropped, and all that is not done
//! goes into the queue of the same name.

use tokio_util::sync::CancellationToken;

use super::{Finished, Intake, LAST_CALLS};

impl Intake {
    /// To be called when the queue has been declared again, or as soon as that was tried. Returns once everything is
    /// handled or in a queue.
    pub(in super::super) async fn put_back(&mut self, shutdown: &CancellationToken) {
        let mut late = std::pin::pin!(tokio::time::sleep(LAST_CALLS));
        let (mut nothing_to_ack, mut lost) = (Vec::new(), 0);
        loop {
            if !self.waiting.is_empty() {
                self.hand_back(shutdown);
            }
            tokio::select! {
                finished = self.tasks.join_next() => match finished {
                    None => break,
                    Some(Ok(finished)) => {
                        lost += usize::from(matches!(finished, Finished::Copy(None)));
                        self.settle(finished, &mut nothing_to_ack, shutdown);
                    }
                    Some(Err(error)) => tracing::error!(queue = self.queue, "a task of the consumer failed: {error}"),
                },
                () = &mut late, if !self.given_up.is_cancelled() => self.given_up.cancel(),
            }
            nothing_to_ack.clear();
        }
        if lost > 0 {
            tracing::error!(
                queue = self.queue,
                messages = lost,
                "its queue was deleted, and they could not be put back"
            );
        }
        self.resumed();
    }
}
