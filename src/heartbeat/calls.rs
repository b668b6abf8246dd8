//! How often each row of the route table was asked and how long that took, taken from the metrics of this process: they are
//! counted there already, for all doors, and a second count could only differ.

use std::collections::BTreeMap;

use bus::heartbeat::Route;
use mesh::Code;
use mesh::telemetry::SECONDS;

/// In the order of their names; those that nobody asked are left out.
pub(super) fn by_route(metrics: &str) -> Vec<Route> {
    let mut routes = BTreeMap::<String, Route>::new();
    for line in metrics.lines() {
        let Some(sample) = Sample::of(line) else { continue };
        let route = routes.entry(sample.label("route")).or_default();
        sample.add_to(route);
    }
    let named = routes.into_iter().map(|(name, route)| Route { route: name, ..route });
    named.filter(|route| route.calls > 0).map(counted_apart).collect()
}

/// One line, such as `calls_total{route="ping",code="ok"} 3`.
struct Sample<'a> {
    metric: &'a str,
    labels: BTreeMap<&'a str, String>,
    value: &'a str,
}

impl<'a> Sample<'a> {
    fn of(line: &'a str) -> Option<Self> {
        let (metric, rest) = line.split_once('{')?;
        if !matches!(metric, "calls_total" | "call_seconds_bucket" | "routes_in_force") {
            return None;
        }
        let (mut rest, value) = rest.rsplit_once("} ")?;
        let mut labels = BTreeMap::new();
        while let Some((name, quoted)) = rest.split_once("=\"") {
            let (value, after) = unquoted(quoted)?;
            labels.insert(name, value);
            rest = after.trim_start_matches(',');
        }
        Some(Self { metric, labels, value }).filter(|it| it.labels.contains_key("route"))
    }

    fn label(&self, name: &str) -> String {
        self.labels.get(name).cloned().unwrap_or_default()
    }

    fn add_to(&self, route: &mut Route) {
        let count = self.value.parse::<u64>().unwrap_or_default();
        match self.metric {
            "calls_total" => {
                route.calls += count;
                let is_ours = Code::from_name(&self.label("code")).is_some_and(|it| it.http().is_server_error());
                route.errors += if is_ours { count } else { 0 };
            }
            "call_seconds_bucket" => route.seconds.push(count),
            // Of a row that a reload has changed there are both, and what is gone is 0.
            _ if self.value != "0" => {
                let told = |name| Some(self.label(name)).filter(|it| !it.is_empty());
                (route.line, route.service, route.door) = (told("line"), told("service"), told("door"));
            }
            _ => {}
        }
    }
}

/// Prometheus counts in each bucket what is in the ones before it too, and tells them in their order.
fn counted_apart(mut route: Route) -> Route {
    if route.seconds.len() != SECONDS.len() + 1 {
        return Route { seconds: Vec::new(), ..route };
    }
    for at in (1..route.seconds.len()).rev() {
        route.seconds[at] = route.seconds[at].saturating_sub(route.seconds[at - 1]);
    }
    while route.seconds.last() == Some(&0) {
        route.seconds.pop();
    }
    route
}

/// The text up to the quotation mark that ends it, and what follows.
fn unquoted(quoted: &str) -> Option<(String, &str)> {
    let (mut text, mut rest) = (String::new(), quoted.char_indices());
    while let Some((at, letter)) = rest.next() {
        match letter {
            '"' => return Some((text, &quoted[at + 1..])),
            '\\' => match rest.next()?.1 {
                'n' => text.push('\n'),
                other => text.push(other),
            },
            other => text.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_added_up_by_row_and_only_what_is_our_fault_is_an_error() {
        let metrics = r#"
# TYPE calls_total counter
calls_total{route="POST /v1/logs",code="ok"} 5
calls_total{route="POST /v1/logs",code="invalid_argument"} 2
calls_total{route="POST /v1/logs",code="unavailable"} 3
calls_total{code="internal",route="a \"quoted\" \\ row, with {braces} "} 1
calls_in_flight{route="POST /v1/logs"} 9
"#;
        let route = |route: &str, calls, errors| Route { route: route.to_owned(), calls, errors, ..Route::default() };
        let expected = [route("POST /v1/logs", 10, 3), route(r#"a "quoted" \ row, with {braces} "#, 1, 1)];
        assert_eq!(by_route(metrics), expected);
    }

    #[test]
    fn a_row_says_where_it_goes_and_what_is_gone_or_was_never_asked_is_not_told() {
        let metrics = r#"
routes_in_force{route="log",line="grpc",service="logger",door="broker"} 2
routes_in_force{route="log",line="http",service="older",door="broker"} 0
routes_in_force{route="never",line="grpc",service="logger",door="broker"} 1
routes_in_force{route="later",line="event",service="",door="broker"} 1
calls_total{route="log",code="ok"} 1
calls_total{route="later",code="ok"} 1
"#;
        let told: Vec<_> = by_route(metrics).into_iter().map(|it| (it.route, it.line, it.service, it.door)).collect();
        let some = |text: &str| Some(text.to_owned());
        let expected = [
            ("later".to_owned(), some("event"), None, some("broker")),
            ("log".to_owned(), some("grpc"), some("logger"), some("broker")),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn the_recorder_tells_how_long_calls_took() {
        mesh::telemetry::init_metrics().unwrap();
        let route = "how long calls took";
        metrics::counter!("calls_total", "route" => route, "code" => "ok").increment(3);
        for seconds in [0.0004, 0.02, 0.021] {
            metrics::histogram!("call_seconds", "route" => route).record(seconds);
        }
        let found = by_route(&mesh::telemetry::metrics_text()).into_iter().find(|it| it.route == route).unwrap();
        assert_eq!(found.seconds, [1, 0, 0, 0, 0, 2]);
        metrics::histogram!("call_seconds", "route" => route).record(60.0);
        let found = by_route(&mesh::telemetry::metrics_text()).into_iter().find(|it| it.route == route).unwrap();
        assert_eq!((found.seconds.len(), found.seconds.last()), (SECONDS.len() + 1, Some(&1)));
    }
}
