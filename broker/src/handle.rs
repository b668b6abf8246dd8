//! `POST /handle {"action": "log", "log": {…}}`: every row that has an action, by its name instead of its path. Answers
//! are envelopes, with the same honest status.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::response::Response;
use http::HeaderMap;
use mesh::Error;
use routing::policy::{Caller, admit};
use routing::table::ReplyShape;
use routing::{Argument, Loaded, Reply, Row, argument};
use serde_json::{Map, Value};
use tokio::time::Instant;

use crate::Broker;
use crate::answer::Answer;
use crate::carry::{Asked, carry};
use crate::request;

/// The row, and with it the deadline, is only known once the body is there.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

pub(crate) async fn by_action(State(broker): State<Arc<Broker>>, mut request: Request) -> Response {
    let origin = broker.proxies.settle(&mut request);
    let table = broker.routing.current();
    let mut answer = Answer::to(&request, &broker).shaped(ReplyShape::Envelope);
    let (head, body) = request.into_parts();
    let by = Instant::now() + BODY_TIMEOUT;
    let wanted = request::body(&head.headers, body, by).await.and_then(|body| wanted(&table, &body));
    let (row, argument) = match wanted {
        Ok(wanted) => wanted,
        Err(error) => return answer.error(&error),
    };
    let outcome = call(&broker, row, argument, origin.caller(&head.headers), &mut answer.notes).await;
    answer.of(row, outcome)
}

async fn call(
    broker: &Broker,
    row: &Arc<Row>,
    mut argument: Map<String, Value>,
    caller: Caller<'_>,
    notes: &mut HeaderMap,
) -> Result<Reply, Error> {
    let deadline = request::deadline(&row.route, caller.headers)?;
    let admitted = admit(row, caller, deadline, notes).await?;
    argument::apply(&mut argument, &row.route.args)?;
    let asked = Asked { argument: Argument::Object(argument), deadline, headers: caller.headers };
    carry(broker, row, admitted, asked, notes).await
}

/// The row that the body names, and the argument that stands under the same name.
fn wanted<'a>(table: &'a Loaded, body: &[u8]) -> Result<(&'a Arc<Row>, Map<String, Value>), Error> {
    if body.is_empty() {
        return Err(Error::invalid(r#"the body is missing; send {"action": "log", "log": {…}}"#));
    }
    let mut body = argument::parse(body)?;
    let action = match body.remove("action") {
        Some(Value::String(action)) => action,
        Some(_) => return Err(Error::field("action", "must be a string")),
        None => return Err(Error::field("action", r#"is missing; send {"action": "log", "log": {…}}"#)),
    };
    let row = &table.rows[table.index.action(&action)?];
    let argument = match body.remove(&action) {
        Some(Value::Object(argument)) => argument,
        Some(_) => return Err(Error::field(action, "must be an object")),
        None => Map::new(),
    };
    match body.keys().next() {
        Some(unknown) => Err(Error::field(unknown, format!("is unknown; the argument goes under '{action}'"))),
        None => Ok((row, argument)),
    }
}
