//! Which row a request is for, and who may make it, without making it: for people who ask why a call goes where it goes.

use std::fmt;
use std::sync::Arc;

use http::Method;
use mesh::Error;

use crate::index::Index;
use crate::table::{Auth, Route, Table};

/// The row that takes this request; the error is what a caller would be told. `host` is in small letters, without port.
pub fn explain(table: &Table, method: &Method, host: Option<&str>, path: &str) -> Result<Arc<Route>, Error> {
    let index = Index::new(table)?;
    let found = index.find(method, host, path).map_err(|none| none.error(method, path))?;
    Ok(Arc::clone(&table.routes[found.row]))
}

/// Who may call, in words.
pub struct WhoMayCall<'a>(pub &'a Auth);

impl fmt::Display for WhoMayCall<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Auth::Public => f.write_str("everybody"),
            Auth::Local => f.write_str("everybody on a loopback installation, else everybody who is signed in"),
            Auth::User => f.write_str("everybody who is signed in"),
            Auth::Role(role) => write!(f, "users with the role '{role}'"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_told_its_row_and_who_may_make_it() {
        let text = include_str!("../../../routes.toml");
        let table = crate::table::parse("routes.toml", text, |_| None).unwrap();
        let cases = [
            (Method::GET, "/v1/logs", "everybody who is signed in"),
            (Method::POST, "/v1/logs", "everybody on a loopback installation, else everybody who is signed in"),
            (Method::DELETE, "/v1/sessions/current", "everybody"),
            (Method::DELETE, "/v1/sessions/7", "everybody who is signed in"),
            (Method::PATCH, "/v1/users/7", "users with the role 'admin'"),
        ];
        for (method, path, who) in cases {
            let route = explain(&table, &method, None, path).unwrap();
            assert_eq!(WhoMayCall(&route.auth).to_string(), who, "{method} {path}");
        }
        assert!(explain(&table, &Method::GET, None, "/nowhere").unwrap_err().detail.contains("no route for GET"));
    }
}
