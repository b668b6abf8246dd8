//! `register` over the bus: the account is there when its answer arrives. Row, event, audit and the id of the question
//! are one transaction; whoever asks again under the same id gets the same account, and an answer that was lost is made
//! from the row again.

use std::sync::Arc;

use bus::dedupe::{self, Begun, Fingerprint};
use bus::rpc::{Request, Server};
use bus::{Event, Outbox};
use bytes::Bytes;
use http::StatusCode;
use mesh::db::Tx;
use mesh::{Code, Error, body};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::attempt;
use crate::audit::{self, Audit};
use crate::door::Door;
use crate::email::Email;
use crate::line::Name;
use crate::new_password::NewPassword;
use crate::passwords;
use crate::probes::Probe;
use crate::secrets::Purpose;
use crate::users::{self, NewUser, USER, User};

const CONSUMER: &str = "authenticator.register";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Registration {
    email: Email,
    password: NewPassword,
    #[serde(default)]
    first_name: Name,
    #[serde(default)]
    last_name: Name,
}

/// Answers questions until `stop`.
pub(crate) async fn answer(door: &Door, stop: &CancellationToken) {
    let answering = door.clone();
    let handler: bus::rpc::Handler = Arc::new(move |request| {
        let door = answering.clone();
        Box::pin(async move { dispatch(&door, request).await })
    });
    // Fewer than there are seats for hashing, wherever more than one may wait: sign-ins need some too.
    let concurrency = (2 * passwords::cores()).min(door.passwords.seats() - 1).max(1);
    let server = Server { service: "authenticator".to_owned(), concurrency, idempotent: true, handler };
    door.bus.answer(server, stop.clone()).await;
}

async fn dispatch(door: &Door, request: Request) -> Result<Bytes, Error> {
    if request.method != "register" {
        return Err(Error::new(Code::Unimplemented, format!("authenticator has no method {}", request.method)));
    }
    let user = register(door, &request).await?;
    serde_json::to_vec(&user).map(Bytes::from).map_err(Error::internal)
}

pub(crate) async fn register(door: &Door, request: &Request) -> Result<User, Error> {
    let registration: Registration = body::parse(&request.body)?;
    let beside = registration.password.check_beside(&registration.email);
    beside.map_err(|mistake| Error::field("password", mistake))?;
    let counted = match request.origin {
        Some(address) => Some(Probe::Registration(address).count(door).await?),
        None => None,
    };
    let settled = settle(door, request, &registration).await;
    if let (Some(counted), false) = (counted, matches!(settled, Ok(None))) {
        counted.take_back(&door.db).await;
    }
    settled?.ok_or_else(taken)
}

/// The account of this question; none where somebody else has the e-mail.
async fn settle(door: &Door, request: &Request, registration: &Registration) -> Result<Option<User>, Error> {
    let (id, print) = (request.id.as_str(), registration.fingerprint(door)?);
    // Before the transaction, which then is short; and for a taken e-mail too, so that the clock tells nothing.
    let password_hash = door.passwords.hash(registration.password.secret().clone()).await?;
    let mut tx = door.db.begin().await?;
    match dedupe::begin(&mut tx, CONSUMER, id, &print).await? {
        Begun::Conflict => return Err(other_request()),
        Begun::Done(reply) => return again(&mut tx, &reply).await.map(Some),
        Begun::Fresh => {}
    }
    let (email, first_name) = (registration.email.as_str(), registration.first_name.as_str());
    let new = NewUser { email, first_name, last_name: registration.last_name.as_str(), role: USER, password_hash };
    // Without a commit the id is free again: who asks later may find the e-mail free, too.
    let Some(user) = users::insert(&mut tx, &new, door.now()).await? else { return Ok(None) };
    if let Some(address) = request.origin {
        attempt::remember(door, &mut tx, &user.id, address).await?;
    }
    tell(&door.outbox, &mut tx, &user.id).await?;
    dedupe::finish(&mut tx, CONSUMER, id, &json!({ "id": user.id })).await?;
    tx.commit().await?;
    Ok(Some(user))
}

/// Puts into the outbox that there is a new account, which made itself.
pub(crate) async fn tell(outbox: &Outbox, tx: &mut Tx, user: &str) -> Result<(), Error> {
    let body = json!({ "id": user }).to_string();
    let event = Event { subject: Some(user.to_owned()), ..Event::new("user.registered", audit::SOURCE, body) };
    outbox.add(tx, &event).await?;
    audit::record(outbox, tx, Some(user), Some(user), Audit::Registered).await
}

/// What was answered the first time, as it is now.
async fn again(tx: &mut Tx, reply: &Value) -> Result<User, Error> {
    let id = reply["id"].as_str().ok_or_else(|| Error::internal("a registration was kept without its user"))?;
    let gone = || conflict("the account that this request made was deleted since: use another Idempotency-Key");
    Ok(users::hold(tx, id).await?.ok_or_else(gone)?.user)
}

impl Registration {
    fn fingerprint(&self, door: &Door) -> Result<Fingerprint, Error> {
        let parts = [self.email.as_str(), self.first_name.as_str(), self.last_name.as_str()];
        let content = json!([parts, self.password.secret().expose_secret()]).to_string();
        let content = SecretString::from(content);
        Ok(Fingerprint::of(&door.secrets.key(Purpose::Fingerprint)?, content.expose_secret().as_bytes()))
    }
}

/// Nothing else is told of whoever has it.
pub(crate) fn taken() -> Error {
    Error::new(Code::AlreadyExists, "there is an account with this e-mail")
}

fn other_request() -> Error {
    conflict("this Idempotency-Key was used for another request: use a new one for each")
}

fn conflict(detail: &str) -> Error {
    Error::new(Code::FailedPrecondition, detail).with_status(StatusCode::CONFLICT)
}
