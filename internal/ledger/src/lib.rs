//! Finds out whether anything is lost or done twice: a seeded workload that keeps books of what it attempted and what was
//! accepted, faults under it, and checks of those books against what is stored in the end.

mod attempt;
mod books;
mod checks;
mod client;
mod data;
mod phases;
mod plan;
mod progress;
mod random;
mod repeats;
mod report;
mod rig;
mod run;
mod samples;
mod streams;
mod target;
mod task;
mod workload;

pub use checks::Tally;
pub use client::Credentials;
pub use plan::{Faults, Plan};
pub use progress::Progress;
pub use report::{Latency, Phase, Report, Verdict, Window};
pub use rig::{Rig, RigOptions, Way, faults};
pub use run::{Options, run};
pub use streams::Streams;
pub use target::{CommandFault, Fault, Install, Target};
pub use task::Work;
