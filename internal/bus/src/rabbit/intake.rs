//! One consumer at work: takes whatever is there up to a batch, calls the handler a few times at once, acknowledges each
//! message after its handler. When the service behind the handler is away, everything stays in hand and one message
//! probes; no attempt is counted. What becomes of it when its queue is deleted is in `deleted`.

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

use self::pausing::Pace;
use super::codec;
use super::connection::in_time;
use super::disposal::{Copy, Fate, Rules};
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
    /// Once its queue was deleted: nobody else has what is in hand.
    is_deleted: CancellationToken,
    /// Once calls that do not end are not waited for any more.
    given_up: CancellationToken,
    /// The same for a probe alone, which a stop does not wait for: a service that is away may let it wait for long.
    probe_given_up: CancellationToken,
    /// A bug on purpose: RabbitMQ takes what it gives out as done.
    pub(super) acks_early: bool,
}

/// Why a consumer ended although its channel is well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// It was stopped, and everything that it had begun is settled.
    Stopped,
    /// Its queue was deleted; what it has in hand is to be put back.
    Deleted,
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
        let given_up = CancellationToken::new();
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
            is_deleted: CancellationToken::new(),
            probe_given_up: given_up.child_token(),
            given_up,
            acks_early: false,
        }
    }

    /// Works until `shutdown` and then finishes what is being handled; an error means that the channel is gone.
    /// `consumed` is dropped as soon as nothing more comes without a stop.
    pub(super) async fn run(
        &mut self,
        mut deliveries: Consumer,
        channel: &Channel,
        consumed: impl Sized,
        shutdown: &CancellationToken,
    ) -> anyhow::Result<End> {
        let mut worked = self.work(&mut deliveries, shutdown).await;
        match worked {
            Ok(End::Stopped) => {
                let cancelling = channel.basic_cancel(deliveries.tag(), BasicCancelOptions::default());
                worked = in_time("cancel a consumer", cancelling).await.map(|()| End::Stopped);
            }
            Ok(End::Deleted) if !channel.status().connected() => worked = Err(anyhow::anyhow!("the channel was lost")),
            Ok(End::Deleted) => self.is_deleted.cancel(),
            Err(_) => {}
        }
        match worked {
            Ok(End::Stopped) => worked = self.finish(shutdown).await.map(|()| End::Stopped),
            Ok(End::Deleted) => drop(consumed),
            Err(_) => {
                drop(consumed);
                let rest = async { while self.tasks.join_next().await.is_some() {} };
                let _ = tokio::time::timeout(LAST_CALLS, rest).await;
            }
        }
        // The last calls may have found the service away, too.
        self.resumed();
        worked
    }

    async fn work(&mut self, deliveries: &mut Consumer, shutdown: &CancellationToken) -> anyhow::Result<End> {
        loop {
            self.hand_out(shutdown);
            let (probe, expiry) = (self.next_probe(), self.next_expiry());
            tokio::select! {
                () = shutdown.cancelled() => return Ok(End::Stopped),
                first = deliveries.next() => {
                    let mut next = Some(first);
                    // Whatever else is there already, so that batches fill without waiting for them to.
                    while let Some(raw) = next {
                        let Some(raw) = raw else { return Ok(End::Deleted) };
                        self.take(raw?, shutdown);
                        next = deliveries.next().now_or_never();
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

    fn take(&mut self, raw: Raw, shutdown: &CancellationToken) {
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
                let again = codec::was_seen(&raw);
                let delivery = Delivery { event, attempt, redelivered: again, dead };
                self.waiting.push_back(InHand { raw, delivery, again, since: Instant::now() });
            }
        }
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

    fn call(&mut self, mut batch: Vec<InHand>, probe: bool) {
        self.calls += 1;
        let given_up = if probe { &self.probe_given_up } else { &self.given_up };
        let (handler, given_up) = (self.handler.clone(), given_up.clone());
        let deliveries: Vec<_> = batch.iter().map(|it| it.delivery.clone()).collect();
        self.share.handed_again(batch.iter_mut().filter_map(|it| std::mem::take(&mut it.again).then_some(())).count());
        self.tasks.spawn(async move {
            let outcomes = attempts::handled_until(&given_up, &handler, deliveries).await;
            Finished::Call { batch, outcomes, probe }
        });
    }

    fn copy(&mut self, raw: Raw, copy: Copy, shutdown: &CancellationToken) {
        let (copies, shutdown, is_only) = (self.copies.clone(), shutdown.clone(), self.is_deleted.clone());
        self.tasks.spawn(async move {
            let confirmed = copy.deliver(&raw, &copies, &is_only, &shutdown).await;
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
        if let (true, [in_hand], [outcome]) = (probe, &batch[..], &mut outcomes[..]) {
            self.blame.probed(&in_hand.delivery.event.id, outcome);
        }
        self.share.handled(&outcomes);
        let mut away = None;
        let mut held = Vec::new();
        for (mut in_hand, outcome) in batch.into_iter().zip(outcomes) {
            match self.rules.fate(&in_hand.raw, outcome) {
                Fate::Ack => done.push(in_hand.raw),
                Fate::Copy(copy) => self.copy(in_hand.raw, *copy, shutdown),
                Fate::Hold { reason, after } => {
                    // It was with the handler, which may have done something all the same.
                    in_hand.delivery.redelivered = true;
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

    async fn finish(&mut self, shutdown: &CancellationToken) -> anyhow::Result<()> {
        self.waiting.clear();
        self.probe_given_up.cancel();
        while let Some(finished) = self.tasks.join_next().await {
            self.finished(finished?, shutdown).await?;
            self.waiting.clear();
        }
        Ok(())
    }
}

mod deleted;
mod pausing;
#[cfg(test)]
mod tests;
