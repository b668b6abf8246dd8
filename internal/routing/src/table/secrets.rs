//! What of a row is nobody's business: the fields that it calls `secret`, by the names that they have before and after
//! `args`, and whether anything of its calls may be kept at all.

use super::{Arg, Line, Route, Table};
use crate::mask::is_same;

/// Why nothing of a row's calls may be kept: passwords or tokens go by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Credentials<'a> {
    Secret,
    Cookies,
    /// To this service.
    Token(&'a str),
}

impl Route {
    /// The paths of what is secret in an argument as its line gets it, after `args`.
    pub fn secrets(&self) -> Vec<String> {
        self.renamed(|made, from| (from, made))
    }

    /// The same as callers name them, before `args`.
    pub(crate) fn callers_secrets(&self) -> Vec<String> {
        self.renamed(|made, from| (made, from))
    }

    /// The paths as they are written, and under the other name where `args` gives their first word one. They are never
    /// left out as written: a field that `args` would make comes through where its source is missing.
    fn renamed<'a>(&'a self, sides: impl Fn(&'a str, &'a str) -> (&'a str, &'a str)) -> Vec<String> {
        let mut paths = self.secret.clone();
        for path in &self.secret {
            let (first, rest) = path.split_at(path.find('.').unwrap_or(path.len()));
            for (made, arg) in &self.args {
                let Arg::Rename(from) = arg else { continue };
                let (here, there) = sides(made, from);
                if is_same(here, first) {
                    paths.push(format!("{there}{rest}"));
                }
            }
        }
        paths
    }

    /// `is_sent_tokens` tells it of a service.
    pub(crate) fn credentials(&self, is_sent_tokens: impl Fn(&str) -> bool) -> Option<Credentials<'_>> {
        match self.call.service() {
            _ if !self.secret.is_empty() => Some(Credentials::Secret),
            _ if self.cookies => Some(Credentials::Cookies),
            Some(service) if is_sent_tokens(service) => Some(Credentials::Token(service)),
            _ => None,
        }
    }

    /// Whether a call can be kept and answered later: one document comes back, and no credentials go by. An event is
    /// answered with 202 anyway.
    pub(crate) fn is_for_later(&self, has_credentials: bool, is_stream: bool) -> bool {
        !has_credentials && !is_stream && !matches!(self.call, Line::Event { .. } | Line::Raw { .. })
    }
}

impl Table {
    /// Whether passwords or tokens may go over a row of this table.
    pub(crate) fn has_credentials(&self, route: &Route) -> bool {
        route.credentials(|name| self.services.get(name).is_some_and(|service| service.token)).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(options: &str) -> Table {
        let text = format!(
            "version = 1\n[services]\na = {{ url = 'http://h:1', token = true }}\nb = 'http://h:2'\n\
            [[route]]\non = 'POST /x'\n{options}\n"
        );
        crate::table::parse("t", &text, |_| None).unwrap()
    }

    #[test]
    fn a_secret_keeps_its_secret_under_either_name() {
        let cases = [
            ("secret = ['password']", &["password"][..], &["password"][..]),
            ("secret = ['password']\nargs = { password = '$p' }", &["password"], &["password", "p"]),
            ("secret = ['p']\nargs = { password = '$p' }", &["p", "password"], &["p"]),
            ("secret = ['card.number']\nargs = { card = '$c' }", &["card.number"], &["card.number", "c.number"]),
            ("secret = ['refresh_token']\nargs = { refreshToken = '$r' }", &["refresh_token"], &["refresh_token", "r"]),
            ("secret = ['password']\nargs = { password = 7 }", &["password"], &["password"]),
        ];
        for (options, after, before) in cases {
            let table = row(&format!("call = 'rpc s m'\n{options}"));
            assert_eq!(table.routes[0].secrets(), after, "{options}");
            assert_eq!(table.routes[0].callers_secrets(), before, "{options}");
        }
    }

    #[test]
    fn what_may_be_kept_is_said_in_one_place() {
        let cases = [
            ("call = 'http b POST /'", None, true),
            ("call = 'http b POST /'\nsecret = ['p']", Some(Credentials::Secret), false),
            ("call = 'http b POST /'\ncookies = true", Some(Credentials::Cookies), false),
            ("call = 'http a POST /'", Some(Credentials::Token("a")), false),
            ("call = 'event log.x'", None, false),
            ("call = 'http b'", None, false),
        ];
        for (options, expected, is_for_later) in cases {
            let table = row(options);
            let route = &table.routes[0];
            assert_eq!(route.credentials(|name| name == "a"), expected, "{options}");
            assert_eq!(table.has_credentials(route), expected.is_some(), "{options}");
            assert_eq!(route.is_for_later(expected.is_some(), false), is_for_later, "{options}");
            assert!(!route.is_for_later(expected.is_some(), true), "{options}");
        }
    }
}
