//! The one binary of Switchboard: every service, and the commands that people use beside them. Only this file reads
//! the environment; what runs is in `start`, what people type is in `cli`.

mod cli;
mod client;
mod columns;
mod control;
mod environment;
mod heartbeat;
mod lock;
mod member;
mod operator;
mod password;
mod rows;
mod services;
mod sign_in;
mod start;

use std::process::ExitCode;
use std::time::{Duration, Instant};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let started = Instant::now();
    // Fails only where a provider is installed already, and then there is one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let error = anyhow::Error::new(error).context("cannot start the runtime");
            return cli::fail(&error, ExitCode::FAILURE);
        }
    };
    let code = runtime.block_on(cli::run(std::env::vars_os(), started));
    // Everything was drained; a blocking call that still hangs must not keep the process.
    runtime.shutdown_timeout(Duration::from_millis(100));
    code
}
