//! The panel's files, for requests that nobody else takes: rows of the table and the broker's own paths go first, and what
//! is under /v1/ stays an API, with its own words for what is not there. They are public, as all data behind them is
//! asked for by calls of rows, each with its own `auth`.

mod encoding;
mod missing;

use ::panel::{Asset, Files};
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, VARY};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use mesh::config::{ConfigError, Env};
use routing::table::reserved;

use crate::front::AsItIs;
use crate::openapi::is_known;

/// What the page may load: its own files, and nothing that is written into it. What its scripts set on elements one by
/// one, by the object model, is no style in the text of a page, and is not asked for here.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; \
     manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
);
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const SAME_ORIGIN: HeaderValue = HeaderValue::from_static("same-origin");
/// A name with a hash never gets another content; everything else is asked for anew, and answered with 304.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
const ASK_AGAIN: &str = "no-cache";

/// The panel of one broker.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Panel {
    is_on: bool,
    files: Files,
}

impl Panel {
    pub(crate) fn from_env(env: &Env) -> Result<Self, ConfigError> {
        let is_on = match env.string("BROKER_PANEL", "on").as_str() {
            "on" => true,
            "off" => false,
            other => return Err(ConfigError::new("BROKER_PANEL", format!("expected on or off, found '{other}'"))),
        };
        Ok(Self { is_on, files: ::panel::built() })
    }

    pub(crate) fn with(self, files: Files) -> Self {
        Self { files, ..self }
    }

    /// For a path that neither the table nor the broker has: a file, or to who wants to see a screen, the page.
    pub(crate) fn at(self, request: &Request) -> Option<Response> {
        let path = request.uri().path();
        let is_asked = self.is_on && self.files.is_built() && is_read(request) && !is_of_the_api(path);
        if !is_asked {
            return None;
        }
        let headers = request.headers();
        match self.files.find(path) {
            Some(asset) => Some(file(asset, headers)),
            None if path.starts_with("/assets/") || !is_for_a_person(headers) => None,
            None => self.files.page().map(|page| file(page, headers)),
        }
    }

    /// For `/`, which the broker has under another method: the page, or what to do for there to be one.
    pub(crate) fn at_root(self, request: &Request) -> Option<Response> {
        let is_asked = self.is_on && is_read(request) && is_for_a_person(request.headers());
        is_asked.then(|| match self.files.page() {
            Some(page) => file(page, request.headers()),
            None => missing::page(),
        })
    }
}

fn is_read(request: &Request) -> bool {
    matches!(*request.method(), Method::GET | Method::HEAD)
}

fn is_of_the_api(path: &str) -> bool {
    path == "/v1" || path.starts_with("/v1/") || reserved(None, path).is_some()
}

/// Whether somebody looks at the answer: browsers ask for text/html by name where a person goes, and nowhere else.
fn is_for_a_person(headers: &HeaderMap) -> bool {
    encoding::weights(headers, &ACCEPT).any(|(kind, weight)| kind.eq_ignore_ascii_case("text/html") && weight > 0)
}

fn file(asset: &'static Asset, asked: &HeaderMap) -> Response {
    let mut response = match is_known(asked, asset.etag) {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => content(asset, asked),
    };
    response.extensions_mut().insert(AsItIs);
    let headers = response.headers_mut();
    let caching = if asset.is_immutable { FOR_EVER } else { ASK_AGAIN };
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(caching));
    headers.insert(ETAG, HeaderValue::from_static(asset.etag));
    headers.insert(VARY, HeaderValue::from_static("accept, accept-encoding"));
    if asset.content_type.starts_with("text/html") {
        // With a 304 too: a browser takes its headers for those of what it has kept.
        headers.insert(CONTENT_SECURITY_POLICY, POLICY);
        headers.insert(OPENER_POLICY, SAME_ORIGIN);
    }
    response
}

fn content(asset: &'static Asset, asked: &HeaderMap) -> Response {
    let (encoding, bytes) = encoding::chosen(asset, asked);
    let mut response = ([(CONTENT_TYPE, asset.content_type)], bytes).into_response();
    if let Some(encoding) = encoding {
        response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}
