//! What was sent, read in the order in which it is refused: too large, not JSON by its type, not JSON.

use lambda_http::Body;
use serde_json::Value;

use crate::{Problem, Request};

/// Largest body, in bytes. The longest that can be valid has about a tenth of it.
pub(crate) const MOST_BYTES: usize = 64 * 1024;

/// Longest Idempotency-Key, in bytes.
const KEY_BOUND: usize = 64;

/// The body as JSON, and its bytes.
///
/// # Errors
/// 413, 415 or 400.
pub fn json_body(request: &Request) -> Result<(Value, Vec<u8>), Problem> {
    let bytes: &[u8] = match request.body() {
        Body::Text(text) => text.as_bytes(),
        Body::Binary(bytes) => bytes,
        _ => &[],
    };
    if bytes.len() > MOST_BYTES {
        return Err(Problem::too_large());
    }
    let content_type = request.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/json") {
        return Err(Problem::unsupported_media_type());
    }
    let value = serde_json::from_slice(bytes).map_err(|_| Problem::malformed_json())?;
    Ok((value, bytes.to_vec()))
}

/// The body as JSON; an empty one without content type is `{}`.
///
/// # Errors
/// 413, 415 or 400.
pub fn optional_json_body(request: &Request) -> Result<Value, Problem> {
    let empty = match request.body() {
        Body::Text(text) => text.is_empty(),
        Body::Binary(bytes) => bytes.is_empty(),
        _ => true,
    };
    if empty && !request.headers().contains_key("content-type") {
        Ok(Value::Object(serde_json::Map::new()))
    } else {
        json_body(request).map(|(value, _)| value)
    }
}

/// The header `Idempotency-Key`: 1 to 64 printable ASCII characters.
///
/// # Errors
/// 422 where it has another form.
pub fn idempotency_key(request: &Request) -> Result<Option<String>, Problem> {
    let Some(value) = request.headers().get("idempotency-key") else { return Ok(None) };
    let key = value.to_str().unwrap_or_default();
    if (1..=KEY_BOUND).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(Some(key.to_owned()))
    } else {
        Err(Problem::invalid_field("/Idempotency-Key", contract::Invalid::BadFormat))
    }
}
