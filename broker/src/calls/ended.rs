//! What became of a call, as rows keep it: the answer, or the problem that it ended with. Bounded, and only what would
//! be the same if the call were made again.

use bytes::Bytes;
use chrono::Utc;
use http::StatusCode;
use mesh::problem::Problem;
use mesh::{Code, Error};
use routing::{Reply, Route};

use super::begin::Mine;
use super::rows::{Call, Rows};

/// The largest answer that is kept, in bytes.
pub(super) const MOST: usize = 1 << 20;

/// The end of a call.
#[derive(Debug, PartialEq)]
pub(super) struct Ended {
    pub(super) state: &'static str,
    pub(super) status: i64,
    pub(super) body: Option<Vec<u8>>,
    pub(super) error: Option<String>,
}

impl Ended {
    /// Nothing where the answer is not one JSON text.
    pub(super) fn of(route: &Route, reply: &Reply) -> Option<Self> {
        let Reply::Json { status, body, .. } = reply else { return None };
        let status = route.status.or(status.map(|status| status.as_u16())).unwrap_or(200);
        let (body, error) = match body.len() {
            0..=MOST => (Some(body.to_vec()), None),
            bytes => (None, Some(text(&too_large(bytes)))),
        };
        Some(Self { state: "done", status: status.into(), body, error })
    }

    pub(super) fn failed(error: &Error) -> Self {
        let status = i64::from(error.status().as_u16());
        Self { state: "failed", status, body: None, error: Some(text(error)) }
    }
}

/// Whether a repetition would be told the same: what is wrong with the call itself. Who may call is looked at each time.
pub(super) fn is_final(error: &Error) -> bool {
    !error.is_transient() && !matches!(error.code, Code::Unauthenticated | Code::PermissionDenied)
}

fn too_large(bytes: usize) -> Error {
    let detail = format!("the call was made; its answer has {bytes} bytes, and no more than {MOST} are kept");
    Error::new(Code::OutOfRange, detail).with_status(StatusCode::GONE)
}

fn text(error: &Error) -> String {
    serde_json::to_string(&Problem::of(error, None)).unwrap_or_default()
}

impl Call {
    /// The answer again, or the error.
    pub(super) fn answer(&self) -> Result<Reply, Error> {
        if self.state == "cancelled" {
            let detail = "the call under this Idempotency-Key was cancelled: use another key to make it";
            return Err(Error::new(Code::FailedPrecondition, detail).with_status(StatusCode::CONFLICT));
        }
        if let Some(error) = &self.error {
            let problem: Problem = serde_json::from_str(error).map_err(Error::internal)?;
            let status = StatusCode::from_u16(problem.status).map_err(Error::internal)?;
            return Err(problem.into_error(status));
        }
        let status = self.status.and_then(|it| StatusCode::from_u16(u16::try_from(it).ok()?).ok());
        let body = Bytes::from(self.body.clone().unwrap_or_default());
        Ok(Reply::Json { status, body, cookies: Vec::new() })
    }
}

impl Rows {
    /// Keeps the end of a call; `false` where somebody else has taken it over meanwhile.
    pub(super) async fn end(&self, mine: &Mine, ended: &Ended, attempts: i64) -> Result<bool, Error> {
        let now = Utc::now();
        let query = self.db.query(END).bind(ended.state).bind(ended.status).bind(ended.body.clone());
        let query = query.bind(ended.error.clone()).bind(attempts).bind(now).bind(now + self.kept);
        Ok(query.bind(mine.id.clone()).bind(mine.lease.clone()).execute().await? == 1)
    }

    /// The call was made and nothing of it is kept but the key: who repeats it makes it again.
    pub(super) async fn leave_open(&self, mine: &Mine) -> Result<(), Error> {
        self.db.query(OPEN).bind(mine.id.clone()).bind(mine.lease.clone()).execute().await.map(drop)
    }
}

const END: &str = "
    UPDATE calls SET state = $1, status = $2, body = $3, error = $4, attempts = $5, finished_at = $6, expires_at = $7,
        due_at = NULL, lease = NULL, argument = NULL, caller = NULL
    WHERE id = $8 AND lease = $9 AND state = 'running'";

const OPEN: &str = "
    UPDATE calls SET state = 'open', due_at = NULL, lease = NULL WHERE id = $1 AND lease = $2 AND state = 'running'";
