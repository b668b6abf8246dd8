//! What is in the queues, as an operator asks for it. An engine does not know every figure; what it cannot tell is said
//! with the reason, and not as a zero.

use chrono::{DateTime, Utc};

use crate::topology::UNROUTABLE;

/// What a queue is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Work,
    /// What is handled alone, because its consumers ended with it in hand.
    Suspect,
    Dead,
    /// Where failed messages wait for their next attempt.
    Rung,
    /// Messages whose work queue was deleted while they waited.
    Unroutable,
    /// Questions over the bus.
    Rpc,
}

impl Kind {
    /// What a queue of this name is for; `None` where it is no queue of the bus, or that of one process alone.
    pub fn of(name: &str) -> Option<Self> {
        let (family, rest) = name.split_once('.').unwrap_or((name, ""));
        match family {
            UNROUTABLE => Some(Self::Unroutable),
            "v1" if rest.ends_with(".suspect") => Some(Self::Suspect),
            "v1" => Some(Self::Work),
            "dead" => Some(Self::Dead),
            "delay" => Some(Self::Rung),
            "rpc" if !rest.starts_with("reply.") => Some(Self::Rpc),
            _ => None,
        }
    }
}

/// A figure, or why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure<T> {
    Known(T),
    Unknown(&'static str),
}

/// One queue as its engine sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    pub name: String,
    pub kind: Kind,
    /// Messages that may be handed out.
    pub ready: Figure<u64>,
    /// Messages in somebody's hand.
    pub unacked: Figure<u64>,
    /// All of them, those that wait for their next attempt included.
    pub depth: Figure<u64>,
    pub consumers: Figure<u64>,
    /// The time of the oldest event in it, by the event's own clock; none where it is empty.
    pub oldest: Figure<Option<DateTime<Utc>>>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::WorkQueue;
    use crate::topology::topology;

    #[test]
    fn every_queue_of_the_topology_has_its_kind_and_those_of_one_process_have_none() {
        let queues = [WorkQueue::new("logger", "store", ["log.#"])];
        let all = topology(&queues, &[crate::RUNGS[0]]);
        let kinds: Vec<_> = all.queues.iter().map(|queue| (queue.name.as_str(), Kind::of(&queue.name))).collect();
        let expected = [
            ("unroutable", Kind::Unroutable),
            ("delay.1s", Kind::Rung),
            ("dead.logger", Kind::Dead),
            ("v1.logger.store", Kind::Work),
            ("v1.logger.store.suspect", Kind::Suspect),
        ];
        assert_eq!(kinds, expected.map(|(name, kind)| (name, Some(kind))));
        assert_eq!(Kind::of("rpc.authenticator"), Some(Kind::Rpc));
        for name in ["rpc.reply.host-1.0123456789ab", "hear.heartbeats.host-1.0123456789ab", "v12", "mine", ""] {
            assert_eq!(Kind::of(name), None, "{name}");
        }
    }
}
