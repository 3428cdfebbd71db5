//! Answers.

use lambda_http::{Body, http::HeaderValue, http::StatusCode};
use serde::Serialize;

use crate::{Problem, Request, Response, language};

pub(crate) fn with_body(status: u16, content_type: &'static str, body: String) -> Response {
    let mut response = Response::new(Body::Text(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert("content-type", HeaderValue::from_static(content_type));
    // Contracts and identities belong into no cache.
    headers.insert("cache-control", HeaderValue::from_static("no-store"));
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    response
}

fn json(status: u16, value: &impl Serialize) -> Response {
    match serde_json::to_string(value) {
        Ok(text) => with_body(status, "application/json", text),
        Err(error) => Problem::internal(&error).into_response(contract::Language::default()),
    }
}

/// 200.
pub fn ok(value: &impl Serialize) -> Response {
    json(200, value)
}

/// 201.
pub fn created(value: &impl Serialize) -> Response {
    json(201, value)
}

/// 202.
pub fn accepted(value: &impl Serialize) -> Response {
    json(202, value)
}

/// 200 with JSON that is text already.
#[must_use]
pub fn text_json(text: String) -> Response {
    with_body(200, "application/json", text)
}

/// 200 with a picture. Only what its address names completely may be kept, and only for the caller: for so many seconds.
#[must_use]
pub fn png(picture: Vec<u8>, kept_seconds: Option<u32>) -> Response {
    let mut response = with_body(200, "image/png", String::new());
    *response.body_mut() = Body::Binary(picture);
    if let Some(seconds) = kept_seconds {
        let headers = response.headers_mut();
        if let Ok(kept) = HeaderValue::try_from(format!("private, max-age={seconds}, immutable")) {
            headers.insert("cache-control", kept);
        }
        // Whoever logs in next at the same browser is somebody else.
        headers.insert("vary", HeaderValue::from_static("authorization"));
    }
    response
}

/// What e签宝 wants to read when a callback was taken (Open API V3, notify3): no spaces.
#[must_use]
pub fn callback_taken() -> Response {
    with_body(200, "application/json", r#"{"code":"200","msg":"success"}"#.to_owned())
}

/// The answer, or the problem in the caller's language.
#[must_use]
pub fn respond(request: &Request, answer: Result<Response, Problem>) -> Response {
    let language = language(request);
    let mut response = answer.unwrap_or_else(|problem| problem.into_response(language));
    response.headers_mut().insert("content-language", HeaderValue::from_static(language.as_str()));
    response
}
