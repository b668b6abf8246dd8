//! One run from its beginning to its report: sign in, work under faults, let everything heal and drain, read what is in the
//! data, check the books.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use chrono::{SecondsFormat, TimeDelta, Utc};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::books::{Accepted, Books};
use crate::checks::check;
use crate::client::Client;
use crate::data::{self, Data};
use crate::phases::{Driver, Phase};
use crate::plan::Plan;
use crate::progress::Progress;
use crate::repeats::Repeats;
use crate::report::{Report, Run, report};
use crate::samples::{self, Sample};
use crate::target::{Fault, Target};
use crate::workload::Workload;

/// How often the token is renewed; it is good for ten minutes unless the install says otherwise.
const RENEWAL: Duration = Duration::from_secs(180);
/// For so long nothing more may come before the data is taken for what it is in the end.
const QUIET: Duration = Duration::from_secs(2);
const LOOK: Duration = Duration::from_millis(500);
/// By how much the clocks of the machines may differ.
const CLOCKS: TimeDelta = TimeDelta::minutes(5);

/// Beside the plan and the target.
pub struct Options {
    pub progress: Progress,
    /// Where the books are to be kept; without it they go when the run is over.
    pub books: Option<PathBuf>,
    /// Ends the work early; what was begun is healed, read and checked all the same.
    pub stop: CancellationToken,
}

/// Runs `plan` against `target`. An error means that nothing can be said of the install.
pub async fn run(plan: Plan, target: &mut Target, options: Options) -> anyhow::Result<Report> {
    let temporary = tempfile::tempdir().context("cannot make a folder for the books")?;
    let folder = options.books.clone().unwrap_or_else(|| temporary.path().to_owned());
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let books = Arc::new(Books::begin(&folder)?);
    let client = target.client();
    let faults = target.wanted(&plan.faults)?;
    let since = (Utc::now() - CLOCKS).to_rfc3339_opts(SecondsFormat::Millis, true);
    ready(&client, &plan, &since).await?;

    let load = Workload::new(plan.clone(), client.clone(), Arc::clone(&books));
    let went = work(&load, &client, target, faults, &options).await?;
    options.progress.say("reading what is in the data");
    let ended = Instant::now();
    let data = drained(&client, &plan, &since, &books, went.sent + plan.patience).await?;
    data.note(&plan, &books)?;
    let run = Run {
        target: target.describe(),
        checked: check(&plan, &books)?,
        plan,
        phases: went.phases,
        samples: went.samples,
        seen: load.so_far(),
        sent: went.sent,
        drained: ended.elapsed(),
    };
    Ok(Report { books: options.books, ..report(&run) })
}

/// Signed in, able to read what will be checked, and without anything of an earlier run under the same seed.
async fn ready(client: &Client, plan: &Plan, since: &str) -> anyhow::Result<()> {
    client.sign_in().await?;
    let data = data::read(client, plan, since).await.context("what is stored cannot be read")?;
    ensure!(
        data.total == 0,
        "a run with the seed {:x} has left its traces here: choose another one with --seed, or none for a drawn one",
        plan.seed
    );
    Ok(())
}

struct Went {
    phases: Vec<Phase>,
    samples: Vec<Sample>,
    sent: Duration,
}

/// The work with everything beside it; comes back when every task that was begun has its end.
async fn work(
    load: &Arc<Workload>,
    client: &Client,
    target: &mut Target,
    faults: Vec<Fault>,
    options: &Options,
) -> anyhow::Result<Went> {
    let (over, watched) = (CancellationToken::new(), CancellationToken::new());
    let (repeats, resident) = (Repeats::new(target.metrics()), target.memory());
    let faulting = async {
        let (progress, stop) = (&options.progress, &options.stop);
        let phases = Driver { load, client, target, progress, stop }.run(faults).await;
        over.cancel();
        (phases, load.began.elapsed())
    };
    let working = async {
        load.run(&over).await;
        watched.cancel();
    };
    let ((phases, sent), (), samples, (), ()) = tokio::join!(
        faulting,
        working,
        samples::take(client, repeats, load.began, resident, &watched),
        options.progress.follow(load, &watched),
        renew(client, &watched)
    );
    if let Some(failure) = load.so_far().failure {
        bail!("{failure}");
    }
    Ok(Went { phases, samples, sent })
}

async fn renew(client: &Client, stop: &CancellationToken) {
    while stop.run_until_cancelled(tokio::time::sleep(RENEWAL)).await.is_some() {
        // Whoever meets the end of the old one signs in, too.
        let _ = client.sign_in().await;
    }
}

/// What is in the data once everything accepted is there and nothing more comes, or when patience is over.
async fn drained(client: &Client, plan: &Plan, since: &str, books: &Books, patience: Duration) -> anyhow::Result<Data> {
    let (until, mut before) = (Instant::now() + patience, None);
    loop {
        let is_over = Instant::now() > until;
        // After a long run a read is thousands of pages; while anything waits it would be one too early.
        if !is_over && samples::waiting(client).await.is_some_and(|waiting| waiting > 0) {
            tokio::time::sleep(LOOK).await;
            continue;
        }
        match data::read(client, plan, since).await {
            Ok(data) if is_over => return Ok(data),
            Ok(data) if before == Some(data.total) && holds_all(plan, books, &data)? => return Ok(data),
            Ok(data) => before = Some(data.total),
            Err(error) if is_over => bail!("what is stored cannot be read: {error:#}"),
            Err(_) => before = None,
        }
        tokio::time::sleep(QUIET).await;
    }
}

fn holds_all(plan: &Plan, books: &Books, data: &Data) -> anyhow::Result<bool> {
    for line in books.accepted.lines()? {
        let Accepted(_, _, id) = line?;
        let Some(task) = plan.task_with(&id) else { continue };
        if !task.work.effects().iter().all(|effect| data.holds(*effect, task.number)) {
            return Ok(false);
        }
    }
    Ok(true)
}
