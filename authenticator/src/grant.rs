//! The answer to a sign-in and to a refresh: `{access_token, token_type, expires_in, refresh_token, user}`, where a
//! browser gets the refresh token as a cookie only.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use http::header::{CACHE_CONTROL, SET_COOKIE};
use mesh::Error;
use secrecy::ExposeSecret;
use serde_json::json;

use crate::cookies;
use crate::door::Door;
use crate::sessions::Granted;
use crate::tokens;

pub(crate) fn answer(door: &Door, granted: &Granted) -> Result<Response, Error> {
    let Granted { user, session, refresh, expires_at, is_browser } = granted;
    let (access, seconds) = tokens::issue(door, &user.id, user.roles(), session, *expires_at)?;
    let mut body = json!({
        "access_token": access.expose_secret(),
        "token_type": "Bearer",
        "expires_in": seconds,
        "user": user,
    });
    if !is_browser {
        body["refresh_token"] = refresh.expose_secret().into();
    }
    let mut response = Json(body).into_response();
    if *is_browser {
        let left = (*expires_at - door.now()).num_seconds();
        response.headers_mut().insert(SET_COOKIE, cookies::keep(refresh, left)?);
    }
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
