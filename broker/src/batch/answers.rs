//! What a batch answers: for each call its status, the headers that say something of it, and its body as it came.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::{Body, Bytes};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use mesh::problem::Problem;
use mesh::{Code, Error};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::reference::Source;
use crate::front::Confidential;

/// The most bytes of all answers of one batch.
const MAX_ANSWERS: usize = 16 << 20;

/// The headers that callers act on. Cookies are not among them: a body is no place for them.
const TOLD: [&str; 9] = [
    "allow",
    "idempotency-replayed",
    "location",
    "preference-applied",
    "ratelimit",
    "ratelimit-policy",
    "retry-after",
    "www-authenticate",
    "x-attempts",
];

/// The answer of one call.
pub(super) struct Answered {
    status: StatusCode,
    headers: BTreeMap<&'static str, String>,
    body: Option<Box<RawValue>>,
    /// Whether a token may be in it.
    is_confidential: bool,
}

/// What is left for the answers that are still to come.
pub(super) struct Room(AtomicUsize);

#[derive(Serialize)]
struct Told<'a> {
    id: &'a str,
    status: u16,
    headers: &'a BTreeMap<&'static str, String>,
    body: Option<&'a RawValue>,
}

impl Answered {
    /// What a call alone would have been answered, where there is room for it.
    pub(super) async fn of(response: Response, method: &Method, path: &str, room: &Room) -> Self {
        let (head, body) = response.into_parts();
        let body = if *method == Method::HEAD { Body::empty() } else { body };
        // A body is complete once it comes here: what does not fit is not copied.
        let Ok(body) = axum::body::to_bytes(body, room.left()).await else { return Self::too_large(path) };
        if !room.take(body.len()) {
            return Self::too_large(path);
        }
        let has_body = head.status != StatusCode::NO_CONTENT && !body.is_empty();
        let is_confidential = head.extensions.get::<Confidential>().is_some();
        match has_body.then(|| raw(&body)).transpose() {
            Ok(body) => Self { status: head.status, headers: told(&head.headers), body, is_confidential },
            Err(error) => {
                let detail = "the service answered something that is not JSON";
                let error = Error::new(Code::Internal, detail).with_status(StatusCode::BAD_GATEWAY).caused_by(error);
                Self::refused(&error, path)
            }
        }
    }

    /// A call that was not made, or whose answer cannot be told.
    pub(super) fn refused(error: &Error, path: &str) -> Self {
        error.log("answered with an error");
        let problem = Problem::of(error, Some(path));
        let mut headers = HeaderMap::new();
        problem.put_headers(&mut headers);
        let body = serde_json::value::to_raw_value(&problem).ok();
        Self { status: error.status(), headers: told(&headers), body, is_confidential: false }
    }

    fn too_large(path: &str) -> Self {
        let detail = format!(
            "the call was made, and its answer does not fit: those of a batch have at most {MAX_ANSWERS} bytes in all"
        );
        Self::refused(&Error::new(Code::ResourceExhausted, detail).with_status(StatusCode::BAD_GATEWAY), path)
    }

    #[cfg(test)]
    pub(super) fn status(&self) -> StatusCode {
        self.status
    }

    /// What other calls can take values from.
    pub(super) fn source(&self) -> Source {
        let failed = self.status.is_client_error() || self.status.is_server_error();
        // Nested so deeply that it cannot be read, it has no fields that anybody could name either.
        let body = self.body.as_ref().filter(|_| !failed).and_then(|body| serde_json::from_str(body.get()).ok());
        Source { status: Value::from(self.status.as_u16()), failed, body: body.unwrap_or_default() }
    }
}

impl Default for Room {
    fn default() -> Self {
        Self(AtomicUsize::new(MAX_ANSWERS))
    }
}

impl Room {
    fn left(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    fn take(&self, size: usize) -> bool {
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(size)).is_ok()
    }
}

/// The answer to the batch itself, with a token in it where one of its calls was answered with one.
pub(super) fn response(ids: &[&str], answers: &[Answered]) -> Response {
    let told: Vec<_> = ids.iter().zip(answers).map(|(id, answer)| answer.told(id)).collect();
    match serde_json::to_vec(&BTreeMap::from([("answers", told)])) {
        Ok(body) => {
            let json = HeaderValue::from_static("application/json");
            // What was answered is for this caller alone.
            let private = HeaderValue::from_static("no-store");
            let headers = [(header::CONTENT_TYPE, json), (header::CACHE_CONTROL, private)];
            let mut response = (headers, body).into_response();
            if answers.iter().any(|answer| answer.is_confidential) {
                response.extensions_mut().insert(Confidential);
            }
            response
        }
        Err(error) => Error::internal(error).into_response(),
    }
}

impl Answered {
    fn told<'a>(&'a self, id: &'a str) -> Told<'a> {
        Told { id, status: self.status.as_u16(), headers: &self.headers, body: self.body.as_deref() }
    }
}

fn raw(body: &Bytes) -> Result<Box<RawValue>, serde_json::Error> {
    serde_json::from_slice(body)
}

fn told(headers: &HeaderMap) -> BTreeMap<&'static str, String> {
    let value = |name: &str| {
        let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        values.collect::<Vec<_>>().join(", ")
    };
    TOLD.into_iter().filter(|name| headers.contains_key(*name)).map(|name| (name, value(name))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn answered(body: &'static str, room: &Room) -> Answered {
        Answered::of(body.into_response(), &Method::GET, "/x", room).await
    }

    #[tokio::test]
    async fn what_does_not_fit_any_more_is_told_and_the_rest_stays() {
        let room = Room(AtomicUsize::new(6));
        assert_eq!((answered("[1,2]", &room).await.status.as_u16(), room.left()), (200, 1));
        let second = answered("[1]", &room).await;
        assert_eq!((second.status.as_u16(), room.left()), (502, 1));
        assert!(second.body.unwrap().get().contains("at most 16777216 bytes"));
        assert_eq!(answered("1", &room).await.status.as_u16(), 200);
    }

    #[tokio::test]
    async fn an_answer_is_told_as_it_came_and_without_cookies() {
        let number = "123456789012345678901234567890.0";
        let response = ([("set-cookie", "a=1"), ("location", "/there"), ("x-other", "1")], number).into_response();
        let room = Room::default();
        let answered = Answered::of(response, &Method::GET, "/x", &room).await;
        assert_eq!(answered.body.as_ref().unwrap().get(), number);
        assert_eq!(answered.headers, BTreeMap::from([("location", "/there".to_owned())]));
        let broken = Answered::of("not JSON".into_response(), &Method::GET, "/x", &room).await;
        assert_eq!(broken.status.as_u16(), 502);
    }

    #[tokio::test]
    async fn an_answer_without_a_body_is_null() {
        for (response, method) in
            [(StatusCode::NO_CONTENT.into_response(), Method::GET), ("{}".into_response(), Method::HEAD)]
        {
            assert!(Answered::of(response, &method, "/x", &Room::default()).await.body.is_none());
        }
    }
}
