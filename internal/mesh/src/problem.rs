//! An `Error` over HTTP: problem details for HTTP APIs (RFC 9457), the one shape that every caller of every service
//! sees, and the way back from such an answer to an `Error`.

use std::time::{Duration, SystemTime};

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use serde::{Deserialize, Serialize};

use crate::error::{Code, Error, FieldError};
use crate::identity::{BEARER, INSUFFICIENT_SCOPE, INVALID_TOKEN};
use crate::trace::TraceContext;

pub const CONTENT_TYPE: &str = "application/problem+json";

/// The body of an error answer; `retry_after` is in whole seconds, as in the header beside it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Problem {
    #[serde(rename = "type", default = "Problem::blank")]
    pub kind: String,
    #[serde(default)]
    pub title: String,
    #[serde(default)]
    pub status: u16,
    #[serde(default)]
    pub detail: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    #[serde(default)]
    pub code: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// What WWW-Authenticate says beside it; a header only.
    #[serde(skip)]
    pub challenge: Option<&'static str>,
    /// What Set-Cookie says beside it; headers only.
    #[serde(skip)]
    pub cookies: Box<[HeaderValue]>,
}

impl Problem {
    fn blank() -> String {
        "about:blank".to_owned()
    }

    /// What a caller is told of `error`, met while answering `instance` (the request's path).
    pub fn of(error: &Error, instance: Option<&str>) -> Self {
        let status = error.status();
        Self {
            kind: Self::blank(),
            title: status.canonical_reason().unwrap_or("Client Closed Request").to_owned(),
            status: status.as_u16(),
            detail: error.detail.clone(),
            instance: instance.map(str::to_owned),
            code: error.code.name().to_owned(),
            trace_id: TraceContext::current().map(|trace| trace.trace_id()),
            retry_after: error.retry_after.map(whole_seconds),
            errors: error.fields.clone(),
            // RFC 9110, section 15.5.2: a 401 without a challenge is no 401.
            challenge: error.challenge.or((status == StatusCode::UNAUTHORIZED).then_some(BEARER)),
            cookies: error.cookies.clone(),
        }
    }

    pub fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (status, [(header::CONTENT_TYPE, CONTENT_TYPE)], body).into_response();
        self.put_headers(response.headers_mut());
        response
    }

    /// The headers that say again what the body says, or what only headers say, for whoever writes a body of another shape.
    pub fn put_headers(&self, headers: &mut HeaderMap) {
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(challenge) = self.challenge {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        for cookie in &self.cookies {
            headers.append(header::SET_COOKIE, cookie.clone());
        }
    }

    /// The error that a service reported with `status`; its own words and fields are kept.
    pub fn into_error(self, status: StatusCode) -> Error {
        let code = Code::from_name(&self.code).unwrap_or_else(|| Code::from_http(status));
        let detail = if self.detail.is_empty() { self.title } else { self.detail };
        let mut error = Error::new(code, detail).with_status(status);
        error.fields = self.errors;
        error.challenge = self.challenge;
        error.cookies = self.cookies;
        match self.retry_after {
            Some(seconds) => error.with_retry_after(Duration::from_secs(seconds)),
            None => error,
        }
    }
}

/// The challenge among `headers` of an answer, if it is one that the mesh makes itself.
pub fn challenge_in(headers: &HeaderMap) -> Option<&'static str> {
    let sent = headers.get(header::WWW_AUTHENTICATE)?.as_bytes();
    [INVALID_TOKEN, INSUFFICIENT_SCOPE, BEARER].into_iter().find(|known| known.as_bytes() == sent)
}

/// When to come back, by the header `Retry-After` (RFC 9110, section 10.2.3): so many seconds, or a date, of which one
/// that is over means at once.
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(SystemTime::now()).unwrap_or_default())
}

/// Rounded up, and at least one: "try again in 0 seconds" helps nobody.
pub fn whole_seconds(duration: Duration) -> u64 {
    (duration.as_millis().div_ceil(1000) as u64).max(1)
}

/// The fallback of a router: no service answers with an empty 404.
pub async fn no_such_path(uri: Uri) -> Error {
    Error::not_found(format!("nothing is served at {}", uri.path()))
}

/// The fallback of a router for a path that knows other methods, which the Allow header then lists.
pub async fn wrong_method(method: Method) -> Error {
    let detail = format!("{method} is not served here; the Allow header lists what is");
    Error::new(Code::Unimplemented, detail).with_status(StatusCode::METHOD_NOT_ALLOWED)
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        self.log("answered with an error");
        Problem::of(&self, None).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_survives_the_way_over_http() {
        let sent = Error::field("numbers", "division by zero").with_status(StatusCode::UNPROCESSABLE_ENTITY);
        let json = serde_json::to_string(&Problem::of(&sent, Some("/divide/1,0"))).unwrap();
        let problem: Problem = serde_json::from_str(&json).unwrap();
        let received = problem.into_error(StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!((received.code, received.status().as_u16()), (Code::InvalidArgument, 422));
        assert_eq!(received.fields, sent.fields);
        assert_eq!(received.detail, sent.detail);
    }

    #[test]
    fn a_refusal_carries_its_challenge_there_and_back() {
        let plain = Error::new(Code::Unauthenticated, "sign in").into_response();
        assert_eq!(plain.headers()[header::WWW_AUTHENTICATE], "Bearer");
        let invalid = Error::new(Code::Unauthenticated, "expired").with_challenge(INVALID_TOKEN).into_response();
        assert_eq!(invalid.headers()[header::WWW_AUTHENTICATE], r#"Bearer error="invalid_token""#);
        let forbidden = Error::new(Code::PermissionDenied, "admins only").with_challenge(INSUFFICIENT_SCOPE);
        assert_eq!(challenge_in(forbidden.into_response().headers()), Some(INSUFFICIENT_SCOPE));
        assert_eq!(challenge_in(Error::new(Code::PermissionDenied, "no").into_response().headers()), None);
    }

    #[test]
    fn a_refusal_takes_cookies_back() {
        let cookie = HeaderValue::from_static("refresh=; Max-Age=0");
        let error = Error::new(Code::Unauthenticated, "the session has ended").with_cookies([cookie.clone()]);
        assert!(!format!("{error:?}").contains("refresh"));
        assert_eq!(error.into_response().headers()[header::SET_COOKIE], cookie);
    }

    #[test]
    fn a_hint_is_read_in_seconds_and_as_a_date() {
        let read = |text: &str| {
            let value = HeaderValue::from_str(text).unwrap();
            retry_after(&HeaderMap::from_iter([(header::RETRY_AFTER, value)])).map(|it| it.as_secs())
        };
        let soon = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(600));
        assert!(read(&soon).is_some_and(|seconds| (500..=600).contains(&seconds)), "{soon}");
        let cases = [
            ("7", Some(7)),
            (" 7 ", Some(7)),
            ("0", Some(0)),
            ("Wed, 21 Oct 2015 07:28:00 GMT", Some(0)),
            ("Wednesday, 21-Oct-15 07:28:00 GMT", Some(0)),
            ("Wed Oct 21 07:28:00 2015", Some(0)),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
            ("99999999999999999999", None),
        ];
        for (text, seconds) in cases {
            assert_eq!(read(text), seconds, "{text}");
        }
    }

    #[test]
    fn no_service_sends_its_callers_away_for_longer_than_a_day() {
        let day = Some(Duration::from_secs(24 * 3600));
        let longest = Error::new(Code::Unavailable, "away").with_retry_after(Duration::MAX);
        assert_eq!(longest.retry_after, day);
        let problem: Problem = serde_json::from_str(r#"{"retry_after": 18446744073709551615}"#).unwrap();
        assert_eq!(problem.into_error(StatusCode::SERVICE_UNAVAILABLE).retry_after, day);
    }

    #[test]
    fn the_hint_is_rounded_up_to_whole_seconds() {
        assert_eq!(whole_seconds(Duration::from_millis(1)), 1);
        assert_eq!(whole_seconds(Duration::from_millis(1001)), 2);
    }
}
