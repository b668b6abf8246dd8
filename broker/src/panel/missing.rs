//! The page of a program that was built without the panel: what is missing, and that everything else works. It has no
//! script, and of styles only its own, which the policy knows by their hash.

use std::sync::LazyLock;

use axum::response::{Html, IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use sha2::{Digest, Sha256};

use crate::front::AsItIs;

const STYLE: &str = "\
:root{color-scheme:light dark;font:14px/1.5 system-ui,sans-serif}\
body{max-width:34rem;margin:15vh auto 0;padding:0 1rem}\
h1{font-size:1.125rem}\
pre{padding:.5rem .75rem;border:1px solid #8886;border-radius:4px;overflow:auto}";

static PAGE: LazyLock<String> = LazyLock::new(|| {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Switchboard</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <h1>Switchboard is running, without its panel</h1>\n\
         <p>This program was built on a machine without node, so the panel is not inside. \
         Install node 20.19 or newer (<a href=\"https://nodejs.org\">nodejs.org</a>), then build again:</p>\n\
         <pre>make panel\nmake run</pre>\n\
         <p>The API works all the same; <a href=\"/openapi.json\">/openapi.json</a> tells what there is:</p>\n\
         <pre>curl -X POST localhost:8080/</pre>\n</body>\n</html>\n"
    )
});

static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
});

/// Never kept: after the next build there is a panel.
pub(super) fn page() -> Response {
    let mut response = ([(CACHE_CONTROL, "no-store")], Html(PAGE.as_str())).into_response();
    response.extensions_mut().insert(AsItIs);
    if let Ok(policy) = HeaderValue::from_str(&POLICY) {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}
