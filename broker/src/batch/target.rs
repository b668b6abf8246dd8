//! Where one call of a batch leads: a path that may wait for values, or an action. What can be seen of it is checked when
//! the batch is read, the rest once its values are there.

use http::uri::PathAndQuery;
use http::{Method, Uri};
use mesh::Error;
use routing::table::reserved;

use super::reference::Text;
use super::template::Filling;

pub(super) enum Target {
    Path(Method, Text),
    Action(String),
}

pub(super) enum FilledTarget {
    Path(Method, Uri),
    Action(String),
}

impl Target {
    /// With the path as it was sent, for answers of a call that could not be made.
    pub(super) fn read(
        method: Option<String>,
        path: Option<String>,
        action: Option<String>,
        place: impl Fn(&str) -> String,
    ) -> Result<(Self, String), Error> {
        match (method, path, action) {
            (Some(method), Some(path), None) => {
                let method = method.parse().map_err(|_| Error::field(place("method"), "is no HTTP method"))?;
                let text: Text = path.parse().map_err(|wrong: String| Error::field(place("path"), wrong))?;
                check(&method, &path, &text).map_err(|wrong| Error::field(place("path"), wrong))?;
                let before_query = path.split('?').next().unwrap_or_default().to_owned();
                Ok((Self::Path(method, text), before_query))
            }
            (None, None, Some(action)) => Ok((Self::Action(action), "/handle".to_owned())),
            (None, Some(_), None) => Err(Error::field(place("method"), "is missing: it stands beside the path")),
            (Some(_), _, Some(_)) => Err(Error::field(place("method"), "has no use beside an action: leave it out")),
            (None, Some(_), Some(_)) => Err(Error::field(place("path"), "has no use beside an action: leave one out")),
            (_, None, None) => Err(Error::field(place("path"), "is missing: give method and path, or an action")),
        }
    }

    pub(super) fn filled(&self, filling: &mut Filling<'_>) -> Result<FilledTarget, Error> {
        Ok(match self {
            Self::Action(action) => FilledTarget::Action(action.clone()),
            Self::Path(method, path) => FilledTarget::Path(method.clone(), uri(method, &path.filled_path(filling)?)?),
        })
    }
}

/// What can be seen of a path before its values are there.
fn check(method: &Method, path: &str, text: &Text) -> Result<(), String> {
    if !path.starts_with('/') {
        return Err("must begin with a slash".to_owned());
    }
    let Some(path) = text.fixed() else { return Ok(()) };
    let path: PathAndQuery =
        path.parse().map_err(|_| "is no path of a URL: encode what is special in it".to_owned())?;
    match reserved(Some(method), path.path()) {
        Some("/v1/batch") => Err("leads to a batch, and a batch holds no other one".to_owned()),
        _ => Ok(()),
    }
}

fn uri(method: &Method, path: &str) -> Result<Uri, Error> {
    let too_long = |_| Error::field("path", "is too long, or not fit for a URL, with the values put in");
    let path: PathAndQuery = path.parse().map_err(too_long)?;
    match reserved(Some(method), path.path()) {
        Some(own) => Err(Error::invalid(format!("{own} is the broker's own and cannot be part of a batch"))),
        None => Ok(Uri::from(path)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_values_lead_to_the_brokers_own_is_refused() {
        for path in ["/v1/batch", "/v1/calls/x", "/health/ready", "/metrics"] {
            assert!(uri(&Method::GET, path).is_err(), "{path}");
        }
        assert!(uri(&Method::GET, "/v1/logs?x=/v1/batch").is_ok());
    }
}
