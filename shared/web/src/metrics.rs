//! Figures for CloudWatch, as lines of the log in its embedded metric format: no call, no permission, and nothing to lose.

use std::sync::Arc;

use contract::Timestamp;
use serde_json::{Map, Value, json};

use crate::Host;

/// Where lines go.
pub type Lines = Arc<dyn Fn(&str) + Send + Sync>;

/// The figures of one function. Cheap to clone.
#[derive(Clone)]
pub struct Metrics {
    namespace: String,
    lines: Lines,
}

impl Metrics {
    /// The namespace is a setting of the function.
    pub fn read(host: &mut Host) -> Self {
        Self { namespace: host.settings.required("METRICS_NAMESPACE"), lines: host.metrics.clone() }
    }

    /// Writes figures of one moment. A name ends in `Seconds` where its unit is that; all others are counts.
    pub fn put(&self, at: Timestamp, figures: &[(&str, u64)]) {
        let unit = |name: &str| if name.ends_with("Seconds") { "Seconds" } else { "Count" };
        let metrics: Vec<Value> = figures.iter().map(|(name, _)| json!({ "Name": name, "Unit": unit(name) })).collect();
        let mut line: Map<String, Value> =
            figures.iter().map(|(name, figure)| ((*name).to_owned(), json!(figure))).collect();
        let directive = json!({ "Namespace": self.namespace, "Dimensions": [[]], "Metrics": metrics });
        line.insert("_aws".to_owned(), json!({ "Timestamp": at.as_millisecond(), "CloudWatchMetrics": [directive] }));
        (self.lines)(&Value::Object(line).to_string());
    }
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Metrics({})", self.namespace)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn figures_are_written_as_cloudwatch_reads_them() {
        let written = Arc::new(Mutex::new(Vec::new()));
        let lines = Arc::clone(&written);
        let lines: Lines = Arc::new(move |line| lines.lock().unwrap().push(line.to_owned()));
        let metrics = Metrics { namespace: "Countersign/test".to_owned(), lines };
        metrics.put(
            Timestamp::from_millisecond(1_700_000_000_123).unwrap(),
            &[("DueContracts", 3), ("OldestDueSeconds", 61)],
        );
        let line: Value = serde_json::from_str(&written.lock().unwrap()[0]).unwrap();
        assert_eq!((&line["DueContracts"], &line["OldestDueSeconds"]), (&json!(3), &json!(61)));
        assert_eq!(line["_aws"]["Timestamp"], 1_700_000_000_123_i64);
        let directive = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!((&directive["Namespace"], &directive["Dimensions"]), (&json!("Countersign/test"), &json!([[]])));
        assert_eq!(directive["Metrics"][1], json!({ "Name": "OldestDueSeconds", "Unit": "Seconds" }));
    }
}
