//! How many calls to a service may be made again: a share of those that are made at all, so that retries cannot add
//! much to the load of a service that fails because of its load.

use std::time::Duration;

use metrics::Counter;
use tower::retry::budget::{Budget as _, TpsBudget};

const WINDOW: Duration = Duration::from_secs(10);
/// What a service with few calls gets all the same.
const PER_SECOND: u32 = 10;
const SHARE: f32 = 0.2;

/// One for each service, shared by all rows.
pub(crate) struct Budget {
    tokens: TpsBudget,
    exhausted: Counter,
}

impl Budget {
    pub(crate) fn new(service: &str) -> Self {
        let exhausted = metrics::counter!("retry_budget_exhausted_total", "service" => service.to_owned());
        Self { tokens: TpsBudget::new(WINDOW, PER_SECOND, SHARE), exhausted }
    }

    /// A call is made for the first time.
    pub(crate) fn deposit(&self) {
        self.tokens.deposit();
    }

    /// Whether one may be made again; it counts as made.
    pub(crate) fn withdraw(&self) -> bool {
        let granted = self.tokens.withdraw();
        if !granted {
            self.exhausted.increment(1);
        }
        granted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn granted(budget: &Budget) -> usize {
        (0..1_000).take_while(|_| budget.withdraw()).count()
    }

    #[tokio::test(start_paused = true)]
    async fn a_fifth_of_the_calls_and_ten_a_second_are_made_again() {
        let budget = Budget::new("s");
        assert_eq!(granted(&budget), 100);
        (0..50).for_each(|_| budget.deposit());
        assert_eq!(granted(&budget), 10);
        tokio::time::advance(WINDOW * 2).await;
        assert_eq!(granted(&budget), 100);
    }
}
