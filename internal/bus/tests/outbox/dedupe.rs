//! An effect once for an id, whoever asks and however often.

use std::time::Duration;

use bus::dedupe::{Begun, Fingerprint, begin, finish, purge};
use chrono::Utc;
use futures::future::join_all;
use mesh::Error;
use mesh::db::Db;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::rows::Rows;

fn key() -> SecretString {
    SecretString::from("a key of the service")
}

fn print(content: &str) -> Fingerprint {
    Fingerprint::of(&key(), content.as_bytes())
}

/// Begins, and where it is fresh has an effect, finishes and commits.
async fn register(db: &Db, id: &str, print: &Fingerprint) -> Result<Begun, Error> {
    let mut tx = db.begin().await?;
    let begun = begin(&mut tx, "register", id, print).await?;
    if begun == Begun::Fresh {
        tx.query("INSERT INTO effects (id) VALUES ($1)").bind(id.to_owned()).execute().await?;
        finish(&mut tx, "register", id, &json!({ "user": id })).await?;
        tx.commit().await?;
    }
    Ok(begun)
}

/// The same again while the database is too busy to answer in time.
async fn patiently(db: &Db, id: &str, print: &Fingerprint) -> Begun {
    loop {
        match register(db, id, print).await {
            Ok(begun) => return begun,
            Err(error) => assert!(error.is_unavailable(), "{error}: {}", error.causes()),
        }
    }
}

pub(crate) async fn of_a_hundred_at_once_one_is_fresh_and_the_others_get_its_reply(rows: Rows) {
    let all = join_all((0..100).map(|_| {
        let db = rows.db.clone();
        tokio::spawn(async move { patiently(&db, "7", &print("content")).await })
    }));
    let all: Vec<_> = all.await.into_iter().map(Result::unwrap).collect();
    assert_eq!(all.iter().filter(|begun| **begun == Begun::Fresh).count(), 1);
    assert_eq!(all.iter().filter(|begun| **begun == Begun::Done(json!({ "user": "7" }))).count(), 99);
    assert_eq!(rows.count("SELECT count(*) FROM effects").await, 1);
}

pub(crate) async fn what_is_rolled_back_was_never_begun(rows: Rows) {
    let mut tx = rows.db.begin().await.unwrap();
    assert_eq!(begin(&mut tx, "register", "7", &print("first")).await.unwrap(), Begun::Fresh);
    finish(&mut tx, "register", "7", &Value::Null).await.unwrap();
    drop(tx);
    assert_eq!(register(&rows.db, "7", &print("second")).await.unwrap(), Begun::Fresh);
    assert_eq!(register(&rows.db, "7", &print("second")).await.unwrap(), Begun::Done(json!({ "user": "7" })));
}

pub(crate) async fn whoever_comes_second_waits_and_goes_by_how_the_first_one_ends(rows: Rows) {
    for (id, is_committed, expected) in [("1", true, Begun::Done(json!(1))), ("2", false, Begun::Fresh)] {
        let mut first = rows.db.begin().await.unwrap();
        assert_eq!(begin(&mut first, "register", id, &print("content")).await.unwrap(), Begun::Fresh);
        finish(&mut first, "register", id, &json!(1)).await.unwrap();
        let db = rows.db.clone();
        let second = tokio::spawn(async move { patiently(&db, id, &print("content")).await });
        rows.until_waited_for(|| second.is_finished()).await;
        assert!(!second.is_finished(), "it did not wait");
        if is_committed {
            first.commit().await.unwrap();
        } else {
            drop(first);
        }
        assert_eq!(second.await.unwrap(), expected);
    }
}

pub(crate) async fn another_content_or_another_key_is_a_conflict(rows: Rows) {
    register(&rows.db, "7", &print("content")).await.unwrap();
    assert_eq!(register(&rows.db, "7", &print("other")).await.unwrap(), Begun::Conflict);
    let other_key = Fingerprint::of(&SecretString::from("another"), b"content");
    assert_eq!(register(&rows.db, "7", &other_key).await.unwrap(), Begun::Conflict);
    assert_eq!(register(&rows.db, "7", &print("content")).await.unwrap(), Begun::Done(json!({ "user": "7" })));
}

pub(crate) async fn consumers_do_not_know_each_other(rows: Rows) {
    register(&rows.db, "7", &print("content")).await.unwrap();
    let mut tx = rows.db.begin().await.unwrap();
    assert_eq!(begin(&mut tx, "another", "7", &print("other")).await.unwrap(), Begun::Fresh);
    tx.commit().await.unwrap();
    let mut tx = rows.db.begin().await.unwrap();
    let begun = begin(&mut tx, "another", "7", &print("other")).await.unwrap();
    assert_eq!(begun, Begun::Done(Value::Null), "it has no reply");
}

pub(crate) async fn nothing_is_finished_that_was_not_begun(rows: Rows) {
    let mut tx = rows.db.begin().await.unwrap();
    let error = finish(&mut tx, "register", "7", &Value::Null).await.unwrap_err();
    assert_eq!(
        (error.code, error.causes().as_str()),
        (mesh::Code::Internal, "register finished 7 without having begun it")
    );
}

pub(crate) async fn what_is_old_is_forgotten(rows: Rows) {
    for id in ["old", "young"] {
        register(&rows.db, id, &print("content")).await.unwrap();
    }
    let age = "UPDATE bus_dedupe SET begun_at = $1 WHERE id = 'old'";
    rows.db.query(age).bind(Utc::now() - chrono::Duration::days(31)).execute().await.unwrap();
    assert_eq!(purge(&rows.db, Duration::from_secs(30 * 24 * 3_600)).await.unwrap(), 1);
    let left: Vec<(String,)> = rows.db.query("SELECT id FROM bus_dedupe").fetch_all().await.unwrap();
    assert_eq!(left, [("young".to_owned(),)]);
}

pub(crate) async fn rows_hold_neither_content_nor_key(rows: Rows) {
    let content = r#"{"email":"ada@example.com","password":"correct horse battery"}"#;
    register(&rows.db, "7", &print(content)).await.unwrap();
    let plain = Fingerprint::of(&SecretString::from(""), content.as_bytes());
    assert!(print(content) != plain);
    let rows_as_text = rows.db.query_either(
        "SELECT CAST(bus_dedupe AS TEXT) FROM bus_dedupe",
        "SELECT consumer || id || fingerprint || coalesce(reply, '') || begun_at FROM bus_dedupe",
    );
    let mut kept: Vec<u8> = rows_as_text.fetch_one::<(String,)>().await.unwrap().0.into();
    for file in ["", "-wal"] {
        let file = format!("{}{file}", rows.file.display());
        kept.extend(std::fs::read(file).unwrap_or_default());
    }
    for secret in ["ada@example.com", "correct horse", "a key of the service"] {
        assert!(!kept.windows(secret.len()).any(|it| it == secret.as_bytes()), "'{secret}' is in the rows");
    }
}
