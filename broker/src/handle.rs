//! `POST /handle {"action": "log", "log": {…}}`: every row that has an action, by its name instead of its path. Answers
//! are envelopes, with the same honest status.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::response::Response;
use mesh::Error;
use routing::table::ReplyShape;
use routing::{Loaded, Row, argument};
use serde_json::{Map, Value};
use tokio::time::Instant;

use crate::Broker;
use crate::answer::Answer;
use crate::call::{self, Content, Entrance};
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
    let (content, entrance) = (Content::Object(argument), Entrance::alone(origin));
    let outcome = call::carried(&broker, row, content, &head.headers, entrance, &mut answer.notes).await;
    answer.of(row, outcome)
}

/// The same for a call that is one of several: answered in the form of its row, as its body is the argument alone.
pub(crate) async fn named(
    broker: &Broker,
    action: &str,
    argument: Map<String, Value>,
    request: Request,
    entrance: Entrance,
) -> Response {
    let table = broker.routing.current();
    let answer = Answer::to(&request, broker);
    let row = match table.index.action(action) {
        Ok(row) => &table.rows[row],
        Err(error) => return answer.error(&error),
    };
    let mut answer = answer.shaped(row.route.reply);
    let (content, headers) = (Content::Object(argument), request.headers());
    let outcome = call::carried(broker, row, content, headers, entrance, &mut answer.notes).await;
    answer.of(row, outcome)
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
