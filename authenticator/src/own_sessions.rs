//! What users do with their sessions: refresh one, sign out of it, see all of them and end others.

use axum::extract::{FromRequest, FromRequestParts, Path, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use http::StatusCode;
use http::header::SET_COOKIE;
use mesh::identity::{BEARER, INVALID_TOKEN};
use mesh::{Code, Error};
use serde_json::{Value, json};

use crate::audit::{self, Audit};
use crate::caller::Caller;
use crate::door::Door;
use crate::presented::Presented;
use crate::signed_in::{self, SignedIn};
use crate::users::{self, User};
use crate::{cookies, grant, rotation, sessions};

pub(crate) fn router() -> Router<Door> {
    Router::new()
        .route("/v1/sessions", get(list).delete(end_all))
        .route("/v1/sessions/refresh", post(refresh))
        .route("/v1/sessions/current", delete(sign_out))
        // For callers who cannot give a DELETE a body, such as the broker.
        .route("/v1/sessions/current/end", post(sign_out))
        .route("/v1/sessions/{id}", delete(end_one))
}

async fn refresh(State(door): State<Door>, caller: Caller, presented: Presented) -> Result<Response, Error> {
    let Presented { token, is_cookie } = presented;
    let token = token.ok_or_else(|| {
        Error::new(Code::Unauthenticated, "send the refresh token, or sign in first").with_challenge(BEARER)
    })?;
    match rotation::rotate(&door, &token, is_cookie, &caller).await? {
        Some(granted) => grant::answer(&door, &granted),
        None => without_cookie(over().into_response(), is_cookie),
    }
}

/// By bearer or by refresh token, whichever is shown: who holds either may end the session.
async fn sign_out(State(door): State<Door>, request: Request) -> Result<Response, Error> {
    let (mut parts, body) = request.into_parts();
    let has_cookie = cookies::read(&parts.headers).is_some();
    if let Some(token) = signed_in::bearer(&parts)?
        && let Some(SignedIn { user, session: Some(session), .. }) = signed_in::verified(&door, &token).await?
    {
        end(&door, &user, &session).await?;
        return without_cookie(StatusCode::NO_CONTENT.into_response(), has_cookie);
    }
    let presented = Presented::from_request(Request::from_parts(parts.clone(), body), &door).await?;
    let Presented { token: Some(token), .. } = presented else {
        // Says what is wrong with the bearer, or that there is none.
        SignedIn::from_request_parts(&mut parts, &door).await?.session()?;
        return Err(over());
    };
    let mut tx = door.db.begin().await?;
    let owner = rotation::owner(&door, &mut tx, &token).await?;
    drop(tx);
    let Some((user, session)) = owner else { return without_cookie(over().into_response(), has_cookie) };
    end(&door, &user, &session).await?;
    without_cookie(StatusCode::NO_CONTENT.into_response(), has_cookie)
}

async fn list(State(door): State<Door>, caller: SignedIn) -> Result<Json<Value>, Error> {
    let current = caller.session()?;
    let mut shown = Vec::new();
    for session in sessions::list(&door, &caller.user.id).await? {
        let is_current = session.id == current;
        let mut session = serde_json::to_value(session).map_err(Error::internal)?;
        session["current"] = is_current.into();
        shown.push(session);
    }
    Ok(Json(json!({ "sessions": shown })))
}

/// All, this one too.
async fn end_all(State(door): State<Door>, caller: SignedIn) -> Result<Json<Value>, Error> {
    let current = caller.session()?;
    let mut tx = door.db.begin().await?;
    users::hold(&mut tx, &caller.user.id).await?;
    let ended = sessions::end_all(&door, &mut tx, &caller.user.id, None, "signed out everywhere").await?;
    let what = Audit::SignedOut { session: current };
    audit::record(&door.outbox, &mut tx, Some(&caller.user.id), Some(&caller.user.id), what).await?;
    tx.commit().await?;
    Ok(Json(json!({ "ended": ended })))
}

async fn end_one(State(door): State<Door>, Path(id): Path<String>, caller: SignedIn) -> Result<StatusCode, Error> {
    caller.session()?;
    match users::id(&id) {
        Some(id) if end(&door, &caller.user, &id).await? => Ok(StatusCode::NO_CONTENT),
        _ => Err(Error::not_found("you have no such session: it may have ended already")),
    }
}

async fn end(door: &Door, user: &User, session: &str) -> Result<bool, Error> {
    let mut tx = door.db.begin().await?;
    let has_ended = sessions::end(door, &mut tx, &user.id, session, "signed out").await?;
    if has_ended {
        audit::record(&door.outbox, &mut tx, Some(&user.id), Some(&user.id), Audit::SignedOut { session }).await?;
    }
    tx.commit().await?;
    Ok(has_ended)
}

fn over() -> Error {
    Error::new(Code::Unauthenticated, "the session is over, or was never yours: sign in again")
        .with_challenge(INVALID_TOKEN)
}

/// A browser that has a cookie of no more use is told to forget it.
fn without_cookie(mut response: Response, has_cookie: bool) -> Result<Response, Error> {
    if has_cookie {
        response.headers_mut().insert(SET_COOKIE, cookies::forget()?);
    }
    Ok(response)
}
