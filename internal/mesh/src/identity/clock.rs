//! What time it is and how often things are asked; tests hold the hands of the clock themselves.

#[cfg(test)]
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

/// How far apart the clocks of two machines may be.
pub const LEEWAY: Duration = Duration::from_secs(30);

/// How often things are asked.
#[derive(Debug, Clone)]
pub(super) struct Pace {
    pub(super) keys: Duration,
    /// Until an issuer that never answered has answered.
    pub(super) first_keys: Duration,
    /// After an issuer whose keys are known stopped answering.
    pub(super) lost_keys: Duration,
    /// An unknown key id makes an issuer be asked at most this often.
    pub(super) unknown_key: Duration,
    pub(super) revocations: Duration,
    /// How long a positive answer about an API key is kept, and how often its streams ask.
    pub(super) api_key: Duration,
    /// The longest sleep towards an expiry: a machine that was suspended wakes up later than its timers think.
    pub(super) expiry: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            keys: Duration::from_secs(300),
            first_keys: Duration::from_secs(1),
            lost_keys: Duration::from_secs(10),
            unknown_key: Duration::from_secs(60),
            revocations: Duration::from_secs(2),
            api_key: Duration::from_secs(2),
            expiry: Duration::from_secs(30),
        }
    }
}

/// The wall clock for what tokens say, the monotonic one for what was heard when.
#[derive(Debug, Clone, Default)]
pub(super) struct Clock {
    pub(super) pace: Pace,
    #[cfg(test)]
    hands: Option<Arc<Mutex<(Duration, Instant)>>>,
}

impl Clock {
    /// Since 1970.
    pub(super) fn now(&self) -> Duration {
        #[cfg(test)]
        if let Some(hands) = &self.hands {
            return hands.lock().unwrap().0;
        }
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }

    pub(super) fn instant(&self) -> Instant {
        #[cfg(test)]
        if let Some(hands) = &self.hands {
            return hands.lock().unwrap().1;
        }
        Instant::now()
    }
}

#[cfg(test)]
impl Clock {
    /// A clock that stands still, with everything asked often.
    pub(super) fn standing() -> Self {
        let now = Duration::from_secs(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs());
        let often = Duration::from_millis(20);
        let pace = Pace { revocations: often, first_keys: often, api_key: often, expiry: often, ..Pace::default() };
        Self { pace, hands: Some(Arc::new(Mutex::new((now, Instant::now())))) }
    }

    pub(super) fn advance(&self, by: Duration) {
        let mut hands = self.hands.as_ref().unwrap().lock().unwrap();
        hands.0 += by;
        hands.1 += by;
    }

    /// Moves the wall clock alone.
    pub(super) fn set(&self, now: Duration) {
        self.hands.as_ref().unwrap().lock().unwrap().0 = now;
    }
}
