//! The refresh token of a browser: a cookie that no script reads and no other site sends. As browsers attach it by
//! themselves, whoever uses it has to come from our own pages: the Origin header says from which they come.

use axum::http::HeaderMap;
use http::HeaderValue;
use http::header::{COOKIE, HOST, ORIGIN};
use mesh::{Code, Error};
use secrecy::{ExposeSecret, SecretString};

const NAME: &str = "switchboard_refresh";

/// The token that the browser sent.
pub(crate) fn read(headers: &HeaderMap) -> Option<SecretString> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == NAME).map(|(_, value)| SecretString::from(value))
}

/// Has the browser keep the token for so many seconds.
pub(crate) fn keep(token: &SecretString, seconds: i64) -> Result<HeaderValue, Error> {
    set(token.expose_secret(), seconds)
}

pub(crate) fn forget() -> Result<HeaderValue, Error> {
    set("", 0)
}

fn set(value: &str, seconds: i64) -> Result<HeaderValue, Error> {
    let text = format!("{NAME}={value}; Path=/v1/sessions; Max-Age={seconds}; HttpOnly; Secure; SameSite=Strict");
    let mut header = HeaderValue::try_from(text).map_err(Error::internal)?;
    header.set_sensitive(true);
    Ok(header)
}

/// 403 unless the page that asks is of the host that was asked, or of one in `allowed`.
pub(crate) fn check_origin(headers: &HeaderMap, allowed: &[String]) -> Result<(), Error> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let refused = |why: &str| Err(Error::new(Code::PermissionDenied, why));
    let Some(origin) = text(ORIGIN.as_str()) else {
        return refused("a browser's cookie is taken with an Origin header only");
    };
    let is_allowed = allowed.iter().any(|it| it == origin);
    let host = text("x-forwarded-host").or_else(|| text(HOST.as_str()));
    let is_own = origin.split_once("://").is_some_and(|(scheme, place)| {
        // A page that came in the clear has no business with one that did not.
        let is_weaker = scheme == "http" && text("x-forwarded-proto") == Some("https");
        matches!(scheme, "http" | "https") && !is_weaker && host.is_some_and(|host| host.eq_ignore_ascii_case(place))
    });
    if is_allowed || is_own {
        return Ok(());
    }
    refused("pages of this origin may not use the session: AUTHENTICATOR_ORIGINS lists those that may")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    #[test]
    fn only_our_own_pages_and_listed_ones_may_use_the_cookie() {
        let allowed = ["https://panel.example.com".to_owned()];
        let cases: [(&[(&str, &str)], bool); 10] = [
            (&[("origin", "http://localhost:8080"), ("x-forwarded-host", "localhost:8080")], true),
            (&[("origin", "https://Site.example"), ("x-forwarded-host", "site.example")], true),
            (&[("origin", "https://panel.example.com"), ("x-forwarded-host", "site.example")], true),
            (&[("origin", "http://127.0.0.1:1"), ("host", "127.0.0.1:1")], true),
            (&[("x-forwarded-host", "site.example")], false),
            (&[("origin", "null"), ("x-forwarded-host", "null")], false),
            (&[("origin", "https://evil.example"), ("x-forwarded-host", "site.example")], false),
            (&[("origin", "https://site.example.evil"), ("x-forwarded-host", "site.example")], false),
            (&[("origin", "https://site.example:444"), ("x-forwarded-host", "site.example")], false),
            (
                &[
                    ("origin", "http://site.example"),
                    ("x-forwarded-host", "site.example"),
                    ("x-forwarded-proto", "https"),
                ],
                false,
            ),
        ];
        for (pairs, is_fine) in cases {
            assert_eq!(check_origin(&headers(pairs), &allowed).is_ok(), is_fine, "{pairs:?}");
        }
    }

    #[test]
    fn the_cookie_is_found_among_others_and_shown_to_nobody() {
        let found = read(&headers(&[("cookie", "a=b; switchboard_refresh=t0ken; c=d")])).unwrap();
        assert_eq!(found.expose_secret(), "t0ken");
        assert!(read(&headers(&[("cookie", "xswitchboard_refresh=t0ken")])).is_none());
        let header = keep(&found, 60).unwrap();
        assert!(!format!("{header:?}").contains("t0ken"));
        let text = "switchboard_refresh=t0ken; Path=/v1/sessions; Max-Age=60; HttpOnly; Secure; SameSite=Strict";
        assert_eq!(header, text);
    }
}
