//! One call of the handler, in a task of its own: its messages are counted as in hand on the disk before it sees them.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::activity::Share;
use crate::attempts::{handled, handled_until};
use crate::embedded::Embedded;
use crate::embedded::batch::Settled;
use crate::embedded::store::Message;
use crate::{Bug, Handler, Outcome};

/// What a call is besides one more batch.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Batch,
    Suspect,
    Probe,
}

pub(super) struct Called {
    pub(super) kind: Kind,
    pub(super) messages: Vec<Message>,
    /// What the handler says of each; or why nothing was handed over.
    pub(super) outcomes: Result<Vec<Outcome>, String>,
}

/// What a call needs of its feed.
pub(super) struct Call {
    pub(super) bus: Arc<Embedded>,
    pub(super) share: Arc<Share>,
    pub(super) handler: Handler,
    pub(super) kind: Kind,
    pub(super) shutdown: CancellationToken,
}

impl Call {
    pub(super) async fn run(self, mut messages: Vec<Message>) -> Called {
        let kind = self.kind;
        let ids = messages.iter().map(|message| message.hold.id);
        let taken = if self.bus.bug.is_some_and(Bug::acks_early) {
            self.bus.store.settle(ids.map(|id| (id, Settled::Done)).collect(), Vec::new()).await
        } else {
            self.bus.store.take(ids.collect()).await
        };
        if let Err(reason) = taken {
            return Called { kind, messages, outcomes: Err(reason) };
        }
        messages.iter_mut().for_each(|message| message.hold.take_in_hand());
        let deliveries: Vec<_> = messages.iter().map(|message| message.delivery.clone()).collect();
        let again = messages.iter_mut().filter_map(|message| std::mem::take(&mut message.again).then_some(()));
        self.share.handed_again(again.count());
        let outcomes = match kind {
            // A service that is away may let it wait for long, and whoever stops has nothing to finish there.
            Kind::Probe => handled_until(&self.shutdown, &self.handler, deliveries).await,
            Kind::Batch | Kind::Suspect => handled(&self.handler, deliveries).await,
        };
        Called { kind, messages, outcomes: Ok(outcomes) }
    }
}
