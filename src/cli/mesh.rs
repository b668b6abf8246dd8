//! `switchboard mesh`: which services are there with which instances, what the rows are asked for, and what is wrong.

use std::process::ExitCode;

use bus::heartbeat::ALL_HEARD;
use mesh::Env;
use serde_json::Value;

use super::ago::{ago, since};
use crate::columns::{aligned, print};
use crate::operator::Operator;
use crate::sign_in::Who;

/// Show the services, their instances, the load of each row, and what is wrong
///
/// Every process tells of itself every five seconds: a new one is here within them, one that stops in good order is gone at
/// once, one that was killed after 14 s. The exit code is 1 where there are alarms. Needs an admin.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  switchboard mesh
  switchboard mesh --json | jq '.services[].instances | length'
  switchboard mesh --email grace@example.com                    asks for the password")]
pub(crate) struct Args {
    /// For machines
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    who: Who,
}

pub(crate) async fn run(args: &Args, env: &Env) -> anyhow::Result<ExitCode> {
    let mesh = Operator::sign_in(&args.who, env).await?.get("/v1/admin/mesh").await?;
    let text = if args.json { format!("{mesh:#}\n") } else { told(&mesh) };
    print(&text);
    let is_well = list(&mesh["alarms"]).is_empty();
    Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn told(mesh: &Value) -> String {
    let mut rows = vec![["service", "instance", "version", "address", "state", "up for", "heard"].map(str::to_owned)];
    for service in list(&mesh["services"]) {
        rows.extend(list(&service["instances"]).iter().map(|it| instance(&service["name"], it)));
    }
    let mut told = aligned(&rows);
    let routes = list(&mesh["routes"]);
    if !routes.is_empty() {
        let mut rows = vec![["route", "line", "service", "calls/s", "errors/s", "p95 ms"].map(str::to_owned)];
        rows.extend(routes.iter().map(route));
        told.push_str(&format!("\n{}", aligned(&rows)));
    }
    if since(&text(&mesh["heard_since"])).is_some_and(|it| it < ALL_HEARD) {
        told.push_str("\noperations has only just begun to listen: in a few seconds there may be more than this\n");
    }
    let alarms: Vec<_> = list(&mesh["alarms"]).iter().map(|alarm| format!("alarm: {}\n", text(alarm))).collect();
    told.push_str(&format!("\n{}", if alarms.is_empty() { "no alarms\n".to_owned() } else { alarms.concat() }));
    told
}

fn instance(service: &Value, it: &Value) -> [String; 7] {
    let is_degraded = it["degraded"].as_object().is_some_and(|parts| !parts.is_empty());
    let state = if is_degraded { format!("{}, degraded", text(&it["state"])) } else { text(&it["state"]) };
    let heard = format!("{} ago", ago(&text(&it["last_seen"])));
    let up_for = ago(&text(&it["started_at"]));
    [text(service), text(&it["instance"]), text(&it["version"]), text(&it["address"]), state, up_for, heard]
}

fn route(it: &Value) -> [String; 6] {
    let [calls, errors, p95] = ["calls_per_second", "errors_per_second", "p95_ms"].map(|figure| rate(&it[figure]));
    let or_none = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    [text(&it["route"]), or_none(&it["line"]), or_none(&it["service"]), calls, errors, p95]
}

fn rate(value: &Value) -> String {
    if value.is_null() { "?".to_owned() } else { value.to_string() }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use serde_json::json;

    use super::*;

    #[test]
    fn a_mesh_is_told_with_its_instances_its_load_and_its_alarms() {
        let mut mesh = json!({
            "services": [{ "name": "logger", "instances": [{
                "instance": "host-1", "version": "0.1.0", "address": "127.0.0.1:50001", "state": "ready",
                "degraded": { "queue": "away" }, "started_at": "not said", "last_seen": "never",
            }]}],
            "routes": [
                { "route": "log", "line": "grpc", "service": "logger",
                  "calls_per_second": 12.5, "errors_per_second": null, "p95_ms": 3.4 },
                { "route": "POST /v1/events/logs", "line": "event", "service": null,
                  "calls_per_second": 1.0, "errors_per_second": 0.0, "p95_ms": null },
            ],
            "alarms": ["logger at host-1 is degraded: queue: away"],
        });
        let expected = "\
service  instance  version  address          state            up for    heard
logger   host-1    0.1.0    127.0.0.1:50001  ready, degraded  not said  never ago

route                 line   service  calls/s  errors/s  p95 ms
log                   grpc   logger   12.5     ?         3.4
POST /v1/events/logs  event  -        1.0      0.0       ?

alarm: logger at host-1 is degraded: queue: away
";
        assert_eq!(told(&mesh), expected);
        mesh["alarms"] = json!([]);
        mesh["heard_since"] = "2026-01-02T03:04:05Z".into();
        let well = told(&mesh);
        assert!(well.ends_with("?\n\nno alarms\n"), "{well}");
        mesh["heard_since"] = humantime::format_rfc3339_nanos(SystemTime::now()).to_string().into();
        let early =
            "\n\noperations has only just begun to listen: in a few seconds there may be more than this\n\nno alarms\n";
        assert!(told(&mesh).ends_with(early), "{}", told(&mesh));
    }
}
