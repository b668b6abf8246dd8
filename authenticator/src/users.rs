//! The table of users. One SQL text serves both engines.

use chrono::Utc;
use mesh::Error;
use mesh::db::Db;
use secrecy::SecretString;
use serde::Serialize;
use sqlx::FromRow;
use uuid::Uuid;

const FIND: &str = "SELECT id, email, first_name, last_name, role, active, password_hash \
     FROM users WHERE email_key = $1";
const INSERT: &str = "INSERT INTO users \
     (id, email, email_key, first_name, last_name, role, password_hash, active, created_at, updated_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, TRUE, $8, $8) ON CONFLICT (email_key) DO NOTHING";

/// What others are told of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) role: String,
    pub(crate) active: bool,
}

impl User {
    /// What this user may do as: every admin is a user as well.
    pub(crate) fn roles(&self) -> Vec<String> {
        let user = "user".to_owned();
        if self.role == user { vec![user] } else { vec![user, self.role.clone()] }
    }
}

/// A user with what proves who it is.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) user: User,
    pub(crate) password_hash: SecretString,
}

#[derive(Debug)]
pub(crate) struct NewUser<'a> {
    pub(crate) email: &'a str,
    pub(crate) first_name: &'a str,
    pub(crate) last_name: &'a str,
    pub(crate) role: &'a str,
    pub(crate) password_hash: SecretString,
}

#[derive(FromRow)]
pub(crate) struct Row {
    id: String,
    email: String,
    first_name: String,
    last_name: String,
    role: String,
    active: bool,
    password_hash: String,
}

#[derive(Debug, Clone)]
pub(crate) struct Users {
    db: Db,
}

impl Users {
    pub(crate) fn new(db: Db) -> Self {
        Self { db }
    }

    /// The account with this e-mail, however it is capitalised.
    pub(crate) async fn find_by_email(&self, email: &str) -> Result<Option<Account>, Error> {
        let row: Option<Row> = self.db.query(FIND).bind(key(email)).fetch_optional().await?;
        Ok(row.map(Account::from))
    }

    /// Adds an active user; `false` where the e-mail is taken, which leaves that user as it is.
    pub(crate) async fn add(&self, new: NewUser<'_>) -> Result<bool, Error> {
        let query = self.db.query(INSERT).bind(Uuid::now_v7().to_string()).bind(new.email).bind(key(new.email));
        let query = query.bind(new.first_name).bind(new.last_name).bind(new.role).bind_secret(&new.password_hash);
        Ok(query.bind(Utc::now()).execute().await? == 1)
    }
}

/// What makes two e-mails the same.
fn key(email: &str) -> String {
    email.to_lowercase()
}

impl From<Row> for Account {
    fn from(row: Row) -> Self {
        let Row { id, email, first_name, last_name, role, active, password_hash } = row;
        let user = User { id, email, first_name, last_name, role, active };
        Self { user, password_hash: SecretString::from(password_hash) }
    }
}
