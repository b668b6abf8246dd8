//! What a process tells the others about itself every few seconds, on the topic `TOPIC`: a hint, so losing one loses
//! nothing, and whoever says nothing for `GONE` is taken for gone.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What heartbeats are told on.
pub const TOPIC: &str = "heartbeats";
/// How often.
pub const EVERY: Duration = Duration::from_secs(5);
/// Who has listened for so long has heard of everybody: a heartbeat may be two seconds late.
pub const ALL_HEARD: Duration = Duration::from_secs(7);
/// Two may be lost before a process is taken for gone.
pub const GONE: Duration = Duration::from_secs(14);

/// One process at one moment. Unknown fields are skipped, so that versions can be mixed during an update.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Heartbeat {
    pub instance: String,
    pub version: String,
    pub started_at: DateTime<Utc>,
    pub sent_at: DateTime<Utc>,
    /// The last one of a process that stops in good order.
    #[serde(default)]
    pub is_last: bool,
    pub services: Vec<Service>,
    pub bus: Activity,
    /// Calls since the start by row, of doors alone.
    #[serde(default)]
    pub routes: Vec<Route>,
}

/// One service of a process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    pub name: String,
    pub address: String,
    /// `starting`, `ready`, `stopping` or `stopped`.
    pub state: String,
    /// What does not work although it is ready, by part.
    #[serde(default)]
    pub degraded: BTreeMap<String, String>,
}

/// What one row of the route table was asked for since the start of the process.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Route {
    /// As in the metrics, such as `POST /v1/logs`.
    pub route: String,
    pub calls: u64,
    /// Those among them that were answered 5xx, or the same over the queue.
    pub errors: u64,
    /// How it is carried, `grpc`, `http`, `event` or `rpc`, and to which service; events go to none.
    pub line: Option<String>,
    pub service: Option<String>,
    /// Where calls of it come in: `broker`, or `listener` where only events lead to it.
    pub door: Option<String>,
    /// The same calls by how long they took: so many up to each of `mesh::telemetry::SECONDS`, and not up to the one
    /// before it; the last number is of those that took longer. Zeros at the end are left out.
    pub seconds: Vec<u64>,
}

/// What a process does on the bus. Totals count from the start of the process.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Activity {
    pub published: u64,
    pub unroutable: u64,
    /// Published and not confirmed yet.
    pub unconfirmed: u64,
    pub late_replies: u64,
    /// By the name of the queue that is consumed.
    pub queues: BTreeMap<String, Consumed>,
}

/// One subscription of a process.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Consumed {
    /// Whose queue it is: its dead letters are in `dead.<service>`.
    pub service: String,
    pub in_hand: u64,
    /// Whether the service behind it is away.
    pub is_paused: bool,
    /// Outcomes since the start, and how many of the deliveries had been in somebody's hand before.
    pub handled: u64,
    pub redelivered: u64,
    /// The time of the oldest event in hand or read ahead, by the event's own clock.
    pub oldest: Option<DateTime<Utc>>,
}
