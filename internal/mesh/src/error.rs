//! The one error of the mesh: a google.rpc code, a sentence for the caller, the fields at fault and a hint when to try
//! again. Mapped once to HTTP (see `problem`) and once to gRPC (see `grpc`); the cause stays inside and is logged at the
//! boundary.

mod code;
mod grpc;

use std::time::Duration;

use http::{HeaderValue, StatusCode};

pub use code::Code;

/// The longest hint that is believed and told on: a service that says more has its clock or its units wrong.
const LONGEST_HINT: Duration = Duration::from_secs(24 * 3600);

type Cause = Box<dyn std::error::Error + Send + Sync + 'static>;

/// One field that is wrong, by its path in the request (`log.level`, `entries[3].name`), and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FieldError {
    pub field: String,
    pub detail: String,
}

/// Why a request that failed cannot have had an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotSent {
    /// No connection, or no place: a moment later there may be one.
    NotReached,
    /// Nobody is there who would take it, and a moment changes nothing.
    Unroutable,
}

/// What went wrong, fit for the caller to read; `source` is for the log only.
#[derive(Debug, thiserror::Error)]
#[error("{detail}")]
pub struct Error {
    pub code: Code,
    pub detail: String,
    pub fields: Vec<FieldError>,
    pub retry_after: Option<Duration>,
    /// What WWW-Authenticate says beside a 401 or 403, such as `Bearer error="invalid_token"` (RFC 6750).
    pub challenge: Option<&'static str>,
    /// What Set-Cookie says beside it, over HTTP: a refusal may well take a cookie back.
    pub cookies: Box<[HeaderValue]>,
    status: Option<StatusCode>,
    not_sent: Option<NotSent>,
    #[source]
    source: Option<Cause>,
}

impl Error {
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        let (fields, cookies) = (Vec::new(), Box::default());
        let (retry_after, challenge, status, not_sent, source) = (None, None, None, None, None);
        Self { code, detail, fields, retry_after, challenge, cookies, status, not_sent, source }
    }

    pub fn invalid(detail: impl Into<String>) -> Self {
        Self::new(Code::InvalidArgument, detail)
    }

    /// A wrong field: the detail names it as well, so that a reader of one line knows enough.
    pub fn field(field: impl Into<String>, detail: impl Into<String>) -> Self {
        let (field, detail) = (field.into(), detail.into());
        Self::invalid(format!("{field}: {detail}")).with_field(field, detail)
    }

    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(Code::NotFound, detail)
    }

    /// Something is away; `retry_after` is one second unless `with_retry_after` says otherwise.
    pub fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(Code::Unavailable, detail).with_retry_after(Duration::from_secs(1))
    }

    pub fn deadline(detail: impl Into<String>) -> Self {
        Self::new(Code::DeadlineExceeded, detail)
    }

    /// A fault of ours: callers see a plain sentence, the log sees the cause.
    pub fn internal(cause: impl Into<Cause>) -> Self {
        Self::new(Code::Internal, "something went wrong on our side; the trace id finds it in the log").caused_by(cause)
    }

    #[must_use]
    pub fn with_field(mut self, field: impl Into<String>, detail: impl Into<String>) -> Self {
        self.fields.push(FieldError { field: field.into(), detail: detail.into() });
        self
    }

    /// At most a day, whatever the service says.
    #[must_use]
    pub fn with_retry_after(mut self, after: Duration) -> Self {
        self.retry_after = Some(after.min(LONGEST_HINT));
        self
    }

    /// Where nothing has gone to whoever was meant, so that it can have had no effect. It is known on this side only:
    /// no error that a service answers has it.
    #[must_use]
    pub fn with_nothing_sent(mut self, why: NotSent) -> Self {
        self.not_sent = Some(why);
        self
    }

    #[must_use]
    pub fn with_challenge(mut self, challenge: &'static str) -> Self {
        self.challenge = Some(challenge);
        self
    }

    /// Their values are marked as secrets, so that no debug output shows them.
    #[must_use]
    pub fn with_cookies(mut self, cookies: impl IntoIterator<Item = HeaderValue>) -> Self {
        let secret = |mut cookie: HeaderValue| {
            cookie.set_sensitive(true);
            cookie
        };
        self.cookies = cookies.into_iter().map(secret).collect();
        self
    }

    /// A narrower HTTP status than the code's own, such as 413 or 422.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = Some(status);
        self
    }

    #[must_use]
    pub fn caused_by(mut self, cause: impl Into<Cause>) -> Self {
        self.source = Some(cause.into());
        self
    }

    pub fn status(&self) -> StatusCode {
        self.status.unwrap_or_else(|| self.code.http())
    }

    /// Whether it is the service that is away, rather than this one request that is wrong.
    pub fn is_unavailable(&self) -> bool {
        matches!(self.code, Code::Unavailable)
    }

    /// The error as the other side sees it: it was asked, whatever became of its own questions.
    #[must_use]
    pub fn as_answered(mut self) -> Self {
        self.not_sent = None;
        self
    }

    /// Why nothing was sent; `None` where something may have been.
    pub fn not_sent(&self) -> Option<NotSent> {
        self.not_sent
    }

    /// Whether the same request may succeed later.
    pub fn is_transient(&self) -> bool {
        matches!(
            self.code,
            Code::Unavailable
                | Code::DeadlineExceeded
                | Code::ResourceExhausted
                | Code::Aborted
                | Code::Internal
                | Code::Unknown
                | Code::Cancelled
        )
    }

    /// The causes below the detail, outermost first, for the log.
    pub fn causes(&self) -> String {
        let mut text = String::new();
        let mut next = std::error::Error::source(self);
        while let Some(cause) = next {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&cause.to_string());
            next = cause.source();
        }
        text
    }

    /// Logs what the caller does not see, once, where the error leaves the process.
    pub fn log(&self, what: &str) {
        match self.code {
            Code::Internal | Code::Unknown | Code::DataLoss => {
                tracing::error!(code = self.code.name(), detail = self.detail, cause = self.causes(), "{what}");
            }
            Code::Unavailable | Code::DeadlineExceeded => {
                tracing::warn!(code = self.code.name(), detail = self.detail, cause = self.causes(), "{what}");
            }
            _ => tracing::debug!(code = self.code.name(), detail = self.detail, cause = self.causes(), "{what}"),
        }
    }
}
