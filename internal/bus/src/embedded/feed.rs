//! One subscription at work: reads ahead within a bound, hands over batches, settles their outcomes, pauses while the
//! service is away. Messages that were in hand when their process ended are suspects, handed over one at a time: once is
//! enough, as only a crash does that here, while on RabbitMQ a lost connection counts as well.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use mesh::shutdown::Backoff;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use self::calling::{Call, Called, Kind};
use self::pausing::longest;
use super::Embedded;
use super::batch::Settled;
use super::outcome::{Ladder, MOST_DELIVERIES};
use super::pause::Pause;
use super::queues::{Consuming, Hold, Queue};
use super::store::{Message, in_words, now};
use crate::activity::Share;
use crate::attempts::{self, Blame};
use crate::{Handler, Subscription};

/// Looks again after this long at the latest, whatever the clock of the machine has done meanwhile.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a stopping subscription tries to write down what became of its last messages.
const SETTLING: Duration = Duration::from_secs(5);
/// Messages read ahead at least.
const READ_AHEAD: usize = 16;
/// No more is read while there is this much in bodies.
const ENOUGH_BYTES: usize = 16 << 20;

pub(super) struct Feed {
    bus: Arc<Embedded>,
    queue: Arc<Queue>,
    _consuming: Consuming,
    share: Arc<Share>,
    ladder: Arc<Ladder>,
    subscription: Subscription,
    handler: Handler,
    shutdown: CancellationToken,
    changes: watch::Receiver<()>,
    ahead: VecDeque<Message>,
    suspects: VecDeque<Message>,
    calls: JoinSet<Called>,
    settling: JoinSet<()>,
    suspect_in_hand: bool,
    pause: Option<Pause>,
    blame: Blame,
    /// When it is worth looking into the file again.
    look: Instant,
}

impl Feed {
    /// `None` where the queue was not declared.
    pub(super) fn new(
        bus: &Arc<Embedded>,
        subscription: Subscription,
        handler: Handler,
        shutdown: CancellationToken,
    ) -> Option<Self> {
        let queue = bus.queues.find(&subscription.queue.name)?;
        let dead = bus.queues.find(&queue.dead_letters())?;
        Some(Self {
            bus: bus.clone(),
            ladder: Arc::new(Ladder::new(&bus.rungs, subscription.attempts, &queue, &dead)),
            changes: queue.changes(),
            _consuming: queue.consumed(),
            share: bus.tally.share(&queue.name, &subscription.queue.service),
            queue,
            subscription,
            handler,
            shutdown,
            ahead: VecDeque::new(),
            suspects: VecDeque::new(),
            calls: JoinSet::new(),
            settling: JoinSet::new(),
            suspect_in_hand: false,
            pause: None,
            blame: Blame::default(),
            look: Instant::now(),
        })
    }

    pub(super) async fn run(mut self) -> anyhow::Result<()> {
        while !self.shutdown.is_cancelled() {
            self.read_ahead().await?;
            self.hand_over();
            let wake = self.wake();
            tokio::select! {
                () = self.shutdown.cancelled() => {}
                Some(called) = self.calls.join_next() => self.called(called?),
                Some(settled) = self.settling.join_next() => settled?,
                Ok(()) = self.changes.changed() => self.look = Instant::now(),
                () = sleep_until(wake) => {}
            }
        }
        self.stop().await
    }

    async fn stop(mut self) -> anyhow::Result<()> {
        self.let_go();
        while let Some(called) = self.calls.join_next().await {
            self.called(called?);
        }
        let settled = async { while self.settling.join_next().await.is_some() {} };
        if timeout(SETTLING, settled).await.is_err() {
            tracing::warn!(queue = self.queue.name, "stopped before every outcome was kept: some messages come again");
        }
        // What the last calls gave back.
        self.let_go();
        if let Some(pause) = self.pause.take() {
            self.ended(pause);
        }
        Ok(())
    }

    /// What is not in hand is for others.
    fn let_go(&mut self) {
        self.ahead.clear();
        self.suspects.clear();
        self.queue.wake();
    }

    #[cfg(test)]
    pub(super) fn paused_with_nothing_ahead(&mut self, pause: Pause) {
        self.pause = Some(pause);
        self.look = Instant::now() + PATIENCE;
    }

    /// When there is something to do even if nothing happens until then.
    pub(super) fn wake(&self) -> Instant {
        let look = if self.room() > 0 { self.look } else { Instant::now() + PATIENCE };
        let can_probe = self.has_room() && !(self.ahead.is_empty() && self.suspects.is_empty());
        let probe = self.pause.as_ref().filter(|_| can_probe).and_then(Pause::next_probe);
        probe.map_or(look, |probe| probe.min(look))
    }

    /// How many messages may be read. Half empty before more is read, so that one read serves several batches.
    fn room(&self) -> usize {
        let most = (2 * self.subscription.batch * self.subscription.concurrency).max(READ_AHEAD);
        let ahead = self.ahead.len() + self.suspects.len();
        let bytes: usize = self.ahead.iter().map(|message| message.delivery.event.body.len()).sum();
        if ahead > most / 2 || bytes > ENOUGH_BYTES { 0 } else { most - ahead }
    }

    /// Outcomes that are not written down yet are bounded like calls: a slow disk slows the handler.
    fn has_room(&self) -> bool {
        self.calls.len() < self.subscription.concurrency && self.settling.len() <= self.subscription.concurrency
    }

    async fn read_ahead(&mut self) -> anyhow::Result<()> {
        let room = self.room();
        if room == 0 || self.look > Instant::now() {
            return Ok(());
        }
        self.changes.borrow_and_update();
        let since = now();
        match self.bus.store.ready(&self.queue, room).await {
            Ok(page) => {
                self.bus.store.was_read(None);
                page.messages.into_iter().for_each(|message| self.sort(message));
                self.look = if page.more { Instant::now() } else { self.next_look(since).await };
            }
            Err(error) => {
                let reason = in_words(&error);
                tracing::warn!(queue = self.queue.name, "the queue's file cannot be read: {reason}");
                self.bus.store.was_read(Some(reason));
                self.look = Instant::now() + Duration::from_secs(1);
            }
        }
        Ok(())
    }

    async fn next_look(&self, since: i64) -> Instant {
        let due = self.bus.store.next_due(&self.queue, since).await.ok().flatten();
        let wait = due.map_or(PATIENCE, |due| Duration::from_millis((due - now()).max(0).unsigned_abs()));
        Instant::now() + wait.min(PATIENCE)
    }

    fn sort(&mut self, mut message: Message) {
        message.hold.counted(self.share.hold(Some(message.delivery.event.time)));
        // Among the dead letters it is shown as what can be read of it.
        if let Some(reason) = message.unreadable.take().filter(|_| !self.ladder.is_dead_end) {
            return self.bury(message, &reason);
        }
        match message.deliveries {
            0 => self.ahead.push_back(message),
            1..MOST_DELIVERIES => self.suspects.push_back(message),
            often => self.bury(message, &format!("was in hand {often} times when its process ended")),
        }
    }

    fn bury(&mut self, message: Message, reason: &str) {
        let settled = self.ladder.bury(message.delivery.attempt, reason);
        self.settle(vec![(message.hold.id, settled)], vec![message.hold]);
    }

    fn hand_over(&mut self) {
        while self.has_room() {
            let Some((kind, messages)) = self.next_batch() else { return };
            let (bus, share) = (self.bus.clone(), self.share.clone());
            let (handler, shutdown) = (self.handler.clone(), self.shutdown.clone());
            let call = Call { bus, share, handler, kind, shutdown };
            self.calls.spawn(call.run(messages));
        }
    }

    fn next_batch(&mut self) -> Option<(Kind, Vec<Message>)> {
        if let Some(pause) = &mut self.pause {
            if !pause.may_probe() {
                return None;
            }
            let message = self.ahead.pop_front().or_else(|| self.suspects.pop_front())?;
            pause.probe();
            return Some((Kind::Probe, vec![message]));
        }
        if !self.suspect_in_hand
            && let Some(suspect) = self.suspects.pop_front()
        {
            self.suspect_in_hand = true;
            return Some((Kind::Suspect, vec![suspect]));
        }
        let size = self.ahead.len().min(self.subscription.batch.max(1));
        let batch: Vec<_> = self.ahead.drain(..size).collect();
        (!batch.is_empty()).then_some((Kind::Batch, batch))
    }

    fn called(&mut self, called: Called) {
        if called.kind == Kind::Suspect {
            self.suspect_in_hand = false;
        }
        let Called { kind, messages, outcomes } = called;
        let mut outcomes = match outcomes {
            Ok(outcomes) => outcomes,
            Err(reason) => {
                self.pause_or_resume(kind, Some((reason, Duration::ZERO)));
                return self.keep(messages, kind);
            }
        };
        if let (Kind::Probe, [message], [outcome]) = (kind, &messages[..], &mut outcomes[..]) {
            self.blame.probed(&message.delivery.event.id, outcome);
        }
        self.share.handled(&outcomes);
        self.pause_or_resume(kind, outcomes.iter().fold(None, longest));
        let (mut kept, mut holds, mut settled) = (Vec::new(), Vec::new(), Vec::new());
        for (mut message, outcome) in messages.into_iter().zip(outcomes) {
            attempts::count(&self.queue.name, &outcome);
            let settles = self.ladder.settle(message.delivery.attempt, &outcome);
            let comes_back = settles == Settled::Back;
            settled.push((message.hold.id, settles));
            match comes_back {
                true => {
                    message.give_back();
                    kept.push(message);
                }
                false => holds.push(message.hold),
            }
        }
        self.keep(kept, kind);
        self.settle(settled, holds);
    }

    /// Keeps what was not handled for the probes: before all others, but behind them if it was a probe already, so that
    /// no message can stand in the way of the rest by a fault of its own.
    fn keep(&mut self, messages: Vec<Message>, kind: Kind) {
        match kind {
            Kind::Probe => self.ahead.extend(messages),
            Kind::Batch | Kind::Suspect => messages.into_iter().rev().for_each(|it| self.ahead.push_front(it)),
        }
    }

    /// Writes outcomes down, again until it succeeds: they stand, whatever the disk says. The messages stay held.
    fn settle(&mut self, settled: Vec<(i64, Settled)>, holds: Vec<Hold>) {
        let (bus, queue) = (self.bus.clone(), self.queue.clone());
        let wakes_own = settled.iter().any(|(_, settled)| matches!(settled, Settled::Later { .. }));
        let has_dead = settled.iter().any(|(_, settled)| matches!(settled, Settled::Dead { .. }));
        self.settling.spawn(async move {
            let dead = has_dead.then(|| bus.queues.find(&queue.dead_letters())).flatten();
            let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(5));
            while bus.store.settle(settled.clone(), dead.clone().into_iter().collect()).await.is_err() {
                if bus.store.is_closed() {
                    return;
                }
                tokio::time::sleep(backoff.next_delay()).await;
            }
            // Only now, and after the holds are gone: before, nobody could take what comes again.
            drop(holds);
            if wakes_own {
                queue.wake();
            }
        });
    }
}

mod calling;
mod pausing;
