//! What must be true of every page: axe-core has no serious finding in either colour scheme, and nothing is wider than the window.

use super::Browser;
use serde_json::{Value, json};

/// Where `tests/tools.sh` puts axe-core.
const AXE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/axe/node_modules/axe-core/axe.min.js");

impl Browser {
    /// Checks the page as it is now.
    #[track_caller]
    pub fn is_sound(&self) -> impl Future<Output = ()> + '_ {
        let place = std::panic::Location::caller();
        async move {
            let findings = self.findings().await;
            let at = self.at().await;
            assert!(findings.is_empty(), "{place}: {at} is not as it should be:\n{}", findings.join("\n"));
        }
    }

    /// What is wrong with the page as it is now.
    pub async fn findings(&self) -> Vec<String> {
        let mut findings = Vec::new();
        // Only colours depend on the scheme.
        for (scheme, rules) in [("light", Value::Null), ("dark", json!(["color-contrast"]))] {
            self.scheme(scheme).await;
            findings.extend(self.axe(rules).await.into_iter().map(|finding| format!("{scheme}: {finding}")));
        }
        self.scheme("light").await;
        let widths = "const page = document.scrollingElement; return [page.scrollWidth, page.clientWidth]";
        let widths = self.script(widths, vec![]).await;
        if widths[0].as_f64() > widths[1].as_f64() {
            findings.push(format!("the page is wider than the window: {widths}"));
        }
        findings
    }

    /// Shows the page in a colour scheme.
    pub async fn scheme(&self, scheme: &str) {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.tool("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    }

    /// What axe-core finds by these of its rules, or by all of them.
    async fn axe(&self, rules: Value) -> Vec<String> {
        if self.script("return typeof axe", vec![]).await == "undefined" {
            let source = std::fs::read_to_string(AXE).unwrap_or_else(|error| {
                panic!("{AXE} cannot be read ({error}). Run tests/tools.sh, which installs it.")
            });
            self.script(&source, vec![]).await;
        }
        let run = "const [rules, done] = arguments; \
                   axe.run(document, { resultTypes: ['violations'], ...(rules ? { runOnly: rules } : {}) }).then((result) => done(result.violations), (error) => done(String(error)))";
        let found = self
            .driver
            .execute_async(run, vec![rules])
            .await
            .unwrap_or_else(|error| panic!("axe does not run: {error}"));
        let Value::Array(violations) = found.json() else { panic!("axe did not finish: {found:?}") };
        let serious = |violation: &&Value| violation["impact"] == "serious" || violation["impact"] == "critical";
        violations.iter().filter(serious).map(told).collect()
    }
}

fn told(violation: &Value) -> String {
    let nodes = violation["nodes"].as_array().cloned().unwrap_or_default();
    let nodes: Vec<String> =
        nodes.iter().map(|node| format!("    {} {}", node["html"], node["failureSummary"])).collect();
    format!("{}: {}\n{}", violation["id"], violation["help"], nodes.join("\n"))
}
