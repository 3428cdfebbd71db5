//! What comes in and goes out, as plain values.
//!
//! A request is read whole before anything looks at it, because its signature covers its exact bytes. Every refusal is a value
//! that knows how e签宝 words it: business errors are HTTP 200 with a `code` (the status is not documented; the protocol notes
//! infer it), the gateway's own refusals 401, the file store's an XML document.

use hyper::body::Bytes;
use hyper::{HeaderMap, Method, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// A request, wholly read.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// The path as it was sent, still percent-encoded.
    pub(crate) path: String,
    /// The query as it was sent, without the question mark.
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Request {
    /// A header's value; absent and unreadable ones are the same to the protocol.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The body as JSON; an empty body counts as an empty object, as most of e签宝's parameters are optional.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        self.object().map_err(|reason| Refusal::parameter(format!("参数错误: {reason}")))
    }

    /// The body as a JSON object, or what is wrong with it.
    pub(crate) fn object<T: DeserializeOwned>(&self) -> Result<T, String> {
        let body: &[u8] = if self.body.is_empty() { b"{}" } else { &self.body };
        let value: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
        // Records would also be read from arrays, member by member, which is no JSON that anybody means to send.
        if !value.is_object() {
            return Err("a JSON object is expected".to_owned());
        }
        serde_json::from_value(value).map_err(|error| error.to_string())
    }

    /// The query's keys and values, decoded, in the order in which they were sent.
    pub(crate) fn parameters(&self) -> Vec<(String, String)> {
        decode_pairs(&self.query)
    }

    /// One parameter of the query.
    pub(crate) fn parameter(&self, key: &str) -> Option<String> {
        self.parameters().into_iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// One field of a submitted form.
    pub(crate) fn field(&self, key: &str) -> Option<String> {
        let text = std::str::from_utf8(&self.body).ok()?;
        decode_pairs(text).into_iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }
}

/// Keys and values of a query or a form, decoded.
pub(crate) fn decode_pairs(text: &str) -> Vec<(String, String)> {
    let Ok(mut url) = reqwest::Url::parse("http://sandbox.invalid/") else {
        return Vec::new();
    };
    url.set_query(Some(text));
    url.query_pairs().map(|(key, value)| (key.into_owned(), value.into_owned())).collect()
}

/// What happens to the connection that waits for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// The answer is sent.
    Sent,
    /// The connection is closed without an answer.
    Lost,
    /// The connection is held until the caller gives up.
    Held,
}

/// An answer, before it becomes HTTP.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) delivery: Delivery,
}

impl Answer {
    pub(crate) fn new(status: StatusCode, content_type: &str, body: impl Into<Vec<u8>>) -> Answer {
        Answer {
            status,
            headers: vec![("content-type", content_type.to_owned())],
            body: body.into(),
            delivery: Delivery::Sent,
        }
    }

    pub(crate) fn json(status: StatusCode, value: &Value) -> Answer {
        Answer::new(status, "application/json; charset=UTF-8", value.to_string())
    }

    /// e签宝's envelope of a success.
    #[expect(clippy::needless_pass_by_value, reason = "callers build the data on the spot")]
    pub(crate) fn success(data: Value) -> Answer {
        Answer::json(StatusCode::OK, &json!({"code": 0, "message": "成功", "data": data}))
    }

    pub(crate) fn html(status: StatusCode, body: String) -> Answer {
        Answer::new(status, "text/html; charset=utf-8", body)
    }

    pub(crate) fn redirect(location: &str) -> Answer {
        Answer::new(StatusCode::SEE_OTHER, "text/plain", "").with("location", location)
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Answer {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn delivered(mut self, delivery: Delivery) -> Answer {
        self.delivery = delivery;
        self
    }
}

/// Why a request was not done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// A non-zero `code` in the envelope.
    #[error("{code} {message}")]
    Business { code: i64, message: String, data: Value },
    /// The gateway's own refusal of a request it cannot trace to an application.
    #[error("401 {0}")]
    Unauthorised(&'static str),
    /// The file store's refusal.
    #[error("{status} {code}")]
    Store { status: StatusCode, code: &'static str, message: &'static str },
    /// The test endpoints' refusal, and that of an address that leads nowhere.
    #[error("{status} {message}")]
    Plain { status: StatusCode, message: String },
    /// The sandbox itself failed; nothing was changed.
    #[error("{0}")]
    Broken(String),
}

impl Refusal {
    pub(crate) fn business(code: i64, message: impl Into<String>) -> Refusal {
        Refusal::Business { code, message: message.into(), data: Value::Null }
    }

    /// 1435002, the parameter error.
    pub(crate) fn parameter(message: impl Into<String>) -> Refusal {
        Refusal::business(1_435_002, message)
    }

    pub(crate) fn plain(status: StatusCode, message: impl Into<String>) -> Refusal {
        Refusal::Plain { status, message: message.into() }
    }

    pub(crate) fn not_found() -> Refusal {
        Refusal::plain(StatusCode::NOT_FOUND, "There is nothing at this address.")
    }

    pub(crate) fn answer(self) -> Answer {
        match self {
            Refusal::Business { code, message, data } => {
                Answer::json(StatusCode::OK, &json!({"code": code, "message": message, "data": data}))
            }
            Refusal::Unauthorised(message) => {
                let body = json!({"success": false, "code": 401, "message": message});
                Answer::json(StatusCode::UNAUTHORIZED, &body)
            }
            Refusal::Store { status, code, message } => {
                let body = format!(
                    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>\n"
                );
                Answer::new(status, "application/xml", body)
            }
            Refusal::Plain { status, message } => {
                Answer::json(status, &json!({"code": status.as_u16(), "message": message}))
            }
            Refusal::Broken(reason) => {
                tracing::error!(%reason, "the sandbox failed");
                let body = json!({"code": 1_435_012, "message": "服务器内部错误", "data": null});
                Answer::json(StatusCode::OK, &body)
            }
        }
    }
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        Refusal::Broken(format!("The sandbox's data cannot be read or written: {error}."))
    }
}

impl From<serde_json::Error> for Refusal {
    fn from(error: serde_json::Error) -> Self {
        Refusal::Broken(format!("A record of the sandbox cannot be read: {error}."))
    }
}
