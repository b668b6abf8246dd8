//! How often each row of the route table was asked, taken from the metrics of this process: they are counted there
//! already, for all doors, and a second count could only differ.

use std::collections::BTreeMap;

use bus::heartbeat::Route;
use mesh::Code;

/// In the order of their names.
pub(super) fn by_route(metrics: &str) -> Vec<Route> {
    let mut routes = BTreeMap::<String, (u64, u64)>::new();
    for (route, code, count) in metrics.lines().filter_map(counted) {
        let (calls, errors) = routes.entry(route).or_default();
        *calls += count;
        if Code::from_name(&code).is_some_and(|code| code.http().is_server_error()) {
            *errors += count;
        }
    }
    routes.into_iter().map(|(route, (calls, errors))| Route { route, calls, errors }).collect()
}

/// Route, code and count of a line such as `calls_total{route="ping",code="ok"} 3`.
fn counted(line: &str) -> Option<(String, String, u64)> {
    let (mut rest, count) = line.strip_prefix("calls_total{")?.rsplit_once("} ")?;
    let mut labels = BTreeMap::new();
    while let Some((name, quoted)) = rest.split_once("=\"") {
        let (value, after) = unquoted(quoted)?;
        labels.insert(name, value);
        rest = after.trim_start_matches(',');
    }
    Some((labels.remove("route")?, labels.remove("code")?, count.parse().ok()?))
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
        let route = |route: &str, calls, errors| Route { route: route.to_owned(), calls, errors };
        let expected = [route("POST /v1/logs", 10, 3), route(r#"a "quoted" \ row, with {braces} "#, 1, 1)];
        assert_eq!(by_route(metrics), expected);
    }
}
