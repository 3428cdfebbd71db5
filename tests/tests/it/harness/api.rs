//! Somebody with a token at the API.

use super::Answer;
use super::answer::written_in;
use reqwest::Method;
use serde_json::Value;

/// A caller: who, at which server, reading which language.
#[derive(Debug, Clone)]
pub struct Api {
    pub http: reqwest::Client,
    pub base_url: String,
    /// Empty for a caller without one.
    pub token: String,
    pub language: &'static str,
    /// More headers of each request.
    pub headers: Vec<(&'static str, String)>,
}

impl Api {
    /// The same caller, reading another language.
    pub fn reading(&self, language: &'static str) -> Self {
        Self { language, ..self.clone() }
    }

    /// The same caller, sending one header more.
    pub fn with(&self, name: &'static str, value: &str) -> Self {
        let mut other = self.clone();
        other.headers.push((name, value.to_owned()));
        other
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::PUT, path, Some(body)).await
    }

    /// A POST without body or content type.
    pub async fn post_nothing(&self, path: &str) -> Answer {
        self.send(Method::POST, path, None).await
    }

    /// A refusal, which must be the same in both languages but for its words; the English one is returned.
    #[track_caller]
    pub fn refused<'a>(
        &'a self,
        method: Method,
        path: &'a str,
        body: Option<&'a Value>,
        status: u16,
        code: &'a str,
    ) -> impl Future<Output = Answer> + 'a {
        let place = std::panic::Location::caller();
        async move {
            let mut last = None;
            for language in super::LANGUAGES {
                let answer = self.reading(language).send(method.clone(), path, body).await;
                let problem = answer.json();
                let fits = answer.status == status
                    && problem["code"] == code
                    && answer.header("content-language") == Some(language)
                    && ["title", "detail"]
                        .iter()
                        .all(|part| written_in(language, problem[part].as_str().unwrap_or("")));
                assert!(fits, "{place}: expected {status} {code} in {language}\n{}", answer.story());
                last = Some(answer);
            }
            last.unwrap()
        }
    }

    pub async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let (asked, request) = self.prepared(method, path, body);
        answered(asked, request).await
    }

    /// The same where the other side may be gone; what went wrong is told.
    pub async fn attempt(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Answer, String> {
        let (asked, request) = self.prepared(method, path, body);
        tried(asked, request).await
    }

    fn prepared(&self, method: Method, path: &str, body: Option<&Value>) -> (String, reqwest::RequestBuilder) {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base_url) };
        let mut asked = format!("{method} {path}");
        let mut request = self.http.request(method, &url).header("accept", "application/json");
        request = request.header("accept-language", self.language);
        if !self.token.is_empty() {
            request = request.bearer_auth(&self.token);
        }
        for (name, value) in &self.headers {
            request = request.header(*name, value);
            asked = format!("{asked} [{name}: {value}]");
        }
        if let Some(body) = body {
            asked = format!("{asked} {body}");
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        (asked, request)
    }
}

/// Sends a request that was put together, and reads the whole answer.
pub async fn answered(asked: String, request: reqwest::RequestBuilder) -> Answer {
    tried(asked, request).await.unwrap_or_else(|why| panic!("{why}"))
}

async fn tried(asked: String, request: reqwest::RequestBuilder) -> Result<Answer, String> {
    let response = request.send().await.map_err(|error| format!("{asked}\n  was not answered: {error:?}"))?;
    let status = response.status().as_u16();
    let header = |(name, value): (&reqwest::header::HeaderName, &reqwest::header::HeaderValue)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let headers = response.headers().iter().map(header).collect();
    match response.bytes().await {
        Ok(bytes) => Ok(Answer { asked, status, headers, bytes: bytes.to_vec() }),
        Err(error) => Err(format!("{asked}\n  was answered with {status}, and then broke off: {error:?}")),
    }
}
