//! JSON bodies, read strictly: what is not exactly as asked is refused with the field and the remedy, and a value that
//! was sent is never repeated, because it may be a password. `Json<T>` is the extractor for axum handlers.

mod patient;

use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http::header::CONTENT_ENCODING;
use http::{HeaderMap, StatusCode};
use http_body::Body as _;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use tokio::time::Instant;

use crate::error::{Code, Error};
use crate::words::nearest;

pub use patient::Patient;

/// What a handler takes unless it says otherwise, in bytes.
pub const DEFAULT_LIMIT: usize = 1 << 20;
/// How much of a larger body is read to its end, in bytes, before the connection is closed on it.
const DISCARDED: usize = 8 << 20;
/// How long a client may take to send its body.
const PATIENCE: Duration = Duration::from_secs(10);
/// Longer names than this are cut where an error repeats them.
const SHOWN: usize = 64;

/// A request's body of at most `LIMIT` bytes. `T` should deny unknown fields.
///
/// The Content-Type is not looked at: `curl -d` calls everything a form, and nothing but JSON is taken anyway.
#[derive(Debug)]
pub struct Json<T, const LIMIT: usize = DEFAULT_LIMIT>(pub T);

impl<T: DeserializeOwned, S: Send + Sync, const LIMIT: usize> FromRequest<S> for Json<T, LIMIT> {
    type Rejection = Error;

    async fn from_request(request: Request, _: &S) -> Result<Self, Error> {
        plain(request.headers())?;
        // Who waits for `100 Continue` sends nothing when the answer is another one.
        let waits = request.headers().contains_key(http::header::EXPECT);
        let bytes = read(request.into_body(), LIMIT, waits, Instant::now() + PATIENCE).await?;
        parse(&bytes).map(Self)
    }
}

/// Refuses a body that is encoded in some way: the bounds are for what was sent, and a small body can become a large one.
pub fn plain(headers: &HeaderMap) -> Result<(), Error> {
    let encoded = headers.get_all(CONTENT_ENCODING).iter().any(|it| !it.as_bytes().eq_ignore_ascii_case(b"identity"));
    let refused = || Error::invalid("an encoded body is not read here: send it without Content-Encoding");
    if encoded { Err(refused().with_status(StatusCode::UNSUPPORTED_MEDIA_TYPE)) } else { Ok(()) }
}

/// The whole body, at most `limit` bytes, by the deadline and within ten seconds. `waits`: the client sends nothing
/// before it is told to.
pub async fn read(mut body: Body, limit: usize, waits: bool, deadline: Instant) -> Result<Bytes, Error> {
    if body.size_hint().lower() > limit as u64 {
        if !waits {
            discard(&mut body).await;
        }
        return Err(too_large(limit));
    }
    let by = deadline.min(Instant::now() + PATIENCE);
    match tokio::time::timeout_at(by, Limited::new(&mut body, limit).collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            discard(&mut body).await;
            Err(too_large(limit))
        }
        Ok(Err(error)) => Err(Error::invalid("the body broke off before its end").caused_by(error)),
        Err(_) => Err(too_slow()),
    }
}

/// Reads on without keeping anything: a connection closed over unread data is reset, and the caller would see that
/// instead of the answer.
async fn discard(body: &mut Body) {
    let mut rest = Limited::new(body, DISCARDED);
    let reading = async { while let Some(Ok(_)) = rest.frame().await {} };
    let _ = tokio::time::timeout(PATIENCE, reading).await;
}

/// Reads a JSON object; every body in this house is one, so that a field can be added later.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        Error::invalid(format!("the body is not UTF-8: byte {} is the first wrong one", error.valid_up_to() + 1))
    })?;
    match text.trim_start_matches([' ', '\t', '\r', '\n']).chars().next() {
        None => return Err(Error::invalid("the body is empty: send a JSON object")),
        Some('[' | '"' | '-' | '0'..='9' | 't' | 'f' | 'n') => {
            return Err(Error::invalid("the body must be a JSON object: begin with {"));
        }
        Some(_) => {}
    }
    let mut json = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        explained(&path, &error.into_inner())
    })?;
    json.end().map_err(|error| explained(".", &error))?;
    Ok(value)
}

fn too_large(limit: usize) -> Error {
    Error::invalid(format!("the body has more than the {limit} bytes that are allowed"))
        .with_status(StatusCode::PAYLOAD_TOO_LARGE)
}

fn too_slow() -> Error {
    Error::new(Code::DeadlineExceeded, "the body did not arrive in time").with_status(StatusCode::REQUEST_TIMEOUT)
}

/// What serde_json found wrong, in words fit for the caller and without the value.
pub fn explained(path: &str, error: &serde_json::Error) -> Error {
    let (line, column) = (error.line(), error.column());
    let text = error.to_string();
    let message = text.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&text);
    match error.classify() {
        Category::Data => wrong_field(path, message),
        Category::Eof => Error::invalid(format!("malformed JSON: it ends too early, at line {line} column {column}")),
        Category::Syntax | Category::Io if message.contains("recursion limit") => {
            Error::invalid(format!("nested too deeply, at line {line} column {column}: at most 128 levels are read"))
        }
        Category::Syntax | Category::Io => {
            Error::invalid(format!("malformed JSON at line {line} column {column}: {message}"))
        }
    }
}

/// Serde tells its errors only as sentences; these are all the shapes it has.
pub fn wrong_field(path: &str, message: &str) -> Error {
    if let Some(name) = quoted(message, "missing field ") {
        return Error::field(joined(path, name), "is required");
    }
    if let Some(name) = quoted(message, "duplicate field ") {
        return Error::field(joined(path, name), "is given twice");
    }
    if let Some(name) = quoted(message, "unknown field ") {
        return unknown_field(path, name, message);
    }
    let field = if path == "." { "body" } else { path };
    if message.starts_with("unknown variant ") {
        let expected = message.rsplit_once(", expected ").map_or("another value", |(_, expected)| expected);
        return Error::field(field, format!("expected {expected}"));
    }
    let typed = message.strip_prefix("invalid type: ").or_else(|| message.strip_prefix("invalid value: "));
    match typed.and_then(|it| it.rsplit_once(", expected ")) {
        Some((found, expected)) => {
            // An integer of the right type is refused for its size alone.
            let is_too_far = message.starts_with("invalid value: integer ");
            let found = if is_too_far { "one that is out of range" } else { kind(found) };
            Error::field(field, format!("expected {}, found {found}", in_json_words(expected)))
        }
        None => Error::field(field, message),
    }
}

fn unknown_field(path: &str, name: &str, message: &str) -> Error {
    // The path ends in the unknown name itself; the name alone stands for what is at the top.
    let parent = path.strip_suffix(name).map_or(path, |parent| parent.trim_end_matches('.'));
    let known = message.rsplit_once(", expected ").map_or("", |(_, known)| known);
    let known: Vec<&str> = known.split('`').skip(1).step_by(2).collect();
    let shown: String = name.chars().take(SHOWN).collect();
    let detail = match nearest(&shown.to_lowercase(), known.iter().copied()) {
        Some(nearest) => format!("no such field: did you mean {nearest}?"),
        None if known.is_empty() => "no such field: none is taken here".to_owned(),
        None => format!("no such field: there are {}", known.join(", ")),
    };
    Error::field(joined(parent, &shown), detail)
}

fn joined(parent: &str, name: &str) -> String {
    if matches!(parent, "" | ".") { name.to_owned() } else { format!("{parent}.{name}") }
}

fn quoted<'a>(message: &'a str, before: &str) -> Option<&'a str> {
    let rest = message.strip_prefix(before)?.strip_prefix('`')?;
    Some(
        rest.rsplit_once("`, expected ")
            .or_else(|| rest.rsplit_once("`, there are "))
            .map_or_else(|| rest.trim_end_matches('`'), |(name, _)| name),
    )
}

/// The kind of a value without the value.
fn kind(found: &str) -> &'static str {
    match found.split([' ', '`', '"']).next().unwrap_or_default() {
        "string" => "a string",
        "integer" | "number" => "a number",
        "floating" => "a decimal number",
        "boolean" => "a boolean",
        "null" => "null",
        "map" => "an object",
        "sequence" => "an array",
        _ => "something else",
    }
}

fn in_json_words(expected: &str) -> &str {
    match expected {
        "a map" => "an object",
        "a sequence" => "an array",
        "u8" | "u16" | "u32" | "u64" | "i8" | "i16" | "i32" | "i64" | "usize" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        _ if expected.starts_with("struct ") => "an object",
        _ => expected,
    }
}
