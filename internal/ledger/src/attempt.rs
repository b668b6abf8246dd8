//! One request for a task, and what its answer means for whoever sent it: kept, to be sent again under the same key, or
//! refused for good.

use std::time::Duration;

use http::{Method, StatusCode, header};

use crate::client::{Answer, Client};
use crate::plan::Plan;
use crate::task::{Task, Work};

/// The longest that a hint to come back is followed; a run is short.
const LONGEST_HINT: Duration = Duration::from_secs(5);

/// What one request came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The promise is made: from now on it must not be lost.
    Accepted,
    /// Nobody knows what became of it, or nothing did: the same again, not before so long.
    Again(Duration),
    /// The token is over.
    SignedOut,
    /// It will never be taken, in the words of the answer.
    Refused(String),
}

/// Sends `task` once; the word says what came back, for the count of answers.
pub(crate) async fn attempt(client: &Client, plan: &Plan, task: &Task) -> (Outcome, String) {
    let mut headers = vec![("idempotency-key", task.id.as_str())];
    if task.work == Work::Later {
        headers.push(("prefer", "respond-async"));
    }
    match client.send(Method::POST, task.path(), &headers, task.body(plan).to_string()).await {
        Ok(answer) => (outcome(task, &answer), answer.status.as_str().to_owned()),
        Err(_) => (Outcome::Again(Duration::ZERO), "none".to_owned()),
    }
}

fn outcome(task: &Task, answer: &Answer) -> Outcome {
    let hint = answer.headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    let again = Outcome::Again(hint.map_or(Duration::ZERO, Duration::from_secs).min(LONGEST_HINT));
    match answer.status {
        status if status == task.accepted() => Outcome::Accepted,
        // A call that was answered at once, although later would have done.
        StatusCode::CREATED if task.work == Work::Later => Outcome::Accepted,
        StatusCode::UNAUTHORIZED => Outcome::SignedOut,
        StatusCode::TOO_MANY_REQUESTS => again,
        // The request before is still being answered; a conflict of the content has no hint.
        StatusCode::CONFLICT if hint.is_some() => again,
        status if status.is_server_error() => again,
        status => Outcome::Refused(format!("POST {} is answered {status}: {}", task.path(), answer.told())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::tests::plan;

    fn said(work: Work, status: u16, retry_after: Option<&str>) -> Outcome {
        let task = Task { work, ..plan(1).task(0) };
        let mut headers = http::HeaderMap::new();
        headers.extend(retry_after.map(|it| (header::RETRY_AFTER, it.parse().unwrap())));
        let status = StatusCode::from_u16(status).unwrap();
        outcome(&task, &Answer { status, headers, body: bytes::Bytes::new() })
    }

    #[test]
    fn only_the_status_that_promises_is_a_promise() {
        assert_eq!(said(Work::Event, 202, None), Outcome::Accepted);
        assert_eq!(said(Work::Write, 201, None), Outcome::Accepted);
        assert_eq!(said(Work::Account, 201, None), Outcome::Accepted);
        assert!(matches!(said(Work::Event, 200, None), Outcome::Refused(_)));
        assert!(matches!(said(Work::Write, 202, None), Outcome::Refused(_)), "202 was not asked for");
    }

    #[test]
    fn what_may_pass_is_sent_again_and_a_mistake_is_not() {
        let again = |seconds| Outcome::Again(Duration::from_secs(seconds));
        assert_eq!(said(Work::Event, 503, Some("2")), again(2));
        assert_eq!(said(Work::Event, 503, Some("3600")), Outcome::Again(LONGEST_HINT));
        assert_eq!(said(Work::Write, 504, None), again(0));
        assert_eq!(said(Work::Write, 409, Some("1")), again(1));
        assert_eq!(said(Work::Account, 429, Some("1")), again(1));
        assert_eq!(said(Work::Event, 401, None), Outcome::SignedOut);
        for status in [400, 403, 404, 409, 422] {
            assert!(matches!(said(Work::Account, status, None), Outcome::Refused(_)), "{status}");
        }
    }
}
