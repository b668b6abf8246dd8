//! The pause of a subscription whose service is away: when it begins, what ends it, and who is told.

use std::time::Duration;

use super::Feed;
use super::calling::Kind;
use crate::Outcome;
use crate::embedded::pause::Pause;

impl Feed {
    pub(super) fn ended(&self, pause: Pause) {
        pause.end(&self.queue.name);
        self.share.paused(false);
    }

    fn resume(&mut self, pause: Pause) {
        self.ended(pause);
        // Probes are alone anyway; what comes now is not.
        let (suspects, ahead): (Vec<_>, Vec<_>) = self.ahead.drain(..).partition(|message| message.deliveries > 0);
        self.suspects.extend(suspects);
        self.ahead = ahead.into();
    }

    /// While paused only the probe decides; calls from before the pause may still come in.
    pub(super) fn pause_or_resume(&mut self, kind: Kind, away: Option<(String, Duration)>) {
        match (away, self.pause.take()) {
            (Some((reason, floor)), None) => {
                self.share.paused(true);
                self.pause = Some(Pause::begin(&self.queue.name, &reason, floor));
            }
            (Some((_, floor)), Some(pause)) if kind == Kind::Probe => self.pause = Some(pause.again(floor)),
            (None, Some(pause)) if kind == Kind::Probe => self.resume(pause),
            (_, pause) => self.pause = pause,
        }
    }
}

impl Drop for Feed {
    /// However it ends: nobody is left who could say so later.
    fn drop(&mut self) {
        self.share.paused(false);
    }
}

/// The reason and the longest wait that an outage asks for.
pub(super) fn longest(away: Option<(String, Duration)>, outcome: &Outcome) -> Option<(String, Duration)> {
    let Outcome::Unavailable { reason, after } = outcome else { return away };
    let floor = after.unwrap_or_default();
    Some(away.map_or_else(|| (reason.clone(), floor), |(reason, longest)| (reason, longest.max(floor))))
}
