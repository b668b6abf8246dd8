//! Time in the hands of the test: leeway to the second, key roll-over, and what is forgotten or goes stale.

#[path = "../../tests/identity/issuer.rs"]
#[allow(dead_code, reason = "shared with the tests outside, which use more of it")]
mod issuer;
