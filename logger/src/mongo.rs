//! The log in MongoDB, in `logs`: entries as a person reads them, indexes for the queries. Writes are durable on a
//! majority before anyone is answered, and reads see only such entries, so that none of them can be rolled back.

mod filter;

use std::collections::HashMap;
use std::time::Duration;

use anyhow::Context;
use mesh::Error;
use mesh::config::{ConfigError, masked_url};
use mongodb::bson::{Bson, DateTime, Document, doc};
use mongodb::error::ErrorKind;
use mongodb::options::{
    Acknowledgment, ClientOptions, CollectionOptions, ConnectionString, IndexOptions, ReadConcern, WriteConcern,
};
use mongodb::{Client, Collection, IndexModel};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::entry::{Entry, Hash, Level, NewEntry, Via, now};
use crate::query::{Page, Query};
use crate::store::{Arrival, Found, Kind, Left, Store};

const DATABASE: &str = "logs_db";
pub(crate) const COLLECTION: &str = "logs";

/// How long the driver looks for a server; short, so that callers are told within their deadlines.
const SELECTION: Duration = Duration::from_secs(2);
/// The driver itself waits for ever on a connection that went silent.
const ANSWER: Duration = Duration::from_secs(5);
/// An index over a large collection takes its time.
const INDEXING: Duration = Duration::from_secs(300);
const DUPLICATE_KEY: i32 = 11000;

#[derive(Debug)]
pub(crate) struct Mongo {
    client: Client,
    rows: Collection<Document>,
}

#[derive(Serialize)]
struct NewRow<'a> {
    #[serde(rename = "_id")]
    id: &'a str,
    name: &'a str,
    level: &'a str,
    data: &'a str,
    created_at: DateTime,
    stored_at: DateTime,
    hash: String,
    /// Left out of all other entries, so that they look as they always did.
    #[serde(skip_serializing_if = "Option::is_none")]
    audit: Option<bool>,
    via: Option<&'static str>,
}

#[derive(Deserialize)]
struct Row {
    #[serde(rename = "_id")]
    id: String,
    name: String,
    level: String,
    data: String,
    created_at: DateTime,
    hash: String,
    #[serde(default)]
    audit: bool,
    via: Option<String>,
}

#[derive(Deserialize)]
struct ArrivalRow {
    #[serde(rename = "_id")]
    id: String,
    stored_at: DateTime,
}

/// The database that `url` names, or the usual one.
pub(crate) fn database(url: &SecretString) -> Result<String, ConfigError> {
    // The driver's own words may quote the password.
    let detail =
        "expected mongodb://user:password@host:27017/logs_db, with %XX for signs such as @ : / in the password";
    let parsed = ConnectionString::parse(url.expose_secret());
    let parsed = parsed.map_err(|_| ConfigError::new("LOGGER_MONGO_URL", detail))?;
    Ok(parsed.default_database.unwrap_or_else(|| DATABASE.to_owned()))
}

impl Mongo {
    pub(crate) async fn open(url: &SecretString, database: &str) -> anyhow::Result<Self> {
        let shown = masked_url(url.expose_secret());
        let mut options = timely(ANSWER, ClientOptions::parse(url.expose_secret()))
            .await
            .with_context(|| format!("cannot find the MongoDB servers of {shown}: correct LOGGER_MONGO_URL"))?;
        options.app_name.get_or_insert_with(|| "switchboard-logger".to_owned());
        options.server_selection_timeout = Some(SELECTION);
        options.connect_timeout = Some(SELECTION);
        let client = Client::with_options(options).context("LOGGER_MONGO_URL: cannot be used")?;
        let rows = client.database(database).collection_with_options(COLLECTION, durable());
        let indexed = timely(INDEXING, rows.create_indexes(indexes())).await;
        indexed.with_context(|| format!("MongoDB cannot be used at {shown}: start it, or set LOGGER_MONGO_URL"))?;
        Ok(Self { client, rows })
    }

    async fn insert_rows(&self, entries: &[&NewEntry]) -> Result<Vec<(usize, Option<String>)>, Error> {
        let stored_at = DateTime::from_millis(now());
        let rows = self.rows.clone_with_type::<NewRow<'_>>();
        let insert = rows.insert_many(entries.iter().map(|new| NewRow::new(new, stored_at))).ordered(false);
        let Err(error) = timely(ANSWER, insert).await else { return Ok(Vec::new()) };
        let ErrorKind::InsertMany(failure) = error.kind.as_ref() else { return Err(away(&error)) };
        // Written, but perhaps not for good: as with a connection that broke, nobody may be told that it is stored.
        if failure.write_concern_error.is_some() {
            return Err(away(&error));
        }
        let Some(failures) = &failure.write_errors else { return Err(away(&error)) };
        let refused = |code: i32| (code != DUPLICATE_KEY).then(|| format!("MongoDB refuses it with code {code}"));
        let mut left: Vec<_> = failures.iter().map(|it| (it.index, refused(it.code))).collect();
        left.sort_unstable_by_key(|(index, _)| *index);
        Ok(left)
    }
}

impl Store for Mongo {
    const SHARED: bool = true;

    async fn insert(&self, entries: &[&NewEntry]) -> Result<Vec<(usize, Left)>, Error> {
        let left = self.insert_rows(entries).await?;
        if left.is_empty() {
            return Ok(Vec::new());
        }
        let taken: Vec<_> = left.iter().filter(|(_, refused)| refused.is_none()).collect();
        let ids: Vec<_> = taken.iter().map(|(index, _)| entries[*index].entry.id.as_str()).collect();
        let found: HashMap<_, _> = self.find(&ids).await?.into_iter().map(|it| (it.entry.id.clone(), it)).collect();
        let why = |id: &String, refused| match refused {
            Some(reason) => Left::Refused(reason),
            None => found.get(id).cloned().map_or(Left::Undecided, Left::Taken),
        };
        Ok(left.into_iter().map(|(index, refused)| (index, why(&entries[index].entry.id, refused))).collect())
    }

    async fn query(&self, query: &Query) -> Result<Page, Error> {
        let rows = self.rows.clone_with_type::<Row>();
        let find = rows.find(filter::of(query)).sort(doc! { "created_at": -1, "_id": -1 });
        let find = find.limit(query.limit as i64 + 1).max_time(ANSWER);
        let read = async {
            let mut cursor = find.await?;
            let mut page = Page::new(query.limit);
            while cursor.advance().await? {
                if !page.push(cursor.deserialize_current()?.into_entry()) {
                    break;
                }
            }
            Ok(page)
        };
        timely(ANSWER, read).await.map_err(|error| unread(&error))
    }

    async fn stored_since(&self, _kind: Kind, since: i64, most: u32) -> Result<Vec<Arrival>, Error> {
        let rows = self.rows.clone_with_type::<ArrivalRow>();
        // Answered from the index alone, which holds both kinds: who reads them knows which one is wanted.
        let find = rows
            .find(doc! { "stored_at": { "$gte": DateTime::from_millis(since) } })
            .projection(doc! { "stored_at": 1 })
            .sort(doc! { "stored_at": -1, "_id": -1 })
            .limit(i64::from(most))
            .batch_size(most)
            .max_time(ANSWER);
        let read = async {
            let mut cursor = find.await?;
            let mut arrivals = Vec::new();
            while cursor.advance().await? {
                let ArrivalRow { id, stored_at } = cursor.deserialize_current()?;
                arrivals.push(Arrival { id, stored_at: stored_at.timestamp_millis() });
            }
            Ok(arrivals)
        };
        timely(ANSWER, read).await.map_err(|error| unread(&error))
    }

    async fn find(&self, ids: &[&str]) -> Result<Vec<Found>, Error> {
        let rows = self.rows.clone_with_type::<Row>();
        let find = rows.find(doc! { "_id": { "$in": ids.to_vec() } }).max_time(ANSWER);
        let read = async {
            let mut cursor = find.await?;
            let mut found = Vec::with_capacity(ids.len());
            while cursor.advance().await? {
                found.push(cursor.deserialize_current()?.into_found());
            }
            Ok(found)
        };
        timely(ANSWER, read).await.map_err(|error| unread(&error))
    }

    async fn forget(&self, audit: bool, before: i64, most: u32) -> Result<u64, Error> {
        let rows = self.rows.clone_with_type::<ArrivalRow>();
        // Null also means that the field is not there, and unlike "not true" is one place in the index.
        let kind = if audit { Bson::Boolean(true) } else { Bson::Null };
        let old = doc! { "audit": kind, "stored_at": { "$lt": DateTime::from_millis(before) } };
        let find = rows.find(old).projection(doc! { "stored_at": 1 }).limit(i64::from(most)).max_time(ANSWER);
        let deleting = async {
            let mut cursor = find.await?;
            let mut ids = Vec::new();
            while cursor.advance().await? {
                ids.push(cursor.deserialize_current()?.id);
            }
            // By their ids alone: entries are never changed, and no other condition need be looked at again.
            Ok(self.rows.delete_many(doc! { "_id": { "$in": ids } }).await?.deleted_count)
        };
        timely(ANSWER, deleting).await.map_err(|error| away(&error))
    }

    async fn close(&self) {
        let _ = tokio::time::timeout(SELECTION, self.client.clone().shutdown()).await;
    }
}

impl<'a> NewRow<'a> {
    fn new(new: &'a NewEntry, stored_at: DateTime) -> Self {
        let NewEntry { entry, hash } = new;
        Self {
            id: &entry.id,
            name: &entry.name,
            level: entry.level.name(),
            data: &entry.data,
            created_at: DateTime::from_millis(entry.created_at),
            stored_at,
            hash: hash.to_hex(),
            audit: entry.audit.then_some(true),
            via: entry.via.map(Via::name),
        }
    }
}

impl Row {
    fn into_entry(self) -> Entry {
        let Self { id, name, level, data, created_at, hash: _, audit, via } = self;
        // Whoever edits rows by hand may invent levels; that is no reason to fail a page.
        let level = Level::from_name(&level).unwrap_or(Level::Info);
        let via = via.as_deref().and_then(Via::from_name);
        Entry { id, name, level, data, created_at: created_at.timestamp_millis(), audit, via }
    }

    fn into_found(self) -> Found {
        let hash = Hash::from_hex(&self.hash);
        Found { hash, entry: self.into_entry() }
    }
}

fn durable() -> CollectionOptions {
    let write = WriteConcern::builder().w(Acknowledgment::Majority).journal(true).w_timeout(ANSWER).build();
    CollectionOptions::builder().write_concern(write).read_concern(ReadConcern::majority()).build()
}

/// The first three end in the order of the pages, then one for tails, and one by which what is old is found without
/// reading the other kind; the audit's holds nothing else.
fn indexes() -> [IndexModel; 6] {
    let of_all = [
        doc! { "created_at": -1, "_id": -1 },
        doc! { "name": 1, "created_at": -1, "_id": -1 },
        doc! { "level": 1, "created_at": -1, "_id": -1 },
        doc! { "stored_at": -1, "_id": -1 },
        doc! { "audit": 1, "stored_at": 1 },
    ]
    .map(|keys| IndexModel::builder().keys(keys).build());
    let only = IndexOptions::builder().partial_filter_expression(doc! { "audit": true }).build();
    let audit = IndexModel::builder().keys(doc! { "audit": 1, "created_at": -1, "_id": -1 }).options(only).build();
    let [by_time, by_name, by_level, by_storing, by_age] = of_all;
    [by_time, by_name, by_level, by_storing, by_age, audit]
}

async fn timely<T>(
    most: Duration,
    asked: impl IntoFuture<Output = mongodb::error::Result<T>>,
) -> mongodb::error::Result<T> {
    let late = || mongodb::error::Error::from(std::io::Error::from(std::io::ErrorKind::TimedOut));
    tokio::time::timeout(most, asked).await.unwrap_or_else(|_| Err(late()))
}

/// Nothing of the commit counts as stored.
fn away(error: &mongodb::error::Error) -> Error {
    Error::unavailable("the log cannot be used right now").caused_by(reason(error))
}

fn unread(error: &mongodb::error::Error) -> Error {
    match error.kind.as_ref() {
        ErrorKind::Command(command) if command.code == 50 => {
            Error::deadline("the search took too long; narrow it by name, level or time")
        }
        ErrorKind::Bson(_) | ErrorKind::InvalidResponse { .. } => Error::internal(reason(error)),
        _ => away(error),
    }
}

/// What the log may hold: the server's messages can quote the rows they are about.
fn reason(error: &mongodb::error::Error) -> String {
    match error.kind.as_ref() {
        ErrorKind::Command(command) => format!("MongoDB answered {} ({})", command.code_name, command.code),
        ErrorKind::InsertMany(failure) => {
            let concern = failure.write_concern_error.as_ref().map(|it| it.code);
            format!("MongoDB did not commit (write concern error {concern:?})")
        }
        ErrorKind::ServerSelection { .. } => "no MongoDB server can be reached".to_owned(),
        ErrorKind::Io(error) => format!("the connection to MongoDB failed: {error}"),
        ErrorKind::Authentication { .. } => "MongoDB refuses the user or the password".to_owned(),
        _ => "the MongoDB driver failed".to_owned(),
    }
}
