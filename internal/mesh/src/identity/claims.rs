//! What a signed token claims, checked against who its issuer is. Subjects and roles end up in headers and messages:
//! what could not stand there is refused here.

use std::time::Duration;

use serde_json::{Map, Value};

use super::clock::LEEWAY;
use super::{Identity, Issuer, Roles, invalid_token, refused};
use crate::error::Error;

const MAX_SUBJECT: usize = 255;
const MOST_ROLES: usize = 64;

/// The claims that matter later, those of time since 1970.
#[derive(Debug)]
pub(super) struct Claims {
    pub(super) identity: Identity,
    begins: Duration,
    pub(super) expires: Duration,
}

impl Claims {
    pub(super) fn read(claims: &Map<String, Value>, issuer: &Issuer) -> Result<Self, Error> {
        if !is_for(claims.get("aud"), &issuer.audience) {
            return Err(refused("meant for another audience"));
        }
        let own = issuer.is_own();
        if own && text(claims, "jti").is_none() {
            return Err(refused("jti is missing"));
        }
        let begins = time(claims, "nbf", own)?.max(time(claims, "iat", own)?);
        Ok(Self {
            identity: identity(claims, issuer)?,
            begins: begins.unwrap_or_default(),
            expires: time(claims, "exp", true)?.unwrap_or_default(),
        })
    }

    /// Half open: good from `begins - leeway` on, no more from `expires + leeway` on.
    pub(super) fn check_time(&self, now: Duration) -> Result<(), Error> {
        if now + LEEWAY < self.begins {
            return Err(refused("not valid yet"));
        }
        if now >= self.expires + LEEWAY {
            return Err(invalid_token("the token has expired; refresh it or sign in again"));
        }
        Ok(())
    }
}

fn is_for(audience: Option<&Value>, wanted: &str) -> bool {
    match audience {
        Some(Value::String(audience)) => audience == wanted,
        Some(Value::Array(list)) => list.iter().all(Value::is_string) && list.iter().any(|it| it == wanted),
        _ => false,
    }
}

fn identity(claims: &Map<String, Value>, issuer: &Issuer) -> Result<Identity, Error> {
    let subject = text(claims, "sub").filter(|it| is_subject(it));
    let subject = subject.ok_or_else(|| refused("sub is missing or not fit for a header"))?;
    if !issuer.is_own() {
        let subject = format!("{}:{subject}", issuer.name);
        return Ok(Identity { subject, roles: roles(claims, issuer)?, session: None });
    }
    let session = text(claims, "sid").ok_or_else(|| refused("sid is missing"))?.to_owned();
    Ok(Identity { subject: subject.to_owned(), roles: roles(claims, issuer)?, session: Some(session) })
}

fn roles(claims: &Map<String, Value>, issuer: &Issuer) -> Result<Vec<String>, Error> {
    let Roles::Claim { claim, map } = &issuer.roles;
    let said = values(at(claims, claim));
    let Some(said) = said.or((!issuer.is_own()).then(Vec::new)) else {
        return Err(refused("the claim of roles is missing or no list of strings"));
    };
    let mut roles = Vec::new();
    for role in said {
        let role = if map.is_empty() && issuer.is_own() { Some(role) } else { map.get(role).map(String::as_str) };
        roles.extend(role.filter(|role| !roles.iter().any(|it| it == role)).map(str::to_owned));
    }
    if are_roles(&roles) { Ok(roles) } else { Err(refused("a role that could not be one")) }
}

/// Whether this may stand in a header.
pub(super) fn is_subject(subject: &str) -> bool {
    (1..=MAX_SUBJECT).contains(&subject.len()) && subject.bytes().all(|b| b.is_ascii_graphic())
}

pub(super) fn are_roles(roles: &[String]) -> bool {
    roles.len() <= MOST_ROLES && roles.iter().all(|role| is_role(role))
}

/// Roles stand in one header with commas between them.
pub(super) fn is_role(role: &str) -> bool {
    let is_fit = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':');
    (1..=64).contains(&role.len()) && role.bytes().all(is_fit)
}

/// By its whole name first: names of claims may be URLs.
fn at<'a>(claims: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    claims.get(path).or_else(|| {
        let (first, rest) = path.split_once('.')?;
        rest.split('.').try_fold(claims.get(first)?, |value, name| value.get(name))
    })
}

fn values(claim: Option<&Value>) -> Option<Vec<&str>> {
    match claim? {
        Value::String(one) => Some(vec![one]),
        Value::Array(list) => list.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

fn text<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    claims.get(name)?.as_str().filter(|text| !text.is_empty())
}

/// Whole seconds since 1970, or a fraction of them, up to the year 9999.
fn time(claims: &Map<String, Value>, name: &str, needed: bool) -> Result<Option<Duration>, Error> {
    let Some(value) = claims.get(name) else {
        return if needed { Err(refused(format!("{name} is missing"))) } else { Ok(None) };
    };
    let seconds = value.as_f64().filter(|it| (0.0..=253_402_300_799.0).contains(it));
    let seconds = seconds.ok_or_else(|| refused(format!("{name} is no time")))?;
    Ok(Some(Duration::from_secs_f64(seconds)))
}
