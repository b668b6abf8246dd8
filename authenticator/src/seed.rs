//! The well-known development user. It exists only where nobody but this machine can reach the service, and is never
//! touched again once it is there: who changed its password keeps the change.

use chrono::{DateTime, Utc};
use secrecy::SecretString;

use crate::passwords::Passwords;
use crate::users::{NewUser, Users};

pub(crate) const EMAIL: &str = "admin@example.com";
pub(crate) const PASSWORD: &str = "password123";
/// `PASSWORD` at the default cost: the first start need not spend a quarter of a second on what everybody knows.
const HASH: (u32, &str) = (12, "$2b$12$SBfzafkvFbu1suHBHT2dUOs5ISL8A7AhhKUQi1s6i97kGtd9nSzVG");

pub(crate) async fn development_user(users: &Users, passwords: &Passwords, now: DateTime<Utc>) -> anyhow::Result<()> {
    if users.find_by_email(EMAIL).await?.is_some() {
        return Ok(());
    }
    let password_hash = match HASH {
        (cost, hash) if cost == passwords.cost() => SecretString::from(hash),
        _ => passwords.hash(SecretString::from(PASSWORD)).await?,
    };
    let admin = NewUser { email: EMAIL, first_name: "Admin", last_name: "User", role: "admin", password_hash };
    if users.add(admin, now).await? {
        tracing::info!(
            "added the development user {EMAIL}, as every address is loopback; its password is in the README"
        );
    }
    Ok(())
}
