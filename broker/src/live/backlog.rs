//! What is still to be told to one reader: of each row its latest answer, of each stream what came and was not sent. It is
//! bounded, whatever the reader does: answers replace each other, entries are dropped and told as a gap.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mesh::Error;
use mesh::problem::Problem;
use serde::Serialize;
use serde_json::value::RawValue;
use tokio::sync::Notify;
use tokio::time::Instant;

/// Entries of all topics together, and their bytes.
const MOST: usize = 1_000;
const MOST_BYTES: usize = 8 << 20;
/// Entries in one message.
const TOGETHER: usize = 200;
/// How long entries are gathered.
const GATHERED: Duration = Duration::from_millis(50);

pub(super) struct Backlog {
    state: Mutex<State>,
    news: Notify,
}

struct State {
    topics: Vec<Waiting>,
    entries: usize,
    bytes: usize,
}

/// Of one topic.
#[derive(Default)]
struct Waiting {
    problem: Option<Told>,
    snapshot: Option<Box<RawValue>>,
    items: VecDeque<Item>,
    /// Since when the first of them waits.
    since: Option<Instant>,
    /// Where to go on after all that was sent.
    sent: Option<String>,
}

struct Item {
    what: What,
    position: Option<String>,
}

enum What {
    Entry(Box<RawValue>),
    Gap(Option<u64>),
    /// Only the position has moved.
    Nothing,
}

#[derive(Serialize)]
pub(super) struct Told {
    problem: Problem,
    /// In seconds.
    retry_after: Option<f64>,
    ended: bool,
}

/// One message.
pub(super) enum Message {
    Problem(Box<Told>),
    Snapshot(Box<RawValue>),
    Entries(Vec<Box<RawValue>>),
    Gap(Option<u64>),
}

impl Backlog {
    pub(super) fn new(topics: usize) -> Self {
        let topics = (0..topics).map(|_| Waiting::default()).collect();
        Self { state: Mutex::new(State { topics, entries: 0, bytes: 0 }), news: Notify::new() }
    }

    /// The cursor of an earlier stream is this one's as long as it has none of its own.
    pub(super) fn went_on(&self, topic: usize, cursor: &str) {
        self.lock().topics[topic].sent = Some(cursor.to_owned());
    }

    pub(super) fn answered(&self, topic: usize, answer: Box<RawValue>) {
        let mut state = self.lock();
        let waiting = &mut state.topics[topic];
        (waiting.snapshot, waiting.problem) = (Some(answer), None);
        drop(state);
        self.news.notify_one();
    }

    pub(super) fn failed(&self, topic: usize, error: &Error, again_in: Option<Duration>, ended: bool) {
        let problem = Problem::of(error, Some("/v1/live"));
        let told = Told { problem, retry_after: again_in.map(|pause| pause.as_secs_f64()), ended };
        self.lock().topics[topic].problem = Some(told);
        self.news.notify_one();
    }

    pub(super) fn entry(&self, topic: usize, entry: Box<RawValue>, position: Option<String>) {
        self.push(topic, Item { what: What::Entry(entry), position });
    }

    pub(super) fn gap(&self, topic: usize, missed: Option<u64>, position: Option<String>) {
        metrics::counter!("live_gaps_total").increment(1);
        self.push(topic, Item { what: What::Gap(missed), position });
    }

    pub(super) fn moved(&self, topic: usize, position: Option<String>) {
        self.push(topic, Item { what: What::Nothing, position });
    }

    fn push(&self, topic: usize, item: Item) {
        let mut state = self.lock();
        let is_full = state.entries >= MOST || state.bytes + item.bytes() > MOST_BYTES;
        if is_full && matches!(item.what, What::Entry(_)) {
            state.drop_entries(topic, item);
        } else {
            state.add(topic, item);
        }
        drop(state);
        self.news.notify_one();
    }

    /// The next message and its topic, as soon as there is one.
    pub(super) async fn next(&self) -> (usize, Message) {
        loop {
            let soon = match self.lock().take(Instant::now()) {
                Ok(message) => return message,
                Err(soon) => soon,
            };
            match soon {
                Some(soon) => tokio::select! {
                    () = self.news.notified() => {}
                    () = tokio::time::sleep_until(soon) => {}
                },
                None => self.news.notified().await,
            }
        }
    }

    /// Of each topic, by its place, where to go on after what was taken so far.
    pub(super) fn sent(&self) -> Vec<Option<String>> {
        self.lock().topics.iter().map(|waiting| waiting.sent.clone()).collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn add(&mut self, topic: usize, item: Item) {
        self.bytes += item.bytes();
        self.entries += usize::from(matches!(item.what, What::Entry(_)));
        let waiting = &mut self.topics[topic];
        // What streams again has no problem any more, and what only moved says no more than the last of its kind.
        waiting.problem = None;
        let is_last = |it: &Item| matches!((&it.what, &item.what), (What::Nothing, What::Nothing));
        if waiting.items.back().is_some_and(is_last) {
            waiting.items.pop_back();
        }
        waiting.since.get_or_insert_with(Instant::now);
        waiting.items.push_back(item);
    }

    /// The topic with the most entries, or this one, loses all of them, the new one included where it is its own.
    fn drop_entries(&mut self, topic: usize, item: Item) {
        let of = |waiting: &Waiting| waiting.items.iter().filter(|it| matches!(it.what, What::Entry(_))).count();
        let victim = (0..self.topics.len()).max_by_key(|at| (of(&self.topics[*at]), *at == topic)).unwrap_or(topic);
        let mut dropped: Vec<_> = self.topics[victim].items.drain(..).collect();
        for item in &dropped {
            self.bytes -= item.bytes();
            self.entries -= usize::from(matches!(item.what, What::Entry(_)));
        }
        let rest = if victim == topic {
            dropped.push(item);
            None
        } else {
            Some(item)
        };
        let missed = dropped.iter().try_fold(0, |sum, item| match item.what {
            What::Entry(_) => Some(sum + 1),
            What::Gap(missed) => Some(sum + missed?),
            What::Nothing => Some(sum),
        });
        let position = dropped.into_iter().rev().find_map(|item| item.position);
        metrics::counter!("live_gaps_total").increment(1);
        self.add(victim, Item { what: What::Gap(missed), position });
        if let Some(item) = rest {
            self.add(topic, item);
        }
    }

    /// What is to be sent, or when there may be something.
    fn take(&mut self, now: Instant) -> Result<(usize, Message), Option<Instant>> {
        for (topic, waiting) in self.topics.iter_mut().enumerate() {
            if let Some(snapshot) = waiting.snapshot.take() {
                return Ok((topic, Message::Snapshot(snapshot)));
            }
            if let Some(problem) = waiting.problem.take() {
                return Ok((topic, Message::Problem(Box::new(problem))));
            }
        }
        let is_due = |waiting: &Waiting| {
            let is_whole = waiting.items.len() >= TOGETHER
                || matches!(waiting.items.front(), Some(Item { what: What::Gap(_), .. }));
            is_whole || waiting.since.is_some_and(|since| since + GATHERED <= now)
        };
        let due = self.topics.iter().enumerate().filter(|(_, waiting)| is_due(waiting));
        // Who waits longest goes first, or a busy topic would keep out the others.
        match due.min_by_key(|(_, waiting)| waiting.since).map(|(topic, _)| topic) {
            Some(topic) => Ok((topic, self.take_items(topic, now))),
            None => Err(self.topics.iter().filter_map(|waiting| waiting.since).min().map(|since| since + GATHERED)),
        }
    }

    fn take_items(&mut self, topic: usize, now: Instant) -> Message {
        let waiting = &mut self.topics[topic];
        let (mut entries, mut gap) = (Vec::new(), None);
        while entries.len() < TOGETHER
            && let Some(item) =
                waiting.items.pop_front_if(|item| entries.is_empty() || !matches!(item.what, What::Gap(_)))
        {
            self.bytes -= item.bytes();
            waiting.sent = item.position.or(waiting.sent.take());
            match item.what {
                What::Entry(entry) => {
                    self.entries -= 1;
                    entries.push(entry);
                }
                What::Gap(missed) => {
                    gap = Some(missed);
                    break;
                }
                What::Nothing => {}
            }
        }
        waiting.since = (!waiting.items.is_empty()).then_some(now);
        gap.map_or(Message::Entries(entries), Message::Gap)
    }
}

impl Item {
    fn bytes(&self) -> usize {
        let position = self.position.as_ref().map_or(0, String::len);
        match &self.what {
            What::Entry(entry) => entry.get().len() + position,
            What::Gap(_) | What::Nothing => position,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(number: usize) -> Box<RawValue> {
        serde_json::value::to_raw_value(&number).unwrap()
    }

    async fn told(backlog: &Backlog) -> String {
        let (topic, message) = backlog.next().await;
        let message = match message {
            Message::Problem(told) => format!("problem {}", told.problem.code),
            Message::Snapshot(answer) => format!("snapshot {answer}"),
            Message::Entries(entries) => format!("{} entries", entries.len()),
            Message::Gap(missed) => format!("gap {missed:?}"),
        };
        let sent: Vec<_> = backlog.sent().into_iter().map(Option::unwrap_or_default).collect();
        format!("{topic}: {message}, at {}", sent.join("|"))
    }

    #[tokio::test(start_paused = true)]
    async fn entries_are_gathered_and_answers_replaced() {
        let backlog = Backlog::new(2);
        backlog.moved(1, Some("p0".into()));
        for number in 1..=450 {
            backlog.entry(1, raw(number), Some(format!("p{number}")));
        }
        backlog.answered(0, raw(1));
        backlog.answered(0, raw(2));
        assert_eq!(told(&backlog).await, "0: snapshot 2, at |");
        for expected in ["1: 200 entries, at |p200", "1: 200 entries, at |p400", "1: 50 entries, at |p450"] {
            assert_eq!(told(&backlog).await, expected);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_that_is_too_slow_is_told_how_much_it_missed() {
        let backlog = Backlog::new(2);
        backlog.entry(0, raw(0), Some("audit".into()));
        for number in 1..=1_500 {
            backlog.entry(1, raw(number), Some(format!("p{number}")));
        }
        for expected in [
            "1: gap Some(1000), at |p1000",
            "1: 200 entries, at |p1200",
            "1: 200 entries, at |p1400",
            "0: 1 entries, at audit|p1400",
            "1: 100 entries, at audit|p1500",
        ] {
            assert_eq!(told(&backlog).await, expected);
        }
        let large = serde_json::value::to_raw_value(&"x".repeat(1 << 20)).unwrap();
        for _ in 0..9 {
            backlog.entry(1, large.clone(), None);
        }
        assert!(told(&backlog).await.starts_with("1: gap Some(8)"));
    }
}
