//! Doors, lines and policies as the grammar writes them: what is printed here can be parsed again.

use std::fmt;

use super::{Address, Auth, Door, Limit, LimitScope, Line, Scheme};

impl fmt::Display for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http { method: Some(method), path } => write!(f, "{method} {path}"),
            Self::Http { method: None, path } => write!(f, "ANY {path}"),
            Self::Event { pattern } => write!(f, "event {pattern}"),
            Self::Every(period) => write!(f, "every {}", humantime::format_duration(*period)),
            Self::Cron(expression) => write!(f, "cron {expression}"),
        }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Grpc { service, method } => write!(f, "grpc {service} {method}"),
            Self::Http { service, method, path } => write!(f, "http {service} {method} {path}"),
            Self::Raw { service } => write!(f, "http {service}"),
            Self::Event { key } => write!(f, "event {key}"),
            Self::Rpc { service, method } => write!(f, "rpc {service} {method}"),
        }
    }
}

impl fmt::Display for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Public => "public",
            Self::Local => "local",
            Self::User => "user",
            Self::Role(role) => role,
        })
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let per = match self.per.as_secs() {
            1 => "s",
            60 => "m",
            _ => "h",
        };
        let scope = match self.scope {
            LimitScope::Caller => "caller",
            LimitScope::Route => "route",
        };
        write!(f, "{}/{per} per {scope}", self.calls)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Grpc => "grpc",
            Self::Http => "http",
        })
    }
}
