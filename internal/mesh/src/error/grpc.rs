//! The error over gRPC, there and back: the richer error model of google.rpc in the status details.

use tonic_types::{ErrorDetails, StatusExt};

use super::{Code, Error, FieldError};

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
        match details.retry_info().and_then(|info| info.retry_delay) {
            Some(after) => error.with_retry_after(after),
            None => error,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

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
