//! Bodies that are no JSON, or not called so.

use super::api::answered;
use super::{Answer, Api};
use reqwest::Method;

/// How much of a body is told when something is not as expected.
const TOLD: usize = 200;

impl Api {
    /// Sends any bytes under any content type, or none.
    pub async fn send_bytes(&self, method: Method, path: &str, content_type: Option<&str>, body: Vec<u8>) -> Answer {
        let start: String = String::from_utf8_lossy(&body).chars().take(TOLD).collect();
        let mut asked = format!("{method} {path}");
        let mut request = self.http.request(method, format!("{}{path}", self.base_url));
        if self.headers.iter().all(|(name, _)| *name != "accept-language") {
            request = request.header("accept-language", self.language);
        }
        if !self.token.is_empty() {
            request = request.bearer_auth(&self.token);
        }
        let named = content_type.map(|value| ("content-type", value.to_owned()));
        for (name, value) in self.headers.iter().cloned().chain(named) {
            asked = format!("{asked} [{name}: {value}]");
            request = request.header(name, value);
        }
        let asked = format!("{asked} {} bytes: {start:?}", body.len());
        answered(asked, request.body(body)).await
    }
}
