//! The one stack of layers that every call goes through, whatever its line: put together once for each row when a table
//! is loaded. What is decided before there is a call (who may make it, how often) is above, in `admit`; which instance
//! is chosen is below, in the line.

use std::sync::Arc;

use http::Response;
use mesh::Error;
use tower::ServiceBuilder;
use tower::layer::layer_fn;
use tower::util::{BoxCloneSyncService, service_fn};

use super::deadline::Deadline;
use super::guards::Guard;
use super::observe::Observe;
use super::retry::{Retry, Terms};
use super::safe::Safe;
use super::shed::{Sending, Shed};
use crate::call::{Call, RawBody, Reply};
use crate::line::Ready;
use crate::line::raw::{Passage, Raw};
use crate::table::Route;

/// The stack of JSON calls.
pub(crate) type Calls = BoxCloneSyncService<Call, Reply, Error>;

/// That of requests which stream through.
pub(crate) type Passages = BoxCloneSyncService<Passage, Response<RawBody>, Error>;

pub(crate) fn calls(route: &Route, line: &Ready, guard: &Arc<Guard>) -> Calls {
    let has_instances = matches!(line, Ready::Grpc(_) | Ready::Http(_));
    let terms = Arc::new(Terms::new(route, Safe::new(route, line), has_instances, Arc::clone(guard)));
    let line = line.clone();
    ServiceBuilder::new()
        .layer(BoxCloneSyncService::layer())
        // Outermost, so that whatever a layer below turns away is seen as well, and so that inside of it a hint when to
        // come back is always the service's own.
        .layer(layer_fn(|inner| Observe::new(&route.name, inner)))
        // Before anything is waited for: who is turned away has cost nothing. Around all attempts, so that a service in
        // trouble is not sent more by its retries; these need no place of their own.
        .option_layer(guard.gate.clone().map(|gate| layer_fn(move |inner| Shed::new(Arc::clone(&gate), inner))))
        // Around all attempts, as a call has one deadline however often it is made. Inside of the gate, so that its
        // words are of the service and never of a queue of ours: there is none.
        .layer(layer_fn(|inner| Deadline::new(Arc::clone(&guard.name), inner)))
        // Innermost, so that each attempt is a call of the line of its own: another instance is chosen, the span is
        // another, and what is left of the time is told anew.
        .layer(layer_fn(move |inner| Retry::new(Arc::clone(&terms), inner)))
        .service(service_fn(move |call| {
            let line = line.clone();
            async move { line.call(call).await }
        }))
}

/// The same, but for attempts: a body is read once, so the line knows best what can be sent again.
pub(crate) fn passages(route: &Route, line: &Arc<Raw>, guard: &Arc<Guard>) -> Passages {
    let line = Arc::clone(line);
    ServiceBuilder::new()
        .layer(BoxCloneSyncService::layer())
        .layer(layer_fn(|inner| Observe::new(&route.name, inner)))
        .option_layer(guard.gate.clone().map(|gate| layer_fn(move |inner| Shed::new(Arc::clone(&gate), inner))))
        // Bodies on their way have a part of the places only. Inside of the gate, as they are of those who are inside.
        .option_layer(guard.gate.clone().map(|gate| layer_fn(move |inner| Sending::new(Arc::clone(&gate), inner))))
        .layer(layer_fn(|inner| Deadline::new(Arc::clone(&guard.name), inner)))
        .service(service_fn(move |passage| {
            let line = Arc::clone(&line);
            async move { line.pass(passage).await }
        }))
}
