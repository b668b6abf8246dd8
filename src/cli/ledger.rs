//! `switchboard ledger`: the proof that nothing is lost and nothing is done twice, on a mesh that it starts for itself or on
//! an install of one's own. What it does is in the crate `ledger`; here it is told where and how.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use ledger::{
    CommandFault, Credentials, Faults, Install, Options, Plan, Progress, Report, Rig, RigOptions, Target, Verdict, Way,
    Work,
};
use mesh::{Env, shutdown};

use super::fail;
use crate::columns;
use crate::sign_in::Who;

/// Find out whether anything that was accepted is lost or done twice
///
/// Sends events, entries, calls that are answered later and registrations, keeps books of what was attempted and what was
/// accepted, breaks things meanwhile, and in the end compares the books with what is stored. Prints what became of the work
/// and whether every promise was kept: passed (exit code 0), FAILED (1) where one was broken, or INVALID (2) where nothing
/// was shown, such as faults under which no message was ever delivered again. A run that could not be made ends with 2 too.
///
/// Without --url it starts processes of its own in a temporary folder, with engines of its own where --way asks for them,
/// and has every fault that one machine can have; nothing that runs here already is touched. An install that is named
/// by --url has the faults that you give it, and keeps the entries and accounts of the run.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  switchboard ledger --seconds 120                    everything embedded, under every fault
  switchboard ledger --way engines --faults kill-queue,cut
  switchboard ledger --url http://staging:8080 --email ops@example.com --rate 20
  switchboard ledger --url http://staging:8080 \\
      --fault 'logger=systemctl kill -s KILL logger; systemctl start logger' --json report.json")]
pub(crate) struct Args {
    /// Where the broker of an install is
    #[arg(long, conflicts_with = "way")]
    url: Option<String>,

    /// How the mesh of the run's own is to run: embedded, rabbitmq (one process, events over RabbitMQ), or engines (a process
    /// for each service, on PostgreSQL, MongoDB, RabbitMQ and Redis)
    #[arg(long, default_value = "embedded")]
    way: Way,

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
    #[arg(long, requires = "url", value_name = "NAME=COMMAND; COMMAND-THAT-HEALS")]
    fault: Vec<CommandFault>,

    /// Which faults, one after another: all, none, or names with commas between
    #[arg(long, value_name = "NAMES")]
    faults: Option<Faults>,

    /// Print which faults there are in this way of running, and end
    #[arg(long, conflicts_with = "url")]
    list: bool,

    /// Makes the same run again, on an install that has not seen it; in hexadecimal [default: drawn]
    #[arg(long, value_parser = hexadecimal)]
    seed: Option<u64>,

    /// How many seconds the install may take to heal, and in the end to store what it accepted
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    patience: u64,

    /// Where a process tells its metrics, if not at the broker; may be given several times
    #[arg(long, requires = "url", value_name = "URL")]
    metrics: Vec<String>,

    /// Also write the report there, as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// Print tables in Markdown
    #[arg(long)]
    markdown: bool,

    /// Keep the books there: what was attempted, accepted and found, and what the processes of a mesh of its own wrote
    #[arg(long, value_name = "FOLDER")]
    books: Option<PathBuf>,

    #[command(flatten)]
    who: Who,
}

fn hexadecimal(text: &str) -> Result<u64, String> {
    u64::from_str_radix(text, 16).map_err(|_| "expected up to 16 hexadecimal digits, as a report shows them".to_owned())
}

fn list(way: Way) -> String {
    let rows: Vec<_> = ledger::faults(way).into_iter().map(|fault| [fault.name, fault.what]).collect();
    columns::aligned(&rows)
}

pub(crate) async fn run(args: Args, env: &Env) -> anyhow::Result<ExitCode> {
    let stop = shutdown::on_signal().context("cannot listen for signals")?;
    if args.list {
        columns::print(&list(args.way));
        return Ok(ExitCode::SUCCESS);
    }
    let mut target = match &args.url {
        Some(url) => Target::Install(args.install(url).await?),
        None => Target::Rig(Box::new(Rig::logging_to(args.books.clone(), args.rig(env)?).await?)),
    };
    let options = Options { progress: Progress::of_stderr(), books: args.books.clone(), stop };
    let report = ledger::run(args.plan(), &mut target, options).await?;
    columns::print(&if args.markdown { report.markdown() } else { report.text() });
    match finish(args.json.as_deref(), &report, target).await {
        Ok(verdict) => Ok(verdict.exit_code().into()),
        // What is shown to be broken is so, whatever goes wrong after it.
        Err(error) if report.verdict == Verdict::Failed => Ok(fail(&error, Verdict::Failed.exit_code().into())),
        Err(error) => Err(error),
    }
}

/// What is left once a run is told of. A process that does not stop in good order has broken a promise as well.
async fn finish(json: Option<&Path>, report: &Report, target: Target) -> anyhow::Result<Verdict> {
    if let Some(file) = json {
        let text = serde_json::to_string_pretty(report)?;
        std::fs::write(file, text + "\n").with_context(|| format!("cannot write {}", file.display()))?;
    }
    let Target::Rig(rig) = target else { return Ok(report.verdict) };
    let codes = rig.stop().await?;
    let failed: Vec<_> = codes.into_iter().filter(|(_, code)| *code != Some(0)).map(|(name, _)| name).collect();
    if failed.is_empty() {
        return Ok(report.verdict);
    }
    eprintln!("error: asked to stop, these did not end with 0: {}", failed.join(", "));
    Ok(Verdict::Failed)
}

impl Args {
    fn plan(&self) -> Plan {
        let has_none = self.url.is_some() && self.fault.is_empty();
        let default = if has_none { Faults::None } else { Faults::All };
        Plan {
            seed: self.seed.unwrap_or_else(|| uuid::Uuid::new_v4().as_u64_pair().0),
            length: Duration::from_secs(self.seconds),
            rate: self.rate,
            work: self.work.clone(),
            faults: self.faults.clone().unwrap_or(default),
            patience: Duration::from_secs(self.patience),
        }
    }

    async fn install(&self, url: &str) -> anyhow::Result<Install> {
        let who = self.who.credentials().await?;
        let credentials = Credentials { email: who.email, password: who.password };
        Ok(Install { url: url.to_owned(), credentials, metrics: self.metrics.clone(), faults: self.fault.clone() })
    }

    fn rig(&self, env: &Env) -> anyhow::Result<RigOptions> {
        let passed_on = ["SWITCHBOARD_LOG", "SWITCHBOARD_BUG"];
        let variables = passed_on.iter().filter_map(|name| Some(((*name).to_owned(), env.optional(name)?)));
        Ok(RigOptions {
            way: self.way,
            program: std::env::current_exe().context("cannot find the program itself")?,
            services: env.string("SWITCHBOARD_SERVICES", "data/services").into(),
            variables: variables.collect(),
            small_disk: self.plan().faults != Faults::None,
        })
    }
}
