//! `switchboard ledger`: the proof that nothing is lost and nothing is done twice, on an install of one's own. What it does is
//! in the crate `ledger`; here it is told where and how.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use ledger::{CommandFault, Credentials, Faults, Install, Options, Plan, Progress, Target, Work};
use mesh::{Env, shutdown};

use crate::columns;
use crate::sign_in::{self, Who};

/// Find out whether anything that was accepted is lost or done twice
///
/// Sends events, entries, calls that are answered later and registrations, keeps books of what was attempted and what was
/// accepted, breaks things meanwhile, and in the end compares the books with what is stored. Prints what became of the work
/// and whether every promise was kept: passed (exit code 0), FAILED (1), or INVALID (2) where nothing was shown, such as
/// faults under which no message was ever delivered again. It leaves the entries and accounts of its run behind.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  switchboard ledger --seconds 10                     load alone, against BROKER_URL or BROKER_ADDR
  switchboard ledger --url http://staging:8080 --email ops@example.com --rate 20
  switchboard ledger --fault 'logger=systemctl kill -s KILL logger; systemctl start logger' --json report.json")]
pub(crate) struct Args {
    /// Where the broker of the install is [default: BROKER_URL, or BROKER_ADDR of this machine]
    #[arg(long)]
    url: Option<String>,

    /// For how long to send work; healing and reading come on top
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    seconds: u64,

    /// How many tasks a second
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    rate: u32,

    /// Which kinds of work: event, write, later, account, with commas between
    #[arg(long, value_delimiter = ',', default_values = ["event", "write", "later", "account"])]
    work: Vec<Work>,

    /// A fault of your own and how it is healed; may be given several times
    #[arg(long, value_name = "NAME=COMMAND; COMMAND-THAT-HEALS")]
    fault: Vec<CommandFault>,

    /// Which faults, one after another: all, none, or names with commas between
    #[arg(long, value_name = "NAMES")]
    faults: Option<Faults>,

    /// Makes the same run again, on an install that has not seen it; in hexadecimal [default: drawn]
    #[arg(long, value_parser = hexadecimal)]
    seed: Option<u64>,

    /// How many seconds the install may take to heal, and in the end to store what it accepted
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    patience: u64,

    /// Where a process tells its metrics, if not at the broker; may be given several times
    #[arg(long, value_name = "URL")]
    metrics: Vec<String>,

    /// Also write the report there, as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// Print tables in Markdown
    #[arg(long)]
    markdown: bool,

    /// Keep the books there: what was attempted, accepted and found
    #[arg(long, value_name = "FOLDER")]
    books: Option<PathBuf>,

    #[command(flatten)]
    who: Who,
}

fn hexadecimal(text: &str) -> Result<u64, String> {
    u64::from_str_radix(text, 16).map_err(|_| "expected up to 16 hexadecimal digits, as a report shows them".to_owned())
}

pub(crate) async fn run(args: Args, env: &Env) -> anyhow::Result<ExitCode> {
    let stop = shutdown::on_signal().context("cannot listen for signals")?;
    let mut target = Target::Install(args.install(env).await?);
    let options = Options { progress: Progress::of_stderr(), books: args.books.clone(), stop };
    let report = ledger::run(args.plan(), &mut target, options).await?;
    if let Some(file) = &args.json {
        let text = serde_json::to_string_pretty(&report)?;
        std::fs::write(file, text + "\n").with_context(|| format!("cannot write {}", file.display()))?;
    }
    columns::print(&if args.markdown { report.markdown() } else { report.text() });
    Ok(report.verdict.exit_code().into())
}

impl Args {
    fn plan(&self) -> Plan {
        let default = if self.fault.is_empty() { Faults::None } else { Faults::All };
        Plan {
            seed: self.seed.unwrap_or_else(|| uuid::Uuid::new_v4().as_u64_pair().0),
            length: Duration::from_secs(self.seconds),
            rate: self.rate,
            work: self.work.clone(),
            faults: self.faults.clone().unwrap_or(default),
            patience: Duration::from_secs(self.patience),
        }
    }

    async fn install(&self, env: &Env) -> anyhow::Result<Install> {
        let url = match &self.url {
            Some(url) => url.clone(),
            None => sign_in::broker(env)?,
        };
        let (email, password) = self.who.credentials().await?;
        let credentials = Credentials { email: email.to_owned(), password };
        Ok(Install { url, credentials, metrics: self.metrics.clone(), faults: self.fault.clone() })
    }
}
