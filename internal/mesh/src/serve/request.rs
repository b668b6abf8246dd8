//! What a request must be before anybody answers it: of a bearable size, and for one host that everybody who reads it
//! finds in the same place.

use http::header::HOST;
use http::uri::Authority;
use http::{HeaderValue, Request, StatusCode, Version};

use super::limits::{HEADERS, TARGET};
use crate::error::Error;

/// Checks the request and leaves the host that was asked for in `Host`.
pub(super) fn settle<B>(request: &mut Request<B>) -> Result<(), Error> {
    sizes(request)?;
    let said = host(request)?;
    let Some(asked) = request.uri().authority().cloned() else {
        let is_missing = said.is_none() && request.version() == Version::HTTP_11;
        return if is_missing { Err(Error::invalid("the Host header is missing")) } else { Ok(()) };
    };
    if asked.as_str().contains('@') {
        return Err(Error::invalid("the target names a user: leave out what stands before the @"));
    }
    let differs = said.is_some_and(|said| !said.as_str().eq_ignore_ascii_case(asked.as_str()));
    if differs && request.version() == Version::HTTP_2 {
        return Err(Error::invalid("Host and :authority differ"));
    }
    // RFC 9112, section 3.2.2: an absolute target goes before the header. HTTP/2 says the host nowhere else.
    let host = HeaderValue::from_str(asked.as_str()).map_err(Error::internal)?;
    request.headers_mut().insert(HOST, host);
    Ok(())
}

fn sizes<B>(request: &Request<B>) -> Result<(), Error> {
    let length = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    if length > TARGET {
        let detail = format!("the path and query have more than the {TARGET} bytes that are allowed");
        return Err(Error::invalid(detail).with_status(StatusCode::URI_TOO_LONG));
    }
    if request.headers().len() > HEADERS {
        let detail = format!("there are more than the {HEADERS} headers that are allowed");
        return Err(Error::invalid(detail).with_status(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE));
    }
    Ok(())
}

/// What the one Host header says.
fn host<B>(request: &Request<B>) -> Result<Option<Authority>, Error> {
    let mut hosts = request.headers().get_all(HOST).iter();
    let Some(host) = hosts.next() else { return Ok(None) };
    if hosts.next().is_some() {
        return Err(Error::invalid("there are two Host headers: send one"));
    }
    let readable = host.to_str().ok().and_then(|host| host.parse::<Authority>().ok());
    match readable.filter(|host| !host.as_str().contains('@')) {
        Some(host) => Ok(Some(host)),
        None => Err(Error::invalid("the Host header must be a host, with or without a port")),
    }
}
