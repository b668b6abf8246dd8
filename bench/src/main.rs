//! The comparisons of bench/README.md. Each measures Switchboard and a baseline in the same run, in rounds that take
//! turns, and prints medians, ratios, CPU per request and peak memory. A missed aim is printed, it fails nothing.

mod baseline;
mod drain;
mod events;
mod figures;
mod idle;
mod json_to_grpc;
mod load;
mod login_storm;
mod mesh;
mod nginx;
mod plain_lapin;
mod policy;
mod process;
mod rpc;
mod sign_in;
mod storm;
mod virtual_host;
mod waiting;

use clap::{Parser, ValueEnum};

use figures::Pace;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures Switchboard against baselines on this machine.
#[derive(Parser)]
struct Cli {
    /// What to measure; everything where nothing is named
    #[arg(value_enum)]
    what: Vec<Comparison>,
    /// One round of half a second, to see whether it runs; for policy, rpc and waiting
    #[arg(long)]
    short: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Comparison {
    /// POST /v1/logs against axum alone and nginx in front of it
    JsonToGrpc,
    /// POST /v1/events/logs on RabbitMQ against lapin alone
    Events,
    /// From the queue through the listener into the log
    Drain,
    /// The all-in-one when nobody asks it anything
    Idle,
    /// POST /v1/logs while strangers try passwords
    LoginStorm,
    /// A row with every policy in force against a bare one
    Policy,
    /// Questions over RabbitMQ against lapin alone and NestJS
    Rpc,
    /// Questions to one service while events wait for another one
    Waiting,
    /// The baseline itself, as a process of its own
    #[value(hide = true)]
    Hello,
    /// What answers questions, as a process of its own: through the bus, or by lapin alone
    #[value(hide = true)]
    AnswerBus,
    #[value(hide = true)]
    AnswerLapin,
}

impl Comparison {
    const ALL: [Self; 8] = [
        Self::JsonToGrpc,
        Self::Events,
        Self::Drain,
        Self::Idle,
        Self::LoginStorm,
        Self::Policy,
        Self::Rpc,
        Self::Waiting,
    ];

    async fn run(self, pace: Pace) -> anyhow::Result<()> {
        match self {
            Self::JsonToGrpc => json_to_grpc::run().await,
            Self::Events => events::run().await,
            Self::Drain => drain::run().await,
            Self::Idle => idle::run().await,
            Self::LoginStorm => login_storm::run().await,
            Self::Policy => policy::run(pace).await,
            Self::Rpc => rpc::run(pace).await,
            Self::Waiting => waiting::run(pace).await,
            Self::Hello => baseline::serve().await,
            Self::AnswerBus => rpc::over_bus::answer().await,
            Self::AnswerLapin => rpc::bare_lapin::answer().await,
        }
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Cli { mut what, short } = Cli::parse();
    let pace = if short { Pace::SHORT } else { Pace::FULL };
    if what.is_empty() {
        what.extend(Comparison::ALL);
    }
    let all = async {
        for comparison in what {
            comparison.run(pace).await?;
        }
        Ok(())
    };
    tokio::select! {
        // Returns through here, so that what was started is stopped.
        _ = tokio::signal::ctrl_c() => anyhow::bail!("interrupted"),
        done = all => done,
    }
}
