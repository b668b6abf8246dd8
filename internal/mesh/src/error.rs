//! The one error of the mesh: a google.rpc code, a sentence for the caller, the fields at fault and a hint when to try
//! again. Mapped once to HTTP (see `problem`) and once to gRPC; the cause stays inside and is logged at the boundary.

use std::time::Duration;

use http::StatusCode;
use tonic_types::{ErrorDetails, StatusExt};

type Cause = Box<dyn std::error::Error + Send + Sync + 'static>;

/// The codes of google.rpc (<https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto>), without OK.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i32)]
pub enum Code {
    Cancelled = 1,
    Unknown = 2,
    InvalidArgument = 3,
    DeadlineExceeded = 4,
    NotFound = 5,
    AlreadyExists = 6,
    PermissionDenied = 7,
    ResourceExhausted = 8,
    FailedPrecondition = 9,
    Aborted = 10,
    OutOfRange = 11,
    Unimplemented = 12,
    Internal = 13,
    Unavailable = 14,
    DataLoss = 15,
    Unauthenticated = 16,
}

impl Code {
    const ALL: [Self; 16] = [
        Self::Cancelled,
        Self::Unknown,
        Self::InvalidArgument,
        Self::DeadlineExceeded,
        Self::NotFound,
        Self::AlreadyExists,
        Self::PermissionDenied,
        Self::ResourceExhausted,
        Self::FailedPrecondition,
        Self::Aborted,
        Self::OutOfRange,
        Self::Unimplemented,
        Self::Internal,
        Self::Unavailable,
        Self::DataLoss,
        Self::Unauthenticated,
    ];

    /// The code with this google.rpc number; anything unheard of is `Unknown`, as gRPC asks for.
    pub fn from_number(number: i32) -> Self {
        Self::ALL.into_iter().find(|code| *code as i32 == number).unwrap_or(Self::Unknown)
    }

    /// The code with this name, as `name` gives it.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.name() == name)
    }

    /// The name in JSON answers, metrics and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::Unknown => "unknown",
            Self::InvalidArgument => "invalid_argument",
            Self::DeadlineExceeded => "deadline_exceeded",
            Self::NotFound => "not_found",
            Self::AlreadyExists => "already_exists",
            Self::PermissionDenied => "permission_denied",
            Self::ResourceExhausted => "resource_exhausted",
            Self::FailedPrecondition => "failed_precondition",
            Self::Aborted => "aborted",
            Self::OutOfRange => "out_of_range",
            Self::Unimplemented => "unimplemented",
            Self::Internal => "internal",
            Self::Unavailable => "unavailable",
            Self::DataLoss => "data_loss",
            Self::Unauthenticated => "unauthenticated",
        }
    }

    /// The HTTP status, as google.rpc lays it down.
    pub fn http(self) -> StatusCode {
        match self {
            Self::Cancelled => StatusCode::from_u16(499).unwrap_or(StatusCode::BAD_REQUEST),
            Self::Unknown | Self::Internal | Self::DataLoss => StatusCode::INTERNAL_SERVER_ERROR,
            Self::InvalidArgument | Self::FailedPrecondition | Self::OutOfRange => StatusCode::BAD_REQUEST,
            Self::DeadlineExceeded => StatusCode::GATEWAY_TIMEOUT,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::AlreadyExists | Self::Aborted => StatusCode::CONFLICT,
            Self::PermissionDenied => StatusCode::FORBIDDEN,
            Self::ResourceExhausted => StatusCode::TOO_MANY_REQUESTS,
            Self::Unimplemented => StatusCode::NOT_IMPLEMENTED,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
        }
    }

    /// The code that says best what an HTTP status of a service means.
    pub fn from_http(status: StatusCode) -> Self {
        match status.as_u16() {
            401 => Self::Unauthenticated,
            403 => Self::PermissionDenied,
            404 | 410 => Self::NotFound,
            409 => Self::AlreadyExists,
            412 => Self::FailedPrecondition,
            429 => Self::ResourceExhausted,
            499 => Self::Cancelled,
            501 => Self::Unimplemented,
            502 | 503 => Self::Unavailable,
            408 | 504 => Self::DeadlineExceeded,
            400..=498 => Self::InvalidArgument,
            _ => Self::Internal,
        }
    }
}

/// One field that is wrong, by its path in the request (`log.level`, `entries[3].name`), and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FieldError {
    pub field: String,
    pub detail: String,
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
    status: Option<StatusCode>,
    #[source]
    source: Option<Cause>,
}

impl Error {
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self { code, detail, fields: Vec::new(), retry_after: None, challenge: None, status: None, source: None }
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

    #[must_use]
    pub fn with_retry_after(mut self, after: Duration) -> Self {
        self.retry_after = Some(after);
        self
    }

    #[must_use]
    pub fn with_challenge(mut self, challenge: &'static str) -> Self {
        self.challenge = Some(challenge);
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

/// Field errors travel as google.rpc.BadRequest, the hint as google.rpc.RetryInfo.
impl From<Error> for tonic::Status {
    fn from(error: Error) -> Self {
        error.log("answered with an error");
        let code = tonic::Code::from_i32(error.code as i32);
        let mut details = ErrorDetails::new();
        for field in &error.fields {
            details.add_bad_request_violation(&field.field, &field.detail);
        }
        if let Some(after) = error.retry_after {
            details.set_retry_info(Some(after));
        }
        Self::with_error_details(code, error.detail, details)
    }
}

impl From<tonic::Status> for Error {
    fn from(status: tonic::Status) -> Self {
        let details = status.get_error_details();
        let mut error = Self::new(Code::from_number(status.code() as i32), status.message());
        if let Some(bad) = details.bad_request() {
            let violations = bad.field_violations.iter();
            error.fields =
                violations.map(|it| FieldError { field: it.field.clone(), detail: it.description.clone() }).collect();
        }
        error.retry_after = details.retry_info().and_then(|info| info.retry_delay);
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_survives_its_number_and_its_name() {
        for code in Code::ALL {
            assert_eq!(Code::from_number(code as i32), code);
            assert_eq!(Code::from_name(code.name()), Some(code));
        }
        assert_eq!(Code::from_number(99), Code::Unknown);
    }

    #[test]
    fn fields_and_the_hint_travel_over_grpc() {
        let sent = Error::field("level", "must be one of DEBUG, INFO").with_retry_after(Duration::from_secs(3));
        let received = Error::from(tonic::Status::from(sent));
        assert_eq!(received.code, Code::InvalidArgument);
        assert_eq!(
            received.fields,
            [FieldError { field: "level".into(), detail: "must be one of DEBUG, INFO".into() }]
        );
        assert_eq!(received.retry_after, Some(Duration::from_secs(3)));
    }
}
