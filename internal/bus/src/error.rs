//! Why an event was not kept, and what callers are told of it.

use crate::MAX_BODY;

/// Why an event was not kept. Never returned for one that was: after `Timeout` it may have been, so send the same id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    #[error("no queue is bound for '{kind}'; start the service that consumes it, or correct the key")]
    Unroutable { kind: String },
    /// The reason is for the log: it may name what no caller should see.
    #[error("{NOT_AVAILABLE}")]
    Unavailable(String),
    #[error("the queue did not confirm in time")]
    Timeout,
    #[error("the event has {size} bytes, more than the {MAX_BODY} that are allowed")]
    TooLarge { size: usize },
    /// It can never be published, however often it is tried.
    #[error("{0}")]
    Invalid(String),
}

const NOT_AVAILABLE: &str = "the queue is not available";

/// What callers are told while the engine is away; the cause is for the log alone.
pub(crate) fn unavailable(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> mesh::Error {
    away(NOT_AVAILABLE).caused_by(cause)
}

/// Without a hint when to come back: that is for whoever answers a question to give, and we do not know.
pub(crate) fn away(detail: impl Into<String>) -> mesh::Error {
    mesh::Error::new(mesh::Code::Unavailable, detail)
}

/// Nobody is there who would take it.
pub(crate) fn nobody(detail: impl Into<String>) -> mesh::Error {
    away(detail).with_nothing_sent(mesh::NotSent::Unroutable)
}

impl PublishError {
    /// What the log is told.
    pub(crate) fn in_full(&self) -> String {
        match self {
            Self::Unavailable(reason) => format!("{self}: {reason}"),
            _ => self.to_string(),
        }
    }

    /// The word for metrics.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Unroutable { .. } => "unroutable",
            Self::Unavailable(_) => "unavailable",
            Self::Timeout => "timeout",
            Self::TooLarge { .. } => "too_large",
            Self::Invalid(_) => "invalid",
        }
    }
}

impl From<PublishError> for mesh::Error {
    fn from(error: PublishError) -> Self {
        match error {
            PublishError::TooLarge { .. } => {
                Self::invalid(error.to_string()).with_status(http::StatusCode::PAYLOAD_TOO_LARGE)
            }
            PublishError::Invalid(detail) => Self::invalid(detail),
            PublishError::Unavailable(reason) => unavailable(reason),
            PublishError::Unroutable { .. } => nobody(error.to_string()),
            PublishError::Timeout => Self::deadline(error.to_string()),
        }
    }
}
