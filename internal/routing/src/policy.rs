//! Who may call: the one place where a caller is let in or refused, whichever way the row was found. What was verified
//! goes on with the call, and what was opened with a token ends with it.

mod deadline;
mod ending;
mod guards;
mod issuers;
mod kept;
pub(crate) mod key;
mod limit;
mod observe;
mod patience;
mod prefer;
pub(crate) mod retry;
pub(crate) mod safe;
mod shed;
pub(crate) mod stack;
mod standing;

use std::net::IpAddr;
use std::time::Duration;

use futures::FutureExt;
use http::header::{COOKIE, HeaderName, ORIGIN, USER_AGENT};
use http::{HeaderMap, HeaderValue, Response};
use mesh::identity::{self, Access, BEARER, INSUFFICIENT_SCOPE, Identity};
use mesh::{Code, Error};
use secrecy::SecretString;
use tokio::time::Instant;

use crate::call::{Argument, Call, RawBody, Reply};
use crate::line::raw::Passage;
use crate::routing::Row;
use crate::table::{Auth, Route};
use crate::trail::Trail;
use ending::Ending;

pub(crate) use guards::{Guard, Guards};
pub(crate) use issuers::Issuers;
pub use kept::{Kept, may_be_made_again, who};
pub(crate) use limit::{Limiter, Limits};
pub use patience::patience;
pub use prefer::Preference;
pub use standing::{Standing, Why};

/// What services that look at cookies need to judge them by.
const BROWSER: [HeaderName; 4] =
    [COOKIE, ORIGIN, HeaderName::from_static("x-forwarded-host"), HeaderName::from_static("x-forwarded-proto")];

/// How often a call was tried, where that was more than once.
pub(crate) const ATTEMPTS: HeaderName = HeaderName::from_static("x-attempts");

/// What decides beside the row itself.
#[derive(Clone)]
pub(crate) struct Policy {
    pub(crate) issuers: Issuers,
    pub(crate) limits: Limits,
    /// Whether `local` means everybody: nobody else reaches this installation.
    pub(crate) is_local: bool,
}

/// What a request says of its caller. Its headers hold nothing any more that only a proxy of ours may say.
#[derive(Debug, Clone, Copy)]
pub struct Caller<'a> {
    pub headers: &'a HeaderMap,
    pub origin: Option<IpAddr>,
    /// Whether it says that it came by way of somebody else, believed or not.
    pub is_forwarded: bool,
}

/// A caller who was let in: what goes on with the call.
pub struct Admitted {
    identity: Option<Identity>,
    token: Option<SecretString>,
    origin: Option<IpAddr>,
    key: Option<String>,
    /// The subject, where the row needs one.
    owner: Option<String>,
    headers: HeaderMap,
    ending: Option<Ending>,
}

/// Whether this caller may call this row, as `admit` judges it; nothing is counted.
pub async fn standing(row: &Row, caller: Caller<'_>, deadline: Instant) -> Result<Standing, Error> {
    let policy = &row.policy;
    let verified = verified_as(wanted(&row.route.auth, policy, caller), policy, caller.headers, deadline).await?;
    Ok(Standing::new(verified.map(|it| it.access), policy.issuers.clone()))
}

/// Lets the caller in to this row, or says why not: 401 who is not known, 403 who may not, 429 who calls too often, 503
/// where that cannot be told at the moment. Only who may call is counted. `notes` takes what the caller is told beside
/// the answer, whatever that will be.
pub async fn admit(row: &Row, caller: Caller<'_>, deadline: Instant, notes: &mut HeaderMap) -> Result<Admitted, Error> {
    let (route, policy) = (&*row.route, &row.policy);
    let wanted = wanted(&route.auth, policy, caller);
    // Who it is counts only where somebody is needed: else the same key would be another effect once keys are known.
    let is_anonymous = matches!(wanted, Wanted::Nobody);
    let verified = verified_as(wanted, policy, caller.headers, deadline).await?;
    if let Some(limiter) = &row.limiter {
        let shown = verified.as_ref().map(|it| (&it.access, &it.token));
        limiter.admit(shown, caller.origin, notes).await?;
    }
    let identity = verified.as_ref().map(|it| it.access.identity.clone());
    let needed = identity.as_ref().filter(|_| !is_anonymous);
    let (key, owner) = (key::of(route, needed, caller.headers)?, needed.map(|it| it.subject.clone()));
    let headers = passed_on(route, caller.headers);
    let (token, ending) = match verified {
        Some(it) => (Some(it.token), Some(Ending::new(it.access, policy.issuers.clone()))),
        None => (None, None),
    };
    Ok(Admitted { identity, token, origin: caller.origin, key, owner, headers, ending })
}

struct Verified {
    access: Access,
    token: SecretString,
}

enum Wanted<'a> {
    Nobody,
    Somebody,
    Role(&'a str),
}

fn wanted<'a>(auth: &'a Auth, policy: &Policy, caller: Caller<'_>) -> Wanted<'a> {
    // A proxy on this machine brings in others: what it forwards is not local, wherever we listen.
    let is_local = policy.is_local && !caller.is_forwarded;
    match auth {
        auth if auth.needs_nobody(is_local) => Wanted::Nobody,
        Auth::Role(role) => Wanted::Role(role),
        Auth::Public | Auth::Local | Auth::User => Wanted::Somebody,
    }
}

async fn verified_as(
    wanted: Wanted<'_>,
    policy: &Policy,
    headers: &HeaderMap,
    deadline: Instant,
) -> Result<Option<Verified>, Error> {
    Ok(match wanted {
        Wanted::Nobody => known(policy, headers, deadline),
        Wanted::Somebody => Some(verified(policy, headers, deadline).await?),
        Wanted::Role(role) => Some(with_role(verified(policy, headers, deadline).await?, role)?),
    })
}

/// Who it is where nobody has to be anybody: what cannot be told at once, or is not believed, does not matter.
fn known(policy: &Policy, headers: &HeaderMap, deadline: Instant) -> Option<Verified> {
    let token = identity::bearer(headers).ok()??;
    let access = policy.issuers.verify(&token, deadline).now_or_never()?.ok()?;
    Some(Verified { access, token })
}

async fn verified(policy: &Policy, headers: &HeaderMap, deadline: Instant) -> Result<Verified, Error> {
    let token = identity::bearer(headers)?.ok_or_else(needs_somebody)?;
    let access = policy.issuers.verify(&token, deadline).await?;
    Ok(Verified { access, token })
}

/// A role may have been taken away a moment ago, so it counts only while revocations are heard of.
fn with_role(verified: Verified, role: &str) -> Result<Verified, Error> {
    if !verified.access.identity.has_role(role) {
        return Err(needs_role(role));
    }
    if !verified.access.is_revocation_fresh() {
        let detail = "whether this token still holds cannot be told: its issuer does not answer";
        return Err(Error::unavailable(detail).with_retry_after(Duration::from_secs(2)));
    }
    Ok(verified)
}

pub(crate) fn needs_somebody() -> Error {
    let detail = "this route needs a signed-in caller: send Authorization: Bearer TOKEN";
    Error::new(Code::Unauthenticated, detail).with_challenge(BEARER)
}

pub(crate) fn needs_role(role: &str) -> Error {
    let detail = format!("this route needs the role '{role}'");
    Error::new(Code::PermissionDenied, detail).with_challenge(INSUFFICIENT_SCOPE)
}

/// The caller's own headers that http services are sent.
fn passed_on(route: &Route, headers: &HeaderMap) -> HeaderMap {
    let mut passed = HeaderMap::new();
    for name in BROWSER.iter().filter(|_| route.cookies).chain([&USER_AGENT]) {
        for value in headers.get_all(name) {
            let mut value = value.clone();
            value.set_sensitive(*name == COOKIE);
            passed.append(name, value);
        }
    }
    passed
}

fn note_attempts(trail: &Trail, notes: &mut HeaderMap) {
    if let attempts @ 2.. = trail.count() {
        notes.insert(ATTEMPTS, HeaderValue::from(attempts));
    }
}

impl Admitted {
    /// Carries a call of this caller over the row's line.
    pub async fn call(
        self,
        row: &Row,
        argument: Argument,
        deadline: Instant,
        notes: &mut HeaderMap,
    ) -> Result<Reply, Error> {
        let (call, ending) = self.into_call(argument, deadline);
        let trail = call.trail.clone();
        let answered = row.call(call).await;
        note_attempts(&trail, notes);
        Ok(match (answered?, ending) {
            (Reply::Stream(documents), Some(ending)) => Reply::Stream(ending.of(documents)),
            (reply, _) => reply,
        })
    }

    /// The call itself, and what ends a stream that it opens.
    fn into_call(self, argument: Argument, deadline: Instant) -> (Call, Option<Ending>) {
        let Self { identity, token, origin, key, headers, ending, owner: _ } = self;
        let is_keyed = key.is_some();
        (Call { identity, token, origin, key, is_keyed, headers, ..Call::new(argument, deadline) }, ending)
    }

    /// Lets a request of this caller through the row's raw line.
    pub async fn pass(self, row: &Row, passage: Passage, notes: &mut HeaderMap) -> Result<Response<RawBody>, Error> {
        let passage = Passage { identity: self.identity, origin: self.origin, ..passage };
        let trail = passage.trail.clone();
        let answered = match self.ending {
            Some(ending) => ending.pass(row, passage).await,
            None => row.pass(passage).await,
        };
        note_attempts(&trail, notes);
        answered
    }
}
