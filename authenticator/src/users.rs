//! The table of users. One SQL text serves both engines. What changes a user stands in the transaction of its caller,
//! who holds the row first; a deleted user is a row that nothing here finds.

use std::error::Error as _;

use chrono::{DateTime, Utc};
use mesh::Error;
use mesh::db::{Db, Tx};
use secrecy::SecretString;
use serde::Serialize;
use sqlx::FromRow;
use uuid::Uuid;

use crate::email::key;

pub(crate) const USER: &str = "user";
pub(crate) const ADMIN: &str = "admin";

/// What others are told of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromRow)]
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
        if self.role == USER { vec![USER.to_owned()] } else { vec![USER.to_owned(), self.role.clone()] }
    }
}

/// A user with what proves who it is.
#[derive(Debug, Clone)]
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
    #[sqlx(flatten)]
    user: User,
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
        let row: Option<Row> = self.db.query(FIND_BY_EMAIL).bind(key(email)).fetch_optional().await?;
        Ok(row.map(Account::from))
    }

    /// The account of this id, unless it was deleted.
    pub(crate) async fn find(&self, id: &str) -> Result<Option<Account>, Error> {
        let row: Option<Row> = self.db.query(FIND).bind(id.to_owned()).fetch_optional().await?;
        Ok(row.map(Account::from))
    }

    /// Adds an active user; `false` where the e-mail is taken, which leaves that user as it is.
    pub(crate) async fn add(&self, new: NewUser<'_>, now: DateTime<Utc>) -> Result<bool, Error> {
        let mut tx = self.db.begin().await?;
        let added = insert(&mut tx, &new, now).await?;
        tx.commit().await?;
        Ok(added.is_some())
    }
}

/// The new user, active; none where the e-mail is taken. Waits for who is just taking it.
pub(crate) async fn insert(tx: &mut Tx, new: &NewUser<'_>, now: DateTime<Utc>) -> Result<Option<User>, Error> {
    let user = User {
        id: Uuid::now_v7().to_string(),
        email: new.email.to_owned(),
        first_name: new.first_name.to_owned(),
        last_name: new.last_name.to_owned(),
        role: new.role.to_owned(),
        active: true,
    };
    let query = tx.query(INSERT).bind(user.id.clone()).bind(user.email.clone()).bind(key(&user.email));
    let query = query.bind(search_text(&user)).bind(user.first_name.clone()).bind(user.last_name.clone());
    let query = query.bind(user.role.clone()).bind_secret(&new.password_hash).bind(now);
    Ok((query.execute().await? == 1).then_some(user))
}

/// The account as it stays until the transaction ends, unless it was deleted.
pub(crate) async fn hold(tx: &mut Tx, id: &str) -> Result<Option<Account>, Error> {
    let row: Option<Row> = tx.query_either(HOLD, FIND).bind(id.to_owned()).fetch_optional().await?;
    Ok(row.map(Account::from))
}

/// The ids of those who can act as admins. Neither they nor `user` change until the transaction ends: all are held by one
/// statement and in one order, so that two who take rights from one another never wait for each other.
pub(crate) async fn hold_admins(tx: &mut Tx, user: &str) -> Result<Vec<String>, Error> {
    let held: Vec<User> = tx.query_either(HOLD_ADMINS, ADMINS).bind(user.to_owned()).fetch_all().await?;
    Ok(held.into_iter().filter(|user| user.role == ADMIN && user.active).map(|user| user.id).collect())
}

/// Writes what may change of a user; `false` where the e-mail is another one's, and the transaction is of no more use.
pub(crate) async fn update(tx: &mut Tx, user: &User, now: DateTime<Utc>) -> Result<bool, Error> {
    let query = tx.query(UPDATE).bind(user.id.clone()).bind(user.email.clone()).bind(key(&user.email));
    let query = query.bind(search_text(user)).bind(user.first_name.clone()).bind(user.last_name.clone());
    match query.bind(user.role.clone()).bind(user.active).bind(now).execute().await {
        Ok(_) => Ok(true),
        Err(error) if is_taken(&error) => Ok(false),
        Err(error) => Err(error),
    }
}

pub(crate) async fn set_password(tx: &mut Tx, id: &str, hash: &SecretString, now: DateTime<Utc>) -> Result<(), Error> {
    let query = tx.query(SET_PASSWORD).bind(id.to_owned()).bind_secret(hash).bind(now);
    query.execute().await.map(drop)
}

/// Leaves a row that says nothing of anybody; its e-mail is free again.
pub(crate) async fn anonymise(tx: &mut Tx, id: &str, now: DateTime<Utc>) -> Result<(), Error> {
    tx.query(ANONYMISE).bind(id.to_owned()).bind(now).execute().await.map(drop)
}

/// An id as ours are, which is all that rows are asked for: not every text is one that PostgreSQL takes.
pub(crate) fn id(text: &str) -> Option<String> {
    Uuid::parse_str(text).ok().map(|id| id.to_string())
}

fn search_text(user: &User) -> String {
    key(&format!("{} {} {}", user.first_name, user.last_name, user.email))
}

fn is_taken(error: &Error) -> bool {
    let cause = error.source().and_then(|cause| cause.downcast_ref::<sqlx::Error>());
    cause.and_then(sqlx::Error::as_database_error).is_some_and(sqlx::error::DatabaseError::is_unique_violation)
}

impl From<Row> for Account {
    fn from(row: Row) -> Self {
        Self { user: row.user, password_hash: SecretString::from(row.password_hash) }
    }
}

const FIND_BY_EMAIL: &str = "
    SELECT id, email, first_name, last_name, role, active, password_hash FROM users WHERE email_key = $1";

const FIND: &str = "
    SELECT id, email, first_name, last_name, role, active, password_hash FROM users
    WHERE id = $1 AND deleted_at IS NULL";

const HOLD: &str = "
    SELECT id, email, first_name, last_name, role, active, password_hash FROM users
    WHERE id = $1 AND deleted_at IS NULL FOR UPDATE";

const ADMINS: &str = "
    SELECT id, email, first_name, last_name, role, active FROM users
    WHERE deleted_at IS NULL AND (id = $1 OR role = 'admin' AND active) ORDER BY id";

const HOLD_ADMINS: &str = "
    SELECT id, email, first_name, last_name, role, active FROM users
    WHERE deleted_at IS NULL AND (id = $1 OR role = 'admin' AND active) ORDER BY id FOR UPDATE";

const INSERT: &str = "
    INSERT INTO users (id, email, email_key, search_text, first_name, last_name, role, password_hash, active,
        created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, TRUE, $9, $9) ON CONFLICT (email_key) DO NOTHING";

const UPDATE: &str = "
    UPDATE users SET email = $2, email_key = $3, search_text = $4, first_name = $5, last_name = $6, role = $7,
        active = $8, updated_at = $9
    WHERE id = $1 AND deleted_at IS NULL";

const SET_PASSWORD: &str = "UPDATE users SET password_hash = $2, updated_at = $3 WHERE id = $1 AND deleted_at IS NULL";

const ANONYMISE: &str = "
    UPDATE users SET email = '', email_key = NULL, search_text = '', first_name = '', last_name = '', role = 'user',
        password_hash = '', active = FALSE, updated_at = $2, deleted_at = $2
    WHERE id = $1";
