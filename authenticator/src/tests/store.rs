//! The contract of the users table, one suite over both engines.

use chrono::Utc;
use sqlx::AssertSqlSafe;

use super::{config, on_postgres, secret, sqlite};
use crate::Config;
use crate::passwords::Passwords;
use crate::seed::{self, development_user};
use crate::users::{NewUser, Users};
use mesh::db::Db;
use secrecy::ExposeSecret;

pub(super) async fn execute(db: &Db, sql: &str) {
    let sql = AssertSqlSafe(sql.to_owned());
    match db {
        Db::Postgres(pool) => drop(sqlx::query(sql).execute(pool).await.unwrap()),
        Db::Sqlite(sqlite) => drop(sqlx::query(sql).execute(&sqlite.write).await.unwrap()),
    }
}

pub(super) async fn count(db: &Db, sql: &str) -> i64 {
    let sql = AssertSqlSafe(sql.to_owned());
    match db {
        Db::Postgres(pool) => sqlx::query_scalar(sql).fetch_one(pool).await.unwrap(),
        Db::Sqlite(sqlite) => sqlx::query_scalar(sql).fetch_one(&sqlite.read).await.unwrap(),
    }
}

async fn texts(db: &Db, sql: String) -> Vec<String> {
    match db {
        Db::Postgres(pool) => sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(pool).await.unwrap(),
        Db::Sqlite(sqlite) => sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&sqlite.read).await.unwrap(),
    }
}

/// Every row of every table, a line each, after the name of its table.
pub(super) async fn dump(db: &Db) -> String {
    let tables = match db {
        Db::Postgres(_) => "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'",
        Db::Sqlite(_) => "SELECT name FROM sqlite_master WHERE type = 'table'",
    };
    let mut lines = String::new();
    // Those of the migrations hold checksums.
    for table in texts(db, tables.to_owned()).await.into_iter().filter(|table| !table.starts_with('_')) {
        // Bodies are kept as bytes.
        let columns = match db {
            Db::Postgres(_) => format!(
                "SELECT CASE data_type WHEN 'bytea' THEN 'convert_from(' || column_name || ', ''UTF8'')'
                 ELSE quote_ident(column_name) || '::text' END
                 FROM information_schema.columns WHERE table_name = '{table}'"
            ),
            Db::Sqlite(_) => format!("SELECT 'CAST(\"' || name || '\" AS TEXT)' FROM pragma_table_info('{table}')"),
        };
        let columns: Vec<_> = texts(db, columns).await.iter().map(|column| format!("COALESCE({column}, '')")).collect();
        let sql = format!("SELECT {} FROM {table}", columns.join(" || ' ' || "));
        for row in texts(db, sql).await {
            lines.push_str(&format!("{table} {row}\n"));
        }
    }
    lines
}

fn ada(email: &str) -> NewUser<'_> {
    NewUser { email, first_name: "Ada", last_name: "O'Neill", role: "user", password_hash: secret("hash") }
}

async fn contract(config: Config) {
    let db = crate::open(&config, None).await.unwrap();
    let users = Users::new(db.clone());
    finds_whatever_the_case(&users).await;
    keeps_one_user_per_email(&users).await;
    seeds_once(&db, &users).await;
    execute(&db, "UPDATE users SET active = FALSE WHERE email_key = 'ada@example.com'").await;
    assert!(!users.find_by_email("ada@example.com").await.unwrap().unwrap().user.active);
    db.close().await;
    assert!(users.find_by_email("ada@example.com").await.unwrap_err().is_unavailable());
}

async fn finds_whatever_the_case(users: &Users) {
    assert!(users.find_by_email("ada@example.com").await.unwrap().is_none());
    assert!(users.add(ada("Ada@Example.com"), Utc::now()).await.unwrap());
    for email in ["ada@example.com", "ADA@EXAMPLE.COM", "Ada@Example.com"] {
        let account = users.find_by_email(email).await.unwrap().expect(email);
        let user = account.user;
        assert_eq!((user.email.as_str(), user.last_name.as_str(), user.active), ("Ada@Example.com", "O'Neill", true));
        assert_eq!(user.id.parse::<uuid::Uuid>().unwrap().get_version_num(), 7);
        assert_eq!(account.password_hash.expose_secret(), "hash");
    }
    for email in ["ada@example.co", "%", "' OR 1=1 --", ""] {
        assert!(users.find_by_email(email).await.unwrap().is_none(), "{email}");
    }
    assert!(users.add(ada("ÄDA@example.com"), Utc::now()).await.unwrap());
    assert!(users.find_by_email("äda@EXAMPLE.com").await.unwrap().is_some());
}

async fn keeps_one_user_per_email(users: &Users) {
    let other = NewUser { first_name: "Other", ..ada("ADA@example.com") };
    assert!(!users.add(other, Utc::now()).await.unwrap());
    assert_eq!(users.find_by_email("ada@example.com").await.unwrap().unwrap().user.first_name, "Ada");
    let racing = (0..8).map(|_| users.add(ada("race@example.com"), Utc::now()));
    let added = futures::future::try_join_all(racing).await.unwrap();
    assert_eq!(added.into_iter().filter(|added| *added).count(), 1);
}

async fn seeds_once(db: &Db, users: &Users) {
    let passwords = Passwords::new(4, 8);
    let hash = async || users.find_by_email(seed::EMAIL).await.unwrap().unwrap().password_hash;
    development_user(users, &passwords, Utc::now()).await.unwrap();
    let first = hash().await;
    assert!(first.expose_secret().starts_with("$2b$04$"));
    development_user(users, &passwords, Utc::now()).await.unwrap();
    assert_eq!(hash().await.expose_secret(), first.expose_secret());
    execute(db, "UPDATE users SET password_hash = 'changed' WHERE email_key = 'admin@example.com'").await;
    development_user(users, &passwords, Utc::now()).await.unwrap();
    assert_eq!(hash().await.expose_secret(), "changed");
}

#[tokio::test]
async fn sqlite_keeps_the_contract() {
    let (_folder, rows) = sqlite();
    contract(config(&rows, &[])).await;
}

#[tokio::test]
async fn postgres_keeps_the_contract() {
    on_postgres(async |rows| contract(config(&rows, &[])).await).await;
}
