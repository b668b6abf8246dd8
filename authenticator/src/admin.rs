//! What admins do with the accounts of others: look them up, change what they may do, shut them out. There is always one
//! admin left, however many are demoted at once.

use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use http::Uri;
use mesh::{Error, body};
use serde::{Deserialize, Serialize};
use url::form_urlencoded;

use crate::audit::{self, Audit};
use crate::deletion::check_not_last;
use crate::door::Door;
use crate::me::MOST;
use crate::signed_in::SignedIn;
use crate::users::{self, ADMIN, USER, User};
use crate::{confirm, email, sessions};

/// Users on a page, and the most that may be asked for.
const PAGE: (i64, i64) = (50, 200);
/// Of what is looked for, in characters.
const LONGEST_SEARCH: usize = 200;

pub(crate) fn router() -> Router<Door> {
    Router::new().route("/v1/users", get(list)).route("/v1/users/{id}", get(show).patch(change))
}

#[derive(Debug, PartialEq, Eq)]
struct Page {
    search: String,
    limit: i64,
    /// The last user of the page before.
    after: String,
}

impl Page {
    fn of(query: &str) -> Result<Self, Error> {
        let mut page = Self { search: String::new(), limit: PAGE.0, after: String::new() };
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "search" => page.search = searched(&value)?,
                "limit" => page.limit = limit(&value)?,
                "cursor" if value.is_empty() => page.after = String::new(),
                "cursor" => page.after = cursor(&value)?,
                _ => return Err(Error::field(name, "no such field: there are search, limit, cursor")),
            }
        }
        Ok(page)
    }

    /// For LIKE, where % and _ of the search stand for themselves.
    fn pattern(&self) -> String {
        let escaped: String = self.search.chars().flat_map(|c| escaped(c).chain([c])).collect();
        format!("%{escaped}%")
    }
}

fn escaped(letter: char) -> impl Iterator<Item = char> {
    matches!(letter, '%' | '_' | '\\').then_some('\\').into_iter()
}

fn searched(value: &str) -> Result<String, Error> {
    let is_odd = value.chars().count() > LONGEST_SEARCH || value.contains('\0');
    if is_odd {
        Err(Error::field("search", "must have at most 200 characters, none of them NUL"))
    } else {
        Ok(email::key(value))
    }
}

fn limit(value: &str) -> Result<i64, Error> {
    let limit = value.parse().ok().filter(|limit| (1..=PAGE.1).contains(limit));
    limit.ok_or_else(|| Error::field("limit", format!("expected a whole number from 1 to {}", PAGE.1)))
}

fn cursor(value: &str) -> Result<String, Error> {
    users::id(value).ok_or_else(|| Error::field("cursor", "is none: send next_cursor of the page before as it is"))
}

#[derive(Debug, Serialize)]
struct Users {
    users: Vec<User>,
    /// Missing on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

async fn list(State(door): State<Door>, caller: SignedIn, uri: Uri) -> Result<Json<Users>, Error> {
    caller.require_admin()?;
    let page = Page::of(uri.query().unwrap_or_default())?;
    let query = door.db.query(LIST).bind(page.after.clone()).bind(page.pattern());
    // One more than asked for tells whether there is another page.
    let mut users: Vec<User> = query.bind(page.limit + 1).fetch_all().await?;
    let is_last = users.len() as i64 <= page.limit;
    users.truncate(page.limit.unsigned_abs() as usize);
    let next_cursor = users.last().filter(|_| !is_last).map(|user| user.id.clone());
    Ok(Json(Users { users, next_cursor }))
}

async fn show(State(door): State<Door>, caller: SignedIn, Path(id): Path<String>) -> Result<Json<User>, Error> {
    caller.require_admin()?;
    let account = door.users().find(&known(&id)?).await?;
    Ok(Json(account.ok_or_else(confirm::gone)?.user))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Role {
    User,
    Admin,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Changes {
    role: Option<Role>,
    active: Option<bool>,
}

async fn change(
    State(door): State<Door>,
    caller: SignedIn,
    Path(id): Path<String>,
    body::Json(changes): body::Json<Changes, MOST>,
) -> Result<Json<User>, Error> {
    caller.require_admin()?;
    // Who makes admins can be one for good: not for machines.
    caller.session()?;
    let (id, actor) = (known(&id)?, caller.user.id.as_str());
    let mut tx = door.db.begin().await?;
    let admins = users::hold_admins(&mut tx, &id).await?;
    caller.require_among(&admins)?;
    let before = users::hold(&mut tx, &id).await?.ok_or_else(confirm::gone)?.user;
    let after = changed(&before, &changes);
    if after.role != ADMIN || !after.active {
        check_not_last(&admins, &id)?;
    }
    if after == before {
        return Ok(Json(after));
    }
    users::update(&mut tx, &after, door.now()).await?;
    for what in audited(&before, &after) {
        audit::record(&door.outbox, &mut tx, Some(actor), Some(&id), what).await?;
    }
    if let Some(because) = ending(&before, &after) {
        sessions::end_all(&door, &mut tx, &id, None, because).await?;
    }
    tx.commit().await?;
    Ok(Json(after))
}

fn changed(before: &User, changes: &Changes) -> User {
    let role = match changes.role {
        Some(Role::Admin) => ADMIN.to_owned(),
        Some(Role::User) => USER.to_owned(),
        None => before.role.clone(),
    };
    User { role, active: changes.active.unwrap_or(before.active), ..before.clone() }
}

fn audited<'a>(before: &User, after: &'a User) -> Vec<Audit<'a>> {
    let role = (before.role != after.role).then_some(Audit::RoleChanged { role: &after.role });
    let active = (before.active != after.active).then_some(if after.active { Audit::Enabled } else { Audit::Disabled });
    role.into_iter().chain(active).collect()
}

/// Why the user's sessions end, if they do: who was made an admin is one from the next token on.
fn ending(before: &User, after: &User) -> Option<&'static str> {
    match (before.active && !after.active, before.role == ADMIN && after.role != ADMIN) {
        (true, _) => Some("disabled"),
        (false, true) => Some("role_changed"),
        (false, false) => None,
    }
}

fn known(id: &str) -> Result<String, Error> {
    users::id(id).ok_or_else(confirm::gone)
}

const LIST: &str = r"
    SELECT id, email, first_name, last_name, role, active FROM users
    WHERE deleted_at IS NULL AND id > $1 AND search_text LIKE $2 ESCAPE '\' ORDER BY id LIMIT $3";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_folded_and_escaped_and_mistakes_name_their_field() {
        let page = Page::of("search=%C3%84_50%25%5C&limit=7").unwrap();
        assert_eq!((page.pattern().as_str(), page.limit), (r"%ä\_50\%\\%", 7));
        assert_eq!(Page::of("cursor=").unwrap(), Page::of("").unwrap());
        assert_eq!(Page::of("").unwrap().pattern(), "%%");
        for (query, field) in [("limit=0", "limit"), ("limit=201", "limit"), ("cursor=x", "cursor"), ("page=2", "page")]
        {
            assert_eq!(Page::of(query).unwrap_err().fields[0].field, field, "{query}");
        }
    }
}
