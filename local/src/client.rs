//! A small client of JSON interfaces on this machine, for the demo and the registration of the ready customers.

use crate::queues::chain;
use reqwest::Method;
use serde_json::Value;
use std::time::Duration;

/// How long one call may take.
const PATIENCE: Duration = Duration::from_secs(35);

/// Calls one server with one token.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base_url: String,
    token: String,
    language: String,
}

/// Why a call gave no result.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// No answer came.
    #[error("{call} was not answered: {cause}.")]
    Unanswered {
        /// The method and path.
        call: String,
        /// What went wrong.
        cause: String,
    },
    /// The answer was a refusal.
    #[error("{call} was answered with status {status}: {detail}")]
    Refused {
        /// The method and path.
        call: String,
        /// The HTTP status.
        status: u16,
        /// What the answer says, at most 500 characters of it.
        detail: String,
    },
}

impl Client {
    /// A client of the server at `base_url`; an empty token sends none.
    ///
    /// # Errors
    ///
    /// When the HTTP client cannot be set up.
    pub fn new(base_url: &str, token: &str, language: &str) -> Result<Self, ClientError> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .timeout(PATIENCE)
            .build()
            .map_err(|error| ClientError::Unanswered { call: base_url.to_owned(), cause: chain(&error) })?;
        Ok(Self { http, base_url: base_url.to_owned(), token: token.to_owned(), language: language.to_owned() })
    }

    /// Gets a JSON document.
    ///
    /// # Errors
    ///
    /// When no answer comes, or one outside 200 to 299.
    pub async fn get(&self, path: &str) -> Result<Value, ClientError> {
        self.call(Method::GET, path, None).await
    }

    /// Posts a JSON document.
    ///
    /// # Errors
    ///
    /// When no answer comes, or one outside 200 to 299.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, ClientError> {
        self.call(Method::POST, path, Some(body)).await
    }

    /// Puts a JSON document.
    ///
    /// # Errors
    ///
    /// When no answer comes, or one outside 200 to 299.
    pub async fn put(&self, path: &str, body: &Value) -> Result<Value, ClientError> {
        self.call(Method::PUT, path, Some(body)).await
    }

    /// Downloads what a link leads to, without the token.
    ///
    /// # Errors
    ///
    /// When no answer comes, or one outside 200 to 299.
    pub async fn download(&self, url: &str) -> Result<Vec<u8>, ClientError> {
        // The query of such a link lets anybody read the document, so it stays out of errors.
        let call = format!("GET {}", url.split('?').next().unwrap_or_default());
        let (status, bytes) = send(&call, self.http.get(url)).await?;
        if (200..300).contains(&status) { Ok(bytes) } else { Err(refused(call, status, &bytes)) }
    }

    async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, ClientError> {
        let call = format!("{method} {path}");
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.base_url))
            .header("accept", "application/json")
            .header("accept-language", &self.language);
        if !self.token.is_empty() {
            request = request.bearer_auth(&self.token);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let (status, bytes) = send(&call, request).await?;
        if (200..300).contains(&status) {
            Ok(serde_json::from_slice(&bytes).unwrap_or_default())
        } else {
            Err(refused(call, status, &bytes))
        }
    }
}

async fn send(call: &str, request: reqwest::RequestBuilder) -> Result<(u16, Vec<u8>), ClientError> {
    let unanswered =
        |error: reqwest::Error| ClientError::Unanswered { call: call.to_owned(), cause: chain(&error.without_url()) };
    let answer = request.send().await.map_err(unanswered)?;
    let status = answer.status().as_u16();
    Ok((status, answer.bytes().await.map_err(unanswered)?.to_vec()))
}

fn refused(call: String, status: u16, bytes: &[u8]) -> ClientError {
    ClientError::Refused { call, status, detail: String::from_utf8_lossy(bytes).chars().take(500).collect() }
}
