//! Whether doing a call twice does no more than doing it once: a retry must not book a second flight.

use std::sync::Arc;

use http::Method;
use prost_reflect::MethodDescriptor;
use prost_reflect::prost_types::method_options::IdempotencyLevel;

use crate::line::Ready;
use crate::line::grpc::Grpc;
use crate::table::{Door, Line, Retry, Route};

/// What a row says of its calls.
#[derive(Clone)]
pub(super) enum Safe {
    Never,
    Known {
        is_idempotent: bool,
    },
    /// The service's own word counts where it has one, and it may tell another tomorrow.
    Described {
        line: Arc<Grpc>,
        by_doors: bool,
    },
}

impl Safe {
    pub(super) fn new(route: &Route, line: &Ready) -> Self {
        match (route.retry, line) {
            (Retry::Never, _) => Self::Never,
            (Retry::Safe, Ready::Grpc(line)) => {
                Self::Described { line: Arc::clone(line), by_doors: is_idempotent(route) }
            }
            (Retry::Safe, _) => Self::Known { is_idempotent: is_idempotent(route) },
        }
    }

    /// Whether a call may be made again after it failed; `is_keyed` where its caller gave a key, which tells the
    /// repetition from another call.
    pub(super) fn may_repeat(&self, is_keyed: bool) -> bool {
        match self {
            Self::Never => false,
            Self::Known { is_idempotent } => *is_idempotent || is_keyed,
            Self::Described { line, by_doors } => is_keyed || described(line).unwrap_or(*by_doors),
        }
    }
}

/// Whether a row's calls are, where the service does not say so itself.
pub(crate) fn is_idempotent(route: &Route) -> bool {
    match &route.call {
        Line::Http { method, .. } => method.is_idempotent(),
        // The id of an event is the same over all attempts, and consumers do a thing once.
        Line::Event { .. } => true,
        Line::Grpc { .. } | Line::Rpc { .. } => by_doors(route),
        // What streams through is judged by the line, request by request.
        Line::Raw { .. } => false,
    }
}

fn described(line: &Grpc) -> Option<bool> {
    said_by(&line.descriptor().ok()?)
}

/// What the service says of the method; nothing where it leaves that open.
pub(crate) fn said_by(method: &MethodDescriptor) -> Option<bool> {
    let level = method.method_descriptor_proto().options.as_ref()?.idempotency_level();
    match level {
        IdempotencyLevel::NoSideEffects | IdempotencyLevel::Idempotent => Some(true),
        IdempotencyLevel::IdempotencyUnknown => None,
    }
}

/// Whether all that a row's HTTP doors let in is safe to repeat, by the meaning of HTTP's methods. The clock and events
/// say nothing either way; without any HTTP door nothing is known.
fn by_doors(route: &Route) -> bool {
    let mut methods = route.on.iter().filter_map(|door| match door {
        Door::Http { method, .. } => Some(method.as_ref()),
        Door::Event { .. } | Door::Every(_) | Door::Cron(_) => None,
    });
    let Some(first) = methods.next() else { return false };
    let is_idempotent = |method: Option<&Method>| method.is_some_and(Method::is_idempotent);
    is_idempotent(first) && methods.all(is_idempotent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_method_counts_and_elsewhere_what_all_doors_say() {
        let cases = [
            ("GET /x", "http localhost:1 GET /", true),
            ("POST /x", "http localhost:1 GET /", true),
            ("GET /x", "http localhost:1 POST /", false),
            ("PUT /x", "http localhost:1 PUT /", true),
            ("DELETE /x", "http localhost:1 DELETE /", true),
            ("PATCH /x", "http localhost:1 PATCH /", false),
            ("GET /x", "rpc s one", true),
            ("POST /x", "rpc s one", false),
            ("ANY /x", "rpc s one", false),
            ("GET /x\", \"POST /y", "rpc s one", false),
            ("GET /x\", \"every 1m", "rpc s one", true),
            ("every 1m", "rpc s one", false),
            ("GET /x", "grpc localhost:1 p.S/M", true),
            ("POST /x", "event log.a", true),
        ];
        for (on, call, expected) in cases {
            let text = format!("version = 1\n[[route]]\non = [\"{on}\"]\ncall = \"{call}\"\n");
            let table = crate::table::parse("t", &text, |_| None).unwrap();
            assert_eq!(is_idempotent(&table.routes[0]), expected, "{on} {call}");
        }
    }

    #[test]
    fn a_key_makes_safe_what_is_not_and_never_is_never() {
        let known = |is_idempotent| Safe::Known { is_idempotent };
        let cases = [
            (known(true), false, true),
            (known(true), true, true),
            (known(false), true, true),
            (known(false), false, false),
            (Safe::Never, true, false),
        ];
        for (safe, is_keyed, expected) in cases {
            assert_eq!(safe.may_repeat(is_keyed), expected);
        }
    }
}
