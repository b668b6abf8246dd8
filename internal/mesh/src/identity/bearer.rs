//! The token in a request's Authorization header (RFC 6750, section 2.1); nowhere else is one looked for, as addresses
//! and bodies end up in logs.

use http::HeaderMap;
use http::header::AUTHORIZATION;
use secrecy::SecretString;

use super::INVALID_TOKEN;
use crate::error::{Code, Error};

/// The bearer token, if one was sent; other schemes are none of ours.
///
/// Errors: 401 where it cannot be told which one, or what was sent is none.
pub fn bearer(headers: &HeaderMap) -> Result<Option<SecretString>, Error> {
    let mut sent = headers.get_all(AUTHORIZATION).iter();
    let Some(first) = sent.next() else { return Ok(None) };
    let invalid = |detail: &str| Error::new(Code::Unauthenticated, detail).with_challenge(INVALID_TOKEN);
    // Which of two was meant is nothing to guess at.
    if sent.next().is_some() {
        return Err(invalid("more than one Authorization header: send one"));
    }
    let (scheme, token) = first.to_str().ok().and_then(|text| text.split_once(' ')).unwrap_or_default();
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Ok(None);
    }
    let token = token.trim();
    if token.is_empty() || !token.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(invalid("what follows Bearer is not a token"));
    }
    Ok(Some(SecretString::from(token)))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use secrecy::ExposeSecret;

    use super::*;

    type Read<'a> = Result<Option<&'a str>, ()>;

    #[test]
    fn one_bearer_token_is_read_and_nothing_else() {
        let cases: [(&[&str], Read<'_>); 8] = [
            (&[], Ok(None)),
            (&["Bearer a.b.c"], Ok(Some("a.b.c"))),
            (&["bEARER  sbk_1"], Ok(Some("sbk_1"))),
            (&["Basic dTpw"], Ok(None)),
            (&["a.b.c"], Ok(None)),
            (&["Bearer "], Err(())),
            (&["Bearer a b"], Err(())),
            (&["Bearer a", "Bearer a"], Err(())),
        ];
        for (sent, expected) in cases {
            let headers = sent.iter().fold(HeaderMap::new(), |mut headers, text| {
                headers.append(AUTHORIZATION, HeaderValue::from_str(text).unwrap());
                headers
            });
            let read = bearer(&headers).map(|it| it.map(|it| it.expose_secret().to_owned())).map_err(drop);
            assert_eq!(read, expected.map(|it| it.map(str::to_owned)), "{sent:?}");
        }
    }
}
