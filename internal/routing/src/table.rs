//! The route table as types: what routes.toml says, checked and ready to be used without looking at text again. The
//! grammar is in docs/routes.md; `parse` turns text into these types or into errors that name the line and the remedy.

mod call;
mod cors;
mod diagnostics;
mod display;
mod fit;
mod issuers;
mod names;
mod on;
mod options;
mod parse;
mod path;
mod places;
mod reader;
mod row;
mod secrets;
mod services;
mod tables;
mod template;
mod trust;
mod unique;
mod variables;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use http::Method;
use serde_json::{Map, Value as Json};

pub use diagnostics::Diagnostic;
pub use on::reserved;
pub use parse::parse;
pub use path::PathPattern;
pub use places::{Address, Scheme, Service};
pub(crate) use secrets::Credentials;
pub use template::KeyTemplate;
pub use trust::{Cors, Issuer, Origins, Source};

/// Every service, every issuer and every row of one file.
#[derive(Debug, Default)]
pub struct Table {
    pub services: BTreeMap<String, Arc<Service>>,
    /// In the order of their names.
    pub issuers: Vec<Issuer>,
    /// Without it no page of another origin may call.
    pub cors: Option<Arc<Cors>>,
    pub routes: Vec<Arc<Route>>,
}

/// One row: who may come in by which doors, which line the call takes, under which policy.
#[derive(Debug)]
pub struct Route {
    /// Names the row in metrics, logs and queues: its action, else its first door.
    pub name: String,
    pub on: Vec<Door>,
    pub action: Option<String>,
    pub call: Line,
    /// The HTTP status of success, where the line has no say of its own.
    pub status: Option<u16>,
    pub auth: Auth,
    pub timeout: Duration,
    pub retry: Retry,
    pub limit: Option<Limit>,
    pub batch: Option<Batch>,
    pub reply: ReplyShape,
    /// Changes to the argument, by the field they make.
    pub args: BTreeMap<String, Arg>,
    /// Whether cookies pass, in and out, and what a service needs to judge them by.
    pub cookies: bool,
    /// The Host header that this row is for; every host when missing.
    pub host: Option<String>,
    /// Answer 202 with a status resource instead of waiting.
    pub asynchronous: bool,
    /// Attempts of a failing event, the first included.
    pub attempts: u32,
    /// Fields masked wherever the argument is shown or kept.
    pub secret: Vec<String>,
    /// The message type an event's body must be, as `SERVICE pkg.Message`: checked before it is accepted.
    pub schema: Option<Schema>,
    /// How many bytes the text of an event's field may have, checked before it is accepted.
    pub size: BTreeMap<String, Size>,
    /// By which name `GET /v1/live` watches what the row answers.
    pub live: Option<String>,
    /// What the row is for, in one line, for people who read about it.
    pub summary: Option<String>,
    /// An argument as a caller may give it: fields of path, query and body together.
    pub example: Option<Map<String, Json>>,
    /// What the service may answer to it, where no descriptor tells.
    pub answer: Option<Map<String, Json>>,
    /// The keys that the row has in the file; what is not among them is a default.
    pub written: BTreeSet<String>,
    /// Where it stands in the file, counted from 1.
    pub line: usize,
}

/// What lets a call in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Door {
    /// No method means any.
    Http {
        method: Option<Method>,
        path: PathPattern,
    },
    Event {
        pattern: String,
    },
    Every(Duration),
    /// A cron expression that was found readable.
    Cron(String),
}

/// What carries a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// `method` is `pkg.Service/Method`.
    Grpc {
        service: String,
        method: String,
    },
    /// JSON in, JSON out; path parameters are filled from the argument.
    Http {
        service: String,
        method: Method,
        path: PathPattern,
    },
    /// Bodies stream through as they are, path and query too.
    Raw {
        service: String,
    },
    Event {
        key: KeyTemplate,
    },
    Rpc {
        service: String,
        method: String,
    },
}

impl Line {
    /// The first word of it: `grpc`, `http`, `event` or `rpc`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Grpc { .. } => "grpc",
            Self::Http { .. } | Self::Raw { .. } => "http",
            Self::Event { .. } => "event",
            Self::Rpc { .. } => "rpc",
        }
    }

    /// The service of `[services]` that it goes to; events and questions over the bus go to none of them.
    pub fn service(&self) -> Option<&str> {
        match self {
            Self::Grpc { service, .. } | Self::Http { service, .. } | Self::Raw { service } => Some(service),
            Self::Event { .. } | Self::Rpc { .. } => None,
        }
    }
}

/// Who may call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Auth {
    Public,
    /// Everybody as long as this is nobody else's machine: every bound address is loopback and it is not production.
    /// Elsewhere as `User`.
    Local,
    /// Anybody who is signed in.
    #[default]
    User,
    Role(String),
}

impl Auth {
    /// Whether a caller may be nobody; `is_local` is whether nobody else reaches this installation.
    pub(crate) fn needs_nobody(&self, is_local: bool) -> bool {
        match self {
            Self::Public => true,
            Self::Local => is_local,
            Self::User | Self::Role(_) => false,
        }
    }
}

/// When a failed call is tried again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Retry {
    Never,
    /// Where the method is idempotent or the caller gave a key.
    #[default]
    Safe,
}

/// `200/s per caller`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    pub calls: u32,
    pub per: Duration,
    pub scope: LimitScope,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitScope {
    Caller,
    Route,
}

/// Many events in one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Most events in one call, 1 to 1,000.
    pub max: usize,
    /// The field of the request that holds the list.
    pub into: String,
    /// The field of each entry that takes the event's id.
    pub id: Option<String>,
    /// The field of each entry that takes the event's time.
    pub time: Option<String>,
    /// The field of the reply with one `{code, message}` for each entry.
    pub results: Option<String>,
}

/// The form of the answer over HTTP.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ReplyShape {
    #[default]
    Plain,
    /// `{error, message, data}`
    Envelope,
}

/// How one field of the argument is made.
#[derive(Debug, Clone, PartialEq)]
pub enum Arg {
    /// Taken from the caller's field of this name, which then is gone: `text = "$q"`.
    Rename(String),
    /// Always this; a caller that sends the field gets 400.
    Constant(Json),
}

/// Bytes, both ends included; a field that may be missing has 0 as its least.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    pub least: usize,
    pub most: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    pub service: String,
    pub message: String,
}
