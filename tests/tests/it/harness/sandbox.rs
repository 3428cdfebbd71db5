//! The provider: faults, and its signing page as a browser uses it.

use super::api::answered;
use super::{Answer, World};
use serde_json::Value;

impl World {
    /// Sets what goes wrong at the provider from now on.
    pub async fn faults(&self, faults: &Value) {
        self.sandbox().put("/sandbox/faults", faults).await.is(200);
    }

    /// The flows whose title holds a contract's number.
    pub async fn flows_of(&self, number: &str) -> Vec<Value> {
        let flows = self.sandbox().get("/sandbox/flows").await.is(200);
        let flows = flows.as_array().cloned().unwrap_or_default();
        flows.into_iter().filter(|flow| flow["title"].as_str().is_some_and(|title| title.contains(number))).collect()
    }

    /// A browser that follows a signing link.
    pub fn browser(&self, signing: &Value) -> Browser {
        let url = signing["url"].as_str().unwrap_or_else(|| panic!("no link in {signing}"));
        Browser { http: self.anybody().http, url: url.to_owned(), cookie: String::new() }
    }
}

/// A browser at a signing page.
#[derive(Debug)]
pub struct Browser {
    http: reqwest::Client,
    url: String,
    cookie: String,
}

impl Browser {
    /// The page, or a part of it: `page("/document.pdf")`.
    pub async fn page(&self, part: &str) -> Answer {
        let request = self.http.get(format!("{}{part}", self.url)).header("cookie", &self.cookie);
        answered(format!("GET {}{part}", self.url), request).await
    }

    /// Sends one of the page's forms.
    pub async fn send(&mut self, form: &str, fields: &str) -> Answer {
        let request = self.http.post(format!("{}/{form}", self.url)).header("cookie", &self.cookie);
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(fields.to_owned());
        let answer = answered(format!("POST {}/{form} {fields}", self.url), request).await;
        if let Some(cookie) = answer.header("set-cookie") {
            self.cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        }
        answer
    }

    /// Logs in with the code of the SMS.
    pub async fn log_in(&mut self) {
        self.send("login", "code=123456").await.is(303);
    }
}
