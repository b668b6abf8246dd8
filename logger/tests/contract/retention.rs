//! What is older than it may become goes, kind by kind; nothing goes where nobody asked for it.

use std::path::Path;

use mongodb::bson::{DateTime, Document, doc};
use proto::logger::v1::{QueryRequest, WriteBatchRequest, WriteRequest};
use sqlx::{Connection, SqliteConnection};

use crate::audit::audit;
use crate::home::{Client, driver, drop_database, eventually, mongo_url, request, start_with};
use crate::write::names;

const DAY: i64 = 24 * 3_600_000;
/// More than are deleted at a time.
const OLD: usize = 1_050;

#[tokio::test]
async fn sqlite_what_is_old_goes_where_somebody_asked_for_it() {
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("logger.db");
    what_is_old_goes(data.path(), None, async || {
        let mut rows = SqliteConnection::connect(file.to_str().unwrap()).await.unwrap();
        let age = "UPDATE logs SET stored_at = stored_at - $1 WHERE name LIKE 'old%'";
        sqlx::query(age).bind(31 * DAY).execute(&mut rows).await.unwrap();
        let ahead = "UPDATE logs SET stored_at = stored_at + $1 WHERE name = 'ahead'";
        sqlx::query(ahead).bind(31 * DAY).execute(&mut rows).await.unwrap();
        rows.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn mongo_what_is_old_goes_where_somebody_asked_for_it() {
    let (data, url) = (tempfile::tempdir().unwrap(), mongo_url().await);
    what_is_old_goes(data.path(), Some(&url), async || {
        let (client, database) = driver(&url).await;
        let rows = client.database(&database).collection::<Document>("logs");
        let long_ago = DateTime::from_millis(DateTime::now().timestamp_millis() - 31 * DAY);
        let age = doc! { "$set": { "stored_at": long_ago } };
        rows.update_many(doc! { "name": { "$regex": "^old" } }, age).await.unwrap();
        let ahead = DateTime::from_millis(DateTime::now().timestamp_millis() + 31 * DAY);
        rows.update_many(doc! { "name": "ahead" }, doc! { "$set": { "stored_at": ahead } }).await.unwrap();
    })
    .await;
    drop_database(&url).await;
}

async fn what_is_old_goes(data: &Path, mongo: Option<&str>, age: impl AsyncFnOnce()) {
    let logger = started(data, mongo, &[]).await;
    let entries: Vec<WriteRequest> = (0..OLD).map(|number| request("old", &format!("entry {number}"))).collect();
    let mut client = logger.client();
    // Stored while the clock was wrong; what came after it is old all the same.
    client.write(request("ahead", "x")).await.unwrap();
    for some in entries.chunks(OLD / 2) {
        client.write_batch(WriteBatchRequest { entries: some.to_vec() }).await.unwrap();
    }
    for entry in [audit("old.audit", "x"), audit("new.audit", "x"), request("new", "x")] {
        client.write(entry).await.unwrap();
    }
    logger.ended().await;
    age().await;

    let logger = started(data, mongo, &[]).await;
    assert_eq!(names(&mut logger.client()).await.len(), 500, "a whole page: nothing goes unasked");
    logger.ended().await;

    let logger = started(data, mongo, &[("LOGGER_KEPT", "30d")]).await;
    eventually("what is old is gone", async || names(&mut logger.client()).await == ["new", "ahead"]).await;
    assert_eq!(audited(&mut logger.client()).await.len(), 2, "the audit has a time of its own");
    logger.ended().await;

    let logger = started(data, mongo, &[("LOGGER_AUDIT_KEPT", "30d")]).await;
    eventually("so is the audit's", async || audited(&mut logger.client()).await == ["new.audit"]).await;
    assert_eq!(names(&mut logger.client()).await, ["new", "ahead"]);
    logger.ended().await;
}

async fn started(data: &Path, mongo: Option<&str>, variables: &[(&str, &str)]) -> crate::home::Running {
    let logger = start_with(data, mongo, variables).await;
    eventually("the logger is ready", async || logger.ready().await).await;
    logger
}

async fn audited(client: &mut Client) -> Vec<String> {
    let request = QueryRequest { audit: true, limit: 500, ..Default::default() };
    client.query(request).await.unwrap().into_inner().entries.into_iter().map(|it| it.name).collect()
}
