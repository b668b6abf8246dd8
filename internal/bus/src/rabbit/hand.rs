//! What one consumer has in hand: every message that was given to it and is not acknowledged yet, and how to
//! acknowledge a number of them with as few frames as can be.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use lapin::message::Delivery as Raw;
use lapin::options::BasicAckOptions;
use tokio::time::Instant;

use super::connection::in_time;
use crate::Delivery;
use crate::activity::{Held, Share};

/// One message in hand, read.
#[derive(Debug)]
pub(super) struct InHand {
    pub(super) raw: Raw,
    pub(super) delivery: Delivery,
    /// Whether RabbitMQ gave it out again, until that is counted.
    pub(super) again: bool,
    pub(super) since: Instant,
}

/// The tags of everything in hand on one channel.
pub(super) struct Unacked {
    share: Arc<Share>,
    tags: BTreeMap<u64, Held>,
}

/// How to acknowledge some tags: one frame for all up to `up_to`, one each for the rest.
#[derive(Debug, Default, PartialEq, Eq)]
struct Plan {
    up_to: Option<u64>,
    each: Vec<u64>,
}

impl Unacked {
    pub(super) fn new(share: Arc<Share>) -> Self {
        Self { share, tags: BTreeMap::new() }
    }

    /// `time` is that of the event, where it can be read.
    pub(super) fn taken(&mut self, tag: u64, time: Option<DateTime<Utc>>) {
        let mut held = self.share.hold(time);
        held.take_in_hand();
        self.tags.insert(tag, held);
    }

    /// Forgets these tags, which are to be acknowledged now. A frame for many takes everything below it, so it may
    /// only reach up to the first one that stays in hand.
    fn plan(&mut self, tags: impl Iterator<Item = u64>) -> Plan {
        let mut tags: Vec<u64> = tags.collect();
        tags.sort_unstable();
        for tag in &tags {
            self.tags.remove(tag);
        }
        let stays = self.tags.keys().next().copied().unwrap_or(u64::MAX);
        let each = tags.split_off(tags.partition_point(|tag| *tag < stays));
        Plan { up_to: tags.last().copied(), each }
    }

    /// Acknowledges `done`; an error means that the channel is gone and they will be given out again.
    pub(super) async fn ack(&mut self, done: &[Raw]) -> anyhow::Result<()> {
        let plan = self.plan(done.iter().map(|raw| raw.delivery_tag));
        let acked = done.iter().filter_map(|raw| {
            let multiple = plan.up_to == Some(raw.delivery_tag);
            let alone = plan.each.contains(&raw.delivery_tag);
            (multiple || alone).then(|| raw.acker.ack(BasicAckOptions { multiple }))
        });
        let all = in_time("take an acknowledgement", futures::future::try_join_all(acked)).await?;
        // `false` is lapin's word for a channel that is gone.
        anyhow::ensure!(all.into_iter().all(|it| it), "the channel was lost before everything was acknowledged");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activity::Tally;

    fn plan(in_hand: &[u64], done: &[u64]) -> Plan {
        let mut unacked = Unacked::new(Tally::default().share("v1.logger.write", "logger"));
        in_hand.iter().for_each(|tag| unacked.taken(*tag, None));
        unacked.plan(done.iter().copied())
    }

    #[test]
    fn one_frame_takes_all_that_are_done_below_the_first_that_is_not() {
        assert_eq!(plan(&[1, 2, 3], &[3, 1, 2]), Plan { up_to: Some(3), each: vec![] });
        assert_eq!(plan(&[1, 2, 3, 4], &[1, 2]), Plan { up_to: Some(2), each: vec![] });
        assert_eq!(plan(&[1, 2, 3, 4], &[1, 3, 4]), Plan { up_to: Some(1), each: vec![3, 4] });
        assert_eq!(plan(&[1, 2, 3], &[2, 3]), Plan { up_to: None, each: vec![2, 3] });
    }
}
