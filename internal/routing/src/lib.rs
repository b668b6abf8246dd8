//! The route table and the four lines that its rows go over. The doors (broker, listener, jobs) depend on it, services
//! never do: they do not know who calls them.

mod answers;
pub mod argument;
pub mod batch;
pub mod call;
mod catalog;
mod check;
mod config;
mod connection;
pub mod index;
pub mod line;
pub mod policy;
mod routing;
pub mod table;
mod trail;
mod upstream;

pub use call::{Argument, Call, Documents, RawBody, Reply};
pub use check::check;
pub use config::{Config, load};
pub use routing::{Loaded, Routing, Row, work_queue, work_queues};
pub use table::{Diagnostic, Door, Line, Route, Table};
pub use trail::{Attempt, Trail};
