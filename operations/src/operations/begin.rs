//! An operation that is asked for: its letters are chosen and kept with it in one transaction, so that what arrives later
//! is none of its business.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use http::StatusCode;
use http::header::LOCATION;
use mesh::db::Tx;
use mesh::{Error, body};
use serde::Deserialize;
use uuid::Uuid;

use super::Kind;
use super::show::{Operation, find};
use crate::admin::Admin;
use crate::audit::{self, Audit};
use crate::door::Door;
use crate::letters::{self, Filter};

/// What comes in, in bytes.
const MOST_BYTES: usize = 1 << 20;
/// Letters that one operation can be about, and that can be named one by one.
const MOST: i64 = 200_000;
const MOST_NAMED: usize = 10_000;
/// Letters that are written down with one statement.
const CHUNK: i64 = 10_000;
/// The highest rate, in letters a second.
const FASTEST: i64 = 10_000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    kind: Kind,
    ids: Option<Vec<String>>,
    filter: Option<Filter>,
    /// Letters a second, at most.
    rate: Option<i64>,
    #[serde(default)]
    force: bool,
}

/// An answer that says where the operation can be looked at.
type Accepted = (StatusCode, [(http::HeaderName, String); 1], Json<Operation>);

pub(super) async fn begin(
    State(door): State<Door>,
    admin: Admin,
    body::Json(asked): body::Json<Asked, MOST_BYTES>,
) -> Result<Accepted, Error> {
    let which = asked.which()?;
    let (id, now) = (Uuid::now_v7().to_string(), Utc::now());
    let mut tx = door.db.begin().await?;
    asked.insert(&mut tx, &id, &admin, now).await?;
    let total = match &which {
        Which::Named(ids) => named(&mut tx, &id, ids).await?,
        Which::Found(filter) => found(&mut tx, &id, filter, asked.kind, asked.force).await?,
    };
    tx.query(COUNTED).bind(total).bind(id.clone()).execute().await?;
    let (kind, rate, force) = (asked.kind.name(), asked.rate, asked.force);
    let filter = match &which {
        Which::Named(_) => None,
        Which::Found(filter) => Some(filter),
    };
    let what = Audit::Began { operation: &id, kind, filter, letters: total, rate, force };
    audit::record(&door.outbox, &mut tx, &admin.subject, &what).await?;
    tx.wake_on_commit(door.asked.clone());
    tx.commit().await?;
    let location = format!("/v1/admin/operations/{id}");
    Ok((StatusCode::ACCEPTED, [(LOCATION, location)], Json(find(&door, &id).await?)))
}

/// Which letters it is about.
enum Which {
    Named(Vec<String>),
    Found(Filter),
}

impl Asked {
    fn which(&self) -> Result<Which, Error> {
        if self.rate.is_some_and(|rate| !(1..=FASTEST).contains(&rate)) {
            return Err(Error::field(
                "rate",
                format!("expected a whole number from 1 to {FASTEST}, in letters a second"),
            ));
        }
        match (&self.ids, &self.filter) {
            (Some(ids), None) => Ok(Which::Named(known(ids)?)),
            (None, Some(filter)) => {
                filter.check("filter.")?;
                Ok(Which::Found(filter.clone()))
            }
            _ => {
                Err(Error::field("ids", "give either ids or a filter; an empty filter means all that it can be about"))
            }
        }
    }

    async fn insert(&self, tx: &mut Tx, id: &str, admin: &Admin, now: DateTime<Utc>) -> Result<(), Error> {
        let row = tx.query(INSERT).bind(id.to_owned()).bind(self.kind.name().to_owned()).bind(admin.subject.clone());
        row.bind(self.rate).bind(self.force).bind(now).execute().await.map(drop)
    }
}

/// Each once, in the order in which they came.
fn known(ids: &[String]) -> Result<Vec<String>, Error> {
    if ids.is_empty() || ids.len() > MOST_NAMED {
        return Err(Error::field("ids", format!("expected 1 to {MOST_NAMED} of them: use a filter for more")));
    }
    let mut seen = std::collections::HashSet::new();
    let mut known = Vec::new();
    for (at, text) in ids.iter().enumerate() {
        let id =
            letters::id(text).ok_or_else(|| Error::field(format!("ids[{at}]"), "is not the id of a dead letter"))?;
        if seen.insert(id.clone()) {
            known.push(id);
        }
    }
    Ok(known)
}

async fn named(tx: &mut Tx, operation: &str, ids: &[String]) -> Result<i64, Error> {
    let ids_text = serde_json::to_string(ids).map_err(Error::internal)?;
    let query = tx.query_either(NAMED_POSTGRES, NAMED_SQLITE).bind(operation.to_owned()).bind(ids_text);
    let written = query.execute().await?;
    if written != ids.len() as u64 {
        let missing = ids.len() as u64 - written;
        let detail = format!("{missing} of them are no dead letters, or were purged: list them anew");
        return Err(Error::field("ids", detail));
    }
    Ok(i64::try_from(written).unwrap_or(i64::MAX))
}

async fn found(tx: &mut Tx, operation: &str, filter: &Filter, kind: Kind, force: bool) -> Result<i64, Error> {
    let (mut total, mut last) = (0, String::new());
    loop {
        let query = filter.bind(tx.query(FOUND)).bind(operation.to_owned()).bind(total).bind(last.clone());
        let query = query.bind(kind == Kind::Purge).bind(force || filter.state.is_some()).bind(CHUNK);
        let written = i64::try_from(query.execute().await?).unwrap_or(i64::MAX);
        total += written;
        if total > MOST {
            let detail = format!("means more than {MOST} letters: narrow it, such as by since and until");
            return Err(Error::field("filter", detail));
        }
        if written < CHUNK {
            return Ok(total);
        }
        (last,) = tx.query(LAST).bind(operation.to_owned()).fetch_one::<(String,)>().await?;
    }
}

const INSERT: &str = "
    INSERT INTO operations (id, kind, state, who, rate, force, total, done, failed, skipped, created_at)
    VALUES ($1, $2, 'running', $3, $4, $5, 0, 0, 0, 0, $6)";

const COUNTED: &str = "UPDATE operations SET total = $1 WHERE id = $2";

const NAMED_POSTGRES: &str = "
    INSERT INTO operation_letters (operation, number, letter, state)
    SELECT $1, named.number, letters.id, 'waiting'
    FROM jsonb_array_elements_text($2::jsonb) WITH ORDINALITY AS named (id, number)
        JOIN letters ON letters.id = named.id";

const NAMED_SQLITE: &str = "
    INSERT INTO operation_letters (operation, number, letter, state)
    SELECT $1, named.key + 1, letters.id, 'waiting' FROM json_each($2) AS named JOIN letters ON letters.id = named.value";

/// Of letters that may be in any state, a filter without one means those that the operation is for: what is over for a
/// purge, else what is dead.
const FOUND: &str = r"
    INSERT INTO operation_letters (operation, number, letter, state)
    SELECT $9, $10 + ROW_NUMBER() OVER (ORDER BY id), id, 'waiting' FROM (SELECT id FROM letters
        WHERE ($1 = '' OR service = $1) AND ($2 = '' OR queue = $2) AND ($3 = '' OR kind = $3)
            AND ($4 = '' OR cause = $4) AND ($5 = '' OR state = $5) AND died_at >= $6 AND died_at < $7
            AND ($8 = '%%' OR search_text LIKE $8 ESCAPE '\') AND id > $11
            AND CASE WHEN $12 THEN $13 OR state NOT IN ('dead', 'replaying') ELSE $5 <> '' OR state = 'dead' END
        ORDER BY id LIMIT $14) AS found";

const LAST: &str = "SELECT letter FROM operation_letters WHERE operation = $1 ORDER BY number DESC LIMIT 1";
