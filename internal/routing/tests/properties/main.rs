//! What is true of every table, path and argument, told as laws and tried with many: matching against a matcher that is
//! slow and plainly right, merging against what the documents say of it, keys and effect ids that reach nobody else's.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod argument;
mod effects;
mod keys;
mod matching;
mod paths;
