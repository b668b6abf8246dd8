//! The doors of a row: `METHOD /path`, `event PATTERN`, `every DURATION`, `cron EXPRESSION`.

use std::str::FromStr;
use std::time::Duration;

use croner::Cron;
use http::Method;

use super::diagnostics::Fault;
use super::names::slip;
use super::{Door, PathPattern};
use mesh::words::nearest;

const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
const FORMS: &str = "write METHOD /path, event PATTERN, every DURATION or cron EXPRESSION";
/// Longer than this is a date, which cron says better.
const LONGEST_PERIOD: Duration = Duration::from_secs(366 * 24 * 3600);

pub(super) fn door(text: &str) -> Result<Door, Fault> {
    let text = text.trim();
    let (kind, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let rest = rest.trim();
    match kind {
        _ if kind.starts_with('/') => Err(Fault::new(format!("'{text}' has no method"), format!("write GET {kind}"))),
        _ if rest.is_empty() => Err(Fault::new(format!("'{text}' is not a door"), FORMS)),
        "event" => event(rest),
        "every" => every(rest),
        "cron" => cron(rest),
        "ANY" => http(None, rest),
        _ => match method(kind) {
            Ok(method) => http(Some(method), rest),
            Err(fault) if rest.starts_with('/') => Err(fault),
            Err(_) => Err(unknown(kind)),
        },
    }
}

fn unknown(kind: &str) -> Fault {
    let remedy = match nearest(kind, ["event", "every", "cron"]) {
        Some(near) => format!("did you mean '{near}'?"),
        None => FORMS.to_owned(),
    };
    Fault::new(format!("unknown door '{kind}'"), remedy)
}

/// An HTTP method by its name.
pub(super) fn method(word: &str) -> Result<Method, Fault> {
    if METHODS.contains(&word) {
        return Method::from_str(word).map_err(|_| unknown(word));
    }
    let (upper, known) = (word.to_ascii_uppercase(), METHODS.into_iter().chain(["ANY"]));
    let remedy = match slip(&upper, known.clone()).or_else(|| nearest(&upper, known)) {
        Some(near) => format!("did you mean '{near}'?"),
        None => format!("write {}", METHODS.join(", ")),
    };
    Err(Fault::new(format!("unknown method '{word}'"), remedy))
}

fn http(method: Option<Method>, path: &str) -> Result<Door, Fault> {
    let path: PathPattern = path.parse()?;
    let whole = reserved(method.as_ref(), path.normal());
    let door = Door::Http { method, path };
    match whole {
        Some(whole) => Err(Fault::new(format!("'{door}' is the broker's own ({whole})"), "choose another path")),
        None => Ok(door),
    }
}

/// What the broker answers itself under this path; no method stands for any.
pub fn reserved(method: Option<&Method>, path: &str) -> Option<&'static str> {
    let takes = |wanted: Method| method.is_none_or(|method| *method == wanted);
    match path {
        "/handle" => Some("/handle"),
        "/metrics" => Some("/metrics"),
        "/openapi.json" => Some("/openapi.json"),
        "/v1/batch" => Some("/v1/batch"),
        "/v1/live" => Some("/v1/live"),
        "/" if takes(Method::POST) => Some("POST /"),
        "/ping" if takes(Method::GET) => Some("GET /ping"),
        other => below(other, "/health").then_some("/health/*").or(below(other, "/v1/calls").then_some("/v1/calls/*")),
    }
}

fn below(path: &str, root: &str) -> bool {
    path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn event(pattern: &str) -> Result<Door, Fault> {
    if bus::event::is_pattern(pattern) {
        return Ok(Door::Event { pattern: pattern.to_owned() });
    }
    let remedy = "write words joined by dots, * for one word, # for any number of words, such as log.#";
    Err(Fault::new(format!("'{pattern}' is not a pattern of events"), remedy))
}

fn every(text: &str) -> Result<Door, Fault> {
    let period = duration(text)?;
    if (Duration::from_secs(1)..=LONGEST_PERIOD).contains(&period) {
        return Ok(Door::Every(period));
    }
    Err(Fault::new(format!("'every {text}' is out of bounds"), "write a duration from 1s to 366days"))
}

pub(super) fn duration(text: &str) -> Result<Duration, Fault> {
    let fault =
        |_| Fault::new(format!("'{text}' is not a duration"), "write a number and a unit, such as 500ms, 2s, 1m");
    humantime::parse_duration(text).map_err(fault)
}

fn cron(expression: &str) -> Result<Door, Fault> {
    match Cron::from_str(expression) {
        Ok(_) => Ok(Door::Cron(expression.split_whitespace().collect::<Vec<_>>().join(" "))),
        Err(error) => {
            let reason = error.to_string();
            let remedy = "write minute, hour, day, month and weekday, such as 0 3 * * *";
            let message = format!("'{expression}' is not a cron expression ({})", reason.trim_end_matches('.'));
            Err(Fault::new(message, remedy))
        }
    }
}
