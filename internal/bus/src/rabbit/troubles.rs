//! What is wrong although the connection is there: queues that cannot be consumed or declared as they are. Health shows
//! it to everybody, so it names queues and RabbitMQ's word for the refusal, and no user and no place.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use lapin::ErrorKind;

/// Clones share the list.
#[derive(Debug, Clone, Default)]
pub(super) struct Troubles {
    all: Arc<Mutex<BTreeMap<String, String>>>,
}

impl Troubles {
    /// The place for the trouble of `whom`, which is over when it is dropped.
    pub(super) fn of(&self, whom: &str) -> Trouble {
        Trouble { troubles: self.clone(), whom: whom.to_owned() }
    }

    pub(super) fn first(&self) -> Option<String> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner).values().next().cloned()
    }

    pub(super) fn set(&self, whom: &str, trouble: Option<String>) {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        match trouble {
            Some(trouble) => all.insert(whom.to_owned(), trouble),
            None => all.remove(whom),
        };
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

    pub(super) fn is_over(&self) {
        self.troubles.set(&self.whom, None);
    }
}

impl Drop for Trouble {
    fn drop(&mut self) {
        self.is_over();
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
