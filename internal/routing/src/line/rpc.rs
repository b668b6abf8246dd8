//! Questions over the bus: the reply or an error arrives before the deadline, and no server means 503 at once.

use bus::{Bus, rpc};
use mesh::Error;

use crate::call::{Call, Reply};

pub struct Rpc {
    bus: Bus,
    service: String,
    method: String,
}

impl Rpc {
    pub(super) fn new(bus: Bus, service: &str, method: &str) -> Self {
        Self { bus, service: service.to_owned(), method: method.to_owned() }
    }

    pub(super) async fn call(&self, call: Call) -> Result<Reply, Error> {
        let question = rpc::Request {
            service: self.service.clone(),
            method: self.method.clone(),
            body: call.argument.into_text()?,
            id: call.key.unwrap_or_else(|| call.id.to_string()),
            // Somebody waits at the other end of this one.
            priority: rpc::MAX_PRIORITY,
            deadline: call.deadline,
            trace: call.trace.child(),
            identity: call.identity,
            origin: call.origin,
        };
        self.bus.call(question).await.map(Reply::json)
    }
}
