//! One consumer at work: takes whatever is there up to a batch, calls the handler a few times at once, acknowledges each
//! message after its handler. When the service behind the handler is away, everything stays in hand and one message
//! probes; no attempt is counted.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures::{FutureExt, StreamExt};
use lapin::message::Delivery as Raw;
use lapin::options::BasicCancelOptions;
use lapin::{Channel, Consumer};
use mesh::shutdown::Backoff;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::codec;
use super::connection::in_time;
use super::disposal::{Copy, Fate, Rules, to_queue};
use super::hand::{InHand, Unacked};
use super::publisher::Publisher;
use crate::activity::Share;
use crate::attempts::{self, Blame};
use crate::{Delivery, Handler, Outcome};

/// Longest time in hand: RabbitMQ takes the channel of a consumer that keeps a message for 30 minutes.
const HOLD: Duration = Duration::from_secs(20 * 60);
/// How long the calls under way may take to finish once their channel is gone, so that they do not meet their own
/// messages given out again.
const LAST_CALLS: Duration = Duration::from_secs(10);

#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) batch: usize,
    pub(super) concurrency: usize,
}

pub(super) struct Intake {
    queue: String,
    limits: Limits,
    rules: Arc<Rules>,
    handler: Handler,
    copies: Publisher,
    share: Arc<Share>,
    unacked: Unacked,
    /// Not handed out yet, or held.
    waiting: VecDeque<InHand>,
    tasks: JoinSet<Finished>,
    calls: usize,
    pace: Pace,
    blame: Blame,
    backoff: Backoff,
    hold: Duration,
    /// A bug on purpose: RabbitMQ takes what it gives out as done.
    pub(super) acks_early: bool,
}

/// Whether messages are handed out.
enum Pace {
    Flowing,
    /// The service is away; the next probe is due then.
    Paused(Instant),
    /// One message is with the handler to see whether the service is back.
    Probing,
}

/// What a task of this consumer was about.
enum Finished {
    Call {
        batch: Vec<InHand>,
        outcomes: Vec<Outcome>,
        probe: bool,
    },
    /// The original, if its copy is confirmed.
    Copy(Option<Box<Raw>>),
}

impl Intake {
    pub(super) fn new(
        queue: &str,
        limits: Limits,
        rules: &Arc<Rules>,
        handler: &Handler,
        copies: &Publisher,
        share: Arc<Share>,
    ) -> Self {
        Self {
            queue: queue.to_owned(),
            limits,
            rules: rules.clone(),
            handler: handler.clone(),
            copies: copies.clone(),
            unacked: Unacked::new(share.clone()),
            share,
            waiting: VecDeque::new(),
            tasks: JoinSet::new(),
            calls: 0,
            pace: Pace::Flowing,
            blame: Blame::default(),
            backoff: attempts::probe_backoff(),
            hold: HOLD,
            acks_early: false,
        }
    }

    /// Works until `shutdown` and then finishes what is being handled; an error means that the channel is gone.
    pub(super) async fn run(
        &mut self,
        mut deliveries: Consumer,
        channel: &Channel,
        shutdown: &CancellationToken,
    ) -> anyhow::Result<()> {
        let mut worked = self.work(&mut deliveries, shutdown).await;
        if worked.is_ok() {
            let cancelling = channel.basic_cancel(deliveries.tag(), BasicCancelOptions::default());
            worked = in_time("cancel a consumer", cancelling).await;
        }
        match worked {
            Ok(()) => worked = self.finish(shutdown).await,
            Err(_) => {
                let rest = async { while self.tasks.join_next().await.is_some() {} };
                let _ = tokio::time::timeout(LAST_CALLS, rest).await;
            }
        }
        // The last calls may have found the service away, too.
        self.resumed();
        worked
    }

    async fn work(&mut self, deliveries: &mut Consumer, shutdown: &CancellationToken) -> anyhow::Result<()> {
        loop {
            self.hand_out(shutdown);
            let (probe, expiry) = (self.next_probe(), self.next_expiry());
            tokio::select! {
                () = shutdown.cancelled() => return Ok(()),
                next = deliveries.next() => {
                    self.take(next, shutdown)?;
                    // Whatever else is there already, so that batches fill without waiting for them to.
                    while let Some(next) = deliveries.next().now_or_never() {
                        self.take(next, shutdown)?;
                    }
                }
                Some(finished) = self.tasks.join_next() => self.finished(finished?, shutdown).await?,
                () = tokio::time::sleep_until(probe.unwrap_or_else(Instant::now)), if probe.is_some() => {
                    self.probe();
                }
                () = tokio::time::sleep_until(expiry.unwrap_or_else(Instant::now)), if expiry.is_some() => {
                    self.hand_back(shutdown);
                }
            }
        }
    }

    /// Takes in one message; the end of the stream means that the queue or the channel is gone.
    fn take(&mut self, next: Option<lapin::Result<Raw>>, shutdown: &CancellationToken) -> anyhow::Result<()> {
        let raw = next.ok_or_else(|| anyhow::anyhow!("the queue was deleted or the channel closed"))??;
        let rules = self.rules.clone();
        let read = if rules.drains_dead_letters() { Ok(codec::event_at_best(&raw)) } else { codec::event(&raw) };
        if !self.acks_early {
            self.unacked.taken(raw.delivery_tag, read.as_ref().ok().map(|event| event.time));
        }
        match read {
            Err(reason) => {
                let copy = rules.dead(&raw, &reason);
                self.copy(raw, copy, shutdown);
            }
            Ok(_) if rules.is_suspicious(&raw) && self.queue == rules.queue.name => {
                let copy = rules.suspect(&raw);
                self.copy(raw, copy, shutdown);
            }
            Ok(event) => {
                let dead = rules.drains_dead_letters().then(|| codec::dead_letter(&raw));
                // The attempts of a dead letter are those that it had where it died.
                let attempt = if dead.is_some() { 1 } else { codec::attempt(&raw) };
                let delivery = Delivery { event, attempt, redelivered: codec::was_seen(&raw), dead };
                self.waiting.push_back(InHand { raw, delivery, since: Instant::now() });
            }
        }
        Ok(())
    }

    fn hand_out(&mut self, shutdown: &CancellationToken) {
        while matches!(self.pace, Pace::Flowing) && self.calls < self.limits.concurrency && !self.waiting.is_empty() {
            if shutdown.is_cancelled() {
                return;
            }
            let count = self.limits.batch.min(self.waiting.len());
            let batch = self.waiting.drain(..count).collect();
            self.call(batch, false);
        }
    }

    fn call(&mut self, batch: Vec<InHand>, probe: bool) {
        self.calls += 1;
        let handler = self.handler.clone();
        let deliveries: Vec<_> = batch.iter().map(|it| it.delivery.clone()).collect();
        self.share.handed(&deliveries);
        self.tasks.spawn(async move {
            let outcomes = attempts::handled(&handler, deliveries).await;
            Finished::Call { batch, outcomes, probe }
        });
    }

    fn copy(&mut self, raw: Raw, copy: Copy, shutdown: &CancellationToken) {
        let (copies, shutdown) = (self.copies.clone(), shutdown.clone());
        self.tasks.spawn(async move {
            let confirmed = copy.deliver(&raw, &copies, &shutdown).await;
            Finished::Copy(confirmed.then(|| raw.into()))
        });
    }

    /// Acknowledges at once what is done, of this task and of all others that have finished meanwhile.
    async fn finished(&mut self, first: Finished, shutdown: &CancellationToken) -> anyhow::Result<()> {
        let mut done = Vec::new();
        self.settle(first, &mut done, shutdown);
        while let Some(next) = self.tasks.try_join_next() {
            self.settle(next?, &mut done, shutdown);
        }
        if done.is_empty() || self.acks_early { Ok(()) } else { self.unacked.ack(&done).await }
    }

    fn settle(&mut self, finished: Finished, done: &mut Vec<Raw>, shutdown: &CancellationToken) {
        let (batch, mut outcomes, probe) = match finished {
            Finished::Copy(original) => return done.extend(original.map(|raw| *raw)),
            Finished::Call { batch, outcomes, probe } => (batch, outcomes, probe),
        };
        self.calls -= 1;
        self.share.handled(&outcomes);
        if let (true, [in_hand], [outcome]) = (probe, &batch[..], &mut outcomes[..]) {
            self.blame.probed(&in_hand.delivery.event.id, outcome);
        }
        let mut away = None;
        let mut held = Vec::new();
        for (in_hand, outcome) in batch.into_iter().zip(outcomes) {
            match self.rules.fate(&in_hand.raw, outcome) {
                Fate::Ack => done.push(in_hand.raw),
                Fate::Copy(copy) => self.copy(in_hand.raw, *copy, shutdown),
                Fate::Hold { reason, after } => {
                    held.push(in_hand);
                    away = Some((reason, away.and_then(|(_, before)| before).max(after)));
                }
            }
        }
        // A failed probe goes behind all others, so that no message can stand in their way by a fault of its own.
        match probe {
            true => self.waiting.extend(held),
            false => held.into_iter().rev().for_each(|it| self.waiting.push_front(it)),
        }
        match away {
            Some((reason, after)) => self.paused(&reason, after, probe),
            None if probe => self.resumed(),
            None => {}
        }
    }

    fn paused(&mut self, reason: &str, after: Option<Duration>, probe: bool) {
        match self.pace {
            // Another call that was under way when the pause began: the probe decides.
            Pace::Paused(_) | Pace::Probing if !probe => return,
            Pace::Flowing => {
                tracing::warn!(queue = self.queue, "paused, nothing is lost: {reason}");
                self.share.paused(true);
            }
            Pace::Paused(_) | Pace::Probing => {}
        }
        self.pace = Pace::Paused(Instant::now() + attempts::pause(&mut self.backoff, after));
    }

    fn resumed(&mut self) {
        if !matches!(self.pace, Pace::Flowing) {
            tracing::info!(queue = self.queue, "no longer paused");
            self.share.paused(false);
        }
        self.pace = Pace::Flowing;
        self.backoff.reset();
    }

    fn next_probe(&self) -> Option<Instant> {
        match self.pace {
            Pace::Paused(due) if !self.waiting.is_empty() => Some(due),
            Pace::Flowing | Pace::Paused(_) | Pace::Probing => None,
        }
    }

    fn probe(&mut self) {
        if let Some(one) = self.waiting.pop_front() {
            self.pace = Pace::Probing;
            self.call(vec![one], true);
        }
    }

    fn next_expiry(&self) -> Option<Instant> {
        match self.pace {
            Pace::Flowing => None,
            Pace::Paused(_) | Pace::Probing => self.waiting.iter().map(|it| it.since + self.hold).min(),
        }
    }

    /// Puts everything that waits at the end of its own queue: a copy is not counted as given out again, and the queue
    /// gives it a new term.
    fn hand_back(&mut self, shutdown: &CancellationToken) {
        tracing::info!(queue = self.queue, messages = self.waiting.len(), "held for long, handed back to the queue");
        for InHand { raw, .. } in std::mem::take(&mut self.waiting) {
            let copy = to_queue(self.queue.clone(), &raw);
            self.copy(raw, copy, shutdown);
        }
    }

    async fn finish(&mut self, shutdown: &CancellationToken) -> anyhow::Result<()> {
        self.waiting.clear();
        while let Some(finished) = self.tasks.join_next().await {
            self.finished(finished?, shutdown).await?;
            self.waiting.clear();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
