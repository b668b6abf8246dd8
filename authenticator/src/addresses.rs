//! The addresses that somebody keeps to have things sent to, a bounded number of them.

use axum::extract::{Path, State};
use axum::routing::{get, put};
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use http::StatusCode;
use mesh::{Code, Error, body};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::FromRow;
use uuid::Uuid;

use crate::door::Door;
use crate::line::Line;
use crate::me::MOST;
use crate::signed_in::SignedIn;
use crate::{confirm, countries, users};

/// Addresses that one user may have.
const MOST_ADDRESSES: i64 = 20;

pub(crate) fn router() -> Router<Door> {
    Router::new()
        .route("/v1/me/addresses", get(list).post(add))
        .route("/v1/me/addresses/{id}", put(replace).delete(remove))
}

#[derive(Debug, Serialize, FromRow)]
struct Address {
    id: String,
    name: String,
    street: String,
    city: String,
    postal_code: String,
    country: String,
    created_at: DateTime<Utc>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    /// Whom to hand it to.
    name: Line<1, 100>,
    street: Line<1, 200>,
    city: Line<1, 100>,
    /// Some countries have none.
    #[serde(default)]
    postal_code: Line<0, 20>,
    country: Country,
}

#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct Country(String);

impl TryFrom<String> for Country {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        countries::code(&text).map(Self).ok_or("must be a country of two letters, as ISO 3166-1 has them, such as DE")
    }
}

#[derive(FromRow)]
struct Count {
    count: i64,
}

#[derive(FromRow)]
struct Created {
    created_at: DateTime<Utc>,
}

async fn list(State(door): State<Door>, caller: SignedIn) -> Result<Json<Value>, Error> {
    let addresses: Vec<Address> = door.db.query(LIST).bind(caller.user.id).fetch_all().await?;
    Ok(Json(json!({ "addresses": addresses })))
}

async fn add(
    State(door): State<Door>,
    caller: SignedIn,
    body::Json(given): body::Json<Given, MOST>,
) -> Result<(StatusCode, Json<Address>), Error> {
    let owner = caller.user.id;
    let mut tx = door.db.begin().await?;
    // Who holds the user is the only one who counts.
    users::hold(&mut tx, &owner).await?.ok_or_else(confirm::gone)?;
    let Count { count } = tx.query(COUNT).bind(owner.clone()).fetch_one().await?;
    if count >= MOST_ADDRESSES {
        let detail = format!("there are {MOST_ADDRESSES} addresses already: remove one first");
        return Err(Error::new(Code::FailedPrecondition, detail).with_status(StatusCode::CONFLICT));
    }
    let address = given.with(Uuid::now_v7().to_string(), door.now());
    let query = tx.query(INSERT).bind(address.id.clone()).bind(owner).bind(address.name.clone());
    let query = query.bind(address.street.clone()).bind(address.city.clone()).bind(address.postal_code.clone());
    query.bind(address.country.clone()).bind(address.created_at).execute().await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(address)))
}

async fn replace(
    State(door): State<Door>,
    caller: SignedIn,
    Path(id): Path<String>,
    body::Json(given): body::Json<Given, MOST>,
) -> Result<Json<Address>, Error> {
    let mut tx = door.db.begin().await?;
    let mut address = given.with(known(&id)?, door.now());
    let query = tx.query(REPLACE).bind(address.id.clone()).bind(caller.user.id).bind(address.name.clone());
    let query = query.bind(address.street.clone()).bind(address.city.clone()).bind(address.postal_code.clone());
    let replaced: Option<Created> = query.bind(address.country.clone()).fetch_optional().await?;
    address.created_at = replaced.ok_or_else(unknown)?.created_at;
    tx.commit().await?;
    Ok(Json(address))
}

async fn remove(State(door): State<Door>, caller: SignedIn, Path(id): Path<String>) -> Result<Json<Value>, Error> {
    match door.db.query(REMOVE).bind(known(&id)?).bind(caller.user.id).execute().await? {
        0 => Err(unknown()),
        _ => Ok(Json(json!({}))),
    }
}

impl Given {
    fn with(self, id: String, created_at: DateTime<Utc>) -> Address {
        let Self { name, street, city, postal_code, country: Country(country) } = self;
        let (name, street, city) = (name.into_string(), street.into_string(), city.into_string());
        Address { id, name, street, city, postal_code: postal_code.into_string(), country, created_at }
    }
}

fn known(id: &str) -> Result<String, Error> {
    users::id(id).ok_or_else(unknown)
}

/// Also where it is somebody else's.
fn unknown() -> Error {
    Error::not_found("there is no such address")
}

const LIST: &str = "
    SELECT id, name, street, city, postal_code, country, created_at FROM addresses WHERE user_id = $1 ORDER BY id";

const COUNT: &str = "SELECT COUNT(*) AS count FROM addresses WHERE user_id = $1";

const INSERT: &str = "
    INSERT INTO addresses (id, user_id, name, street, city, postal_code, country, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

const REPLACE: &str = "
    UPDATE addresses SET name = $3, street = $4, city = $5, postal_code = $6, country = $7
    WHERE id = $1 AND user_id = $2 RETURNING created_at";

const REMOVE: &str = "DELETE FROM addresses WHERE id = $1 AND user_id = $2";
