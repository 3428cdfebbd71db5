//! What must be true of every visit, whatever it is about: no error in the console, nothing refused by the policy of the pages, and no request
//! to another host.

use serde_json::Value;
use thirtyfour::BrowserLogEntry;

/// What a browser logged while it was used.
#[derive(Debug, Default)]
pub struct Log {
    console: Vec<BrowserLogEntry>,
    network: Vec<Value>,
}

impl Log {
    /// From the driver's two logs.
    pub fn of(console: Vec<BrowserLogEntry>, performance: &[BrowserLogEntry]) -> Self {
        let event = |entry: &BrowserLogEntry| serde_json::from_str::<Value>(&entry.message).ok();
        let network = performance.iter().filter_map(event).map(|mut whole| whole["message"].take());
        Self { console, network: network.collect() }
    }

    /// The parameters of all events of one method of the developer tools.
    pub fn events(&self, method: &str) -> impl Iterator<Item = &Value> {
        self.network.iter().filter(move |event| event["method"] == method).map(|event| &event["params"])
    }

    /// The addresses that were asked for.
    pub fn requests(&self) -> impl Iterator<Item = &str> {
        self.events("Network.requestWillBeSent").filter_map(|event| event["request"]["url"].as_str())
    }

    /// All that should not have been. `expected` are parts of console lines that the test brings about itself.
    pub fn faults(&self, expected: &[String]) -> Vec<String> {
        let bad =
            |entry: &&BrowserLogEntry| entry.level == "SEVERE" || entry.message.contains("Content Security Policy");
        let mut faults: Vec<String> = self.console.iter().filter(bad).map(|entry| entry.message.clone()).collect();
        faults.retain(|line| !expected.iter().any(|part| line.contains(part.as_str())));
        let strangers = self.requests().filter(|url| !is_here(url));
        faults.extend(strangers.map(|url| format!("a request to another host: {url}")));
        faults
    }
}

/// Whether an address leads to this machine, into the browser itself (its PDF viewer), or nowhere at all.
fn is_here(url: &str) -> bool {
    let within =
        ["data:", "blob:", "about:", "chrome:", "chrome-extension:"].iter().any(|scheme| url.starts_with(scheme));
    within || url.starts_with("http://127.0.0.1:")
}
