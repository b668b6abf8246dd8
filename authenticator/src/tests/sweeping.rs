//! Every table that grows is swept: what is over for long enough goes, and what is a day younger stays.

use chrono::{TimeDelta, Utc};

use super::store::count;
use super::{Rows, config, door, on_postgres, sqlite};
use crate::sweep::sweep;

const DAY: TimeDelta = TimeDelta::days(1);

/// How a row is made of its key and the time that counts, and how many days such a row is kept; what else it holds is
/// far from over.
const CASES: [(&str, &str, i64); 8] = [
    ("revocations", "INSERT INTO revocations (session_id, until) VALUES ($1, $2)", 0),
    ("sign_in_failures", "INSERT INTO sign_in_failures (subject, count, last_at, until) VALUES ($1, 3, $2, $2)", 1),
    ("known_addresses", "INSERT INTO known_addresses (user_id, address, seen_at) VALUES ('one', $1, $2)", 180),
    (
        "sessions",
        "INSERT INTO sessions (id, user_id, number, current_hash, rotated_at, device, address, browser, created_at,
             last_seen_at, expires_at, ended_at) VALUES ($1, 'one', 1, '', $2, '', '', TRUE, $2, $2, $3, $2)",
        30,
    ),
    (
        "sessions",
        "INSERT INTO sessions (id, user_id, number, current_hash, rotated_at, device, address, browser, created_at,
             last_seen_at, expires_at) VALUES ($1, 'one', 1, '', $2, '', '', TRUE, $2, $2, $2)",
        30,
    ),
    (
        "reset_links",
        "INSERT INTO reset_links (token_hash, user_id, created_at, expires_at) VALUES ($1, 'one', $2, $2)",
        30,
    ),
    (
        "api_keys",
        "INSERT INTO api_keys (id, user_id, name, secret_hash, roles, created_at, expires_at, revoked_at)
             VALUES ($1, 'one', '', '', '', $2, $3, $2)",
        30,
    ),
    (
        "api_keys",
        "INSERT INTO api_keys (id, user_id, name, secret_hash, roles, created_at, expires_at)
             VALUES ($1, 'one', '', '', '', $2, $2)",
        30,
    ),
];

const USER: &str = "
    INSERT INTO users (id, email, first_name, last_name, password_hash, created_at, updated_at)
    VALUES ('one', 'one@example.com', '', '', '', $1, $1)";

async fn what_is_over_goes_and_nothing_else(rows: Rows) {
    let door = door(&config(&rows, &[])).await;
    door.db.query(USER).bind(Utc::now()).execute().await.unwrap();
    for (table, insert, days) in CASES {
        let mark = Utc::now() - TimeDelta::days(days);
        for (key, time) in [("old", mark - DAY), ("young", mark + DAY)] {
            let row = door.db.query(insert).bind(key).bind(time);
            let row = if insert.contains("$3") { row.bind(Utc::now() + DAY) } else { row };
            row.execute().await.unwrap();
        }
        sweep(&door).await.unwrap();
        let left = async |key: &str| {
            let column = insert.split(['(', ',']).find(|word| !word.contains("INSERT")).unwrap_or_default();
            let column = if table == "known_addresses" { "address" } else { column };
            count(&door.db, &format!("SELECT count(*) FROM {table} WHERE {column} = '{key}'")).await
        };
        assert_eq!((left("old").await, left("young").await), (0, 1), "{insert}");
        super::store::execute(&door.db, &format!("DELETE FROM {table}")).await;
    }
    door.db.close().await;
}

#[tokio::test]
async fn sqlite_what_is_over_goes_and_nothing_else() {
    let (_folder, rows) = sqlite();
    what_is_over_goes_and_nothing_else(rows).await;
}

#[tokio::test]
async fn postgres_what_is_over_goes_and_nothing_else() {
    on_postgres(what_is_over_goes_and_nothing_else).await;
}
