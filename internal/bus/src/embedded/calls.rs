//! rpc in memory: one lane for each service, the most urgent question first. Nothing of it is ever written down.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use mesh::{Error, NotSent};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::activity::Tally;
use crate::rpc::{Request, Server};
use crate::{MOST_KIB, kib};

/// Questions to one service that may wait, as far as `MOST_KIB` has room for them.
const MOST_WAITING: usize = 10_000;

pub(super) struct Calls {
    lanes: Mutex<HashMap<String, Arc<Lane>>>,
    tally: Tally,
}

impl Calls {
    pub(super) fn new(tally: Tally) -> Self {
        Self { lanes: Mutex::default(), tally }
    }

    pub(super) async fn call(&self, request: Request) -> Result<Bytes, Error> {
        let (service, deadline) = (request.service.clone(), request.deadline);
        let lane = self.lanes.lock().unwrap_or_else(PoisonError::into_inner).get(&service).cloned();
        let answer = lane.ok_or_else(|| nobody(&service))?.ask(request)?;
        match timeout_at(deadline, answer).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(Error::internal(format!("the handler of {service} ended without an answer"))),
            Err(_) => Err(Error::deadline(format!("{service} did not answer in time"))),
        }
    }

    /// How many questions wait; `None` where nobody answers.
    pub(super) fn waiting(&self, service: &str) -> Option<u64> {
        let lane = self.lanes.lock().unwrap_or_else(PoisonError::into_inner).get(service).cloned()?;
        let state = lane.state.lock().unwrap_or_else(PoisonError::into_inner);
        (state.servers > 0).then_some(state.waiting.len() as u64)
    }

    /// What there is to be told of each service that somebody answers for.
    pub(super) fn lanes(&self) -> Vec<(String, Waiting)> {
        let lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let all = lanes.into_iter().map(|(service, lane)| {
            let state = lane.state.lock().unwrap_or_else(PoisonError::into_inner);
            let (waiting, in_hand, servers) = (state.waiting.len(), state.in_hand, state.servers);
            (service, Waiting { waiting, in_hand, servers })
        });
        all.filter(|(_, lane)| lane.servers > 0).collect()
    }

    pub(super) async fn answer(&self, server: Server, shutdown: CancellationToken) {
        let lane = self
            .lanes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(server.service.clone())
            .or_default()
            .clone();
        let open = Open::new(lane.clone());
        let mut running = JoinSet::new();
        loop {
            let has_room = running.len() < server.concurrency.max(1);
            tokio::select! {
                () = shutdown.cancelled() => break,
                question = lane.next(), if has_room => {
                    let (server, tally) = (server.clone(), self.tally.clone());
                    let in_hand = InHand::new(&lane);
                    running.spawn(async move {
                        question.handle(server, tally).await;
                        drop(in_hand);
                    });
                }
                Some(ended) = running.join_next() => report(&server.service, &ended),
            }
        }
        drop(open);
        while let Some(ended) = running.join_next().await {
            report(&server.service, &ended);
        }
    }
}

/// How busy a lane is.
pub(super) struct Waiting {
    pub(super) waiting: usize,
    pub(super) in_hand: usize,
    pub(super) servers: usize,
}

fn report(service: &str, ended: &Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(service, "a question was not answered: {error}");
    }
}

fn nobody(service: &str) -> Error {
    crate::nobody(format!("nobody answers for {service}; start it"))
}

struct Lane {
    state: Mutex<State>,
    arrived: Notify,
    /// In KiB of bodies.
    room: Arc<Semaphore>,
}

impl Default for Lane {
    fn default() -> Self {
        Self { state: Mutex::default(), arrived: Notify::new(), room: Arc::new(Semaphore::new(MOST_KIB)) }
    }
}

#[derive(Default)]
struct State {
    servers: usize,
    in_hand: usize,
    waiting: BinaryHeap<Question>,
    asked: u64,
}

impl Lane {
    fn ask(&self, request: Request) -> Result<oneshot::Receiver<Result<Bytes, Error>>, Error> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.servers == 0 {
            return Err(nobody(&request.service));
        }
        let Some(room) = self.room(&mut state, kib(request.body.len())) else {
            let detail = format!("too many questions wait for {} already; ask again in a moment", request.service);
            return Err(Error::unavailable(detail).with_nothing_sent(NotSent::NotReached));
        };
        let (answer, receiver) = oneshot::channel();
        state.asked += 1;
        let rank = (request.priority, Reverse(state.asked));
        state.waiting.push(Question { rank, request, answer, _room: room });
        self.arrived.notify_waiters();
        Ok(receiver)
    }

    /// For one question more of this size; those that nobody waits for any more make room for it.
    fn room(&self, state: &mut State, kib: u32) -> Option<OwnedSemaphorePermit> {
        let take = |state: &State| {
            let is_free = state.waiting.len() < MOST_WAITING;
            is_free.then(|| self.room.clone().try_acquire_many_owned(kib).ok()).flatten()
        };
        take(state).or_else(|| {
            state.waiting.retain(Question::is_wanted);
            take(state)
        })
    }

    /// The next question that somebody still waits for.
    async fn next(&self) -> Question {
        loop {
            let mut arrived = pin!(self.arrived.notified());
            arrived.as_mut().enable();
            if let Some(question) = self.take() {
                return question;
            }
            arrived.await;
        }
    }

    fn take(&self) -> Option<Question> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let question = state.waiting.pop()?;
            if question.is_wanted() {
                return Some(question);
            }
        }
    }
}

/// A question that is being answered.
struct InHand {
    lane: Arc<Lane>,
}

impl InHand {
    fn new(lane: &Arc<Lane>) -> Self {
        lane.state.lock().unwrap_or_else(PoisonError::into_inner).in_hand += 1;
        Self { lane: lane.clone() }
    }
}

impl Drop for InHand {
    fn drop(&mut self) {
        self.lane.state.lock().unwrap_or_else(PoisonError::into_inner).in_hand -= 1;
    }
}

/// A server of a lane. With the last one go the questions that nobody has begun to answer.
struct Open {
    lane: Arc<Lane>,
}

impl Open {
    fn new(lane: Arc<Lane>) -> Self {
        lane.state.lock().unwrap_or_else(PoisonError::into_inner).servers += 1;
        Self { lane }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let mut state = self.lane.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.servers -= 1;
        let left = if state.servers == 0 { std::mem::take(&mut state.waiting) } else { BinaryHeap::new() };
        drop(state);
        for Question { request, answer, .. } in left {
            // A caller that gave up is not there any more.
            answer.send(Err(nobody(&request.service))).ok();
        }
    }
}

struct Question {
    /// Higher priorities first, then first come, first served.
    rank: (u8, Reverse<u64>),
    request: Request,
    answer: oneshot::Sender<Result<Bytes, Error>>,
    _room: OwnedSemaphorePermit,
}

impl Question {
    fn is_wanted(&self) -> bool {
        !self.answer.is_closed() && self.request.deadline > Instant::now()
    }

    async fn handle(self, server: Server, tally: Tally) {
        let trace = self.request.trace;
        let deadline = self.request.deadline;
        let answered = timeout_at(deadline, trace.scope(async { (server.handler)(self.request).await })).await;
        let late = |_| Err(Error::deadline(format!("{} did not answer in time", server.service)));
        let answered = answered.unwrap_or_else(late).map_err(Error::as_answered);
        if self.answer.send(answered).is_err() {
            tally.late_reply();
        }
    }
}

impl PartialEq for Question {
    fn eq(&self, other: &Self) -> bool {
        self.rank == other.rank
    }
}

impl Eq for Question {}

impl PartialOrd for Question {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Question {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.rank.cmp(&other.rank)
    }
}
