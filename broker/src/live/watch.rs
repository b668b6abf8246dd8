//! One topic of one stream: its row is asked again and again, or its stream read on and on, each time by a call that is
//! judged, limited and carried like any other. One call at a time, so that a slow service does not pile them up.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use futures::StreamExt;
use http::{HeaderMap, StatusCode};
use mesh::{Code, Error, TraceContext};
use routing::{Documents, Reply, Row};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

use super::backlog::Backlog;
use super::topic::{AFTER, Topic};
use crate::Broker;
use crate::call::{Content, Entrance, carried};
use crate::origin::Origin;

/// Between two looks at a row.
const PACE: Duration = Duration::from_secs(1);
/// Between two attempts, doubled each time.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(10));

pub(super) struct Watch {
    pub(super) broker: Arc<Broker>,
    pub(super) topic: Topic,
    /// Its place in the stream.
    pub(super) index: usize,
    pub(super) origin: Origin,
    pub(super) headers: HeaderMap,
    pub(super) backlog: Arc<Backlog>,
}

/// A document of a stream that has positions; others are entries as a whole.
#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    entry: Option<Box<RawValue>>,
    #[serde(default)]
    gap: Option<Gap>,
    #[serde(default)]
    position: Option<String>,
}

#[derive(Deserialize)]
struct Gap {
    #[serde(default)]
    missed: Value,
}

/// Until the topic cannot be watched any more.
impl Watch {
    pub(super) async fn run(self, cursor: Option<String>) {
        let _counted = Counted::new(&self.topic.name);
        let (hashing, mut seen) = (RandomState::new(), None);
        let (mut cursor, mut pause) = (cursor, PAUSES.0);
        let mut pace = interval(PACE);
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            pace.tick().await;
            let after = cursor.clone();
            let began = Instant::now();
            let looked = match self.look(after.as_deref()).await {
                Ok(Reply::Json { body, .. }) => answer(&body).map(|answer| {
                    let hash = hashing.hash_one(answer.get());
                    if seen.replace(hash) != Some(hash) {
                        self.backlog.answered(self.index, answer);
                    }
                }),
                Ok(Reply::Stream(documents)) => Err(self.read(documents, &mut cursor).await),
                Ok(Reply::Accepted(_) | Reply::Raw(_)) => Err(Error::internal("a topic that is no answer")),
                Err(error) if after.is_some() && error.fields.iter().any(|field| field.field == AFTER) => {
                    // The cursor says nothing any more: what came since it is lost, and that is told.
                    cursor = None;
                    self.backlog.gap(self.index, None, None);
                    continue;
                }
                Err(error) => Err(error),
            };
            let Err(error) = looked else {
                pause = PAUSES.0;
                continue;
            };
            if is_final(&error) {
                return self.backlog.failed(self.index, &error, None, true);
            }
            if began.elapsed() > PAUSES.1 {
                pause = PAUSES.0;
            }
            let wait = error.retry_after.unwrap_or_default().clamp(pause, PAUSES.1);
            self.backlog.failed(self.index, &error, Some(wait), false);
            // What comes after a problem is news, even where it is the same.
            seen = None;
            sleep(wait).await;
            pause = (pause * 2).min(PAUSES.1);
        }
    }

    /// One call, under the table as it is now.
    async fn look(&self, cursor: Option<&str>) -> Result<Reply, Error> {
        let table = self.broker.routing.current();
        let row = self.topic.row(&table, &self.headers)?;
        // A stream that can say where it is takes the place as a field; empty means now.
        let after = row.line.takes(AFTER).then(|| cursor.unwrap_or_default());
        let (field, query) = (self.topic.field(row), self.topic.query(after));
        let fields: Vec<_> = field.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let content = Content::Request { fields: &fields, query: Some(&query), body: Body::empty() };
        self.counted(row, content).await
    }

    async fn counted(&self, row: &Arc<Row>, content: Content<'_>) -> Result<Reply, Error> {
        let (began, mut notes) = (Instant::now(), HeaderMap::new());
        let call = carried(&self.broker, row, content, &self.headers, Entrance::alone(self.origin), &mut notes);
        let answered = TraceContext::current_or_new().child().scope(call).await;
        row.observe(began.elapsed(), answered.as_ref().err());
        answered
    }

    /// Reads on until it ends, which is always an error: streams have no end of their own.
    async fn read(&self, mut documents: Documents, cursor: &mut Option<String>) -> Error {
        while let Some(document) = documents.next().await {
            match document.and_then(|text| self.told(&text)) {
                Ok(position) => *cursor = position.or(cursor.take()),
                Err(error) => return error,
            }
        }
        Error::unavailable("the stream ended")
    }

    fn told(&self, text: &Bytes) -> Result<Option<String>, Error> {
        let Document { entry, gap, position } = serde_json::from_slice(text).map_err(Error::internal)?;
        match (entry, gap) {
            (Some(entry), _) => self.backlog.entry(self.index, entry, position.clone()),
            (None, Some(gap)) => self.backlog.gap(self.index, missed(&gap.missed), position.clone()),
            (None, None) if position.is_some() => self.backlog.moved(self.index, position.clone()),
            (None, None) => self.backlog.entry(self.index, answer(text)?, None),
        }
        Ok(position)
    }
}

fn answer(text: &[u8]) -> Result<Box<RawValue>, Error> {
    let wrong = |error| {
        let detail = "the service answered something that is not JSON";
        Error::new(Code::Internal, detail).with_status(StatusCode::BAD_GATEWAY).caused_by(error)
    };
    serde_json::from_slice(text).map_err(wrong)
}

/// 64-bit numbers are texts in the JSON of protobuf; 0 means that nobody knows.
fn missed(value: &Value) -> Option<u64> {
    let number = value.as_u64().or_else(|| value.as_str()?.parse().ok());
    number.filter(|missed| *missed > 0)
}

/// Whether asking again would be answered the same.
pub(super) fn is_final(error: &Error) -> bool {
    matches!(
        error.code,
        Code::Unauthenticated | Code::PermissionDenied | Code::InvalidArgument | Code::NotFound | Code::Unimplemented
    )
}

/// A topic that is watched, in the metrics.
struct Counted(metrics::Gauge);

impl Counted {
    fn new(topic: &str) -> Self {
        let gauge = metrics::gauge!("live_topics", "topic" => topic.to_owned());
        gauge.increment(1);
        Self(gauge)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.decrement(1);
    }
}
