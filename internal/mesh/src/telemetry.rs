//! Logs and metrics of the process, the only process globals there are. Metrics are in Prometheus text at /metrics of
//! every service; their labels come from closed sets (service, route, code), never from what callers send.

use std::io::IsTerminal;
use std::sync::OnceLock;
use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::{Directive, LevelFilter};

use crate::config::{ConfigError, Env};

static METRICS: OnceLock<PrometheusHandle> = OnceLock::new();

/// Up to which seconds histograms count apart: from a call within the process up to a slow job.
pub const SECONDS: [f64; 14] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// How many went together, in a commit or a batch.
const COUNTS: [f64; 11] = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0];

/// How much is logged, and how.
#[derive(Debug)]
pub struct Config {
    filter: String,
    json: bool,
}

impl Config {
    pub fn from_env(env: &Env) -> Result<Self, ConfigError> {
        let filter = env.string("SWITCHBOARD_LOG", "info");
        if let Some(odd) = filter.split(',').map(str::trim).find(|part| !is_understood(part)) {
            let detail = format!(
                "expected off, error, warn, info, debug or trace, or one of them by module as in info,routing=debug, \
                 found '{odd}'"
            );
            return Err(ConfigError::new("SWITCHBOARD_LOG", detail));
        }
        let json = match env.string("SWITCHBOARD_LOG_FORMAT", "text").as_str() {
            "text" => false,
            "json" => true,
            other => {
                let detail = format!("expected text or json, found '{other}'");
                return Err(ConfigError::new("SWITCHBOARD_LOG_FORMAT", detail));
            }
        };
        Ok(Self { filter, json })
    }
}

/// A word alone has to be a level: `EnvFilter` would take any other for a module's name and log next to nothing.
fn is_understood(part: &str) -> bool {
    match part.contains(['=', '[']) {
        true => part.parse::<Directive>().is_ok(),
        false => part.parse::<LevelFilter>().is_ok(),
    }
}

/// Sets up logging to standard error and the metrics recorder; to be called once, by `main`.
pub fn init(config: &Config) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&config.filter)
        .map_err(|error| ConfigError::new("SWITCHBOARD_LOG", format!("not a log filter: {error}")))?;
    // lapin logs every message that RabbitMQ returns with its whole body, in which credentials may be.
    let filter = filter.add_directive("lapin::returned_messages=off".parse()?);
    // It calls a channel that is closed with its connection an error; what ends a connection is told by the bus.
    let filter = filter.add_directive("lapin::channels=off".parse()?);
    // What ends a channel is an error of whoever uses it, who says so, or an answer, such as that there is no such queue.
    let filter = filter.add_directive("lapin::channel=off".parse()?);
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        // A log whose reader has gone must not end the task that writes to it.
        .log_internal_errors(false);
    let set = if config.json { subscriber.json().try_init() } else { subscriber.with_target(false).try_init() };
    set.map_err(|error| anyhow::anyhow!("logging is set up twice: {error}"))?;
    init_metrics()
}

/// The recorder alone, for processes that log elsewhere, such as tests.
pub fn init_metrics() -> anyhow::Result<()> {
    let builder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?
        .set_buckets_for_metric(Matcher::Suffix("_entries".to_owned()), &COUNTS)?;
    let recorder = builder.build_recorder();
    if METRICS.set(recorder.handle()).is_ok() {
        metrics::set_global_recorder(recorder).map_err(|error| anyhow::anyhow!("{error}"))?;
    }
    Ok(())
}

/// Keeps the recorder's buffers bounded; histograms grow between two runs of this.
pub async fn upkeep(shutdown: CancellationToken) {
    let mut tick = tokio::time::interval(Duration::from_secs(5));
    while shutdown.run_until_cancelled(tick.tick()).await.is_some() {
        if let Some(handle) = METRICS.get() {
            handle.run_upkeep();
        }
    }
}

/// The metrics of this process in Prometheus text.
pub fn metrics_text() -> String {
    METRICS.get().map(PrometheusHandle::render).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_that_would_log_nothing_is_refused() {
        let config = |text: &str| Config::from_env(&Env::new([("SWITCHBOARD_LOG".to_owned(), text.to_owned())]));
        for right in ["info", "DEBUG", "off", "info,routing=debug", "warn, bus::rabbit=trace", "info,[call]=debug"] {
            assert!(config(right).is_ok(), "{right}");
        }
        for (wrong, found) in [("loud", "loud"), ("info,routing", "routing"), ("info,bus=loud", "bus=loud")] {
            let error = config(wrong).unwrap_err().to_string();
            let expected = "SWITCHBOARD_LOG: expected off, error, warn, info, debug or trace";
            assert!(error.starts_with(expected) && error.ends_with(&format!("found '{found}'")), "{error}");
        }
    }
}
