//! Arbitrary bytes where people and callers write: the route table and the parts of a request that become an argument.
//! Whatever they are, there is a result or a clear error, soon. `tests/corpus` keeps what was found.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod argument;
mod table;
mod time;

use fuzz::Target;

/// A target whose corpus is `tests/corpus/NAME`.
fn target(name: &str, property: fn(&[u8])) -> Target {
    Target::new(env!("CARGO_MANIFEST_DIR"), &format!("tests/corpus/{name}"), property)
}
