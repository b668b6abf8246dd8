//! The messages of one stream as server-sent events (WHATWG HTML, section 9.2), from `hello` to `bye`. Dropping it ends all
//! that was done for it.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, unfold};
use routing::policy::{Standing, Why};
use serde::Serialize;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{Interval, MissedTickBehavior};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::backlog::{Backlog, Message};
use super::seats::Seat;
use super::topic;

const PING: Duration = Duration::from_secs(10);
/// After a stop clients come back spread over this time, or the next broker would meet all of them at once.
const BACK: std::ops::Range<u64> = 200..2_200;

pub(super) struct Frames {
    topics: Vec<String>,
    backlog: Arc<Backlog>,
    stopping: CancellationToken,
    ended: FuturesUnordered<BoxFuture<'static, Why>>,
    ping: Interval,
    state: State,
    _tasks: JoinSet<()>,
    _seat: Seat,
}

enum State {
    Begins,
    Goes,
    Over,
}

#[derive(Serialize)]
struct OfTopic<'a, T> {
    topic: &'a str,
    #[serde(flatten)]
    what: T,
}

impl Frames {
    pub(super) fn new(
        topics: Vec<String>,
        backlog: Arc<Backlog>,
        standings: Vec<Standing>,
        stopping: CancellationToken,
        tasks: JoinSet<()>,
        seat: Seat,
    ) -> Self {
        let ended = standings
            .into_iter()
            .map(|standing| -> BoxFuture<'static, Why> { Box::pin(async move { standing.ended().await }) });
        let mut ping = tokio::time::interval_at(tokio::time::Instant::now() + PING, PING);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let ended = ended.collect();
        Self { topics, backlog, stopping, ended, ping, state: State::Begins, _tasks: tasks, _seat: seat }
    }

    pub(super) fn into_body(self) -> Body {
        let next =
            |mut frames: Self| async move { Some((Ok::<_, std::convert::Infallible>(frames.next().await?), frames)) };
        Body::from_stream(unfold(self, next))
    }

    async fn next(&mut self) -> Option<Bytes> {
        match self.state {
            State::Over => return None,
            State::Begins => {
                self.state = State::Goes;
                return Some(self.hello());
            }
            State::Goes => {}
        }
        let frame = tokio::select! {
            biased;
            () = self.stopping.cancelled() => self.bye("stopping"),
            // Without standings there is nobody whose token could end.
            Some(why) = self.ended.next() => match why {
                Why::Expired => self.bye("expired"),
                Why::Revoked => self.bye("revoked"),
            },
            _ = self.ping.tick() => Bytes::from_static(b":\n\n"),
            (topic, message) = self.backlog.next() => self.message(topic, message),
        };
        Some(frame)
    }

    fn hello(&self) -> Bytes {
        let ping = u64::try_from(PING.as_millis()).unwrap_or(u64::MAX);
        frame("hello", None, &json!({ "session": Uuid::new_v4(), "topics": self.topics, "ping_ms": ping }))
    }

    fn bye(&mut self, reason: &str) -> Bytes {
        self.state = State::Over;
        let back = match reason {
            "stopping" => BACK.start + u64::from(Uuid::new_v4().as_fields().0) % (BACK.end - BACK.start),
            _ => 0,
        };
        frame("bye", None, &json!({ "reason": reason, "reconnect_ms": back }))
    }

    fn message(&self, topic: usize, message: Message) -> Bytes {
        let told = &self.topics[topic];
        match message {
            Message::Problem(what) => frame("problem", None, &OfTopic { topic: told, what }),
            Message::Snapshot(data) => {
                #[derive(Serialize)]
                struct Snapshot<'a, T> {
                    topic: &'a str,
                    data: T,
                }
                frame("snapshot", None, &Snapshot { topic: told, data })
            }
            Message::Entries(entries) => {
                #[derive(Serialize)]
                struct Entries<'a, T> {
                    topic: &'a str,
                    entries: T,
                }
                frame("entries", Some(&self.id()), &Entries { topic: told, entries })
            }
            Message::Gap(missed) => frame("gap", Some(&self.id()), &json!({ "topic": told, "missed": missed })),
        }
    }

    fn id(&self) -> String {
        let sent = self.backlog.sent();
        let cursors = self.topics.iter().zip(&sent);
        topic::id(cursors.filter_map(|(topic, cursor)| Some((topic.as_str(), cursor.as_deref()?))))
    }
}

fn frame(event: &str, id: Option<&str>, data: &impl Serialize) -> Bytes {
    let mut text = format!("event: {event}\n").into_bytes();
    if let Some(id) = id.filter(|id| !id.is_empty()) {
        text.extend_from_slice(format!("id: {id}\n").as_bytes());
    }
    text.extend_from_slice(b"data: ");
    let data = serde_json::to_vec(data).unwrap_or_default();
    // An answer may be laid out in lines; between the parts of JSON a space means the same.
    text.extend(data.into_iter().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { byte }));
    text.extend_from_slice(b"\n\n");
    Bytes::from(text)
}
