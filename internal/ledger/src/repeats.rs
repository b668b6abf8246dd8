//! How many deliveries came again, from the counters that processes tell at /metrics: what they grew by, also over restarts, at which
//! they begin anew. A run under faults in which nothing came again has shown nothing.

use std::collections::HashMap;
use std::time::Duration;

use http::Method;

use crate::client::Client;

/// Deliveries that had been in somebody's hand before. What clients repeat is none: they do so without any queue.
const COUNTER: &str = "bus_redelivered_total";
/// Whoever does not answer by then is asked again at the next look.
const PATIENCE: Duration = Duration::from_secs(1);

pub(crate) struct Repeats {
    sources: Vec<String>,
    last: HashMap<String, f64>,
    total: f64,
    is_known: bool,
}

impl Repeats {
    pub(crate) fn new(sources: Vec<String>) -> Self {
        Self { sources, last: HashMap::new(), total: 0.0, is_known: false }
    }

    /// How many since the first look, as far as anybody could be asked; none where nobody ever answered.
    pub(crate) async fn look(&mut self, client: &Client) -> Option<u64> {
        for source in self.sources.clone() {
            let asked = client.send(Method::GET, &source, &[], String::new());
            let Ok(Ok(answer)) = tokio::time::timeout(PATIENCE, asked).await else { continue };
            if answer.status.is_success() {
                self.take(&source, &String::from_utf8_lossy(&answer.body));
            }
        }
        self.is_known.then_some(self.total as u64)
    }

    fn take(&mut self, source: &str, metrics: &str) {
        let is_first = !self.last.contains_key(source);
        self.is_known = true;
        let value = sum(metrics, COUNTER);
        let before = self.last.insert(source.to_owned(), value).unwrap_or_default();
        if is_first {
            return;
        }
        // A counter that is smaller than before has begun anew.
        self.total += if value < before { value } else { value - before };
    }
}

/// All series of a counter together.
fn sum(metrics: &str, counter: &str) -> f64 {
    let series = metrics.lines().filter_map(|line| {
        let rest = line.strip_prefix(counter)?;
        let is_whole = rest.starts_with([' ', '{']);
        is_whole.then(|| rest.rsplit(' ').next()?.parse::<f64>().ok()).flatten()
    });
    series.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const METRICS: &str = "\
# TYPE bus_redelivered_total counter
bus_redelivered_total{queue=\"a\"} 3
bus_redelivered_total{queue=\"b\"} 4
bus_redelivered_total_of_another_kind 100
";

    #[test]
    fn the_series_of_a_counter_are_added_and_others_left_out() {
        assert_eq!(sum(METRICS, COUNTER), 7.0);
    }

    #[test]
    fn what_counters_grew_by_is_counted_also_over_a_restart() {
        let mut repeats = Repeats::new(Vec::new());
        let told = |value: u64| format!("bus_redelivered_total{{queue=\"a\"}} {value}\n");
        for (value, total) in [(10, 0.0), (12, 2.0), (12, 2.0), (5, 7.0), (6, 8.0)] {
            repeats.take("one", &told(value));
            assert_eq!(repeats.total, total);
        }
        repeats.take("two", &told(40));
        assert_eq!(repeats.total, 8.0, "what was counted before the run is not of the run");
    }
}
