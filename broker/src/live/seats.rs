//! How many streams one user has open at this broker: each of them makes calls every second for as long as it is open.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mesh::{Code, Error};

/// Streams of one user.
const MOST: usize = 16;
const COME_BACK: Duration = Duration::from_secs(5);

/// Who has how many.
#[derive(Clone, Default)]
pub(crate) struct Seats(Arc<Mutex<HashMap<String, usize>>>);

/// One stream's place, given back when it is dropped.
pub(super) struct Seat {
    who: String,
    seats: Seats,
}

impl Seats {
    pub(super) fn take(&self, who: &str) -> Result<Seat, Error> {
        let mut taken = self.lock();
        let count = taken.entry(who.to_owned()).or_default();
        if *count >= MOST {
            let detail = format!("{MOST} streams of this caller are open at this broker already; close one of them");
            return Err(Error::new(Code::ResourceExhausted, detail).with_retry_after(COME_BACK));
        }
        *count += 1;
        metrics::gauge!("live_streams").increment(1);
        Ok(Seat { who: who.to_owned(), seats: self.clone() })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        metrics::gauge!("live_streams").decrement(1);
        let mut taken = self.seats.lock();
        match taken.get_mut(&self.who) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(taken.remove(&self.who)),
        }
    }
}
