//! What is wrong although the connection is there: queues that cannot be consumed or declared as they are, and parts of
//! this process that do not come back. Health shows it to everybody, so it names queues and RabbitMQ's word for the
//! refusal, and no user and no place.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lapin::ErrorKind;
use tokio::time::Instant;

/// What is lost is built again at once as a rule; what is not there after this long is worth a word.
const SOON: Duration = Duration::from_secs(3);

/// Clones share the list.
#[derive(Debug, Clone, Default)]
pub(super) struct Troubles {
    all: Arc<Mutex<BTreeMap<String, Known>>>,
}

#[derive(Debug)]
struct Known {
    /// From when on it is told.
    from: Instant,
    sentence: String,
}

impl Troubles {
    /// The place for the trouble of `whom`, which is over when it is dropped.
    pub(super) fn of(&self, whom: &str) -> Trouble {
        Trouble { troubles: self.clone(), whom: whom.to_owned() }
    }

    pub(super) fn first(&self) -> Option<String> {
        let now = Instant::now();
        self.lock().values().find(|known| known.from <= now).map(|known| known.sentence.clone())
    }

    pub(super) fn set(&self, whom: &str, trouble: Option<String>) {
        let from = Instant::now();
        match trouble {
            Some(sentence) => self.lock().insert(whom.to_owned(), Known { from, sentence }),
            None => self.lock().remove(whom),
        };
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Known>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) struct Trouble {
    troubles: Troubles,
    whom: String,
}

impl Trouble {
    pub(super) fn is(&self, sentence: String) {
        self.troubles.set(&self.whom, Some(sentence));
    }

    /// Told unless it is over soon, or something worse is told already.
    pub(super) fn unless_soon(&self, sentence: &str) {
        let known = || Known { from: Instant::now() + SOON, sentence: sentence.to_owned() };
        self.troubles.lock().entry(self.whom.clone()).or_insert_with(known);
    }

    pub(super) fn is_over(&self) {
        self.troubles.set(&self.whom, None);
    }

    /// Over for as long as this is held; then `sentence` is told unless it is over again soon.
    pub(super) fn over_until_lost<'a>(&'a self, sentence: &'a str) -> Over<'a> {
        self.is_over();
        Over { trouble: self, sentence }
    }
}

impl Drop for Trouble {
    fn drop(&mut self) {
        self.is_over();
    }
}

pub(super) struct Over<'a> {
    trouble: &'a Trouble,
    sentence: &'a str,
}

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.trouble.unless_soon(self.sentence);
    }
}

/// Ours as they are; of RabbitMQ's only the word in front, such as `ACCESS_REFUSED`, as the rest names the user.
pub(super) fn in_words(error: &anyhow::Error) -> String {
    if let Some(error) = error.downcast_ref::<mesh::Error>() {
        return error.detail.clone();
    }
    match error.downcast_ref::<lapin::Error>().map(lapin::Error::kind) {
        Some(ErrorKind::ProtocolError(error)) => {
            let message = error.get_message().to_string();
            message.split(' ').next().unwrap_or_default().to_owned()
        }
        _ => "RabbitMQ does not answer".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_is_built_again_soon_is_not_told_and_what_stays_away_is() {
        let troubles = Troubles::default();
        let trouble = troubles.of("consumer");
        trouble.unless_soon("not consumed");
        tokio::time::advance(SOON / 2).await;
        drop(trouble.over_until_lost("lost"));
        tokio::time::advance(SOON / 2).await;
        assert_eq!(troubles.first(), None);
        trouble.unless_soon("not consumed");
        tokio::time::advance(SOON / 2).await;
        assert_eq!(troubles.first().as_deref(), Some("lost"), "counted from when it was lost");
        trouble.is("refused".to_owned());
        trouble.unless_soon("not consumed");
        assert_eq!(troubles.first().as_deref(), Some("refused"));
        drop(trouble);
        assert_eq!(troubles.first(), None);
    }
}
