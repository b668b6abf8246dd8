//! What people do on the service's own database, beside a service that runs or none: see `switchboard keys` and
//! `switchboard admin`. What is told others waits in the outbox for the service's own relay.

use anyhow::bail;
use bus::Outbox;
use mesh::db::Db;
use secrecy::{ExposeSecret, SecretString};

use crate::audit::{self, Audit};
use crate::email::Email;
use crate::new_password::NewPassword;
use crate::passwords::Passwords;
use crate::secrets::random;
use crate::users::{self, ADMIN, NewUser, Users};
use crate::{Config, keys, open, register, reset_links};

#[derive(Debug, Clone)]
pub enum Command {
    /// Publishes a new signing key, which signs once every door knows it.
    RotateKeys,
    /// Adds an admin, with a password that is made and shown once where none is given.
    CreateAdmin { email: String, password: Option<SecretString> },
    /// Makes a token with which the user of this e-mail sets a new password once, within an hour.
    ResetLink { email: String },
}

/// Obeys, and says in a sentence what was done.
pub async fn command(config: &Config, command: Command) -> anyhow::Result<String> {
    let db = open(config, None).await?;
    let done = match command {
        Command::RotateKeys => keys::rotate(config, &db).await,
        Command::CreateAdmin { email, password } => create_admin(config, &db, email, password).await,
        Command::ResetLink { email } => reset_link(config, &db, &email).await,
    };
    db.close().await;
    done
}

async fn create_admin(config: &Config, db: &Db, email: String, given: Option<SecretString>) -> anyhow::Result<String> {
    let email = Email::try_from(email).map_err(|mistake| anyhow::anyhow!("the e-mail {mistake}"))?;
    let is_given = given.is_some();
    let password = match given {
        Some(password) => chosen(&password, &email)?,
        None => random()?,
    };
    let password_hash = Passwords::new(config.bcrypt_cost, 1).hash(password.clone()).await?;
    let new = NewUser { email: email.as_str(), first_name: "", last_name: "", role: ADMIN, password_hash };
    let outbox = Outbox::new("authenticator", db.clone());
    let mut tx = db.begin().await?;
    let Some(user) = users::insert(&mut tx, &new, config.clock.now()).await? else {
        bail!("there is an account with this e-mail already: let an admin change its role, or make it a reset-link");
    };
    register::tell(&outbox, &mut tx, &user.id).await?;
    audit::record(&outbox, &mut tx, None, Some(&user.id), Audit::RoleChanged { role: ADMIN }).await?;
    tx.commit().await?;
    let shown =
        if is_given { String::new() } else { format!("; its password, shown this once: {}", password.expose_secret()) };
    Ok(format!("created the admin {}{shown}", user.email))
}

fn chosen(password: &SecretString, email: &Email) -> anyhow::Result<SecretString> {
    let chosen = NewPassword::try_from(password.expose_secret().to_owned());
    let checked = chosen.and_then(|chosen| chosen.check_beside(email).map(|()| chosen.secret().clone()));
    checked.map_err(|mistake| anyhow::anyhow!("the password {mistake}"))
}

async fn reset_link(config: &Config, db: &Db, email: &str) -> anyhow::Result<String> {
    let Some(account) = Users::new(db.clone()).find_by_email(email).await? else {
        bail!("there is no account with this e-mail");
    };
    let outbox = Outbox::new("authenticator", db.clone());
    let mut tx = db.begin().await?;
    let link = reset_links::make(&outbox, &mut tx, None, &account.user.id, config.clock.now()).await?;
    tx.commit().await?;
    Ok(format!(
        "hand this token over; POST /v1/password-resets takes it once until {}: {}",
        link.expires_at.format("%H:%M UTC"),
        link.token.expose_secret()
    ))
}
