//! An answer on the wire: JSON as it is, or an error in full, so that the caller sees what the server said.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use lapin::BasicProperties;
use lapin::message::Delivery as Raw;
use lapin::types::ShortString;
use mesh::error::{Code, FieldError};

/// What the names of all reply queues begin with; nothing else is ever answered to.
pub(super) const QUEUES: &str = "rpc.reply.";
const ERROR: &str = "error";
const TRANSIENT: u8 = 1;

#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Failure {
    code: String,
    detail: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    fields: Vec<FieldError>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u64>,
    status: u16,
}

/// The properties and the body that carry `answer` to whoever asked under this correlation id.
pub(super) fn write(answer: Result<Bytes, mesh::Error>, correlation: ShortString) -> (BasicProperties, Bytes) {
    let properties = BasicProperties::default()
        .with_correlation_id(correlation)
        .with_delivery_mode(TRANSIENT)
        .with_content_type("application/json".into());
    match answer {
        Ok(body) => (properties, body),
        Err(error) => (properties.with_type(ERROR.into()), failure(&error)),
    }
}

fn failure(error: &mesh::Error) -> Bytes {
    let failure = Failure {
        code: error.code.name().to_owned(),
        detail: error.detail.clone(),
        fields: error.fields.clone(),
        retry_after_ms: error.retry_after.map(|after| u64::try_from(after.as_millis()).unwrap_or(u64::MAX)),
        status: error.status().as_u16(),
    };
    serde_json::to_vec(&failure).unwrap_or_default().into()
}

pub(super) fn read(raw: &Raw) -> Result<Bytes, mesh::Error> {
    let is_error = raw.properties.kind().as_ref().is_some_and(|kind| kind.as_str() == ERROR);
    if !is_error {
        return Ok(Bytes::copy_from_slice(&raw.data));
    }
    let failure: Failure = serde_json::from_slice(&raw.data).map_err(mesh::Error::internal)?;
    let code = Code::from_name(&failure.code).unwrap_or(Code::Unknown);
    let mut error = mesh::Error::new(code, failure.detail);
    error.fields = failure.fields;
    if let Some(millis) = failure.retry_after_ms {
        error = error.with_retry_after(Duration::from_millis(millis));
    }
    match StatusCode::from_u16(failure.status) {
        Ok(status) if status != code.http() => Err(error.with_status(status)),
        _ => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_survives_the_way_over_the_wire() {
        let sent = mesh::Error::field("email", "not an address")
            .with_status(StatusCode::UNPROCESSABLE_ENTITY)
            .with_retry_after(Duration::from_millis(1_500));
        let fields = sent.fields.clone();
        let (properties, body) = write(Err(sent), "1".into());
        let mut raw = Raw::mock(1, "".into(), "".into(), false, body.to_vec());
        raw.properties = properties;
        let received = read(&raw).unwrap_err();
        assert_eq!((received.code, received.status().as_u16()), (Code::InvalidArgument, 422));
        assert_eq!((received.fields, received.retry_after), (fields, Some(Duration::from_millis(1_500))));
        assert_eq!(received.detail, "email: not an address");
    }
}
