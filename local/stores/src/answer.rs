//! What the services that speak JSON answer: a value, or an error with its code.

use http::{Response, StatusCode, header};
use s3s::Body;
use serde_json::{Value, json};

/// An error of a service, as its clients understand it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The error code, as `QueueDoesNotExist`.
    pub code: String,
    /// One sentence for a person.
    pub message: String,
}

impl Refusal {
    /// The caller's mistake: status 400.
    pub(crate) fn new(code: &str, message: impl Into<String>) -> Self {
        Self { status: 400, code: code.to_owned(), message: message.into() }
    }

    /// A mistake of the service's own: status 500, which clients try again.
    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self { status: 500, code: "InternalFailure".to_owned(), message: message.into() }
    }

    /// An operation that is not offered here.
    pub(crate) fn unknown(operation: &str) -> Self {
        Self::new("UnknownOperationException", format!("The local endpoint does not offer {operation}."))
    }

    /// The error as JSON services write it.
    pub(crate) fn as_json(&self) -> Response<Body> {
        as_json(self.status, json!({ "__type": self.code, "message": self.message }).to_string())
    }

    /// The error as S3 writes it.
    pub(crate) fn as_xml(&self) -> Response<Body> {
        let text = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{}</Code><Message>{}</Message></Error>",
            text(&self.code),
            text(&self.message)
        );
        respond(self.status, "application/xml", body)
    }
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        Self::internal(format!("The local data file cannot be used: {error}."))
    }
}

/// A JSON text as the answer.
pub(crate) fn as_json(status: u16, body: String) -> Response<Body> {
    respond(status, "application/x-amz-json-1.0", body)
}

fn respond(status: u16, kind: &'static str, body: String) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
    response
}

/// A text of a request.
pub(crate) fn text<'a>(request: &'a Value, name: &str) -> Result<&'a str, Refusal> {
    request
        .get(name)
        .and_then(Value::as_str)
        .ok_or_else(|| Refusal::new("MissingParameter", format!("The request must contain the parameter {name}.")))
}
