//! What makes a process a member of the mesh: configuration, telemetry, errors, serving, health, shutdown, databases
//! and the cache. Only what at least two crates need lives here; everything knows `mesh`, `mesh` knows nobody.

pub mod body;
pub mod cache;
pub mod config;
pub mod db;
pub mod error;
pub mod fetch;
pub mod health;
pub mod identity;
pub mod problem;
pub mod serve;
pub mod shutdown;
pub mod telemetry;
pub mod trace;
pub mod words;

pub use config::{ConfigError, Env};
pub use error::{Code, Error, FieldError, NotSent};
pub use identity::Identity;
pub use trace::TraceContext;
